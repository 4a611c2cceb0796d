//! What a provider tells of a message after it took it: applied by rank, never backwards.

use super::settle::{leave_alone, refused_by_person};
use super::{Message, emit};
use crate::records::ErrorReport;
use crate::unit::{Decided, Unit};
use frontdesk_shared::ClientId;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::job::JobState;
use frontdesk_shared::message::MessageStatus;

/// What is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whose account of the carrier proved it: a client's own; `None` is the installation's.
    pub account: Option<ClientId>,
    /// The provider's name of the message.
    pub provider_id: Option<String>,
    /// Where it stands; `None` for a word that is not known.
    pub status: Option<MessageStatus>,
    /// The provider's code for a failure.
    pub code: Option<String>,
    /// Parts it was sent in.
    pub segments: Option<i64>,
    /// What the code means for the person's address.
    pub meaning: Meaning,
    /// The failure in words.
    pub why: String,
}

/// What a failure says beyond its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    #[default]
    Message,
    /// The person opted out at the provider.
    OptedOut,
    /// The address takes no such messages.
    BadAddress,
    /// The sender is not registered or is filtered: not the person's fault.
    Sender,
}

/// Applies it; in words, what it changed, or `None` when nothing did.
///
/// # Errors
/// A missing fact.
pub fn apply(unit: &mut Unit<'_>, mut message: Message, told: &Report) -> Decided<Option<String>> {
    let before = (message.status, message.provider_id.clone(), message.code.clone(), message.segments);
    if message.provider_id.is_none() {
        message.provider_id.clone_from(&told.provider_id);
    }
    let was_uncertain = message.status == MessageStatus::Uncertain;
    if let Some(status) = told.status {
        let advanced = message.status.advance(status);
        message.status = if unit.planted("lower-message") { status } else { advanced };
    }
    // A later failure without a code must not erase the reason that is known.
    if let Some(code) = told.code.as_ref().filter(|_| message.code.is_empty()) {
        message.code.clone_from(code);
        message.why.clone_from(&told.why);
    }
    if let Some(segments) = told.segments.filter(|n| *n > 0) {
        message.segments = segments;
    }
    if was_uncertain && message.status != MessageStatus::Uncertain {
        message.why.clear();
        resolved(unit, &message)?;
    }
    if before == (message.status, message.provider_id.clone(), message.code.clone(), message.segments) {
        return Ok(None);
    }
    let failed = matches!(message.status, MessageStatus::Undelivered | MessageStatus::Failed);
    if failed && before.0 != message.status {
        match told.meaning {
            Meaning::OptedOut => refused_by_person(unit, &message, &told.why)?,
            Meaning::BadAddress => leave_alone(unit, &message, &told.why)?,
            Meaning::Message | Meaning::Sender => {}
        }
        unit.report(ErrorReport {
            kind: if told.meaning == Meaning::Sender { "message.sender" } else { "message.undelivered" }
                .into(),
            service: message.provider.clone(),
            client: message.client,
            severity: Severity::Error,
            message: format!("{} did not arrive: {}", message.kind, told.why),
            subject: ("message", message.id.to_string()),
        });
    }
    let text = format!("{} {}", message.kind, message.status);
    emit(unit, &message, &message.provider.clone(), &text);
    unit.put_message(message);
    Ok(Some(text))
}

/// The provider was heard of about a message of unknown fate: its job is done.
fn resolved(unit: &mut Unit<'_>, message: &Message) -> Decided<()> {
    let Some(id) = message.job else { return Ok(()) };
    if let Some(mut job) = unit.job(id)?.filter(|job| job.state == JobState::Uncertain) {
        job.stand(JobState::Done, None, "the provider confirmed the message");
        unit.put_job(job);
    }
    Ok(())
}
