//! Sending a message: one request for one committed intent, and what its answer means.

use crate::app::App;
use crate::flows::Ctx;
use frontdesk_domain::backoff;
use frontdesk_domain::sending::{self, Answer, Dispatch, NotSent};
use frontdesk_providers::mail::{self, AutoSubmitted, Mail, Mailbox, Posted};
use frontdesk_providers::outcome::{Refusal, Sent};
use frontdesk_providers::sms::{self, SendText, TextClass, TextStatus};
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use std::sync::Arc;
use std::time::Duration;

/// Longest pause before the answer is offered again to a store that is away.
const RECORD_PAUSE: Duration = Duration::from_secs(2);
/// A phone that is off is tried again after this, at most twice.
const HANDSET_MS: i64 = 2 * HOUR;

/// Sends the request and records what became of it.
pub(super) async fn run(app: &Arc<App>, dispatch: Dispatch) {
    frontdesk_env::fail::point("message.intended");
    let answer = match dispatch.message.channel {
        Channel::Email => mailed(app, &dispatch).await,
        Channel::Sms | Channel::AiVoice => texted(app, &dispatch).await,
    };
    frontdesk_env::fail::point("message.answered");
    let key = dispatch.message.id.to_string();
    // Nobody else has this answer: where it says that nothing was sent, no look-up could tell.
    for attempt in 1.. {
        match app.sent.submit(&key, (dispatch.clone(), answer.clone())).await {
            Ok(()) => return,
            Err(e) if e.is_passing() && !app.shutdown.is_cancelled() => {
                if attempt == 1 {
                    tracing::warn!(tag = "MESSAGE", message.id = %key, error = %e, "cannot record the provider's answer yet");
                }
                let pause = RECORD_PAUSE.min(Duration::from_millis(200) * attempt);
                let _ = tokio::time::timeout(pause, app.shutdown.cancelled()).await;
            }
            Err(e) => {
                tracing::error!(tag = "MESSAGE", message.id = %key, error = %e, "cannot record the provider's answer");
                return;
            }
        }
    }
}

fn nothing_to_send_by() -> Answer {
    let why = "there is no account to send it by".to_owned();
    Answer::NotSent { what: NotSent::Message, code: String::new(), why }
}

/// What is asked of the carrier.
pub(super) fn text(dispatch: &Dispatch, now: Millis) -> SendText {
    // A text that comes after its use is worse than none.
    let left = dispatch.useful_until.map(|until| until.since(now) / SECOND);
    SendText {
        id: dispatch.message.id,
        to: dispatch.message.address.clone(),
        from: None,
        body: dispatch.text.body.clone(),
        validity_s: left.map(|s| u32::try_from(s.max(0)).unwrap_or(u32::MAX)),
        status_callback: None,
    }
}

async fn texted(app: &App, dispatch: &Dispatch) -> Answer {
    let Some((account, sender)) = app.messengers.texts(&dispatch.line, &dispatch.client) else {
        return nothing_to_send_by();
    };
    let now = app.ctx.now();
    let text = SendText { from: Some(sender), ..text(dispatch, now) };
    told_of_text(&app.ctx, dispatch, account.send(&text).await)
}

/// What a carrier's answer to our request means.
pub fn told_of_text(ctx: &Ctx, dispatch: &Dispatch, sent: Sent<sms::Accepted>) -> Answer {
    match sent {
        Sent::Done(accepted) => Answer::Accepted {
            provider_id: accepted.sid.clone(),
            status: status(accepted.text_status()),
            segments: accepted.segments.map(i64::from),
        },
        Sent::Refused(refusal) => refused_text(ctx, dispatch, &refusal),
        Sent::Busy { retry_after_ms } => {
            again(ctx, dispatch, retry_after_ms, false, "the carrier limits our requests".into())
        }
        Sent::NotSent(why) => again(ctx, dispatch, None, true, why),
        Sent::Unknown(why) => Answer::Unknown { why, can_look_up: true },
    }
}

fn refused_text(ctx: &Ctx, dispatch: &Dispatch, refusal: &Refusal) -> Answer {
    let now = ctx.now();
    let what = match TextClass::of(refusal) {
        TextClass::OptedOut => NotSent::OptedOut,
        TextClass::Recipient => NotSent::BadAddress,
        TextClass::Sender => NotSent::Sender { until: now + 15 * MINUTE },
        TextClass::Account => NotSent::Account { until: now + 15 * MINUTE },
        TextClass::DailyCap => NotSent::Sender { until: next_day(now) },
        TextClass::Rate => return again(ctx, dispatch, None, false, refusal.to_string()),
        TextClass::Handset if dispatch.job.attempt <= 2 => {
            NotSent::Again { at: now + HANDSET_MS, counts: true, failed: false }
        }
        TextClass::Handset
        | TextClass::Expired
        | TextClass::Content
        | TextClass::Region
        | TextClass::Request
        | TextClass::Warning
        | TextClass::Unknown => NotSent::Message,
    };
    let code = refusal.code.map(|code| code.to_string()).unwrap_or_default();
    Answer::NotSent { what, code, why: refusal.to_string() }
}

/// Carriers count their days in UTC.
fn next_day(now: Millis) -> Millis {
    Millis((now.0.div_euclid(DAY) + 1) * DAY)
}

fn again(ctx: &Ctx, dispatch: &Dispatch, retry_after_ms: Option<i64>, failed: bool, why: String) -> Answer {
    let delay =
        backoff::next_delay(dispatch.job.attempt, &ctx.house.retry_ms, retry_after_ms, ctx.env.bits());
    let at = ctx.now() + delay.unwrap_or(DAY);
    Answer::NotSent { what: NotSent::Again { at, counts: true, failed }, code: String::new(), why }
}

/// How far a carrier's word means that a message has come.
pub fn status(status: TextStatus) -> MessageStatus {
    match status {
        TextStatus::Accepted | TextStatus::Scheduled | TextStatus::Queued | TextStatus::Sending => {
            MessageStatus::Accepted
        }
        TextStatus::Sent => MessageStatus::Sent,
        TextStatus::Delivered | TextStatus::Read => MessageStatus::Delivered,
        TextStatus::Undelivered => MessageStatus::Undelivered,
        TextStatus::Failed | TextStatus::Canceled => MessageStatus::Failed,
    }
}

async fn mailed(app: &App, dispatch: &Dispatch) -> Answer {
    let Some(transport) = app.messengers.mail() else { return nothing_to_send_by() };
    told_of_mail(&app.ctx, dispatch, transport.send(&mail(app, dispatch)).await)
}

/// What a mail server's answer to our request means.
pub fn told_of_mail(ctx: &Ctx, dispatch: &Dispatch, Posted { sent, class }: Posted) -> Answer {
    let now = ctx.now();
    let code = class.map(|class| class.word().to_owned()).unwrap_or_default();
    let not_sent = |what, why| Answer::NotSent { what, code: code.clone(), why };
    match sent {
        Sent::Done(accepted) => Answer::Accepted {
            provider_id: accepted.provider_id.unwrap_or_default(),
            status: MessageStatus::Sent,
            segments: None,
        },
        Sent::Refused(refusal) => {
            let what = match class.map(mail::Class::retry) {
                Some(mail::Retry::AccountHeld) => NotSent::Account { until: now + 15 * MINUTE },
                Some(mail::Retry::AccountWaits { ms }) => NotSent::Account { until: now + ms },
                Some(mail::Retry::ClientHeld) => NotSent::Client { until: now + 15 * MINUTE },
                _ if class.is_some_and(mail::Class::is_dead_address) => NotSent::BadAddress,
                _ => NotSent::Message,
            };
            not_sent(what, refusal.to_string())
        }
        Sent::Busy { retry_after_ms } => {
            let wait = retry_after_ms.unwrap_or(MINUTE);
            // Greylisting and full servers want minutes, then hours, not seconds.
            let ladder = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR];
            let step = usize::try_from(dispatch.job.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
            let at = now + wait.max(ladder.get(step).copied().unwrap_or(3 * HOUR));
            let counts = !matches!(
                class.map(mail::Class::retry),
                Some(mail::Retry::Slower { .. } | mail::Retry::AccountWaits { .. })
            );
            not_sent(
                NotSent::Again { at, counts, failed: false },
                "the mail server asks to come back later".into(),
            )
        }
        Sent::NotSent(why) => {
            let at = now + MINUTE;
            not_sent(NotSent::Again { at, counts: true, failed: true }, why)
        }
        Sent::Unknown(why) => Answer::Unknown { why, can_look_up: false },
    }
}

/// The mail of a dispatch. It comes from our account in the client's name, and is answered to the
/// client.
fn mail(app: &App, dispatch: &Dispatch) -> Mail {
    let client = &dispatch.client;
    let message = &dispatch.message;
    let invite = dispatch
        .appointment
        .as_ref()
        .and_then(|appointment| sending::invite(message, client, &dispatch.lead, appointment));
    Mail {
        id: message.id,
        message_id: message.mail_id.clone().unwrap_or_default(),
        date: message.created_at,
        from: Mailbox { name: client.name.clone(), address: dispatch.line.sender.clone() },
        reply_to: Some(Mailbox { name: client.name.clone(), address: client.email.clone() })
            .filter(|mailbox| mailbox.address.contains('@')),
        to: Mailbox { name: dispatch.lead.name.clone(), address: message.address.clone() },
        subject: dispatch.text.subject.clone(),
        text: dispatch.text.body.clone(),
        html: Some(dispatch.text.html.clone()).filter(|html| !html.is_empty()),
        invite: invite.map(|(cancels, ics)| mail::InvitePart {
            method: if cancels { mail::InviteMethod::Cancel } else { mail::InviteMethod::Request },
            ics,
        }),
        unsubscribe_url: sending::unsubscribe_url(message, &app.ctx.house.lines),
        auto_submitted: AutoSubmitted::Generated,
        in_reply_to: None,
        references: Vec::new(),
    }
}
