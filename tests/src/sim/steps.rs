//! What the daemon does, step by step: every transaction is the product's own; what lies between
//! two of them — requests, answers, kills — is made up here.

use super::post::{Letter, Subject};
use super::world::{Broken, Step, World};
use frontdesk_daemon::flows::messages::Pace;
use frontdesk_daemon::flows::schedule;
use frontdesk_daemon::flows::webhooks::{self, Defaults};
use frontdesk_daemon::jobs::{
    Settlement, Verdict, look_up, place_call, poll_call, registered, runner, sweep,
};
use frontdesk_daemon::webhooks::Delivery;
use frontdesk_domain::job::{END_CALL, LOOK_UP, LOOK_UP_MESSAGE, POLL};
use frontdesk_domain::placement::Order;
use frontdesk_providers::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_providers::vapi::{Placed, SecretUrl, VapiCall};
use frontdesk_shared::CallId;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_store::jobs::Job;
use frontdesk_store::{Error, calls, house, meta};
use std::rc::Rc;

/// Jobs of each lane taken at once. Messages leave so slowly that they wait for each other.
fn at_once() -> runner::Want {
    let (texts, mails) = (Pace::per_second(1), Pace::per_minute(20));
    runner::Want { calls: 64, texts: Some((64, texts)), mails: Some((64, mails)), works: 32 }
}
/// A new call may be missing in the provider's list for so long.
pub(super) const LIST_LAG_MS: i64 = 20 * SECOND;

impl World<'_> {
    /// The alarm clock.
    pub fn tick(&mut self) -> Result<(), Broken> {
        let ctx = self.ctx.clone();
        self.write(|tx| schedule::tick(tx, &ctx)).map(drop)
    }

    /// The runner takes what is due; each of it becomes a request on its way.
    pub fn run(&mut self) -> Result<(), Broken> {
        let (ctx, turns) = (self.ctx.clone(), self.turns);
        let runner::Due { calls: claimed, texts, mails, works: worked } =
            self.write(|tx| runner::take_due(tx, &ctx, at_once(), turns))?;
        self.turns.calls = claimed.last_served.unwrap_or(self.turns.calls);
        self.turns.texts = texts.last_served.unwrap_or(self.turns.texts);
        self.turns.mails = mails.last_served.unwrap_or(self.turns.mails);
        self.turns.works = worked.last().map_or(self.turns.works, |j| j.client);
        let put_off = claimed.put_off + texts.put_off + mails.put_off;
        let dispatches: Vec<_> = texts.dispatches.into_iter().chain(mails.dispatches).collect();
        let sends = claimed.orders.len() + dispatches.len();
        self.fruitless = if sends + put_off + worked.len() == 0 { self.fruitless + 1 } else { 0 };
        if sends > 0 && self.goes_wrong(30) {
            // Where it hurts: between an intent and its answer.
            self.soon(5, 2_000, Step::Crash);
        }
        for order in claimed.orders {
            self.say(&format!("claimed call {} of lead {}", order.call.id.short(), order.lead.id.short()));
            self.count("intents");
            self.soon(20, 400, Step::Arrive(Rc::new(order), self.boot));
        }
        for dispatch in dispatches {
            self.intended(&dispatch)?;
            self.soon(20, 400, Step::Leave(Rc::new(dispatch), self.boot));
        }
        for job in worked {
            self.soon(5, 200, Step::Work(Rc::new(job), self.boot));
        }
        Ok(())
    }

    /// The request reaches the provider, or nearly.
    pub fn arrive(&mut self, order: &Rc<Order>, boot: u32) -> Result<(), Broken> {
        // Killed meanwhile: half of the requests had left.
        let orphan = boot != self.boot || self.down;
        if orphan && self.dice.per_mille(500) {
            return Ok(());
        }
        let (sent, wait) = self.answered(order)?;
        if orphan {
            self.count("answers to a dead daemon");
            return Ok(());
        }
        let sent = Rc::new(sent);
        self.soon(wait.0, wait.1, Step::Answer(order.clone(), sent, boot));
        Ok(())
    }

    fn answered(&mut self, order: &Order) -> Result<(Sent<Placed>, (i64, i64)), Broken> {
        const QUICK: (i64, i64) = (30, 900);
        /// The request's own limit.
        const GIVEN_UP: (i64, i64) = (19 * SECOND, 20 * SECOND);
        /// The process stood still, or the database was away: longer than a lease.
        const STALLED: (i64, i64) = (65 * SECOND, 300 * SECOND);
        let refused = |class| Sent::Refused(Refusal::ours(class, "made up"));
        if self.goes_wrong(110) {
            let (sent, wait, what) = match self.dice.below(10) {
                0 | 1 => (Sent::NotSent("no route".into()), QUICK, "not sent"),
                2 => (Sent::Busy { retry_after_ms: Some(2_000) }, QUICK, "busy"),
                3 | 4 => (refused(RefusalClass::OverConcurrency), QUICK, "no line"),
                5 => (refused(RefusalClass::Recipient), QUICK, "bad number"),
                6 => (refused(RefusalClass::Billing), QUICK, "no money"),
                7 => (refused(RefusalClass::Invalid), QUICK, "invalid"),
                8 if self.dice.per_mille(300) => (refused(RefusalClass::OptedOut), QUICK, "opted out there"),
                _ => (Sent::Unknown("lost on the way".into()), GIVEN_UP, "request lost"),
            };
            self.say(&format!("provider: call {}: {what}", order.call.id.short()));
            self.count("placements refused or lost");
            return Ok((sent, wait));
        }
        if self.vapi.of_attempt(order.call.id).is_some() {
            return Err(format!("the provider was asked twice for attempt {}", order.call.id));
        }
        let limit = self.ctx.house.concurrency;
        if self.vapi.live(self.now()) as u64 >= limit {
            return Err(format!("more than {limit} calls at the provider at once"));
        }
        let n = self.dial(order.call.id, &order.call.phone);
        self.count("calls");
        let phone = &self.vapi.phones[n];
        let placed = Placed {
            provider_call_id: phone.id.clone(),
            status: "queued".into(),
            carrier_call_id: None,
            control_url: Some(SecretUrl::new(format!("https://example.vapi.ai/{}/control", phone.id))),
            limits: None,
            created_at: Some(phone.created),
        };
        Ok(if self.goes_wrong(60) {
            self.count("answers lost");
            (Sent::Unknown("no answer".into()), GIVEN_UP)
        } else if self.goes_wrong(20) {
            self.count("answers after the lease");
            (Sent::Done(placed), STALLED)
        } else {
            (Sent::Done(placed), QUICK)
        })
    }

    /// The answer is recorded.
    pub fn answer(&mut self, order: &Order, sent: &Sent<Placed>) -> Result<(), Broken> {
        let ctx = self.ctx.clone();
        self.write(|tx| place_call::settled(tx, &ctx, order, sent))?;
        let word = match sent {
            Sent::Done(_) => "placed",
            Sent::Refused(_) => "refused",
            Sent::Busy { .. } => "busy",
            Sent::NotSent(_) => "not sent",
            Sent::Unknown(_) => "unknown",
        };
        self.say(&format!("call {}: {word}", order.call.id.short()));
        Ok(())
    }

    /// A claimed job begins: sweeps at once, questions to the provider with an answer to come.
    pub fn work(&mut self, job: &Rc<Job>) -> Result<(), Broken> {
        let ctx = self.ctx.clone();
        let known = registered(job).ok_or_else(|| format!("a job of kind {}", job.kind))?.kind;
        let settlement = if *known == LOOK_UP {
            return self.look_up(job);
        } else if *known == POLL {
            return self.poll(job);
        } else if *known == LOOK_UP_MESSAGE {
            return self.look_up_text(job);
        } else if *known == END_CALL {
            self.end_call(job)?
        } else if *known == sweep::SWEEP_CALLS {
            let mut recovered = 0;
            loop {
                let taken = self.write(|tx| runner::take_back(tx, &ctx, None))?;
                recovered += taken;
                if taken == 0 {
                    break;
                }
            }
            let note = self.write(|tx| sweep::ask_about_silent(tx, &ctx, &job.kind, recovered))?;
            Settlement::just(Verdict::Done(note))
        } else if *known == sweep::SWEEP_LEADS {
            let note = self.write(|tx| sweep::expire_stale(tx, &ctx, &job.kind))?;
            Settlement::just(Verdict::Done(note))
        } else {
            self.write(|tx| house::slot_done(tx, &job.kind, "fine", ctx.now()))?;
            Settlement::just(Verdict::Done("fine".into()))
        };
        self.settle(job, settlement)
    }

    pub fn settle(&mut self, job: &Job, mut settlement: Settlement) -> Result<(), Broken> {
        let ctx = self.ctx.clone();
        match self.try_write(|tx| runner::settled(tx, &ctx, job, &mut settlement))? {
            // Another run has the job: this one changed nothing.
            Ok(()) | Err(Error::Refused(_)) => Ok(()),
            Err(e) => Err(format!("{} could not be settled: {e}", job.kind)),
        }
    }

    fn call_of(&self, job: &Job) -> Result<calls::Call, Broken> {
        let id = job.call.ok_or("a job without its call")?;
        self.read(|tx| calls::need(tx, id))
    }

    pub fn trouble<T>(&mut self) -> Option<Sent<T>> {
        if !self.goes_wrong(150) {
            return None;
        }
        Some(match self.dice.below(3) {
            0 => Sent::Busy { retry_after_ms: None },
            1 => Sent::NotSent("no route".into()),
            _ => Sent::Unknown("no answer".into()),
        })
    }

    fn look_up(&mut self, job: &Rc<Job>) -> Result<(), Broken> {
        let call = self.call_of(job)?;
        if call.status != CallStatus::Uncertain {
            return self.settle(job, Settlement::just(Verdict::Done("told by itself".into())));
        }
        self.count("look-ups");
        let now = self.now();
        let found = match self.trouble() {
            Some(trouble) => trouble,
            None => {
                let listed = |p: &&super::script::Phone| !p.forgotten && now.since(p.created) > LIST_LAG_MS;
                let phone = self.vapi.of_attempt(call.id).filter(listed);
                Sent::Done(phone.map(|p| self.vapi.shown(p, now)).transpose()?)
            }
        };
        self.soon(50, 2_000, Step::Found(job.clone(), Rc::new(found), self.boot));
        Ok(())
    }

    /// What the provider's list said is recorded.
    pub fn found(&mut self, job: &Job, found: &Sent<Option<VapiCall>>) -> Result<(), Broken> {
        let id: CallId = job.call.ok_or("a look-up without its call")?;
        let word = match found {
            Sent::Done(Some(_)) => "found",
            Sent::Done(None) => "not found",
            _ => "no answer",
        };
        self.say(&format!("look-up of call {}: {word}", id.short()));
        let settlement = look_up::told(job, id, found.clone());
        self.settle(job, settlement)
    }

    fn poll(&mut self, job: &Rc<Job>) -> Result<(), Broken> {
        let call = self.call_of(job)?;
        let Some(provider_id) = call.provider_call_id.clone().filter(|_| !call.reported) else {
            return self.settle(job, Settlement::just(Verdict::Done("the report has arrived".into())));
        };
        self.count("polls");
        let now = self.now();
        let found = match self.trouble() {
            Some(trouble) => trouble,
            None => match self.vapi.by_id(&provider_id).filter(|p| !p.forgotten) {
                Some(phone) => Sent::Done(self.vapi.shown(phone, now)?),
                None => Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no such call")),
            },
        };
        self.soon(50, 2_000, Step::Polled(job.clone(), Rc::new(found), self.boot));
        Ok(())
    }

    /// What the provider said about a call is recorded.
    pub fn polled(&mut self, job: &Job, found: &Sent<VapiCall>) -> Result<(), Broken> {
        let call = self.call_of(job)?;
        let settlement = poll_call::told(&self.ctx.clone(), &call, found.clone());
        self.say(&format!("poll of call {}: {:?}", call.id.short(), settlement.verdict));
        self.settle(job, settlement)
    }

    fn end_call(&mut self, job: &Job) -> Result<Settlement, Broken> {
        let call = self.call_of(job)?;
        let open = call.control_url.is_some() && call.status.is_open();
        if let (true, Some(id)) = (open, &call.provider_call_id) {
            self.hang_up(id);
            self.count("calls hung up by us");
        }
        Ok(Settlement::just(Verdict::Done(if open { "hung up" } else { "it was already over" }.into())))
    }

    /// A message of the provider is taken, as the web server does it.
    pub fn hook(&mut self, letter: &Letter) -> Result<(), Broken> {
        let agent = self.path_of(&letter.subject);
        let delivery = Delivery::read(letter.subject.provider(), letter.body.clone(), &agent)
            .map_err(|e| format!("the script is unreadable: {e}"))?;
        let (ctx, defaults) = (self.ctx.clone(), Defaults::default());
        self.count("webhooks");
        if let Subject::Reply(reply) = letter.subject {
            self.expect(reply)?;
        }
        let reply = match self.try_write(|tx| webhooks::accept(tx, &ctx, &defaults, &delivery))? {
            Ok(reply) => reply,
            Err(e) => return Err(format!("a webhook could not be applied: {e}")),
        };
        self.say(&format!("webhook {}", letter.about));
        match letter.subject {
            Subject::Phone(phone, _) => self.hear(letter, phone, &reply),
            Subject::Reply(reply) => self.heard(reply),
            Subject::Report(_) => Ok(()),
        }
    }

    /// What stands in a path beside the message: an organisation, or our own id of a text.
    fn path_of(&self, subject: &Subject) -> String {
        match subject {
            Subject::Phone(_, agent) => agent.clone(),
            Subject::Report(text) => format!("m={}", self.carrier.texts[*text].id),
            Subject::Reply(_) => String::new(),
        }
    }

    /// The daemon is killed: whatever was only in memory is gone.
    pub fn crash(&mut self) -> Result<(), Broken> {
        self.say("killed");
        self.count("kills");
        if self.dice.per_mille(300) {
            // In the middle of a claim: nothing of it was committed.
            let (ctx, turns) = (self.ctx.clone(), self.turns);
            self.store
                .undone(|tx| runner::take_due(tx, &ctx, at_once(), turns))
                .map_err(|e| e.to_string())?;
        }
        self.boot += 1;
        self.down = true;
        let away = if self.dice.per_mille(700) { 30 * SECOND } else { 90 * MINUTE };
        self.soon(SECOND, away, Step::Start);
        Ok(())
    }

    /// It starts again: what its node had running is taken back, missed slots are caught up.
    pub fn start(&mut self) -> Result<(), Broken> {
        self.down = false;
        self.say("started");
        let ctx = self.ctx.clone();
        while self.write(|tx| runner::take_back(tx, &ctx, Some(ctx.node)))? > 0 {}
        self.tick()
    }

    /// From here on everything arrives, and no new call is placed: what is open must settle.
    pub fn be_calm(&mut self) -> Result<(), Broken> {
        self.calm = true;
        self.forget_tick();
        self.say("calm");
        self.ledger.paused = true;
        self.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("the weeks are over")))
    }
}
