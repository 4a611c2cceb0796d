//! Answers that come after the lease of their run.

use super::super::{Line, MessageText, TWILIO};
use super::*;
use crate::breaker::Breaker;
use crate::client::HOUSE;
use crate::job::SendMessage;
use crate::unit::Facts;
use crate::unit::specimens::{NOW, NUMBER, client, decide, lead};
use frontdesk_shared::contact::Purpose;
use frontdesk_shared::message::MessageDirection;

/// A request whose run lost its lease: nobody knows what became of it.
fn abandoned() -> (Dispatch, Facts) {
    let (client, lead) = (client(1), lead(1, "+447700900123"));
    let wanted = SendMessage {
        message: "help".into(),
        channel: Channel::Sms,
        appointment: None,
        sequence: 0,
        episode: 1,
        moved_from: None,
        answers: None,
    };
    let mut job = Job::queued(&wanted.job(JobId(1), client.id, "Ann", NOW));
    job.start(1, NOW + SECOND);
    let message = Message {
        id: MessageId(1),
        client: client.id,
        lead: Some(lead.id),
        appointment: None,
        job: Some(job.id),
        direction: MessageDirection::Outbound,
        channel: Channel::Sms,
        kind: "help".into(),
        purpose: Purpose::Informational,
        provider: TWILIO.into(),
        provider_id: None,
        mail_id: None,
        address: "+447700900123".into(),
        sender: NUMBER.into(),
        who: "Ann".into(),
        status: MessageStatus::Uncertain,
        code: String::new(),
        why: String::new(),
        sequence: 0,
        segments: 1,
        cost_micros: 0,
        lookups: 0,
        sandbox: false,
        created_at: NOW,
        updated_at: NOW,
    };
    let mut facts = Facts::default();
    let mut stored = job.clone();
    stored.stand(JobState::Uncertain, None, "the lease ran out");
    facts.add_jobs([stored]);
    facts.add_messages(TWILIO, [message.clone()]);
    facts.breakers.insert((TWILIO, HOUSE), Breaker::default());
    let line = Line { provider: TWILIO, sender: NUMBER.into(), own_account: false };
    let text = MessageText::default();
    let sent = Dispatch {
        job,
        message,
        text,
        client,
        lead,
        line,
        appointment: None,
        useful_until: Some(NOW + SECOND),
    };
    (sent, facts)
}

#[test]
fn s1_an_answer_after_the_lease_ends_message_and_job() {
    let accepted =
        Answer::Accepted { provider_id: "SM1".into(), status: MessageStatus::Accepted, segments: None };
    let refused =
        Answer::NotSent { what: NotSent::Message, code: "30007".into(), why: "the carrier says no".into() };
    for (answer, status, state) in [
        (accepted, MessageStatus::Accepted, JobState::Done),
        (refused, MessageStatus::Refused, JobState::Dead),
    ] {
        let (sent, facts) = abandoned();
        decide(&facts, |unit| {
            settle(unit, &sent, &answer).unwrap();
            assert_eq!(unit.message(sent.message.id).unwrap().unwrap().status, status);
            assert_eq!(unit.job(sent.job.id).unwrap().unwrap().state, state, "{status}");
        });
    }
}

#[test]
fn an_answer_of_a_run_that_another_followed_changes_no_job() {
    let (sent, mut facts) = abandoned();
    let mut job = sent.job.clone();
    job.start(2, NOW + SECOND);
    facts.add_jobs([job]);
    let answer =
        Answer::Accepted { provider_id: "SM1".into(), status: MessageStatus::Accepted, segments: None };
    decide(&facts, |unit| {
        settle(unit, &sent, &answer).unwrap();
        assert_eq!(unit.job(sent.job.id).unwrap().unwrap().state, JobState::Running);
    });
}
