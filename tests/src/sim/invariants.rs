//! What must hold: after every step, and once everything has settled.
//!
//! Whatever can be is held against what the world knows by itself — which phones rang, who was
//! told that their opt-out is recorded, what the wall clocks show — and not against the rows
//! the product wrote about it.

use super::invariants_messages as messages;
use super::ledger::{How, OptOut, Scope};
use super::post::Letter;
use super::world::{Broken, World};
use frontdesk_shared::call::{CallStatus, Direction, Outcome};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use frontdesk_shared::{CallId, ClientId, LeadId, Millis};
use frontdesk_store::params;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashSet};

#[derive(Clone, Debug)]
struct SeenLead {
    status: LeadStatus,
    episode: i64,
}

#[derive(Clone, Debug)]
struct SeenCall {
    status: CallStatus,
    outcome: Option<String>,
}

/// An intent to call, as it was when it was committed.
#[derive(Clone, Copy, Debug)]
struct Intent {
    call: CallId,
    client: ClientId,
    person: usize,
    at: Millis,
}

/// What was seen after the step before.
#[derive(Default)]
pub(super) struct Watch {
    leads: BTreeMap<LeadId, SeenLead>,
    calls: BTreeMap<CallId, SeenCall>,
    intents: Vec<Intent>,
    /// Calls in which a time was promised, and the calls made for it.
    kept: Vec<(CallId, CallId)>,
    /// Of messages and appointments.
    pub messages: messages::Watch,
    event: i64,
    quiet: u32,
}

impl World<'_> {
    /// What the line hears as the answer to a message.
    pub fn hear(&mut self, letter: &Letter, on: usize, reply: &str) -> Result<(), Broken> {
        let phone = &self.vapi.phones[on];
        let owner = match phone.attempt {
            Some(attempt) => self.owner(attempt)?,
            None => self.client_of_agent(&phone.agent),
        };
        let (Some(client), Some(person)) = (owner, phone.person) else { return Ok(()) };
        if letter.about.ends_with("report") && phone.course.stops_in_report() {
            self.opted_out(Scope::Client(client), person, How::Otherwise("in words"));
        }
        let reply: serde_json::Value = serde_json::from_str(reply).unwrap_or_default();
        for result in reply["results"].as_array().into_iter().flatten() {
            let Some(text) = result["result"].as_str() else { continue };
            let said: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            if said["opted_out"] == true {
                self.opted_out(Scope::Client(client), person, How::Otherwise("by the tool"));
            }
            if let (true, Some(start)) = (said["booked"] == true, said["start"].as_str()) {
                self.say(&format!("booked on {}", self.vapi.phones[on].id));
                self.count("bookings heard");
                self.may_change();
                self.ledger.booked.push((on, start.to_owned()));
            }
            if let Some(slots) = said["slots"].as_array() {
                self.vapi.phones[on].slots =
                    slots.iter().filter_map(|s| s["start"].as_str().map(str::to_owned)).collect();
            }
        }
        Ok(())
    }

    fn owner(&self, attempt: CallId) -> Result<Option<ClientId>, Broken> {
        self.read(|tx| {
            tx.optional("SELECT client_id FROM call WHERE id = $1", params![attempt], |r| r.get(0))
        })
    }

    fn is_opted_out(&self, client: ClientId, person: usize) -> bool {
        self.refusals(client, person).next().is_some()
    }
}

/// Cheap checks, after every step.
pub(super) fn after_step(world: &mut World<'_>) -> Result<(), Broken> {
    let before = world.watch.event;
    let told = events(world)?;
    // Every change of a lead or a call is told by an event, so where none is, nothing changed;
    // that this is so is looked at often enough to be seen.
    let quiet = before == world.watch.event;
    world.watch.quiet = if quiet { world.watch.quiet + 1 } else { 0 };
    let hands = Hands {
        revived: world.ledger.revived.take(),
        settled: world.ledger.settled.take(),
        wrote: world.ledger.wrote.take(),
    };
    if quiet && world.watch.quiet % 16 != 1 {
        return Ok(());
    }
    messages::after_step(world)?;
    leads(world, &told, &hands)?;
    calls(world)?;
    suppressions(world)
}

/// Who moved what in a step besides the course of things.
struct Hands {
    revived: Option<LeadId>,
    settled: Option<LeadId>,
    wrote: Option<usize>,
}

/// The leads that something was told about in this step.
fn events(world: &mut World<'_>) -> Result<HashSet<LeadId>, Broken> {
    let after = world.watch.event;
    let fresh: Vec<(i64, Option<LeadId>)> = world.read(|tx| {
        let sql = "SELECT seq, lead_id FROM event WHERE seq > $1 ORDER BY seq";
        tx.all(sql, params![after], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    world.watch.event = fresh.last().map_or(after, |(seq, _)| *seq);
    Ok(fresh.into_iter().filter_map(|(_, lead)| lead).collect())
}

fn leads(world: &mut World<'_>, told: &HashSet<LeadId>, hands: &Hands) -> Result<(), Broken> {
    struct Row {
        id: LeadId,
        client: ClientId,
        identity: String,
        status: LeadStatus,
        rule: String,
        reason: String,
        episode: i64,
        planned: u64,
        ready: u64,
        coming: u64,
    }
    let now = world.now();
    let sql = "SELECT id, client_id, identity, status, hold_rule, hold_reason, episode,
         (SELECT count(*) FROM job WHERE lead_id = lead.id AND lane = 'call' AND state IN ('ready', 'running', 'uncertain')),
         (SELECT count(*) FROM job WHERE lead_id = lead.id AND lane = 'call' AND state = 'ready'),
         (SELECT count(*) FROM appointment WHERE lead_id = lead.id AND status = 'booked' AND starts_at > $1)
         FROM lead ORDER BY id";
    let rows: Vec<Row> = world.read(|tx| {
        tx.all(sql, params![now], |r| {
            Ok(Row {
                id: r.get(0)?,
                client: r.get(1)?,
                identity: r.get(2)?,
                status: r.word(3, LeadStatus::parse)?,
                rule: r.get(4)?,
                reason: r.get(5)?,
                episode: r.get(6)?,
                planned: r.get(7)?,
                ready: r.get(8)?,
                coming: r.get(9)?,
            })
        })
    })?;
    for row in rows {
        let (id, now) = (row.id, row.status);
        let name = id.short();
        if now == LeadStatus::Held && (row.rule.is_empty() || row.reason.is_empty()) {
            return Err(format!("lead {name} is held without a reason"));
        }
        let waits = matches!(now, LeadStatus::Queued | LeadStatus::Callback);
        if waits && row.planned == 0 && !world.ledger.gone.contains(&row.client) {
            return Err(format!("lead {name} is {now} and no call is planned: it is lost"));
        }
        if row.ready > 1 {
            return Err(format!("{} calls are planned for lead {name}", row.ready));
        }
        let person = world.people.iter().position(|p| p.number == row.identity);
        if let Some(person) = person
            && now != LeadStatus::OptedOut
            && world.refusals(row.client, person).any(|o| !o.texts_again)
        {
            return Err(format!("person {person} opted out and lead {name} is {now}"));
        }
        let before = world.watch.leads.get(&id).cloned();
        if let Some(before) = before
            && before.status != now
        {
            world.say(&format!("  lead {name}: {} → {now}", before.status));
            let hand = hands.revived == Some(id) || hands.settled == Some(id);
            let fresh = row.episode > before.episode && before.status != LeadStatus::OptedOut;
            let wrote = person.is_some() && hands.wrote == person;
            // Whoever gave their last appointment back has none.
            let gave_back =
                before.status == LeadStatus::Booked && now == LeadStatus::Review && row.coming == 0;
            let again = before.status == LeadStatus::OptedOut
                && person.is_some_and(|p| world.refusals(row.client, p).all(|o| o.texts_again));
            let by_text = wrote && before.status != LeadStatus::OptedOut;
            let allowed = fresh || gave_back || again || by_text;
            if !allowed && !may_follow(before.status, now, hand) {
                return Err(format!("lead {name} went back from {} to {now}", before.status));
            }
            if !told.contains(&id) {
                return Err(format!("lead {name} became {now} and no event tells of it"));
            }
        }
        world.watch.leads.insert(id, SeenLead { status: now, episode: row.episode });
    }
    Ok(())
}

/// Whether a lead may move so within one episode.
fn may_follow(before: LeadStatus, now: LeadStatus, hand: bool) -> bool {
    use LeadStatus::*;
    match before {
        Queued | Held | Calling | Callback => true,
        OptedOut => false,
        // A slot booked as the call ended counts, however it had been read before.
        _ if now == OptedOut || now == Booked => true,
        // What a person should look at is settled by a person, or by news of the call.
        Review => true,
        Expired => hand,
        Booked | NotInterested | Transferred | Exhausted | BadNumber => false,
    }
}

fn calls(world: &mut World<'_>) -> Result<(), Broken> {
    struct Row {
        id: CallId,
        client: ClientId,
        lead: Option<LeadId>,
        status: CallStatus,
        outcome: Option<String>,
        outbound: bool,
        phone: String,
    }
    let sql = "SELECT id, client_id, lead_id, status, outcome, direction, phone FROM call ORDER BY id";
    let rows: Vec<Row> = world.read(|tx| {
        tx.all(sql, &[], |r| {
            Ok(Row {
                id: r.get(0)?,
                client: r.get(1)?,
                lead: r.get(2)?,
                status: r.word(3, CallStatus::parse)?,
                outcome: r.get(4)?,
                outbound: r.word(5, Direction::parse)? == Direction::Outbound,
                phone: r.get(6)?,
            })
        })
    })?;
    let mut open: HashSet<LeadId> = HashSet::new();
    for row in rows {
        let name = row.id.short();
        let live = row.outbound && row.status.is_open() && row.status != CallStatus::Uncertain;
        if let Some(lead) = row.lead.filter(|_| live)
            && !open.insert(lead)
        {
            return Err(format!("two calls to lead {} at once, one of them {name}", lead.short()));
        }
        match world.watch.calls.get(&row.id) {
            Some(before) => {
                if row.status < before.status {
                    return Err(format!("call {name} went back from {} to {}", before.status, row.status));
                }
                // A slot that was booked as the call ended is what it came to after all.
                let booked = row.outcome.as_deref() == Some(Outcome::Booked.word());
                if before.outcome.is_some() && before.outcome != row.outcome && !booked {
                    return Err(format!(
                        "the outcome of call {name} went back from {:?} to {:?}",
                        before.outcome, row.outcome
                    ));
                }
            }
            None if row.outbound => {
                if let Some(person) = world.people.iter().position(|p| p.number == row.phone) {
                    let intent = Intent { call: row.id, client: row.client, person, at: world.now() };
                    let promise = due_promise(world, intent)?;
                    allowed(world, intent, promise.is_some())?;
                    world.watch.kept.extend(promise.map(|promise| (promise, intent.call)));
                    world.watch.intents.push(intent);
                } else {
                    return Err(format!("call {name} is to nobody"));
                }
            }
            None => {}
        }
        world.watch.calls.insert(row.id, SeenCall { status: row.status, outcome: row.outcome });
    }
    Ok(())
}

/// The call in which the person named a time that has come, and has not been called for it yet.
fn due_promise(world: &World<'_>, intent: Intent) -> Result<Option<CallId>, Broken> {
    let number = &world.people[intent.person].number;
    let promises: Vec<CallId> = world.read(|tx| {
        tx.all(
            "SELECT id FROM call WHERE client_id = $1 AND phone = $2 AND callback_at <= $3 ORDER BY id",
            params![intent.client, number, intent.at],
            |r| r.get(0),
        )
    })?;
    // It is kept once the phone rang.
    let rang = |call: CallId| world.vapi.of_attempt(call).is_some_and(|p| p.rang.is_some());
    let is_kept = |promise: &CallId| world.watch.kept.iter().any(|(p, by)| p == promise && rang(*by));
    Ok(promises.into_iter().find(|promise| !is_kept(promise)))
}

/// Whether a call may be intended at all, as far as the world can tell. One that the person asked for
/// is outside the budget, and nothing else.
fn allowed(world: &World<'_>, intent: Intent, asked_for: bool) -> Result<(), Broken> {
    let Intent { call, client, person, at } = intent;
    let name = call.short();
    if world.is_opted_out(client, person) {
        return Err(format!("person {person} opted out and is called again: call {name}"));
    }
    if world.is_doubted(client, person) {
        return Err(format!("person {person} may have refused and is called: call {name}"));
    }
    if !world.ledger.consents.contains(&(client, person, Channel::AiVoice)) {
        return Err(format!("person {person} never consented: call {name}"));
    }
    if world.ledger.paused || world.ledger.still.contains(&client) {
        return Err(format!("call {name} while dialing is paused"));
    }
    let local = world.clock_of(person, at)?;
    let sunday = local.weekday() == jiff::civil::Weekday::Sunday;
    if sunday || !(9..20).contains(&local.hour()) {
        return Err(format!("call {name} at {local} where person {person} is"));
    }
    if asked_for { Ok(()) } else { within_budget(world, intent) }
}

impl World<'_> {
    /// When phones of a person rang for a client.
    pub fn rang_at(&self, client: ClientId, person: usize) -> Vec<Millis> {
        let rang = |i: &&Intent| self.vapi.of_attempt(i.call).is_some_and(|p| p.rang.is_some());
        let same = |i: &&Intent| i.client == client && i.person == person;
        self.watch.intents.iter().filter(same).filter(rang).map(|i| i.at).collect()
    }

    /// The wall clock where a person is.
    pub fn clock_of(&self, person: usize, at: Millis) -> Result<jiff::civil::DateTime, Broken> {
        let zone = TimeZone::get(self.people[person].zone).map_err(|e| e.to_string())?;
        Ok(zone.to_datetime(jiff::Timestamp::from_millisecond(at.0).map_err(|e| e.to_string())?))
    }
}

/// Calls whose phone rang, for one person and client: eight hours apart, three in a day, seven
/// in a week.
fn within_budget(world: &World<'_>, fresh: Intent) -> Result<(), Broken> {
    let rang = |i: &&Intent| world.vapi.of_attempt(i.call).is_some_and(|p| p.rang.is_some());
    let same = |i: &&Intent| i.client == fresh.client && i.person == fresh.person;
    let mut times: Vec<i64> =
        world.watch.intents.iter().filter(same).filter(rang).map(|i| fresh.at.since(i.at)).collect();
    times.sort_unstable();
    for (within, most, words) in [(8 * HOUR, 0, "eight hours"), (DAY, 2, "a day"), (7 * DAY, 6, "a week")] {
        let recent = times.iter().filter(|ago| **ago < within).count();
        if recent > most {
            return Err(format!(
                "outside the budget: call {} to person {} is number {} in {words}",
                fresh.call.short(),
                fresh.person,
                recent + 1
            ));
        }
    }
    Ok(())
}

/// Whoever was told that their opt-out is recorded is on record.
fn suppressions(world: &mut World<'_>) -> Result<(), Broken> {
    let sql = "SELECT client_id, address FROM suppression WHERE active";
    let rows: Vec<(ClientId, String)> = world.read(|tx| tx.all(sql, &[], |r| Ok((r.get(0)?, r.get(1)?))))?;
    for OptOut { scope, person, .. } in &world.ledger.opt_outs {
        let client = match scope {
            Scope::House => ClientId(0),
            Scope::Client(id) => *id,
        };
        let number = &world.people[*person].number;
        // A keyword to a shared number refuses everybody who uses it.
        let holds = |c: ClientId| c == client || c == ClientId(0);
        if !rows.iter().any(|(c, address)| holds(*c) && address == number) {
            return Err(format!("person {person} opted out and nothing is on record"));
        }
    }
    Ok(())
}

/// Full checks, once nothing went wrong any more for hours.
pub(super) fn at_the_end(world: &mut World<'_>) -> Result<(), Broken> {
    bookings(world)?;
    settled(world)?;
    messages::at_the_end(world)?;
    imports(world)?;
    let of = |world: &World<'_>, sql: &'static str| world.read(|tx| tx.count(sql, &[]));
    let (intents, permits) = (
        of(world, "SELECT count(*) FROM call WHERE direction = 'outbound' AND job_id IS NOT NULL")?
            + of(world, "SELECT count(*) FROM message WHERE direction = 'outbound'")?,
        of(world, "SELECT count(*) FROM verdict WHERE stage = 'act' AND answer = 'allowed'")?,
    );
    if intents != permits {
        return Err(format!(
            "{intents} calls and messages were intended and {permits} permitted at that moment"
        ));
    }
    let doubled = of(
        world,
        "SELECT count(*) FROM (SELECT provider_call_id FROM call WHERE provider_call_id IS NOT NULL
         GROUP BY provider_call_id HAVING count(*) > 1) d",
    )?;
    if doubled > 0 {
        return Err(format!("{doubled} calls of the provider are kept twice"));
    }
    Ok(())
}

/// Every booking has one confirmation: what the line heard, the slot and the event are one. Who
/// took another slot in the same call gave the first one back.
fn bookings(world: &mut World<'_>) -> Result<(), Broken> {
    type Slot = (i64, ClientId, Option<CallId>, Millis, Millis, bool);
    let sql = "SELECT id, client_id, call_id, starts_at, ends_at, status <> 'cancelled' FROM appointment
         ORDER BY client_id, starts_at";
    let slots: Vec<Slot> = world.read(|tx| {
        tx.all(sql, &[], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))
    })?;
    let told = |kind: &str| -> Result<Vec<String>, Broken> {
        world.read(|tx| tx.all("SELECT subject_id FROM event WHERE kind = $1", params![kind], |r| r.get(0)))
    };
    let (booked, cancelled) = (told("appointment_booked")?, told("appointment_cancelled")?);
    for (id, client, call, start, end, stands) in &slots {
        let name = frontdesk_shared::AppointmentId(*id).to_string();
        let count = |told: &[String]| told.iter().filter(|t| **t == name).count();
        if (count(&booked), count(&cancelled)) != (1, usize::from(!stands)) {
            return Err(format!(
                "booking {name} has {} confirmations and was given back {} times",
                count(&booked),
                count(&cancelled)
            ));
        }
        let mut others = slots.iter().filter(|o| o.0 != *id && o.5 && *stands);
        if others.clone().any(|o| o.1 == *client && o.3 < *end && o.4 > *start) {
            return Err(format!("booking {name} overlaps another of the same client"));
        }
        if others.any(|o| o.2.is_some() && o.2 == *call) {
            return Err(format!("booking {name} is not the only one of its call"));
        }
    }
    if booked.len() != slots.len() {
        return Err(format!("{} confirmations of {} bookings", booked.len(), slots.len()));
    }
    for (phone, start) in &world.ledger.booked {
        let phone = &world.vapi.phones[*phone];
        let at = Millis::from_iso(start).ok_or("a booking at no time")?;
        let call: Option<CallId> = world.read(|tx| {
            let sql = "SELECT id FROM call WHERE provider_call_id = $1";
            tx.optional(sql, params![phone.id.as_str()], |r| r.get(0))
        })?;
        let was_at = |id: i64| world.watch.messages.was_at(id, at);
        if !slots.iter().any(|s| s.2 == call && (s.3 == at || was_at(s.0))) {
            return Err(format!("{} heard of a booking that does not exist", phone.id));
        }
    }
    Ok(())
}

/// Nothing is under way for ever, and nothing is uncertain in silence.
fn settled(world: &mut World<'_>) -> Result<(), Broken> {
    let since = world.now() - 90 * MINUTE;
    let stuck: Vec<(CallId, String)> = world.read(|tx| {
        let sql = "SELECT id, status FROM call WHERE status NOT IN ('ended', 'refused', 'uncertain')
             AND created_at < $1 ORDER BY id";
        tx.all(sql, params![since], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    if let Some((id, status)) = stuck.first() {
        return Err(format!("call {} is {status} for ever", id.short()));
    }
    let jobs: Vec<(String, String)> = world.read(|tx| {
        let sql = "SELECT kind, state FROM job j WHERE updated_at < $1 AND (state = 'running'
             OR (state = 'uncertain' AND NOT EXISTS
                 (SELECT 1 FROM call WHERE job_id = j.id AND status = 'uncertain')
                 AND NOT EXISTS (SELECT 1 FROM message WHERE job_id = j.id AND status = 'uncertain')))";
        tx.all(sql, params![since], |r| Ok((r.get(0)?, r.get(1)?)))
    })?;
    if let Some((kind, state)) = jobs.first() {
        return Err(format!("a job {kind} is {state} and nothing will change that"));
    }
    let calling: Vec<LeadId> = world.read(|tx| {
        let sql = "SELECT id FROM lead WHERE status = 'calling' AND updated_at < $1 ORDER BY id";
        tx.all(sql, params![since], |r| r.get(0))
    })?;
    if let Some(id) = calling.first() {
        return Err(format!("lead {} is being called for ever", id.short()));
    }
    let silent: Vec<CallId> = world.read(|tx| {
        let sql = "SELECT id FROM call c WHERE status = 'uncertain' AND created_at < $1 AND NOT EXISTS
             (SELECT 1 FROM fault WHERE kind = 'call.uncertain')";
        tx.all(sql, params![since], |r| r.get(0))
    })?;
    if let Some(id) = silent.first() {
        return Err(format!("call {} is uncertain and nobody is told", id.short()));
    }
    // Words that the provider holds and can be asked for must have reached us.
    let now = world.now();
    for phone in &world.vapi.phones {
        let (Some(attempt), Some(person), false) = (phone.attempt, phone.person, phone.forgotten) else {
            continue;
        };
        if !phone.course.stops_in_report() || phone.ended.is_none_or(|at| now.since(at) < 3 * HOUR) {
            continue;
        }
        let known: Option<(ClientId, bool)> = world.read(|tx| {
            let sql = "SELECT client_id, provider_call_id IS NOT NULL FROM call WHERE id = $1";
            tx.optional(sql, params![attempt], |r| Ok((r.get(0)?, r.get(1)?)))
        })?;
        let Some((client, true)) = known else { continue };
        let number = world.people[person].number.as_str();
        let recorded = world.read(|tx| {
            let sql =
                "SELECT count(*) FROM suppression WHERE active AND address = $1 AND client_id IN (0, $2)";
            tx.count(sql, params![number, client])
        })?;
        if recorded == 0 {
            return Err(format!("person {person} opted out on {} and it never arrived", phone.id));
        }
    }
    Ok(())
}

/// Every row of every file has one verdict.
fn imports(world: &mut World<'_>) -> Result<(), Broken> {
    for (id, rows) in &world.ledger.imports {
        let import = world.read(|tx| frontdesk_store::imports::need(tx, *id))?;
        let counts = import.counts;
        let verdicts = counts.accepted + counts.held + counts.duplicates + counts.invalid + counts.opted_out;
        if (counts.rows, verdicts) != (*rows, *rows) {
            return Err(format!(
                "import {} has {} rows and {verdicts} verdicts of {rows}",
                id.short(),
                counts.rows
            ));
        }
    }
    Ok(())
}
