//! Clients' calendars in transactions: whose they are, when they are read, and what is written.
//!
//! What a change in one means is decided in `frontdesk_domain::calendar`.

use super::{Ctx, channels, unit};
use frontdesk_domain::calendar::{
    self, Begun, CalendarChange, Claim, ClientCalendar, Evidence, GOOGLE, Reading,
};
use frontdesk_domain::client::{Client, HOUSE};
use frontdesk_domain::job::{NewJob, ReadCalendar};
use frontdesk_domain::scope::HoldScope;
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::time::DAY;
use frontdesk_shared::{AppointmentId, ClientId, JobId, Millis};
use frontdesk_store::faults::NewFault;
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::{Result, Tx, calendars, clients, holds, house};
use std::collections::{BTreeMap, BTreeSet};

/// Gives each client the calendar that is its own, and takes away what is not; what a reading of each
/// begins with. A calendar that two clients want is nobody's until a person decides.
///
/// # Errors
/// As the statements fail.
pub fn assign(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Vec<ClientCalendar>> {
    let Some(rules) = &ctx.house.calendars else { return Ok(Vec::new()) };
    // One change of this kind at a time, or two could give the same to two clients.
    house::lock_account(tx, GOOGLE, HOUSE)?;
    let mut held: BTreeMap<ClientId, ClientCalendar> =
        calendars::all(tx)?.into_iter().map(|calendar| (calendar.client, calendar)).collect();
    let clients: Vec<Client> =
        clients::all(tx)?.into_iter().filter(|c| c.status != ClientStatus::Deactivated).collect();
    let claim = |client: &Client| Claim {
        client: client.id,
        own: client.own_calendar().map(str::to_owned),
        held: held.get(&client.id).map(|calendar| calendar.calendar.clone()),
    };
    let claims: Vec<Claim> = clients.iter().map(claim).collect();
    let mut assigned = Vec::new();
    for (client, (id, contested)) in calendar::owners(&claims, &rules.house) {
        let known = held.remove(&client);
        let mut calendar = match known.clone().filter(|known| known.calendar == id) {
            Some(known) => known,
            None => {
                calendars::remove(tx, client)?;
                ClientCalendar::new(client, id)
            }
        };
        let news = contested && !calendar.contested;
        calendar.contested = contested;
        if known.as_ref() != Some(&calendar) {
            calendars::put(tx, &calendar)?;
        }
        if news && let Some(client) = clients.iter().find(|c| c.id == client) {
            told_contested(tx, ctx, client)?;
        }
        assigned.push(calendar);
    }
    for client in held.into_keys() {
        calendars::remove(tx, client)?;
    }
    Ok(assigned)
}

fn told_contested(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client) -> Result<()> {
    ctx.fault(
        tx,
        &NewFault {
            kind: "calendar.contested",
            service: GOOGLE,
            client: client.id,
            severity: Severity::Critical,
            message: "another client has the same calendar: it is neither read nor written for either. Remedy: \
                      give each its own in settings.calendar.id",
            subject: ("client", client.key.clone()),
        },
    )?;
    Ok(())
}

/// Assigns calendars anew and has one that is new read at once, where anything may have changed about
/// them.
///
/// # Errors
/// As the statements fail.
pub fn changed(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    for calendar in assign(tx, ctx)?.iter().filter(|calendar| calendar.read_at.is_none()) {
        enqueue(tx, ctx, calendar, &format!("new:{}", ctx.now().0))?;
    }
    Ok(())
}

/// Has every calendar read, and forgets what is over; in words. `run` names this time; `told` is
/// whether Google can tell of changes as well.
///
/// # Errors
/// As the statements fail.
pub fn plan_readings(tx: &mut Tx<'_>, ctx: &Ctx, (name, run): (&str, JobId), told: bool) -> Result<String> {
    let mut planned = 0;
    let assigned = assign(tx, ctx)?;
    if told {
        channels::plan(tx, ctx, &assigned)?;
    }
    for calendar in assigned {
        calendars::forget_before(tx, calendar.client, ctx.now() - 2 * DAY)?;
        planned += u64::from(enqueue(tx, ctx, &calendar, &run.to_string())?);
    }
    let note = match &ctx.house.calendars {
        Some(_) => format!("{planned} calendars to be read"),
        None => "Google is not set up".to_owned(),
    };
    house::slot_done(tx, name, &note, ctx.now())?;
    Ok(note)
}

fn enqueue(tx: &mut Tx<'_>, ctx: &Ctx, calendar: &ClientCalendar, run: &str) -> Result<bool> {
    if calendar.contested {
        return Ok(false);
    }
    let id = JobId(ctx.env.id());
    let mut job =
        NewJob::of(id, &ReadCalendar {}, calendar.client, "what changed in the calendar", ctx.now());
    job.dedupe = Some(format!("calendar.sync:{}:{run}", calendar.client.0));
    jobs::enqueue(tx, &job, ctx.now())
}

/// What a job of the client reads: the client and its calendar, where it has one.
///
/// # Errors
/// As the statements fail.
pub fn to_read(tx: &mut Tx<'_>, client: ClientId) -> Result<Option<(Client, ClientCalendar)>> {
    let calendar = calendars::of_clients(tx, &[client])?.pop();
    Ok(clients::by_id(tx, client)?.zip(calendar))
}

/// Events that a complete list does not have although our appointments rest on them: each is asked for
/// by its id before anybody believes that it is gone.
///
/// # Errors
/// As the statements fail.
pub fn absent(tx: &mut Tx<'_>, ctx: &Ctx, client: &Client, reading: &Reading) -> Result<Vec<String>> {
    let found = unit::decided(tx, ctx, Facts::default(), &unit::nothing, |unit| {
        calendar::foretell(unit, client, reading)
    })?;
    let missing = found.0.unwrap_or_default().into_iter().filter_map(|change| match change {
        CalendarChange::Cancelled { event, evidence: Evidence::Absent, .. } => Some(event),
        _ => None,
    });
    Ok(missing.collect())
}

/// A write about to be sent.
#[derive(Debug)]
pub enum Write {
    /// There is something to do, or not.
    Is(Begun),
    /// Writes into this calendar wait until an instant, and why.
    Held(Millis, String),
}

/// Begins a write: what there is to tell the calendar, and the intent to insert committed.
///
/// # Errors
/// As the statements fail.
pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, appointment: AppointmentId) -> Result<Write> {
    if let Some(own) = calendars::of_clients(tx, &[job.client])?.pop() {
        let scope = HoldScope::Calendar(own.calendar);
        let held = holds::in_force(tx, GOOGLE, ctx.now())?.into_iter().find(|stop| stop.scope == scope);
        if let Some(stop) = held {
            return Ok(Write::Held(stop.until, stop.why));
        }
    }
    let foresee = |_: &Facts| {
        BTreeSet::from([Need::Appointment(appointment), Need::EventOf(appointment), Need::Booked(job.client)])
    };
    unit::settle(tx, ctx, Facts::default(), &foresee, |unit| calendar::begin(unit, appointment))
        .map(Write::Is)
}
