//! Follow-ups: what is written to somebody who could not be reached, or who declined, step by step,
//! until they answer.
//!
//! Each step is planned once for each enquiry, whatever number of calls went unanswered, and asked
//! for again at the gate when it is sent. Must not live here: wording, sending.

use crate::attempts::PRIORITY_RETRY;
use crate::call::Call;
use crate::client::Client;
use crate::job::SendMessage;
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::planning::{self, Approach, Stage, Standing};
use crate::records::ErrorReport;
use crate::sending;
use crate::tools;
use crate::unit::{Decided, Unit};
use frontdesk_shared::call::Outcome;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::explain::Answer;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::time::{DAY, MINUTE};
use frontdesk_shared::{JobId, Millis};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value as Json;

/// A step is of no use so long after its time.
const USEFUL_MS: i64 = 3 * DAY;

/// When a step comes, from the outcome on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// So many milliseconds.
    After(i64),
    /// The same local time, so many days later.
    Days(i64),
}

/// A sequence, by what it follows.
struct Sequence {
    /// Its name in a client's settings.
    name: &'static str,
    /// Whether it is on where a client says nothing.
    on: bool,
    steps: &'static [(Wait, Kind, Channel)],
}

const NO_ANSWER: Sequence = Sequence {
    name: "no-answer",
    on: true,
    steps: &[
        (Wait::After(5 * MINUTE), Kind::NoAnswer1, Channel::Sms),
        (Wait::Days(1), Kind::NoAnswer2, Channel::Email),
        (Wait::Days(3), Kind::NoAnswer3, Channel::Sms),
    ],
};
const VOICEMAIL: Sequence = Sequence {
    name: "voicemail",
    on: true,
    steps: &[
        (Wait::After(10 * MINUTE), Kind::Voicemail1, Channel::Sms),
        (Wait::Days(2), Kind::Voicemail2, Channel::Email),
    ],
};
const NOT_INTERESTED: Sequence = Sequence {
    name: "not-interested",
    on: false,
    steps: &[(Wait::Days(30), Kind::NotInterested1, Channel::Email)],
};

const ALL: [&Sequence; 3] = [&NO_ANSWER, &VOICEMAIL, &NOT_INTERESTED];

/// Their names, as clients switch them on and off.
pub const NAMES: [&str; 3] = [NO_ANSWER.name, VOICEMAIL.name, NOT_INTERESTED.name];

fn sequence(outcome: Outcome) -> Option<&'static Sequence> {
    match outcome {
        Outcome::NoAnswer | Outcome::Busy => Some(&NO_ANSWER),
        Outcome::Voicemail => Some(&VOICEMAIL),
        Outcome::NotInterested => Some(&NOT_INTERESTED),
        _ => None,
    }
}

/// Whether somebody was reached: whatever was to follow a silence is void then.
const fn reached(outcome: Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::NoAnswer | Outcome::Busy | Outcome::Voicemail | Outcome::Failed | Outcome::Canceled
    )
}

/// Plans, or takes back, what follows a call to a lead.
///
/// # Errors
/// A missing fact.
pub(crate) fn after_call(unit: &mut Unit<'_>, call: &Call, outcome: Outcome) -> Decided<()> {
    let Some(lead) = call.lead.map_or(Ok(None), |id| unit.lead(id))? else { return Ok(()) };
    if reached(outcome) {
        stop(unit, &lead, "the person was reached")?;
    }
    let Some(sequence) = sequence(outcome).filter(|_| lead.episode == call.episode) else { return Ok(()) };
    let Some(client) = unit.client(lead.client)? else { return Ok(()) };
    if !is_on(sequence, &client) {
        return Ok(());
    }
    plan(unit, &client, &lead, sequence)
}

/// Takes back every step that waits.
///
/// # Errors
/// A missing fact.
pub(crate) fn stop(unit: &mut Unit<'_>, lead: &Lead, why: &str) -> Decided<u64> {
    unit.take_back(lead.id, |job| sending::is_follow_up(job.payload), why)
}

/// Every kind of message that the sequences a client has on may send.
pub fn kinds_on(client: &Client) -> Vec<Kind> {
    let on = ALL.iter().filter(|sequence| is_on(sequence, client));
    on.flat_map(|sequence| sequence.steps.iter().map(|(_, kind, _)| *kind)).collect()
}

fn is_on(sequence: &Sequence, client: &Client) -> bool {
    let all = client.settings.get("messages").and_then(|own| own.get("sequences"));
    let own = all.and_then(|all| all.get(sequence.name)).and_then(Json::as_bool);
    own.unwrap_or(sequence.on)
}

fn plan(unit: &mut Unit<'_>, client: &Client, lead: &Lead, sequence: &Sequence) -> Decided<()> {
    let zone = tools::persons_zone(lead, unit.now);
    let zone = zone.or_else(|| unit.house.rules(client).booking.time_zone()).unwrap_or(TimeZone::UTC);
    let due: Vec<Millis> = sequence.steps.iter().map(|(wait, ..)| at(unit.now, *wait, &zone)).collect();
    let mut standing = None;
    for (step, (_, kind, channel)) in sequence.steps.iter().enumerate() {
        let line = unit.house.lines.of(client, *channel);
        let Some(at) =
            due.get(step).copied().filter(|_| line.is_some() && sending::reachable(lead, *channel))
        else {
            continue;
        };
        let standing = match &mut standing {
            Some(standing) => standing,
            none => none.insert(Standing::of(unit, client, lead)?),
        };
        let approach = Approach { channel: *channel, purpose: Purpose::Marketing, answers: None };
        let policy = &unit.house.rules(client).policy;
        let asked = (Stage::Plan, approach);
        // Later steps are within the life of the enquiry whenever they come.
        let fresh = Lead { episode_at: at, ..lead.clone() };
        let report = planning::judge_approach(unit.house, client, policy, &fresh, standing, at, asked);
        let run_at = match report.answer {
            Answer::Allowed => at,
            Answer::NotYet => report.next_at.unwrap_or(at),
            // Without consent, or after a no: there is nothing to plan.
            Answer::Never => continue,
        };
        let wanted = SendMessage {
            message: kind.word().to_owned(),
            channel: *channel,
            appointment: None,
            sequence: 0,
            episode: lead.episode,
            moved_from: None,
            answers: None,
        };
        if let Err(why) = sending::try_out(unit, client, lead, None, &wanted) {
            unit.report(ErrorReport {
                kind: "message.not-ready".into(),
                service: format!("{kind} {channel}"),
                client: client.id,
                severity: Severity::Warning,
                message: format!("not planned: {why}"),
                subject: ("lead", lead.id.to_string()),
            });
            continue;
        }
        let mut job = wanted.job(JobId(unit.id()), client.id, lead.name.clone(), run_at);
        // A late step never comes behind the next one.
        let next = due.get(step + 1).copied().unwrap_or(run_at + USEFUL_MS);
        job.useful_until = Some((run_at + USEFUL_MS).min(next.max(run_at)));
        job.priority = PRIORITY_RETRY;
        job.lead = Some(lead.id);
        job.dedupe = Some(format!("follow-up:{}:{}:{kind}", lead.id, lead.episode));
        unit.enqueue(job);
    }
    Ok(())
}

fn at(now: Millis, wait: Wait, zone: &TimeZone) -> Millis {
    let days = match wait {
        Wait::After(ms) => return now + ms,
        Wait::Days(days) => days,
    };
    let later = Timestamp::from_millisecond(now.0).ok().and_then(|now| {
        let local = zone.to_datetime(now).checked_add(days.days()).ok()?;
        local.to_zoned(zone.clone()).ok()
    });
    later.map_or(now + days * DAY, |later| Millis(later.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_days_are_local_days() {
        let london = TimeZone::get("Europe/London").unwrap();
        let instant = |text: &str| Millis::from_iso(text).unwrap();
        // The clocks go forward in the night between.
        let saturday = instant("2027-03-27T14:00:00Z");
        assert_eq!(at(saturday, Wait::Days(1), &london), instant("2027-03-28T13:00:00Z"));
        assert_eq!(at(saturday, Wait::After(5 * MINUTE), &london), instant("2027-03-27T14:05:00Z"));
    }

    #[test]
    fn steps_are_in_order_and_of_their_channel() {
        for sequence in [&NO_ANSWER, &VOICEMAIL, &NOT_INTERESTED] {
            let due: Vec<Millis> =
                sequence.steps.iter().map(|(wait, ..)| at(Millis(0), *wait, &TimeZone::UTC)).collect();
            assert!(due.is_sorted(), "{}", sequence.name);
            for (_, kind, channel) in sequence.steps {
                assert!(kind.channels().contains(channel), "{kind}");
                assert_eq!(kind.purpose(), Purpose::Marketing, "{kind}");
            }
        }
    }
}
