//! Sample rows, the same every time.

use frontdesk_shared::call::{AppointmentRow, CallRow, CallStatus, CallbackRow, Direction, Outcome};
use frontdesk_shared::client::{ClientRow, ClientStatus, Tier};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::event::{Cursor, Event};
use frontdesk_shared::fault::{FaultRow, Severity};
use frontdesk_shared::health::{HealthPart, HealthReport, HealthState, MessageCounts, ScheduleRow};
use frontdesk_shared::import::{ImportCounts, ImportRow, ImportStatus, Reject};
use frontdesk_shared::job::{JobRow, JobState};
use frontdesk_shared::lead::{LeadRow, LeadStatus};
use frontdesk_shared::message::{MessageDirection, MessageRow, MessageStatus};
use frontdesk_shared::page::{AuditRow, Badges, Ids, List, Page, Pause, Query, Rows};
use frontdesk_shared::rpc::ImportReport;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_shared::webhook::{WebhookRow, WebhookStatus};
use frontdesk_shared::*;

pub use super::ledger::{step, template};

/// 2026-03-04 14:02:11 UTC, a Wednesday.
pub const NOW: Millis = Millis(1_772_632_931_000);

const NAMES: [&str; 12] = [
    "Amara Okafor",
    "Ben Whitfield",
    "Chloé Durand",
    "Dmitri Volkov",
    "Esther Adeyemi",
    "Farid Haddad",
    "Grace Liu",
    "Hugh Pemberton-Smythe",
    "Inés García",
    "Jun'ichi Mori",
    "Katarzyna Nowak",
    "Liam O'Brien",
];
const CLIENTS: [&str; 2] = ["brightsmile", "northside-dental"];

fn who(n: i64) -> String {
    NAMES[usize::try_from(n).unwrap() % NAMES.len()].to_owned()
}

pub use super::explained::{planned, why, why_idle};

pub fn client(n: i64) -> String {
    CLIENTS[usize::try_from(n).unwrap() % 2].to_owned()
}

fn phone(n: i64) -> String {
    format!("+4477009{:05}", (n * 7_919 + 123) % 100_000)
}

pub fn id(n: i64) -> i64 {
    (0x0123_4567_0000 + n) << 12 | (n * 977 % 4096)
}

pub fn live_call(n: i64, now: Millis) -> CallRow {
    let statuses = [CallStatus::InProgress, CallStatus::Ringing, CallStatus::Queued, CallStatus::Uncertain];
    let status = statuses[usize::try_from(n).unwrap() % 4];
    let lines =
        ["AI: Would Thursday at half past two suit you?", "", "", "request sent, no answer came back"];
    CallRow {
        id: CallId(id(100 + n)),
        client: client(n),
        lead: Some(LeadId(id(n))),
        who: who(n),
        phone: phone(n),
        direction: if n == 4 { Direction::Inbound } else { Direction::Outbound },
        attempt: 1 + u32::try_from(n % 3).unwrap(),
        status,
        outcome: None,
        ended_reason: String::new(),
        provider_call_id: format!("vapi-{n}"),
        sandbox: false,
        created_at: now - (5 - n) * MINUTE,
        started_at: (status == CallStatus::InProgress).then_some(now - (4 - n) * 40 * SECOND),
        ended_at: None,
        cost_micros_usd: 42_000,
        last_line: lines[usize::try_from(n).unwrap() % 4].to_owned(),
    }
}

pub fn ended_call(n: i64, now: Millis) -> CallRow {
    let outcome = Outcome::ALL[usize::try_from(n).unwrap() % Outcome::ALL.len()];
    CallRow {
        status: CallStatus::Ended,
        outcome: Some(outcome),
        ended_reason: "customer-ended-call".to_owned(),
        created_at: now - (n + 1) * 17 * MINUTE,
        started_at: Some(now - (n + 1) * 17 * MINUTE),
        ended_at: Some(now - (n + 1) * 17 * MINUTE + (30 + n * 7) * SECOND),
        cost_micros_usd: 120_000 + n * 13_000,
        last_line: String::new(),
        id: CallId(id(300 + n)),
        ..live_call(n % 5, now)
    }
}

pub fn message(n: i64, now: Millis) -> MessageRow {
    let status = MessageStatus::ALL[usize::try_from(n).unwrap() % MessageStatus::ALL.len()];
    let kinds = ["confirmation", "reminder-24h", "reminder-1h", "follow-up.no-answer.1", "moved"];
    let inbound = status == MessageStatus::Received;
    let email = n % 3 == 1 && !inbound;
    MessageRow {
        id: MessageId(id(1_200 + n)),
        client: client(n),
        lead: Some(LeadId(id(n))),
        who: who(n),
        direction: if inbound { MessageDirection::Inbound } else { MessageDirection::Outbound },
        channel: if email { Channel::Email } else { Channel::Sms },
        kind: if inbound { "reply" } else { kinds[usize::try_from(n).unwrap() % 5] }.to_owned(),
        status,
        why: match status {
            MessageStatus::Undelivered => "the carrier says that the number is not in use",
            MessageStatus::Refused => "not a mobile number",
            MessageStatus::Uncertain => "no answer came to the request",
            _ => "",
        }
        .to_owned(),
        provider: if email { "smtp" } else { "twilio" }.to_owned(),
        appointment: (n % 5 != 3).then_some(AppointmentId(id(1_000 + n))),
        segments: if email { 0 } else { 1 + n % 2 },
        created_at: now - (n + 1) * 7 * MINUTE,
        updated_at: now - (n + 1) * 7 * MINUTE + 4 * SECOND,
    }
}

pub fn lead(n: i64, now: Millis) -> LeadRow {
    let status = LeadStatus::ALL[usize::try_from(n).unwrap() % LeadStatus::ALL.len()];
    let hold = match n % 24 {
        1 => "consent: no consent for calls on record",
        13 => "window: outside 09:00–20:00 in Europe/London",
        _ => "",
    };
    LeadRow {
        id: LeadId(id(n)),
        client: client(n),
        name: if n == 9 { String::new() } else { who(n) },
        phone: phone(n),
        source: if n % 3 == 0 { "spring-fair.csv".to_owned() } else { "website".to_owned() },
        status,
        hold: hold.to_owned(),
        next_at: status.is_open().then_some(now + (n + 1) * 20 * MINUTE),
        attempts: u32::try_from(n % 4).unwrap(),
        last_contact_at: (n % 4 > 0).then_some(now - n * HOUR),
        score: 80 - n % 60,
        import: None,
        created_at: now - n * 31 * MINUTE,
        updated_at: now - n * MINUTE,
    }
}

pub fn job(n: i64, now: Millis) -> JobRow {
    let states = [
        JobState::Dead,
        JobState::Uncertain,
        JobState::Running,
        JobState::Ready,
        JobState::Ready,
        JobState::Ready,
        JobState::Done,
        JobState::Cancelled,
        JobState::Expired,
    ];
    let state = states[usize::try_from(n).unwrap() % states.len()];
    let kinds = ["call.place", "message.sms", "appointment.remind", "followup.email", "calendar.sync"];
    let reason = match state {
        JobState::Dead => "vapi: 402 payment required, given up after 7 tries",
        JobState::Uncertain => "sent, and the answer was lost; the look-up found nothing",
        JobState::Expired => "too late: the appointment has begun",
        _ => "",
    };
    JobRow {
        id: JobId(id(500 + n)),
        kind: kinds[usize::try_from(n).unwrap() % 5].to_owned(),
        client: client(n),
        lead: Some(LeadId(id(n))),
        about: who(n),
        state,
        priority: 0,
        run_at: now + (n - 3) * 47 * SECOND + if n > 4 { n * HOUR } else { 0 },
        useful_until: Some(now + DAY),
        attempt: u32::try_from(n % 7).unwrap(),
        max_attempts: 7,
        reason: reason.to_owned(),
        created_at: now - HOUR,
        updated_at: now - n * MINUTE,
    }
}

pub fn fault(n: i64, now: Millis) -> FaultRow {
    let kinds =
        ["vapi.refused", "twilio.unknown_status", "calendar.conflict", "smtp.rejected", "http.signature"];
    FaultRow {
        id: FaultId(id(700 + n)),
        kind: kinds[usize::try_from(n).unwrap() % 5].to_owned(),
        service: ["vapi", "twilio", "google", "smtp", "http"][usize::try_from(n).unwrap() % 5].to_owned(),
        client: if n % 3 == 2 { String::new() } else { client(n) },
        severity: [Severity::Critical, Severity::Error, Severity::Warning][usize::try_from(n).unwrap() % 3],
        message: "the provider answered 402: the account's balance is used up".to_owned(),
        who: if n % 2 == 0 { who(n) } else { String::new() },
        count: u64::try_from(1 + n * 13).unwrap(),
        first_at: now - DAY,
        last_at: now - n * 3 * MINUTE,
        acked_by: (n >= 3).then(|| "sam".to_owned()),
    }
}

pub fn webhook(n: i64, now: Millis) -> WebhookRow {
    let status = WebhookStatus::ALL[usize::try_from(n).unwrap() % 4];
    WebhookRow {
        id: WebhookId(id(800 + n)),
        provider: if n % 3 == 0 { "twilio" } else { "vapi" }.to_owned(),
        client: client(n),
        kind: if n % 3 == 0 { "message.status" } else { "end-of-call-report" }.to_owned(),
        call: (n % 3 != 0).then_some(CallId(id(300 + n))),
        status,
        note: match status {
            WebhookStatus::Applied => "call ended: booked",
            WebhookStatus::Ignored => "status-update: nothing new",
            WebhookStatus::Unmatched => "no call with this id",
            WebhookStatus::Failed => "field `endedAt` is not a time",
        }
        .to_owned(),
        deliveries: 1 + u32::try_from(n % 2).unwrap(),
        size_bytes: 412 + u64::try_from(n).unwrap() * 1_900,
        received_at: now - n * 41 * SECOND,
    }
}

pub fn import(n: i64, now: Millis) -> ImportRow {
    let status = [ImportStatus::Running, ImportStatus::Done, ImportStatus::Done, ImportStatus::Failed]
        [usize::try_from(n).unwrap() % 4];
    ImportRow {
        id: ImportId(id(900 + n)),
        client: client(n),
        label: ["spring-fair.csv", "website", "old-patients.csv", "broken.csv"]
            [usize::try_from(n).unwrap() % 4]
            .to_owned(),
        status,
        dry_run: n == 2,
        counts: counts(),
        bytes: 480_000,
        bytes_done: if status == ImportStatus::Running { 297_600 } else { 480_000 },
        actor: "sam".to_owned(),
        note: if status == ImportStatus::Failed { "line 17 is not UTF-8".to_owned() } else { String::new() },
        created_at: now - n * 3 * HOUR,
        finished_at: (status == ImportStatus::Done).then_some(now - n * 3 * HOUR + 2 * SECOND),
    }
}

pub fn counts() -> ImportCounts {
    ImportCounts {
        rows: 4_200,
        accepted: 3_900,
        held: 120,
        valid: 4_100,
        invalid: 100,
        duplicates: 60,
        opted_out: 20,
        warnings: 4,
    }
}

pub fn appointment(n: i64, now: Millis) -> AppointmentRow {
    AppointmentRow {
        id: AppointmentId(id(1_000 + n)),
        client: client(n),
        lead: Some(LeadId(id(n))),
        who: who(n),
        starts_at: now + (n + 1) * 5 * HOUR,
        ends_at: now + (n + 1) * 5 * HOUR + 30 * MINUTE,
        zone: "Europe/London".to_owned(),
        status: if n == 2 { "cancelled" } else { "booked" }.to_owned(),
        call: Some(CallId(id(300 + n))),
        created_at: now - n * HOUR,
    }
}

pub fn callback(n: i64, now: Millis) -> CallbackRow {
    let (state, why) = [
        ("waiting", ""),
        ("kept", ""),
        ("late", ""),
        ("off", "booked"),
        ("broken", "held: outside calling hours"),
    ][usize::try_from(n).unwrap_or_default() % 5];
    let promised_at = if n == 0 { now + 2 * HOUR } else { now - n * HOUR };
    CallbackRow {
        id: CallId(id(300 + n)),
        client: client(n),
        lead: Some(LeadId(id(n))),
        who: who(n),
        phone: format!("+44770090010{n}"),
        promised_at,
        called_at: matches!(state, "kept" | "late").then_some(promised_at + n * 10 * MINUTE),
        state: state.to_owned(),
        why: why.to_owned(),
        created_at: promised_at - 3 * HOUR,
    }
}

pub fn client_row(n: i64, now: Millis) -> ClientRow {
    ClientRow {
        id: ClientId(id(1_100 + n)),
        key: client(n),
        name: ["Bright Smile Dental", "Northside Dental Care"][usize::try_from(n).unwrap() % 2].to_owned(),
        status: [ClientStatus::Active, ClientStatus::Paused][usize::try_from(n).unwrap() % 2],
        tier: Tier::Pro,
        timezone: "Europe/London".to_owned(),
        country: "GB".to_owned(),
        open_leads: 1_204,
        live_calls: u64::try_from(3 - n).unwrap(),
        created_at: now - 90 * DAY,
    }
}

pub fn event(n: i64, now: Millis) -> Event {
    let kinds = [
        ("call_started", "call", "a call to a lead was answered"),
        ("lead_status_changed", "lead", "queued → calling"),
        ("job_changed", "job", "call.place is done"),
        ("appointment_booked", "appointment", "Thu 5 Mar 14:30 booked"),
    ];
    let (kind, subject, text) = kinds[usize::try_from(n).unwrap() % 4];
    Event {
        cursor: Cursor { tx: 0, seq: 9_000 - n },
        at: now - n * 9 * SECOND,
        kind: kind.to_owned(),
        client: client(n),
        subject: subject.to_owned(),
        subject_id: JobId(id(n)).to_string(),
        actor: "daemon".to_owned(),
        text: text.to_owned(),
        data: serde_json::Value::Null,
    }
}

pub fn audit(n: i64, now: Millis) -> AuditRow {
    AuditRow {
        at: now - n * 11 * MINUTE,
        actor: "sam".to_owned(),
        action: ["retry_job", "pause_dialing", "ack_fault"][usize::try_from(n).unwrap() % 3].to_owned(),
        subject: format!("job {}", JobId(id(500 + n))),
        client: client(n),
        detail: "from the console".to_owned(),
    }
}

pub fn health(now: Millis) -> HealthReport {
    let part = |name: &str, state, detail: &str| HealthPart {
        name: name.to_owned(),
        state,
        detail: detail.to_owned(),
    };
    let slot = |name: &str, every: &str, last: Option<i64>, next: i64, note: &str| ScheduleRow {
        name: name.to_owned(),
        every: every.to_owned(),
        last_at: last.map(|ms| now - ms),
        next_at: now + next,
        note: note.to_owned(),
    };
    HealthReport {
        state: HealthState::Degraded,
        parts: vec![
            part("store", HealthState::Healthy, "SQLite, 38 MiB, commit p99 4 ms"),
            part("vapi", HealthState::Degraded, "3 of 50 calls refused: 402 payment required"),
            part("twilio", HealthState::Healthy, "last message 2 m ago"),
            part("google calendar", HealthState::Off, "GOOGLE_SERVICE_ACCOUNT is not set"),
            part("smtp", HealthState::Down, "connection refused by mail.example:587"),
        ],
        schedule: vec![
            slot("reminders", "every 5 min", Some(3 * MINUTE), 2 * MINUTE, "4 sent"),
            slot("backup", "daily 02:30", Some(12 * HOUR), 12 * HOUR, ""),
            slot("weekly-report", "Monday 09:00", None, 5 * DAY, ""),
        ],
        uptime_ms: 3 * HOUR + 20 * MINUTE,
        rss_bytes: 38 * 1024 * 1024,
        jobs_due: 2,
        lag_ms: 850,
        stops: Vec::new(),
        held_clients: 0,
        messages: MessageCounts { sent: 1_204, failed: 3, uncertain: 1, waiting: 2 },
        paused: None,
        at: now,
    }
}

pub fn badges() -> Badges {
    Badges {
        live: 5,
        stuck_jobs: 2,
        errors: 3,
        worst: Some(Severity::Critical),
        bad_webhooks: 1,
        running_imports: 1,
        paused: false,
        pauses: Vec::new(),
        away_since: None,
        spooled: 0,
    }
}

/// All rows of a list.
pub fn rows(list: List, now: Millis) -> Rows {
    match list {
        List::Live => Rows::Calls((0..5).map(|n| live_call(n, now)).collect()),
        List::Calls => Rows::Calls((0..40).map(|n| ended_call(n, now)).collect()),
        List::Messages => Rows::Messages((0..30).map(|n| message(n, now)).collect()),
        List::Templates => Rows::Templates((0..5).map(|n| template(n, now)).collect()),
        List::Sequences => Rows::Sequences((0..6).map(|n| step(n, now)).collect()),
        List::Leads => Rows::Leads((0..480).map(|n| lead(n, now)).collect()),
        List::Jobs => Rows::Jobs((0..60).map(|n| job(n, now)).collect()),
        List::Errors => Rows::Errors((0..5).map(|n| fault(n, now)).collect()),
        List::Webhooks => Rows::Webhooks((0..30).map(|n| webhook(n, now)).collect()),
        List::Imports => Rows::Imports((0..4).map(|n| import(n, now)).collect()),
        List::Appointments => Rows::Appointments((0..6).map(|n| appointment(n, now)).collect()),
        List::Callbacks => Rows::Callbacks((0..5).map(|n| callback(n, now)).collect()),
        List::Clients => Rows::Clients((0..2).map(|n| client_row(n, now)).collect()),
        List::Events => Rows::Events((0..30).map(|n| event(n, now)).collect()),
        List::Audit => Rows::Audit((0..8).map(|n| audit(n, now)).collect()),
        List::Health => Rows::Health(Box::new(health(now))),
    }
}

/// A page of the sample, filtered by plain words in the row's JSON.
pub fn page(query: &Query, now: Millis, badges: Badges, cursor: Cursor) -> Page {
    let all = rows(query.list, now);
    let total = all.len() as u64;
    let words: Vec<String> = query.filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let place: Option<usize> = query.after.as_deref().and_then(|a| a.parse().ok());
    let limit = usize::try_from(query.limit).unwrap();
    let mut prev = None;
    let mut matching = 0;
    let mut next = None;
    macro_rules! pick {
        ($rows:expr, $variant:path) => {{
            let fits = |row: &serde_json::Value| {
                let text = row.to_string().to_lowercase();
                words.iter().all(|w| text.contains(w.rsplit(':').next().unwrap()))
                    && query.client.as_ref().is_none_or(|c| row["client"] == serde_json::json!(c))
            };
            let kept: Vec<_> =
                $rows.into_iter().filter(|r| fits(&serde_json::to_value(r).unwrap())).collect();
            matching = kept.len() as u64;
            let (from, to) = match query.backward {
                true => {
                    let to = place.unwrap_or(kept.len());
                    (to.saturating_sub(limit), to)
                }
                false => (place.unwrap_or(0), kept.len().min(place.unwrap_or(0) + limit)),
            };
            let mut kept = kept;
            if let Some(sort) = &query.sort {
                kept.sort_by_cached_key(|row| {
                    let value = serde_json::to_value(row).unwrap()[sort.by.as_str()].clone();
                    (value.as_i64().unwrap_or_default(), value.as_str().unwrap_or_default().to_owned())
                });
                if sort.descending {
                    kept.reverse();
                }
            }
            prev = (from > 0).then(|| from.to_string());
            next = (to < kept.len()).then(|| to.to_string());
            $variant(kept.into_iter().skip(from).take(to - from).collect())
        }};
    }
    let rows = match all {
        Rows::Calls(r) => pick!(r, Rows::Calls),
        Rows::Messages(r) => pick!(r, Rows::Messages),
        Rows::Templates(r) => pick!(r, Rows::Templates),
        Rows::Sequences(r) => pick!(r, Rows::Sequences),
        Rows::Leads(r) => pick!(r, Rows::Leads),
        Rows::Jobs(r) => pick!(r, Rows::Jobs),
        Rows::Errors(r) => pick!(r, Rows::Errors),
        Rows::Webhooks(r) => pick!(r, Rows::Webhooks),
        Rows::Imports(r) => pick!(r, Rows::Imports),
        Rows::Appointments(r) => pick!(r, Rows::Appointments),
        Rows::Callbacks(r) => pick!(r, Rows::Callbacks),
        Rows::Clients(r) => pick!(r, Rows::Clients),
        Rows::Events(r) => pick!(r, Rows::Events),
        Rows::Audit(r) => pick!(r, Rows::Audit),
        report @ Rows::Health(_) => report,
    };
    Page { rows, next, prev, matching, total, exact: query.exact, cursor, now, badges }
}

pub fn report(label: &str, dry_run: bool, now: Millis) -> ImportReport {
    ImportReport {
        import: ImportRow { label: label.to_owned(), dry_run, ..import(1, now) },
        rejects: (0..3)
            .map(|n| Reject {
                row: 17 + n * 4,
                field: "phone".to_owned(),
                reason: "“0770 ABC” is not a number".to_owned(),
            })
            .collect(),
        remarks: Vec::new(),
        columns: vec![
            ("Mobile No".to_owned(), "phone".to_owned()),
            ("Full name".to_owned(), "name".to_owned()),
            ("Notes".to_owned(), "variable notes".to_owned()),
        ],
    }
}

/// The pause of the whole installation.
pub fn pause() -> Pause {
    Pause { client: None, by: "sam".to_owned(), at: Some(NOW - MINUTE), reason: "lunch".to_owned() }
}

/// How many things an action is for.
pub fn things(action: &action::Action) -> u64 {
    match action {
        action::Action::Many { actions } => actions.len() as u64,
        _ => 1,
    }
}

/// The ids of all rows that match.
pub fn ids(query: &Query, now: Millis) -> Ids {
    let all = Query { limit: 10_000, ..query.clone() };
    let page = page(&all, now, Badges::default(), Cursor::default());
    let rows = serde_json::to_value(&page.rows).unwrap();
    let ids: Vec<String> =
        rows["rows"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    Ids { matching: ids.len() as u64, ids }
}

/// What the daemon says to a filter that makes no sense.
pub fn refusal(query: &Query) -> Option<String> {
    let word = query.filter.split_whitespace().find_map(|term| term.strip_prefix("status:"))?;
    let known = query.list != List::Leads || LeadStatus::ALL.iter().any(|s| s.word().starts_with(word));
    (!known).then(|| format!("“status:{word}” is not known; known are queued, held"))
}
