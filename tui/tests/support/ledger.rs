//! Sample templates, and steps of sequences.

use super::sample::id;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::job::JobState;
use frontdesk_shared::sequence::StepRow;
use frontdesk_shared::template::TemplateRow;
use frontdesk_shared::time::HOUR;
use frontdesk_shared::{JobId, LeadId, Millis};

/// The wording of a message.
pub fn template(n: u64, now: Millis) -> TemplateRow {
    let (kind, problem) = match n {
        0 => ("confirmation", ""),
        1 => ("reminder-24h", ""),
        2 => ("moved", ""),
        3 => ("follow-up.no-answer.1", ""),
        _ => ("follow-up.no-answer.2", "nothing is known for booking_link"),
    };
    let channel = if n == 4 { Channel::Email } else { Channel::Sms };
    TemplateRow {
        id: format!("harbour:{kind}:{channel}"),
        client: "harbour".to_owned(),
        kind: kind.to_owned(),
        channel,
        own: n == 1,
        version: format!("9f3c1a{n:02}"),
        characters: if problem.is_empty() { 120 + n } else { 0 },
        segments: u64::from(problem.is_empty()),
        problem: problem.to_owned(),
        changed_at: (n == 1).then_some(now - 3 * HOUR),
    }
}

/// A step of a sequence.
pub fn step(n: u64, now: Millis) -> StepRow {
    let (state, why) = match n {
        0 | 1 => (JobState::Ready, ""),
        2 => (JobState::Done, "the provider has it"),
        3 => (JobState::Cancelled, "the person was reached"),
        4 => (JobState::Expired, "too late to be of use"),
        _ => (JobState::Dead, "follow-up.no-answer.2 by email: nothing is known for booking_link"),
    };
    StepRow {
        id: JobId(id(700 + n.cast_signed())),
        client: "harbour".to_owned(),
        lead: Some(LeadId(id(100 + n.cast_signed()))),
        who: format!("Person {n}"),
        sequence: if n.is_multiple_of(2) { "no-answer" } else { "voicemail" }.to_owned(),
        step: u32::try_from(n % 3 + 1).unwrap(),
        channel: if n % 3 == 1 { Channel::Email } else { Channel::Sms },
        state,
        due: now + HOUR,
        why: why.to_owned(),
        started_at: now - HOUR,
        changed_at: now - HOUR / 2,
    }
}
