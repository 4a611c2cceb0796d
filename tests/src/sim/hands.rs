//! Operators: everything they may do, at any moment, and sometimes twice.

use super::ledger::{How, Scope};
use super::world::{Broken, Step, World};
use frontdesk_daemon::flows::clients::Asker;
use frontdesk_daemon::flows::operator::{self, Hand};
use frontdesk_shared::action::Action;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{CallId, ClientId, JobId, LeadId, MessageId, WebhookId};
use frontdesk_store::Error;
use frontdesk_store::params;

impl World<'_> {
    /// An operator does something that fits the moment.
    pub fn hand(&mut self) -> Result<(), Broken> {
        if self.calm {
            return Ok(());
        }
        let Some(action) = self.wish()? else { return Ok(()) };
        self.act(&action)?;
        let now = self.now();
        match &action {
            Action::PauseDialing { .. } => {
                // Nobody leaves it paused for ever.
                let at = now + self.dice.between(MINUTE, 2 * DAY);
                self.push(at, Step::Hand);
            }
            _ if self.dice.per_mille(400) => self.soon(MINUTE, 6 * HOUR, Step::Hand),
            _ => {}
        }
        Ok(())
    }

    fn act(&mut self, action: &Action) -> Result<(), Broken> {
        let request = format!("request-{}", self.ctx.env.id());
        let times = if self.dice.per_mille(100) { 2 } else { 1 };
        for _ in 0..times {
            let ctx = self.ctx.clone();
            let hand = Hand { asker: Asker { actor: "sim", address: "" }, token: None, request: &request };
            let done = self.try_write(|tx| operator::act(tx, &ctx, action, hand))?;
            self.say(&format!(
                "operator: {} → {}",
                told(action),
                if done.is_ok() { "done" } else { "refused" }
            ));
            match done {
                Ok(_) => {
                    self.count("operators' actions");
                    self.note(action);
                }
                Err(Error::Refused(_) | Error::NoRow) => return Ok(()),
                Err(e) => return Err(format!("an operator's action failed: {e}")),
            }
        }
        Ok(())
    }

    /// What an action promised, for the properties.
    fn note(&mut self, action: &Action) {
        match action {
            Action::OptOut { who } => {
                if let Some(person) = self.people.iter().position(|p| p.number == *who) {
                    self.opted_out(Scope::House, person, How::Otherwise("by an operator"));
                }
            }
            Action::PauseDialing { client: None, .. } => self.ledger.paused = true,
            Action::ResumeDialing { client: None } => self.ledger.paused = false,
            Action::PauseDialing { client: Some(key), .. } => self.stand_still(key, true),
            Action::ResumeDialing { client: Some(key) } => self.stand_still(key, false),
            Action::DeactivateClient { client: key } => {
                self.stand_still(key, true);
                let id = self.clients.iter().find(|c| c.key == *key).map(|c| c.id);
                self.ledger.gone.extend(id);
            }
            Action::RetryJob { job } => {
                self.ledger.revived = self.job_lead(job);
                self.decided(self.ledger.revived);
            }
            Action::CallNow { lead } => self.decided(lead.parse().ok()),
            Action::SettleJob { job, .. } => self.ledger.settled = self.job_lead(job),
            _ => {}
        }
    }

    /// A person who calls somebody by hand has decided that they did not refuse.
    fn decided(&mut self, lead: Option<LeadId>) {
        let find = "SELECT client_id, identity FROM lead WHERE id = $1";
        let found: Option<(ClientId, String)> = lead.and_then(|lead| {
            let row = self.read(|tx| tx.optional(find, params![lead], |r| Ok((r.get(0)?, r.get(1)?))));
            row.ok().flatten()
        });
        let Some((client, number)) = found else { return };
        let person = self.people.iter().position(|p| p.number == number);
        self.ledger.doubts.retain(|(c, p, _)| *c != client || Some(*p) != person);
    }

    fn job_lead(&self, job: &str) -> Option<LeadId> {
        let id: JobId = job.parse().ok()?;
        let find = "SELECT lead_id FROM job WHERE id = $1";
        self.read(|tx| tx.optional(find, params![id], |r| r.get(0))).ok().flatten().flatten()
    }

    fn stand_still(&mut self, key: &str, still: bool) {
        let Some(id) = self.clients.iter().find(|c| c.key == key).map(|c| c.id) else { return };
        self.ledger.still.retain(|c| *c != id || self.ledger.gone.contains(&id));
        if still {
            self.ledger.still.push(id);
        }
    }

    fn wish(&mut self) -> Result<Option<Action>, Broken> {
        let client = self.clients[self.dice.below(self.clients.len())].key.clone();
        // What stands still is started again before anything else.
        if self.ledger.paused {
            return Ok(Some(Action::ResumeDialing { client: None }));
        }
        let gone = &self.ledger.gone;
        if let Some(id) = self.ledger.still.iter().find(|c| !gone.contains(c)) {
            let key = self.clients.iter().find(|c| c.id == *id).map(|c| c.key.clone());
            return Ok(Some(Action::ResumeDialing { client: key }));
        }
        Ok(match self.dice.below(24) {
            0..=2 => {
                let person = self.dice.below(self.people.len());
                Some(Action::OptOut { who: self.people[person].number.clone() })
            }
            3 => Some(Action::PauseDialing { client: None, reason: "lunch".into() }),
            4 => Some(Action::PauseDialing { client: Some(client), reason: "closed".into() }),
            5 if self.dice.per_mille(200) => Some(Action::DeactivateClient { client }),
            6..=9 => self.any("SELECT id FROM lead ORDER BY id", |id| Action::CallNow {
                lead: LeadId(id).to_string(),
            })?,
            10..=13 => self.any(
                "SELECT id FROM job WHERE state IN ('dead', 'cancelled', 'expired') AND lane <> 'work' ORDER BY id",
                |id| Action::RetryJob { job: JobId(id).to_string() },
            )?,
            14 => self.any("SELECT id FROM job WHERE state = 'ready' AND lane = 'call' ORDER BY id", |id| {
                Action::RetryJob { job: JobId(id).to_string() }
            })?,
            15..=16 => self.any("SELECT id FROM job WHERE state = 'ready' ORDER BY id", |id| {
                Action::CancelJob { job: JobId(id).to_string() }
            })?,
            17..=19 => self.settled()?,
            20..=21 => self.any("SELECT id FROM webhook ORDER BY id", |id| Action::ReplayWebhook {
                webhook: WebhookId(id).to_string(),
            })?,
            22 if self.dice.per_mille(500) => self.any(
                "SELECT id FROM message WHERE status IN ('undelivered', 'failed', 'refused') ORDER BY id",
                |id| Action::ResendMessage { message: MessageId(id).to_string() },
            )?,
            22 => self.any(
                "SELECT id FROM call WHERE status NOT IN ('ended', 'refused') ORDER BY id",
                |id| Action::EndCall { call: CallId(id).to_string() },
            )?,
            _ => Some(Action::RunSchedule { name: "sweep-leads".into() }),
        })
    }

    fn any(
        &mut self,
        sql: &'static str,
        action: impl FnOnce(i64) -> Action,
    ) -> Result<Option<Action>, Broken> {
        let ids: Vec<i64> = self.read(|tx| tx.all(sql, &[], |r| r.get(0)))?;
        if ids.is_empty() {
            return Ok(None);
        }
        Ok(Some(action(*self.dice.pick(&ids))))
    }

    /// An operator settles an uncertain call, after a look at the provider's own page.
    fn settled(&mut self) -> Result<Option<Action>, Broken> {
        let now = self.now();
        let sql = "SELECT j.id, c.id FROM job j JOIN call c ON c.job_id = j.id
             WHERE j.state = 'uncertain' AND c.status = 'uncertain' AND c.created_at < $1 ORDER BY j.id";
        let found: Vec<(JobId, CallId)> =
            self.read(|tx| tx.all(sql, params![now - HOUR], |r| Ok((r.get(0)?, r.get(1)?))))?;
        Ok(found.first().map(|(job, call)| Action::SettleJob {
            job: job.to_string(),
            happened: self.vapi.of_attempt(*call).is_some_and(|p| p.rang.is_some()),
        }))
    }
}

fn told(action: &Action) -> String {
    match action {
        // What names a person is not for a trace.
        Action::OptOut { .. } => "opt-out of somebody".to_owned(),
        other => format!("{other:?}"),
    }
}
