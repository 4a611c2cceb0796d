//! Messages: 100,000 reminders of 200 clients that are due at once, sent through a fake carrier
//! that reports about each; and bookings over HTTP, each with its confirmation and its reminders.

use crate::house::{House, Meter};
use crate::span::{Spans, Watch};
use crate::table::{Summary, Table, ms, whole};
use crate::wire::{self, Series};
use anyhow::{Result, ensure};
use frontdesk_domain::job::SendMessage;
use frontdesk_domain::records::Booking;
use frontdesk_env::Env;
use frontdesk_sandbox::sms::{Account, SandboxText, SmsConfig, SmsHandle, SmsSandbox, Vendor};
use frontdesk_shared::client::Tier;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND};
use frontdesk_shared::{AppointmentId, ClientId, JobId, LeadId, Millis};
use frontdesk_store::{Store, appointments, clients, jobs, leads, meta, params};
use frontdesk_tests::daemon::free_address;
use frontdesk_tests::desk::ADMIN;
use frontdesk_tests::samples;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Clients who share the account.
const CLIENTS: i64 = 200;
/// Reminders of each that are due.
const OF_CLIENT: i64 = 500;
/// Texts a second that the carrier allows.
const PER_SECOND: i64 = 1_000;
/// Ids of filled rows begin here, far from those a daemon makes.
const FIRST: i64 = 1_000;
const NUMBER: &str = "+14155550198";
const TOKEN: &str = "token-of-the-account-that-is-measured";
/// Messages and appointments around the clock.
const ALWAYS: &str = r#"{"window":{"days":["mon","tue","wed","thu","fri","sat","sun"],"start":"00:00",
    "end":"24:00","stop_before_close_minutes":0},"holidays":{"GB":"open","US":"open"},
    "transactional":{"start":"00:00","end":"24:00"}}"#;
const BOOKING: &str = r#"{"slot_minutes":5,"grid_minutes":5,"open":"00:00","close":"23:55","holidays":"none",
    "days":["mon","tue","wed","thu","fri","sat","sun"],"notice_minutes":0,"buffer_minutes":0,"horizon_days":60}"#;
const OPEN: &str = r#"{"GB":{"start":"00:00","end":"24:00"}}"#;
/// Bookings, and connections they come over.
const BOOKINGS: u64 = 10_000;
const CONNECTIONS: usize = 32;

/// Measures it.
pub async fn figures(summary: &mut Summary) -> Result<()> {
    reminders(summary).await?;
    bookings(summary).await
}

struct Rig {
    house: House,
    carrier: SmsHandle,
    stop: CancellationToken,
    at: SocketAddr,
}

async fn rig() -> Result<Rig> {
    let at = free_address();
    let stop = CancellationToken::new();
    let hooks = format!("http://{at}/webhooks/sms");
    let account = Account::new(Vendor::Twilio, 1, TOKEN, NUMBER, &hooks);
    let sid = account.sid.clone();
    let mut config = SmsConfig::new(vec![account], hooks);
    (config.speed, config.digits_choose, config.keep) = (1_000.0, false, 200_000);
    let carrier = SmsSandbox::serve(TcpListener::bind("127.0.0.1:0").await?, config, stop.clone())?;
    let mut house = House::facing(at, "http://127.0.0.1:9").await?;
    for (name, value) in [
        ("PUBLIC_BASE_URL", format!("http://{at}")),
        ("TWILIO_ACCOUNT_SID", sid),
        ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
        ("TWILIO_FROM_NUMBER", NUMBER.to_owned()),
        ("TWILIO_BASE_URL", carrier.base_url().to_owned()),
        ("FRONTDESK_TWILIO_PER_SECOND", PER_SECOND.to_string()),
        ("FRONTDESK_CALLING", ALWAYS.to_owned()),
        // Else the night's reminders would leave the evening before, two as one.
        ("FRONTDESK_PROFILES", OPEN.to_owned()),
        ("FRONTDESK_BOOKING", BOOKING.to_owned()),
        ("FRONTDESK_LIMITS_ADDRESS_PER_MINUTE", "1000000".to_owned()),
    ] {
        house.set(name, &value);
    }
    Ok(Rig { house, carrier, stop, at })
}

/// Clients with people, and with appointments of tomorrow whose reminders are due, if wanted.
async fn fill(store: &Store, people: i64, due: Option<Millis>) -> Result<()> {
    for client in 0..CLIENTS {
        store
            .write(move |tx| {
                let mut row = samples::client(FIRST + client);
                row.tier = Tier::Enterprise;
                clients::insert(tx, &row)?;
                let (mut persons, mut booked, mut planned) = (Vec::new(), Vec::new(), Vec::new());
                for nth in 0..people {
                    let id = FIRST + client * people + nth;
                    let mut lead = samples::lead(id, row.id.0);
                    (lead.identity, lead.status) = (phone(client * people + nth), LeadStatus::Review);
                    lead.phone = Some(lead.identity.clone());
                    persons.push(lead);
                    let Some(due) = due else { continue };
                    let starts_at = due + DAY + nth * MINUTE;
                    booked.push(booking(id, row.id, starts_at, due));
                    let wanted = SendMessage {
                        message: "reminder-24h".into(),
                        channel: Channel::Sms,
                        appointment: Some(AppointmentId(id)),
                        sequence: 0,
                        episode: 1,
                        moved_from: None,
                        answers: None,
                    };
                    // Due one after the other, the last a second ago.
                    let run_at = due - SECOND - (people - nth) * 10;
                    let mut job = wanted.job(JobId(id), row.id, "Lead", run_at);
                    (job.lead, job.useful_until) = (Some(LeadId(id)), Some(starts_at));
                    planned.push(job);
                }
                leads::insert(tx, &persons)?;
                appointments::insert(tx, &booked)?;
                jobs::enqueue_all(tx, &planned, due.unwrap_or_default())?;
                Ok(())
            })
            .await?;
    }
    Ok(())
}

fn phone(n: i64) -> String {
    format!("+4479{n:08}")
}

fn booking(id: i64, client: ClientId, starts_at: Millis, now: Millis) -> Booking {
    Booking {
        id: AppointmentId(id),
        client,
        lead: Some(LeadId(id)),
        call: None,
        who: "Lead".into(),
        starts_at,
        ends_at: starts_at + 5 * MINUTE,
        status: AppointmentStatus::Booked,
        note: String::new(),
        sequence: 0,
        by_staff: true,
        made_by: "bench".into(),
        created_at: now,
        updated_at: now,
    }
}

async fn reminders(summary: &mut Summary) -> Result<()> {
    let rig = rig().await?;
    let store = rig.house.store()?;
    let all = usize::try_from(CLIENTS * OF_CLIENT)?;
    fill(&store, OF_CLIENT, Some(Env::system(0).now())).await?;
    drop(store);
    let daemon = rig.house.start().await;
    let (watch, meter) = (Watch::start(), Meter::of(daemon.pid())?);
    let patience = Duration::from_secs(1_200);
    let ours = |carrier: &SmsHandle| usize::try_from(carrier.counters().taken).unwrap_or(0);
    let sent = tokio::time::timeout(patience, rig.carrier.until(|c| ours(c) >= all)).await;
    let (seconds, cpu) = (watch.seconds(), meter.cpu()?);
    ensure!(sent.is_ok(), "{} of {all} texts left in {seconds:.0} s", ours(&rig.carrier));
    tokio::time::timeout(patience, rig.carrier.idle()).await?;
    daemon.terminate().await;
    rig.stop.cancel();
    let texts = rig.carrier.texts();
    ensure!(texts.len() == all, "{} texts left, not {all}", texts.len());
    let (mut late, known) = intents(&rig.house.store()?, &texts).await?;
    let served = Served::of(&texts, &known);
    let mut table = Table::new(
        "Messages",
        "due reminders of 200 clients | per s | intent to request p50 ms | p99 ms | most in a second | clients apart at most | out of order | s of processor per 1,000",
    );
    let rate = all as f64 / seconds;
    table.row(&[
        all.to_string(),
        whole(rate),
        ms(late.ms(0.5)),
        ms(late.ms(0.99)),
        served.most_in_a_second.to_string(),
        served.apart.to_string(),
        served.out_of_order.to_string(),
        format!("{:.2}", cpu * 1_000.0 / all as f64),
    ]);
    table.print();
    summary.add(
        "due reminders of 200 clients sent, per s",
        whole(rate),
        &format!("the account's {PER_SECOND} a second"),
        Some(rate / PER_SECOND as f64),
    );
    let late = format!("{} / {} ms", ms(late.ms(0.5)), ms(late.ms(0.99)));
    summary.add("a text's intent to its request, p50 / p99", late, "", None);
    Ok(())
}

/// How long each text's intent was old when the carrier took it, and whose it is.
async fn intents(store: &Store, texts: &[SandboxText]) -> Result<(Spans, HashMap<String, (i64, i64)>)> {
    let rows: Vec<(i64, String, i64, i64)> = store
        .read(|tx| {
            let sql = "SELECT id, address, client_id, created_at FROM message WHERE direction = 'outbound'";
            tx.all(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        })
        .await?;
    let known: HashMap<String, (i64, i64)> =
        rows.into_iter().map(|(_, address, client, at)| (address, (client, at))).collect();
    let spans = texts.iter().filter_map(|text| {
        let (_, at) = known.get(&text.to)?;
        Some(Duration::from_millis((text.created_ms - at).max(0).unsigned_abs()))
    });
    Ok((spans.collect(), known))
}

/// How the carrier saw it.
#[derive(Debug, Default)]
struct Served {
    /// Texts within any second.
    most_in_a_second: usize,
    /// Between the client served most and the one served least, at any moment.
    apart: i64,
    /// Texts that a client's later one overtook by more than can be under way at once.
    out_of_order: usize,
}

impl Served {
    fn of(texts: &[SandboxText], known: &HashMap<String, (i64, i64)>) -> Self {
        let mut out = Self::default();
        let mut from = 0;
        let mut count: HashMap<i64, i64> = (0..CLIENTS).map(|n| (FIRST + n, 0)).collect();
        for (at, text) in texts.iter().enumerate() {
            while texts[from].created_ms <= text.created_ms - SECOND {
                from += 1;
            }
            out.most_in_a_second = out.most_in_a_second.max(at - from + 1);
            let Some((client, _)) = known.get(&text.to) else { continue };
            let n = count.entry(*client).or_default();
            // The number says which of its client's it is, in the order of their times.
            let nth = text.to[5..].parse::<i64>().unwrap_or(0) % OF_CLIENT;
            out.out_of_order += usize::from((nth - *n).abs() > 2);
            *n += 1;
            if at % 100 == 0 {
                let (low, high) = (count.values().min(), count.values().max());
                out.apart = out.apart.max(high.copied().unwrap_or(0) - low.copied().unwrap_or(0));
            }
        }
        out
    }
}

/// Bookings one after the other: each client's people in turn, each at a time of its own.
struct Wishes {
    next: u64,
    from: i64,
}

impl Series for Wishes {
    fn request(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next >= BOOKINGS {
            return false;
        }
        let (client, nth) = (self.next % CLIENTS.unsigned_abs(), self.next / CLIENTS.unsigned_abs());
        let of_client = BOOKINGS / CLIENTS.unsigned_abs();
        let lead = phone((client * of_client + nth).cast_signed());
        let start = Millis(self.from + nth.cast_signed() * 5 * MINUTE).iso();
        let body = format!(r#"{{"lead":"{lead}","start":"{start}"}}"#);
        out.clear();
        let mut head = String::new();
        let _ = write!(
            head,
            "POST /api/appointments/client-{} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {ADMIN}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            FIRST + client.cast_signed(),
            body.len()
        );
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(body.as_bytes());
        self.next += 1;
        true
    }
}

async fn bookings(summary: &mut Summary) -> Result<()> {
    let rig = rig().await?;
    let store = rig.house.store()?;
    fill(&store, BOOKINGS.cast_signed() / CLIENTS, None).await?;
    // Confirmations wait, so that bookings alone are measured.
    store.write(|tx| meta::set(tx, meta::DIALING_PAUSED, Some("measured"))).await?;
    drop(store);
    let daemon = rig.house.start().await;
    let now = Env::system(0).now().0;
    let from = now - now.rem_euclid(DAY) + 3 * DAY;
    let patience = Duration::from_secs(600);
    let (mut load, _) = wire::load(rig.at, CONNECTIONS, patience, Wishes { next: 0, from }).await?;
    daemon.terminate().await;
    rig.stop.cancel();
    ensure!(load.done == BOOKINGS, "{} of {BOOKINGS} were booked, {} refused", load.done, load.refused);
    let (booked, right) = rig
        .house
        .store()?
        .read(|tx| {
            let booked = tx.count("SELECT count(*) FROM appointment WHERE status = 'booked'", params![])?;
            // A reminder the day before and one the hour before, each once, each at its time.
            let right = tx.count(
                "SELECT count(*) FROM appointment a
                 WHERE (SELECT count(*) FROM job j WHERE j.lead_id = a.lead_id AND j.state = 'ready'
                        AND j.run_at = a.starts_at - $1) = 1
                   AND (SELECT count(*) FROM job j WHERE j.lead_id = a.lead_id AND j.state = 'ready'
                        AND j.run_at = a.starts_at - $2) = 1
                   AND (SELECT count(*) FROM job j WHERE j.lead_id = a.lead_id AND j.state = 'ready') = 3",
                params![DAY, HOUR],
            )?;
            Ok((booked, right))
        })
        .await?;
    ensure!(
        booked == BOOKINGS && right == BOOKINGS,
        "{booked} booked, {right} with the reminders they should have"
    );
    let mut table =
        Table::new("Bookings", "over HTTP, with confirmation and reminders | per s | p50 ms | p99 ms");
    let cells = [load.done.to_string(), whole(load.rate()), ms(load.spans.ms(0.5)), ms(load.spans.ms(0.99))];
    table.row(&cells);
    table.print();
    let beside = format!(
        "{CONNECTIONS} connections, p99 {} ms; all {right} with their reminders",
        ms(load.spans.ms(0.99))
    );
    summary.add("bookings, per s", whole(load.rate()), &beside, Some(load.rate() / 1_000.0));
    Ok(())
}
