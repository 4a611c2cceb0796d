//! Runs every statement of the store once. What is added to a table or view is added here; the test
//! of the source says where it is missing.

use super::{NOW, lists, refused};
use frontdesk_domain::booking::Slot;
use frontdesk_domain::calendar::{ClientCalendar, Entry, Proof, Written, WrittenEvent};
use frontdesk_domain::records::{Booking, CallTexts, Lifted, Suppression, ToolAnswer};
use frontdesk_domain::scope::HoldScope;
use frontdesk_domain::unit::MirrorChange;
use frontdesk_shared::call::Direction;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::Cursor;
use frontdesk_shared::explain::{Answer, GateReport};
use frontdesk_shared::fault::Severity;
use frontdesk_shared::import::{ImportCounts, ImportSpec, ImportStatus, Reject};
use frontdesk_shared::job::JobState;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::webhook::WebhookStatus;
use frontdesk_shared::{
    AppointmentId, CallId, ClientId, FaultId, ImportId, JobId, LeadId, Noun, RowId, VerdictId, WebhookId,
};
use frontdesk_store::appointments;
use frontdesk_store::audit::{self, NewAudit};
use frontdesk_store::calls::{self, Call};
use frontdesk_store::events::{self, NewEvent};
use frontdesk_store::faults::{self, NewFault};
use frontdesk_store::imports::{self, Import};
use frontdesk_store::jobs::{self, NewJob};
use frontdesk_store::keys::{self, Key};
use frontdesk_store::leads::{self, Consent, NewConsent, Suppressing};
use frontdesk_store::packed::Packed;
use frontdesk_store::verdicts::{self, Verdict};
use frontdesk_store::views::{self, badges, detail, idle, leads_api, resolve, stats};
use frontdesk_store::webhooks::{self, Applied, NewWebhook};
use frontdesk_store::{
    Result, Tx, calendars, channels, clients, holds, house, messages, meta, rates, screening,
};
use frontdesk_tests::samples;
use std::collections::BTreeMap;

/// What is written about texts and emails.
fn write_messages(tx: &mut Tx<'_>) -> Result<()> {
    let message = samples::message(FRESH);
    messages::insert(tx, [&message])?;
    messages::update_all(tx, [&message])?;
    messages::insert_texts(tx, &BTreeMap::from([(message.id, messages::MessageText::default())]))?;
    messages::text(tx, message.id)?;
    messages::by_ids(tx, &[message.id])?;
    messages::by_provider_ids(tx, "twilio", &["SM1"])?;
    messages::sending_of_jobs(tx, &[JobId(FRESH)])?;
    messages::of_job(tx, JobId(FRESH))?;
    messages::last_texts(tx, &[LeadId(FRESH)])?;
    messages::last_replies(tx, &[LeadId(FRESH)])?;
    messages::sent_about(tx, &[AppointmentId(FRESH)])?;
    messages::sent_within(tx, "twilio", (NOW, NOW))?;
    messages::written_within(tx, &[LeadId(1)], (NOW, NOW))?;
    messages::silent(tx, (NOW - 1, NOW), 10)?;
    Ok(())
}

/// What do-not-call lists say.
fn write_screening(tx: &mut Tx<'_>) -> Result<()> {
    let list = screening::List {
        name: "TPS/CTPS".into(),
        whole_as_of: Some(NOW),
        checked_as_of: None,
        rows: 1,
        by: "ann".into(),
        at: NOW,
    };
    screening::keep(tx, &list.name, NOW - 1, &[("+442079460101", true)])?;
    screening::brought(tx, &list)?;
    screening::lists(tx)?;
    screening::of_numbers(tx, &["+442079460101"])?;
    screening::forget(tx, &list.name, NOW, 10)?;
    leads::held_by(tx, CLIENT, "screening", LeadId(0), 10)?;
    Ok(())
}

/// What is written about clients' calendars.
fn write_calendars(tx: &mut Tx<'_>) -> Result<()> {
    let calendar = ClientCalendar::new(CLIENT, "c".into());
    calendars::put(tx, &calendar)?;
    calendars::update(tx, &calendar)?;
    calendars::of_clients(tx, &[CLIENT])?;
    calendars::all(tx)?;
    let channel = channels::CalendarChannel {
        id: "ch".into(),
        client: CLIENT,
        calendar: "c".into(),
        secret: "s".into(),
        resource: String::new(),
        expires_at: NOW,
        created_at: NOW,
    };
    channels::insert(tx, &channel)?;
    channels::opened(tx, "ch", "r", NOW)?;
    channels::by_id(tx, "ch")?;
    channels::of_client(tx, CLIENT)?;
    channels::all(tx)?;
    channels::remove(tx, "ch")?;
    let slot = Slot { start: NOW, end: NOW + 1 };
    let entry = Entry {
        event: "e".into(),
        appointment: Some(AppointmentId(FRESH)),
        slot,
        busy: true,
        all_day: false,
        title: None,
        tentative: false,
        series: None,
        updated: None,
        etag: None,
    };
    let change =
        |entry| BTreeMap::from([(("c".to_owned(), "e".to_owned()), MirrorChange { client: CLIENT, entry })]);
    calendars::change(tx, &change(Some(entry)))?;
    calendars::mirror(tx, CLIENT)?;
    calendars::taken(tx, CLIENT, NOW)?;
    calendars::change(tx, &change(None))?;
    calendars::forget_before(tx, CLIENT, NOW)?;
    let event = WrittenEvent {
        appointment: AppointmentId(FRESH),
        client: CLIENT,
        calendar: "c".into(),
        generation: 0,
        written: Written::Verified(Proof { slot, seen_at: NOW, updated: None, etag: None }),
    };
    calendars::put_events(tx, [&event])?;
    calendars::events_of(tx, &[event.appointment])?;
    calendars::diary(tx, CLIENT, NOW)?;
    calendars::remove(tx, CLIENT)
}

const FRESH: i64 = 7_000_000;
const CLIENT: ClientId = ClientId(1);

pub fn everything(tx: &mut Tx<'_>) -> Result<()> {
    the_house(tx)?;
    people(tx)?;
    work(tx)?;
    talk(tx)?;
    imports_and_audit(tx)?;
    lists(tx)?;
    shown(tx)
}

/// What is the first statement of its transaction.
pub fn first(tx: &mut Tx<'_>) -> Result<()> {
    let log = rates::lock(tx, ClientId(FRESH))?;
    rates::keep(tx, CLIENT, &log)
}

fn the_house(tx: &mut Tx<'_>) -> Result<()> {
    let node = house::join(tx, "boot", "host", NOW, NOW, None)?.into();
    house::beat(tx, node, "boot", NOW)?;
    house::leave(tx, node, "boot")?;
    house::dead(tx, "other")?;
    house::set_slot(tx, "slot", NOW)?;
    house::paced_to(tx, "twilio", CLIENT)?;
    house::set_paced_to(tx, "twilio", CLIENT, NOW)?;
    house::last_slot(tx, "slot")?;
    house::lower_slot(tx, "slot", NOW)?;
    house::slot_done(tx, "slot", "", NOW)?;
    house::lock_account(tx, "vapi", CLIENT)?;
    let rules = frontdesk_domain::breaker::BreakerRules::default();
    holds::set(tx, "vapi", &HoldScope::Account, NOW, "")?;
    holds::shorten(tx, NOW)?;
    holds::stops(tx, "vapi", &rules, NOW)?;
    holds::lift(tx, "vapi", &HoldScope::Account)?;
    holds::forget(tx, NOW)?;
    holds::close_breaker(tx, "vapi", CLIENT)?;
    house::set_breaker(tx, "vapi", CLIENT, "")?;
    house::breaker(tx, "vapi", CLIENT)?;
    meta::set(tx, "a", Some("b"))?;
    meta::set(tx, "a", None)?;
    meta::get_or_set(tx, "a", "b")?;
    let mut client = samples::client(FRESH);
    clients::insert(tx, &client)?;
    client.status = frontdesk_shared::client::ClientStatus::Paused;
    clients::update(tx, &client)?;
    clients::by_id(tx, CLIENT)?;
    clients::by_key(tx, "client-1")?;
    clients::by_agent(tx, "client-1")?;
    clients::countries(tx)?;
    clients::all(tx)?;
    clients::mentioning(tx, "x")?;
    clients::only(tx)?;
    clients::lock(tx, CLIENT)?;
    let key = Key {
        id: RowId(FRESH),
        client: CLIENT,
        label: String::new(),
        created_at: NOW,
        last_used_at: None,
        expires_at: None,
        revoked_at: None,
    };
    keys::insert(tx, &key, b"hash")?;
    keys::by_hash(tx, b"hash", NOW)?;
    keys::need(tx, key.id)?;
    keys::of_client(tx, CLIENT)?;
    keys::used(tx, key.id, NOW)?;
    keys::ends(tx, key.id, NOW)?;
    keys::revoke(tx, key.id, NOW)?;
    rates::open(tx, CLIENT)?;
    let fault = NewFault {
        kind: "db.slow",
        service: "database",
        client: CLIENT,
        severity: Severity::Warning,
        message: "",
        subject: ("job", String::new()),
    };
    let id = faults::record(tx, &fault, (FaultId(FRESH), RowId(FRESH)), NOW)?;
    faults::acknowledge(tx, id, "sam", NOW)?;
    // Told apart by their cause, and each about somebody.
    for (nth, noun) in (1..).zip(["lead", "message", "appointment", "call", "job"]) {
        let whole = frontdesk_shared::id::encode(FRESH);
        let fault =
            NewFault { kind: "message.sender", message: noun, subject: (noun, whole), ..fault.clone() };
        let id = faults::record(tx, &fault, (FaultId(FRESH + nth), RowId(FRESH + nth)), NOW)?;
        detail::detail(tx, &Subject::new(Noun::Fault, id), NOW, true)?;
    }
    Ok(())
}

fn people(tx: &mut Tx<'_>) -> Result<()> {
    let lead = samples::lead(FRESH, 1);
    leads::insert(tx, std::slice::from_ref(&lead))?;
    leads::update(tx, &lead)?;
    leads::need(tx, lead.id)?;
    leads::by_ids(tx, &[lead.id, LeadId(1)])?;
    leads::by_identity(tx, CLIENT, &lead.identity)?;
    leads::by_identities(tx, CLIENT, &[&lead.identity, "x"])?;
    leads::suppressed(tx, CLIENT, &[&lead.identity, "x"])?;
    leads::all_by_identity(tx, &lead.identity)?;
    leads::stale(tx, NOW, 10)?;
    let statement = leads::statement(tx, "yes, please", RowId(FRESH))?;
    let consent = Consent {
        id: RowId(FRESH),
        channels: vec![Channel::AiVoice],
        purpose: Purpose::Informational,
        wording: String::new(),
        evidence: String::new(),
        given_at: NOW,
        recorded_by: String::new(),
        revoked_at: None,
    };
    leads::insert_consents(tx, CLIENT, &[NewConsent { lead: lead.id, consent, statement }], NOW)?;
    leads::consents(tx, lead.id)?;
    leads::revoke_consents(tx, lead.id, "", NOW)?;
    let suppressing = Suppressing {
        id: RowId(FRESH),
        client: CLIENT,
        address: &lead.identity,
        reason: "",
        evidence: "",
        by: "",
    };
    leads::restore_consents(tx, lead.id, NOW)?;
    let lifted = Lifted {
        client: CLIENT,
        address: lead.identity.clone(),
        channel: Some(Channel::Sms),
        by: String::new(),
        why: String::new(),
    };
    leads::lift(tx, &lifted, NOW)?;
    leads::suppress(tx, &suppressing, NOW)?;
    leads::suppressions(tx, CLIENT, &lead.identity)?;
    let suppression = Suppression {
        id: RowId(FRESH + 1),
        client: CLIENT,
        address: lead.identity.clone(),
        channel: None,
        reason: String::new(),
        evidence: String::new(),
        since: NOW,
        by: String::new(),
    };
    leads::suppress_all(tx, &[suppression])?;
    leads::suppressions_of(tx, &[&lead.identity])?;
    leads::of_identities(tx, &[&lead.identity])?;
    leads::of_emails(tx, &["ann@example.com".to_owned()])?;
    leads::consents_of(tx, &[lead.id])?;
    leads::insert_contact(tx, RowId(FRESH), &lead, Channel::AiVoice, Some(CallId(FRESH)), NOW)?;
    leads::contacts(tx, lead.id, NOW)?;
    leads::contacts_of(tx, &[lead.id])?;
    leads::last_contact(tx, lead.id)?;
    leads::void_contact(tx, CallId(FRESH))?;
    let report = GateReport {
        answer: Answer::Allowed,
        rule: String::new(),
        reason: String::new(),
        next_at: None,
        at: NOW,
        stage: "plan".into(),
        rules_version: 1,
        lines: Vec::new(),
    };
    verdicts::insert(tx, &[Verdict { id: VerdictId(FRESH), client: CLIENT, lead: lead.id, report }])?;
    verdicts::of_lead(tx, lead.id, 10)?;
    Ok(())
}

fn work(tx: &mut Tx<'_>) -> Result<()> {
    let new = NewJob { dedupe: Some("fresh".into()), lead: Some(LeadId(FRESH)), ..samples::job(FRESH, 1) };
    jobs::enqueue(tx, &new, NOW)?;
    jobs::of_key(tx, "fresh")?;
    jobs::due(tx, jobs::LANE_WORK, NOW, 10, CLIENT, |_, _| Ok(true))?;
    let started = jobs::start(tx, new.id, 1, NOW, NOW)?;
    jobs::renew(tx, new.id, started.fence, NOW)?;
    jobs::by_ids(tx, &[new.id])?;
    jobs::open_of_leads(tx, &[LeadId(FRESH)])?;
    jobs::snooze(tx, new.id, started.fence, NOW, "", NOW)?;
    jobs::settle(tx, new.id, started.fence, JobState::Done, None, "", NOW)?;
    jobs::put(tx, new.id, JobState::Ready, None, "", NOW)?;
    jobs::revive(tx, new.id, NOW, "", NOW)?;
    jobs::cancel_contacts(tx, &[LeadId(FRESH)], "", NOW)?;
    jobs::cancel_of_lead(tx, LeadId(FRESH), "", NOW)?;
    jobs::other_call(tx, LeadId(FRESH), JobId(1))?;
    jobs::abandoned(tx, (NOW, NOW), Some(1))?;
    jobs::bring_back(tx, NOW, NOW)?;
    jobs::expire(tx, NOW)?;
    jobs::lag(tx, NOW, &std::collections::HashSet::from([CLIENT]))?;
    jobs::by_id(tx, new.id)?;
    jobs::next_due(tx)?;
    jobs::cancel_of_client(tx, ClientId(FRESH), "", NOW)?;
    Ok(())
}

fn talk(tx: &mut Tx<'_>) -> Result<()> {
    let call = Call {
        lead: Some(LeadId(FRESH)),
        job: Some(JobId(FRESH)),
        provider_call_id: Some("fresh".into()),
        ..Call::new(CallId(FRESH), CLIENT, "vapi", Direction::Outbound, NOW)
    };
    calls::insert(tx, [&call])?;
    calls::update(tx, &call)?;
    calls::put_texts(tx, &BTreeMap::from([(call.id, CallTexts::default())]))?;
    calls::texts(tx, call.id)?;
    calls::need(tx, call.id)?;
    calls::by_ids(tx, &[call.id, CallId(1)])?;
    calls::by_provider_id(tx, "vapi", "fresh")?;
    calls::by_provider_ids(tx, "vapi", &["fresh", "p-2"])?;
    calls::of_attempt(tx, LeadId(FRESH), 1, 1)?;
    calls::open_count(tx, "vapi", NOW)?;
    calls::unreported(tx, NOW, 10)?;
    calls::silent(tx, NOW, 10)?;
    let answer = ToolAnswer {
        provider: "vapi",
        call: "fresh".into(),
        question: "1".into(),
        name: "book".into(),
        text: String::new(),
        is_error: false,
    };
    calls::insert_tool_answers(tx, &[answer], NOW)?;
    calls::tool_answers(tx, "vapi", &["fresh"])?;
    calls::placing_of_jobs(tx, &[JobId(FRESH)])?;
    calls::open_of_leads(tx, &[LeadId(FRESH)])?;
    calls::uncertain(tx, NOW, 10)?;
    calls::is_uncertain(tx, LeadId(FRESH))?;
    calls::uncertain_of_job(tx, JobId(FRESH))?;
    let mut appointment = Booking {
        client: CLIENT,
        lead: Some(LeadId(FRESH)),
        call: Some(call.id),
        ..samples::appointment(FRESH, NOW, NOW + 1)
    };
    appointments::insert(tx, [&appointment])?;
    appointments::booked_from(tx, CLIENT, NOW)?;
    let wanted = appointments::Wanted { from: NOW, to: NOW + 1, status: None, after: None, limit: 10 };
    appointments::of_client(tx, CLIENT, &wanted)?;
    appointments::of_calls(tx, &[call.id])?;
    appointments::by_ids(tx, &[appointment.id])?;
    appointments::upcoming_of_leads(tx, &[LeadId(FRESH)], NOW)?;
    appointment.status = frontdesk_shared::message::AppointmentStatus::Cancelled;
    appointments::update_all(tx, [&appointment])?;
    write_messages(tx)?;
    write_screening(tx)?;
    write_calendars(tx)?;
    let body = Packed::of(b"{}");
    let webhook = NewWebhook {
        id: WebhookId(FRESH),
        provider: "vapi",
        event_key: "fresh",
        client: CLIENT,
        call: Some(call.id),
        kind: "status-update",
        status: WebhookStatus::Failed,
        note: "",
        body: &body,
        reply: "",
        agent: "",
    };
    webhooks::insert(tx, &webhook, NOW)?;
    webhooks::seen_again(tx, &[("vapi", "fresh")])?;
    webhooks::by_id(tx, webhook.id)?;
    webhooks::of_events(tx, "vapi", &["fresh", "stale"])?;
    let applied = Applied {
        client: CLIENT,
        call: None,
        status: WebhookStatus::Applied,
        note: String::new(),
        reply: String::new(),
    };
    webhooks::reapplied(tx, webhook.id, &applied, NOW)?;
    events::append(
        tx,
        &NewEvent {
            at: NOW,
            kind: "lead_status_changed",
            client: CLIENT,
            lead: Some(LeadId(FRESH)),
            subject: "lead",
            subject_id: "x",
            actor: "",
            text: "",
            data: serde_json::Value::Null,
        },
    )
}

fn imports_and_audit(tx: &mut Tx<'_>) -> Result<()> {
    let import = Import {
        id: ImportId(FRESH),
        client: CLIENT,
        status: ImportStatus::Running,
        spec: ImportSpec::default(),
        content_type: String::new(),
        digest: "d".into(),
        node: 1,
        bytes: 1,
        bytes_done: 0,
        next_row: 1,
        counts: ImportCounts::default(),
        columns: Vec::new(),
        actor: String::new(),
        note: String::new(),
        created_at: NOW,
        updated_at: NOW,
        finished_at: None,
    };
    imports::insert(tx, &import)?;
    imports::update(tx, &import)?;
    imports::need(tx, import.id)?;
    imports::brought(tx, &import)?;
    leads::of_import(tx, import.id, LeadId(0), 10)?;
    leads::void_consents(tx, &[LeadId(FRESH)], &import, NOW)?;
    imports::receiving(tx, 1)?;
    imports::same_bytes(tx, CLIENT, "d", ImportId(1))?;
    let reject = Reject { row: 1, field: "phone".into(), reason: String::new() };
    imports::insert_reject(tx, import.id, &reject, false)?;
    imports::rejects(tx, import.id, false, 10)?;
    let audited = NewAudit {
        actor: "",
        action: "retry_job",
        subject: "",
        client: CLIENT,
        detail: "",
        address: "",
        request: Some("fresh"),
        receipt: "",
    };
    audit::insert(tx, RowId(FRESH), &audited, NOW)?;
    audit::receipt(tx, "fresh")?;
    Ok(())
}

fn shown(tx: &mut Tx<'_>) -> Result<()> {
    badges::badges(tx, None)?;
    badges::badges(tx, Some("client-1"))?;
    stats::realtime(tx, NOW)?;
    stats::errors(tx, NOW)?;
    stats::messages(tx, NOW)?;
    let voice = frontdesk_domain::installation::Voice::default();
    let rules = frontdesk_domain::breaker::BreakerRules::default();
    idle::waterfall(tx, None, NOW, (1, 2), None, (&voice, &rules))?;
    idle::waterfall(tx, Some(CLIENT), NOW, (1, 2), None, (&voice, &rules))?;
    leads_api::leads(tx, CLIENT, "", None, 10, NOW)?;
    let mut rests = leads::need(tx, LeadId(FRESH))?;
    rests.status = frontdesk_shared::lead::LeadStatus::Review;
    leads::update(tx, &rests)?;
    refused(resolve::lead_of(tx, rests.phone.as_deref().unwrap_or_default(), Some(CLIENT)));
    // Wording is in settings and in the program, not in a table of its own.
    for noun in Noun::OPENABLE.iter().copied().filter(|noun| *noun != Noun::Template) {
        let whole = frontdesk_shared::id::encode(FRESH);
        let subject = Subject::new(noun, &whole);
        detail::detail(tx, &subject, NOW, true)?;
        refused(resolve::resolve(tx, noun, &whole[whole.len() - 5..]));
    }
    // The same last characters.
    leads::insert(tx, &[samples::lead(FRESH + (1 << 40), 1)])?;
    let whole = frontdesk_shared::id::encode(FRESH);
    refused(resolve::resolve(tx, Noun::Lead, &whole[whole.len() - 6..])).expect("two are meant");
    for number in ["+447700900123", "07700 900123"] {
        refused(resolve::resolve(tx, Noun::Lead, number));
    }
    detail::import_report(tx, ImportId(FRESH), true)?;
    detail::gate_history(tx, LeadId(FRESH), 10)?;
    views::events::lead_story(tx, LeadId(FRESH), true)?;
    let head = views::events::head(tx)?;
    for client in [None, Some(CLIENT)] {
        views::events::after(tx, Cursor { seq: head.seq.saturating_sub(3), ..head }, 10, client)?;
        // Far behind, and on a server behind by transactions as well.
        views::events::after(tx, Cursor { tx: head.tx, seq: 1 }, 10, client)?;
        views::events::after(tx, Cursor { tx: head.tx.saturating_sub(1), seq: i64::MAX }, 10, client)?;
    }
    Ok(())
}
