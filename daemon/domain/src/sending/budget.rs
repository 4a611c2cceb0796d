//! How much may be written: to one person of what is about their appointments, and by one client out
//! of an account that all share. What somebody asks for again and again costs others nothing.
//!
//! Must not live here: contacts that sell (`gate::limits`), messages about one appointment (`claim`).

use crate::client::{Client, HOUSE};
use crate::job::Job;
use crate::lead::{Lead, mail_identity};
use crate::message::kinds::Kind;
use crate::records::ErrorReport;
use crate::scope::{HoldScope, Stop};
use crate::unit::{Decided, Unit};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::message::MessageDirection;
use frontdesk_shared::{ClientId, Millis};

/// Kinds that answer STOP and HELP: the carriers want them, whatever else was written.
pub const ANSWERS: [Kind; 2] = [Kind::OptOutConfirmed, Kind::Help];

/// Why nothing more of what is about appointments is written to this person for now, by whichever
/// client; `None` where there is room.
pub(super) fn spent(
    unit: &Unit<'_>,
    client: &Client,
    lead: &Lead,
    (kind, channel): (Kind, Channel),
) -> Decided<Option<String>> {
    if kind.purpose() == Purpose::Marketing || ANSWERS.contains(&kind) {
        return Ok(None);
    }
    let most = unit.house.rules(client).policy.transactional.per_person;
    let identity = match channel {
        Channel::Email => mail_identity(&lead.email),
        Channel::Sms | Channel::AiVoice => lead.phone.clone(),
    };
    let mut leads = identity.map_or(Ok(Vec::new()), |identity| unit.leads_of(&identity))?;
    if leads.iter().all(|known| known.id != lead.id) {
        leads.push(lead.clone());
    }
    let mut sent = 0;
    for lead in &leads {
        sent += unit.written_lately(lead.id, channel)?;
    }
    let counts = |m: &&super::Message| {
        m.direction == MessageDirection::Outbound
            && m.channel == channel
            && m.purpose != Purpose::Marketing
            && leads.iter().any(|lead| m.lead == Some(lead.id))
    };
    sent += u32::try_from(unit.changes.new_messages.values().filter(counts).count()).unwrap_or(u32::MAX);
    Ok((sent >= most).then(|| {
        format!(
            "{sent} {channel} messages about appointments went to this person within 24 hours, and {most} may \
             (calling.transactional.per_person): see who books and cancels so often"
        )
    }))
}

/// Tells that a person hears no more for now, and whose messages those were.
pub(super) fn told(unit: &mut Unit<'_>, client: &Client, lead: &Lead, why: &str) {
    unit.report(ErrorReport {
        kind: "message.person-budget".into(),
        service: "messages".into(),
        client: client.id,
        severity: Severity::Warning,
        message: why.to_owned(),
        subject: ("lead", lead.id.to_string()),
    });
}

/// Tells, the first time that a job meets it, that a cap of our own is reached.
pub(super) fn told_cap(unit: &mut Unit<'_>, job: &Job, scope: &HoldScope, why: &str) {
    if job.reason == why {
        return;
    }
    let client = if *scope == HoldScope::Account { HOUSE } else { job.client };
    unit.report(ErrorReport {
        kind: "email.cap".into(),
        service: format!("email:{}", scope.word()),
        client,
        severity: Severity::Warning,
        message: why.to_owned(),
        subject: ("client", job.client.to_string()),
    });
}

/// The stops that a daily cap of an account makes: of everybody once it is used up, and before that
/// of a client that has used half of what the others left of it, so that something is always left for
/// somebody else. `sent` are the emails of each client in the last 24 hours; `shared` says whether
/// there is anybody else.
pub fn caps(sent: &[(ClientId, u64)], most: u64, shared: bool, until: Millis) -> Vec<Stop> {
    if most == 0 {
        return Vec::new();
    }
    let all: u64 = sent.iter().map(|(_, n)| n).sum();
    let stop = |scope, why| Stop { scope, until, why, is_breaker: false, is_cap: true };
    if all >= most {
        let why = format!(
            "cap reached: {all} emails went out in the last 24 hours, and email.per_day is {most}; see who sends \
             that many, or raise it as far as the mail service allows"
        );
        return vec![stop(HoldScope::Account, why)];
    }
    let over = |n: u64| shared && 2 * n >= most - (all - n);
    let greedy = sent.iter().filter(|(_, n)| over(*n));
    let told = |(client, n): &(ClientId, u64)| {
        let why = format!(
            "cap reached: this client sent {n} emails in the last 24 hours, half of what the others left of the \
             {most} a day that all share (email.per_day); see what sends that many, or raise it"
        );
        stop(HoldScope::Client(*client), why)
    };
    greedy.map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(sent: &[(i64, u64)], shared: bool) -> Vec<HoldScope> {
        let sent: Vec<_> = sent.iter().map(|(id, n)| (ClientId(*id), *n)).collect();
        caps(&sent, 100, shared, Millis(0)).into_iter().map(|stop| stop.scope).collect()
    }

    #[test]
    fn nobody_takes_everything_and_something_is_left_for_somebody_else() {
        let client = |id| HoldScope::Client(ClientId(id));
        assert_eq!(stopped(&[(1, 49)], true), []);
        assert_eq!(stopped(&[(1, 50)], true), [client(1)]);
        assert_eq!(stopped(&[(1, 99)], false), [], "who is alone has all of it");
        assert_eq!(stopped(&[(1, 50), (2, 24)], true), [client(1)]);
        assert_eq!(stopped(&[(1, 50), (2, 25)], true), [client(1), client(2)]);
        assert_eq!(stopped(&[(1, 50), (2, 25), (3, 0)], true), [client(1), client(2)]);
        assert_eq!(stopped(&[(1, 60), (2, 40)], true), [HoldScope::Account]);
        assert_eq!(
            stopped(&[(1, 98), (2, 1)], true),
            [client(1), client(2)],
            "the last is for whoever had none"
        );
        assert!(caps(&[(ClientId(1), 1_000)], 0, true, Millis(0)).is_empty(), "no cap");
    }
}
