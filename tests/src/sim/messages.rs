//! Texts and emails, step by step: an intent, its request on its way, the answer, and the questions
//! that follow where there was none.

use super::steps::LIST_LAG_MS;
use super::world::{Broken, Step, World};
use frontdesk_daemon::flows::messages;
use frontdesk_daemon::jobs::{Settlement, Verdict, look_up_message, send_message};
use frontdesk_domain::job::LookUpMessage;
use frontdesk_domain::sending::{Answer, Dispatch};
use frontdesk_providers::mail::{self, Class, Posted};
use frontdesk_providers::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_providers::sms::{Accepted, FoundText};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::time::{MINUTE, SECOND};
use frontdesk_store::jobs::Job;
use frontdesk_store::{Error, messages as table};
use std::rc::Rc;

const QUICK: (i64, i64) = (30, 900);
/// The request's own limit.
const GIVEN_UP: (i64, i64) = (19 * SECOND, 20 * SECOND);
/// Longer than a lease.
const STALLED: (i64, i64) = (65 * SECOND, 300 * SECOND);
/// A carrier's clock may be behind ours.
const SKEW_MS: i64 = 2 * MINUTE;

/// One number for each class of refusal.
const CODES: [u32; 13] =
    [21_211, 30_003, 30_007, 20_429, 30_023, 21_606, 20_003, 21_408, 21_617, 30_036, 30_025, 99_999, 21_610];
const CLASSES: [Class; 10] = [
    Class::Greylisted,
    Class::TooManyAtOnce,
    Class::Later,
    Class::LoginLater,
    Class::Login,
    Class::Quota,
    Class::NoSuchAddress,
    Class::MailboxFull,
    Class::Policy,
    Class::Rejected,
];

impl World<'_> {
    /// The request reaches its provider, or nearly.
    pub fn leave(&mut self, sent: &Rc<Dispatch>, boot: u32) -> Result<(), Broken> {
        // Killed meanwhile: half of the requests had left.
        let orphan = boot != self.boot || self.down;
        if orphan && self.dice.per_mille(500) {
            return Ok(());
        }
        if !self.carrier.asked.insert(sent.message.id) {
            return Err(format!("a provider was asked twice for message {}", sent.message.id.short()));
        }
        let (answer, wait) = match sent.message.channel {
            Channel::Email => self.mailed(sent)?,
            Channel::Sms | Channel::AiVoice => self.texted(sent)?,
        };
        if orphan {
            self.count("answers to a dead daemon");
            return Ok(());
        }
        self.soon(wait.0, wait.1, Step::Left(sent.clone(), Rc::new(answer), boot));
        Ok(())
    }

    fn texted(&mut self, sent: &Dispatch) -> Result<(Answer, (i64, i64)), Broken> {
        let ctx = self.ctx.clone();
        let name = sent.message.id.short();
        let told = |answer| send_message::told_of_text(&ctx, sent, answer);
        let refused = |code: u32| {
            let refusal = Refusal::ours(RefusalClass::Invalid, "made up");
            Sent::Refused(Refusal { status: 400, code: Some(code), ..refusal })
        };
        let message = &sent.message;
        if self.carrier.blocks(&message.sender, &message.address) {
            self.say(&format!("carrier: text {name}: the person had told it to stop"));
            return Ok((told(refused(21_610)), QUICK));
        }
        if self.goes_wrong(150) {
            let (answer, wait) = match self.dice.below(6) {
                0 => (Sent::NotSent("no route".into()), QUICK),
                1 => (Sent::Busy { retry_after_ms: Some(2_000) }, QUICK),
                2 => (Sent::Unknown("lost on the way".into()), GIVEN_UP),
                _ => (refused(*self.dice.pick(&CODES)), QUICK),
            };
            self.say(&format!("carrier: text {name}: {}", word(&answer)));
            self.count("messages refused or lost");
            return Ok((told(answer), wait));
        }
        let n =
            self.take_text(message.id, message.client, &message.sender, &message.address, &sent.text.body);
        self.count("texts");
        let accepted = Accepted {
            sid: self.carrier.texts[n].sid.clone(),
            status: "queued".into(),
            segments: Some(1),
            price: None,
            price_unit: None,
        };
        Ok(self.on_its_way_back(Sent::Done(accepted), told))
    }

    /// An answer that says that all went well may be lost, or come too late.
    fn on_its_way_back<T>(
        &mut self,
        done: Sent<T>,
        told: impl Fn(Sent<T>) -> Answer,
    ) -> (Answer, (i64, i64)) {
        if self.goes_wrong(60) {
            self.count("answers about messages lost");
            (told(Sent::Unknown("no answer".into())), GIVEN_UP)
        } else if self.goes_wrong(20) {
            self.count("answers after the lease");
            (told(done), STALLED)
        } else {
            (told(done), QUICK)
        }
    }

    fn mailed(&mut self, sent: &Dispatch) -> Result<(Answer, (i64, i64)), Broken> {
        let ctx = self.ctx.clone();
        let name = sent.message.id.short();
        let told = |sent_: Sent<mail::Accepted>, class| {
            send_message::told_of_mail(&ctx, sent, Posted { sent: sent_, class })
        };
        if self.goes_wrong(120) {
            let class = *self.dice.pick(&CLASSES);
            let (answer, class, wait) = match self.dice.below(5) {
                0 => (Sent::NotSent("no route".into()), None, QUICK),
                1 => (Sent::Unknown("lost on the way".into()), None, GIVEN_UP),
                _ => match class.retry() {
                    mail::Retry::After { ms } | mail::Retry::Slower { ms } => {
                        (Sent::Busy { retry_after_ms: Some(ms) }, Some(class), QUICK)
                    }
                    _ => {
                        let refusal = Refusal::ours(RefusalClass::Invalid, "made up");
                        (Sent::Refused(refusal), Some(class), QUICK)
                    }
                },
            };
            self.say(&format!("mail server: mail {name}: {}", word(&answer)));
            self.count("messages refused or lost");
            return Ok((told(answer, class), wait));
        }
        let now = self.now();
        self.carrier.mails.insert(sent.message.id, now);
        self.say(&format!("mail server: mail {name} taken"));
        self.count("mails");
        let accepted = mail::Accepted { provider_id: None, said: "queued".into() };
        Ok(self.on_its_way_back(Sent::Done(accepted), |answer| told(answer, None)))
    }

    /// The answer is recorded.
    pub fn left(&mut self, sent: &Dispatch, answer: &Answer) -> Result<(), Broken> {
        let ctx = self.ctx.clone();
        let pair = [(sent.clone(), answer.clone())];
        match self.try_write(|tx| messages::settled(tx, &ctx, &pair))? {
            Ok(()) => {}
            // The run had lost its lease: what became of the message is asked for otherwise.
            Err(Error::Refused(_)) => self.count("answers of a lost lease"),
            Err(e) => return Err(format!("the answer about a message could not be recorded: {e}")),
        }
        let word = match answer {
            Answer::Accepted { .. } => "accepted".to_owned(),
            Answer::NotSent { what, code, .. } => format!("not sent {code} {what:?}"),
            Answer::Unknown { .. } => "unknown".to_owned(),
        };
        self.say(&format!("message {}: {word}", sent.message.id.short()));
        Ok(())
    }

    /// A look-up of a text begins.
    pub fn look_up_text(&mut self, job: &Rc<Job>) -> Result<(), Broken> {
        let id = job.arguments::<LookUpMessage>().map_err(|e| e.to_string())?.message;
        let message = self.read(|tx| table::by_ids(tx, &[id]))?.pop().ok_or("a look-up without its text")?;
        if !matches!(message.status, MessageStatus::Uncertain | MessageStatus::Accepted) {
            return self.settle(job, Settlement::just(Verdict::Done("told by itself".into())));
        }
        self.count("look-ups of texts");
        let now = self.now();
        let found = match self.trouble() {
            Some(trouble) => trouble,
            None if message.status == MessageStatus::Accepted => {
                let text = self.carrier.text(id).ok_or("accepted, and the carrier has it not")?;
                Sent::Done(Some(FoundText::One(Box::new(text.record()))))
            }
            None => {
                let words = self.read(|tx| table::text(tx, id))?.map(|text| text.body).unwrap_or_default();
                let is_it = |text: &&super::carrier::Text| {
                    now.since(text.at) > LIST_LAG_MS
                        && (&text.from, &text.to, &text.body) == (&message.sender, &message.address, &words)
                        && text.at >= message.created_at - SKEW_MS
                };
                let mut found: Vec<_> = self.carrier.texts.iter().filter(is_it).collect();
                Sent::Done(match found.len() {
                    0 => None,
                    1 => found.pop().map(|text| FoundText::One(Box::new(text.record()))),
                    _ => Some(FoundText::Several(found.iter().map(|text| text.sid.clone()).collect())),
                })
            }
        };
        self.soon(50, 2_000, Step::FoundText(job.clone(), Rc::new(found), self.boot));
        Ok(())
    }

    /// What the carrier's list said is recorded.
    pub fn found_text(&mut self, job: &Job, found: &Sent<Option<FoundText>>) -> Result<(), Broken> {
        let id = job.arguments::<LookUpMessage>().map_err(|e| e.to_string())?.message;
        let word = match found {
            Sent::Done(Some(FoundText::One(_))) => "found",
            Sent::Done(Some(FoundText::Several(_))) => "several",
            Sent::Done(None) => "not found",
            _ => "no answer",
        };
        self.say(&format!("look-up of text {}: {word}", id.short()));
        let settlement = look_up_message::told(job, id, found.clone());
        self.settle(job, settlement)
    }
}

fn word<T>(sent: &Sent<T>) -> String {
    match sent {
        Sent::Done(_) => "taken".into(),
        Sent::Refused(refusal) => format!("refused {:?}", refusal.code),
        Sent::Busy { .. } => "busy".into(),
        Sent::NotSent(_) => "not sent".into(),
        Sent::Unknown(_) => "lost".into(),
    }
}
