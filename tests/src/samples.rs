//! Plain rows for tests, valid in every field; a test changes only what it is about.

use crate::database::START;
use frontdesk_domain::records::Booking;
use frontdesk_shared::call::{CallStatus, Direction};
use frontdesk_shared::client::{ClientStatus, Tier};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::{AppointmentStatus, MessageDirection, MessageStatus};
use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, MessageId, Millis};
use frontdesk_store::calls::Call;
use frontdesk_store::clients::Client;
use frontdesk_store::jobs::{LANE_WORK, NewJob};
use frontdesk_store::leads::Lead;
use frontdesk_store::messages::Message;
use std::collections::BTreeMap;

/// An active client; its key is `client-<id>`.
pub fn client(id: i64) -> Client {
    Client {
        id: ClientId(id),
        key: format!("client-{id}"),
        name: format!("Practice {id}"),
        email: "desk@example.com".into(),
        phone: "+442079460000".into(),
        industry: "dental".into(),
        services: vec!["check-up".into()],
        status: ClientStatus::Active,
        paused_reason: None,
        tier: Tier::Free,
        timezone: "Europe/London".into(),
        country: "GB".into(),
        currency: "GBP".into(),
        value_minor: 50_000,
        agent: format!("agent-{id}"),
        settings: serde_json::json!({}),
        created_at: START,
        updated_at: START,
    }
}

/// A queued lead of a client with a number of its own.
pub fn lead(id: i64, client: i64) -> Lead {
    let phone = format!("+4477009{:05}", id.rem_euclid(100_000));
    Lead {
        id: LeadId(id),
        client: ClientId(client),
        identity: phone.clone(),
        phone: Some(phone),
        region: "GB".into(),
        line: "mobile".into(),
        name: format!("Lead {id}"),
        email: String::new(),
        source: "web form".into(),
        zone: None,
        state: None,
        postcode: None,
        external_id: None,
        vars: BTreeMap::new(),
        status: LeadStatus::Queued,
        hold_rule: String::new(),
        hold_reason: String::new(),
        next_at: None,
        episode: 1,
        episode_at: START,
        attempts: 0,
        last_attempt_at: None,
        last_contact_at: None,
        score: 0,
        score_parts: Vec::new(),
        import: None,
        created_at: START,
        updated_at: START,
    }
}

/// A job of a client that is due at [`START`].
pub fn job(id: i64, client: i64) -> NewJob<'static> {
    NewJob {
        id: JobId(id),
        kind: "test",
        version: 1,
        payload: serde_json::json!({ "n": id }),
        client: ClientId(client),
        lead: None,
        call: None,
        about: "a test".into(),
        dedupe: None,
        lane: LANE_WORK,
        priority: 2,
        run_at: START,
        useful_until: None,
        max_attempts: 3,
    }
}

/// An outbound call on its way to the provider.
pub fn call(id: i64, client: i64) -> Call {
    Call {
        id: CallId(id),
        client: ClientId(client),
        lead: None,
        job: None,
        direction: Direction::Outbound,
        episode: 1,
        attempt: 1,
        provider: "vapi".into(),
        provider_call_id: None,
        status: CallStatus::Placing,
        outcome: None,
        why: String::new(),
        ended_reason: String::new(),
        phone: "+447700900123".into(),
        who: "Lead".into(),
        control_url: None,
        started_at: None,
        ended_at: None,
        cost_micros: 0,
        last_line: String::new(),
        reported: false,
        sandbox: true,
        lookups: 0,
        callback_at: None,
        created_at: START,
        updated_at: START,
    }
}

/// A booked appointment of client 1 and lead 1.
pub fn appointment(id: i64, from: Millis, to: Millis) -> Booking {
    Booking {
        id: AppointmentId(id),
        client: ClientId(1),
        lead: Some(LeadId(1)),
        call: Some(CallId(id)),
        who: "Ms Müller".into(),
        starts_at: from,
        ends_at: to,
        status: AppointmentStatus::Booked,
        note: "first visit".into(),
        sequence: 0,
        by_staff: false,
        made_by: "vapi".into(),
        created_at: START,
        updated_at: START,
    }
}

/// A text on its way to lead 1 of client 1.
pub fn message(id: i64) -> Message {
    Message {
        id: MessageId(id),
        client: ClientId(1),
        lead: Some(LeadId(1)),
        appointment: None,
        job: Some(JobId(id)),
        direction: MessageDirection::Outbound,
        channel: Channel::Sms,
        kind: "confirmation".into(),
        purpose: Purpose::Informational,
        provider: "twilio".into(),
        provider_id: None,
        mail_id: None,
        address: "+447700900123".into(),
        sender: "+442079460000".into(),
        who: "Ms Müller".into(),
        status: MessageStatus::Sending,
        code: String::new(),
        why: String::new(),
        sequence: 0,
        segments: 1,
        cost_micros: 0,
        lookups: 0,
        sandbox: true,
        created_at: START,
        updated_at: START,
    }
}
