//! Looking up a text whose fate is unknown: the carrier's list is asked, nothing is sent again.

use super::send_message::status;
use super::{Settlement, Verdict};
use crate::app::App;
use crate::flows::Ctx;
use crate::webhooks::meaning;
use frontdesk_domain::job::{LookUpMessage, NewJob};
use frontdesk_domain::sending::{self, Report, provider};
use frontdesk_providers::outcome::Sent;
use frontdesk_providers::sms::{FoundText, SendText, TextRecord};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{JobId, MessageId};
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::messages::{self, Message};
use frontdesk_store::{Result, Tx, clients};

/// One question about a message that was taken in this time at most.
const BUCKET_MS: i64 = 6 * HOUR;

/// Enqueues a question about a text that the carrier took and says nothing of.
///
/// # Errors
/// As the statement fails.
pub(super) fn enqueue(tx: &mut Tx<'_>, ctx: &Ctx, message: &Message) -> Result<bool> {
    if message.status != MessageStatus::Accepted || message.channel != Channel::Sms {
        return Ok(false);
    }
    let now = ctx.now();
    let asked = LookUpMessage { message: message.id };
    let job = NewJob {
        lead: message.lead,
        dedupe: Some(format!("ask:{}:{}", message.id, now.0.div_euclid(BUCKET_MS))),
        ..NewJob::of(JobId(ctx.env.id()), &asked, message.client, message.who.clone(), now)
    };
    jobs::enqueue(tx, &job, now)
}

pub(super) async fn run(app: &App, job: &Job) -> Settlement {
    let id = match job.arguments::<LookUpMessage>() {
        Ok(asked) => asked.message,
        Err(e) => return Settlement::just(Verdict::Stop(e.to_string())),
    };
    let read = app.store.read(move |tx| {
        let message = messages::by_ids(tx, &[id])?.pop();
        let text = messages::text(tx, id)?;
        let client = message.as_ref().map_or(Ok(None), |m| clients::by_id(tx, m.client))?;
        Ok((message, text, client))
    });
    let (message, text, client) = match read.await {
        Ok((Some(message), Some(text), Some(client))) => (message, text, client),
        Ok(_) => return Settlement::just(Verdict::Stop("the message is gone".into())),
        Err(e) => return Settlement::just(Verdict::Again(e.to_string())),
    };
    if !matches!(message.status, MessageStatus::Uncertain | MessageStatus::Accepted) {
        return Settlement::just(Verdict::Done(format!("the carrier told by itself: {}", message.status)));
    }
    let line = provider(&message.provider).zip(app.ctx.house.lines.of(&client, message.channel));
    let account = line.and_then(|(provider, line)| {
        app.messengers.texts(&sending::Line { provider, sender: message.sender.clone(), ..line }, &client)
    });
    let Some((account, sender)) = account else {
        return Settlement::just(Verdict::Stop("there is no account to ask".into()));
    };
    if let Some(sid) = message.provider_id.as_deref().filter(|_| message.status == MessageStatus::Accepted) {
        return told(job, id, account.fetch(sid).await.map(|record| Some(FoundText::One(Box::new(record)))));
    }
    let asked = SendText {
        id,
        to: message.address.clone(),
        from: Some(sender),
        body: text.body,
        validity_s: None,
        status_callback: None,
    };
    told(job, id, account.find(&asked, message.created_at).await)
}

fn report(record: &TextRecord) -> Report {
    Report {
        provider_id: Some(record.sid.clone()),
        status: record.text_status().map(status).or(Some(MessageStatus::Accepted)),
        code: record.error_code.map(|code| code.to_string()),
        segments: record.segments.map(i64::from),
        ..meaning(record.error_code)
    }
}

/// What follows from what the carrier's list says.
pub fn told(job: &Job, id: MessageId, found: Sent<Option<FoundText>>) -> Settlement {
    let looks = job.attempt;
    let last = looks >= job.max_attempts;
    let missed = move |why: String| {
        let verdict =
            if last { Verdict::Done(format!("{why}; settle its job by hand")) } else { Verdict::Again(why) };
        Settlement::with(verdict, move |unit| sending::not_found(unit, id, looks, last))
    };
    match found {
        Sent::Done(Some(FoundText::One(record))) => {
            let report = report(&record);
            Settlement::with(Verdict::Done("found at the carrier".into()), move |unit| {
                sending::found(unit, id, &report)
            })
        }
        Sent::Done(Some(FoundText::Several(ids))) => {
            let why = format!("{} texts at the carrier may be it", ids.len());
            Settlement::with(Verdict::Done(format!("{why}; settle its job by hand")), move |unit| {
                sending::not_found(unit, id, looks, true)
            })
        }
        // A text may appear in the list with a delay: one miss proves nothing.
        Sent::Done(None) => missed(format!("not found in {looks} look-ups")),
        Sent::Refused(refusal) => missed(refusal.to_string()),
        Sent::Busy { .. } => missed("the carrier limits our requests".into()),
        Sent::NotSent(why) | Sent::Unknown(why) => missed(why),
    }
}
