//! Why nothing, or not more, is dialing: all open leads, and what takes them away one by one.
//!
//! Only counts what is stored; whether a single lead may be called is the gate's to say.

mod messages;

use super::CALL_JOB;
use crate::params;
use crate::tables::{clients, holds};
use crate::{Refusal, Result, Tx};
use frontdesk_domain::breaker::BreakerRules;
use frontdesk_domain::client::Client;
use frontdesk_domain::installation::Voice;
use frontdesk_domain::placement::VAPI;
use frontdesk_domain::scope::{self, HoldScope, Stop};
use frontdesk_shared::explain::{IdleExplanation, WaterfallStep};
use frontdesk_shared::time::{DAY, HOUR, short_duration};
use frontdesk_shared::{ClientId, Millis};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Why fewer calls are made than there are leads. `slots` are the calls under way and the most
/// allowed at once; `paused` is the reason while dialing is paused for everyone.
///
/// # Errors
/// A refusal for an unknown client; otherwise as the store fails.
pub fn waterfall(
    tx: &mut Tx<'_>,
    client: Option<ClientId>,
    now: Millis,
    slots: (u64, u64),
    paused: Option<String>,
    (voice, rules): (&Voice, &BreakerRules),
) -> Result<IdleExplanation> {
    let paused = paused.map(|reason| if reason.is_empty() { "no reason was given".into() } else { reason });
    let house = House::read(tx, client, now, (voice, rules))?;
    let leads = Leads::read(tx, client, &house)?;
    let planned = Planned::read(tx, client, now, &house)?;
    let mut fall = Fall { steps: Vec::new(), left: leads.open };
    for (label, (removed, remedy)) in leads.stopped {
        fall.step(label, removed, remedy);
    }
    let mut held: Vec<_> = leads.held.into_iter().collect();
    held.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (rule, removed) in &held {
        fall.step(format!("held: {}", waits_for(rule)), *removed, remedy(rule).to_owned());
    }
    let unknown = leads.unknown.min(leads.calling);
    fall.step("being called now".into(), leads.calling - unknown, "nothing: wait for the call to end".into());
    fall.step(
        "called, and nobody knows whether it rang".into(),
        unknown,
        "the provider is being asked; once that was in vain, settle the uncertain jobs by hand".into(),
    );
    for (label, count) in planned.times {
        fall.step(format!("planned {label}"), count, "wait, or call one of them now by hand".into());
    }
    let due = planned.due_open + planned.due_blocked.values().sum::<u64>();
    let unplanned = fall.left.saturating_sub(due + planned.running);
    fall.step(
        "no call planned or running".into(),
        unplanned,
        "look for jobs that are dead or uncertain, and settle or retry them".into(),
    );
    fall.step("a call is being placed".into(), planned.running, "nothing: it goes out now".into());
    let full = slots.1 > 0 && slots.0 >= slots.1;
    let stopped = match (&paused, house.account()) {
        (Some(reason), _) => Some((format!("due, but dialing is paused: {reason}"), "resume dialing")),
        (None, Some(told)) => Some((format!("due, but {}", told.sentence), told.remedy)),
        (None, None) if full => Some((
            format!("due, but all {} slots are in use", slots.1),
            "wait for a call to end, or allow more at once",
        )),
        (None, None) => None,
    };
    match stopped {
        Some((label, remedy)) => fall.step(label, due, remedy.into()),
        None => {
            for (nth, blocked) in planned.due_blocked {
                let told = &house.told[nth];
                fall.step(format!("due, but {}", told.sentence), blocked, told.remedy.into());
            }
        }
    }
    let facts = Facts {
        house: &house,
        held: held.first(),
        next_at: planned.next_at,
        now,
        slots,
        unknown,
        paused: paused.as_deref(),
    };
    let waiting = messages::waiting(tx, client, now, paused.as_deref(), &house.stopped)?;
    let mut summary = facts.summary(&fall, leads.open);
    // What an open breaker keeps back was put off, and is due no more.
    for told in house.told.iter().filter(|told| told.stop.is_breaker && leads.open > 0).take(3) {
        if !summary.contains(&told.sentence) {
            summary.push_str("; ");
            summary.push_str(&told.sentence);
        }
    }
    if let Some(first) = waiting.first() {
        let all = waiting.iter().map(|w| w.count).sum::<u64>();
        let wait =
            if all == 1 { "1 message waits".into() } else { format!("{} messages wait", thousands(all)) };
        summary.push_str(&format!("; {wait}: {}", first.label));
    }
    Ok(IdleExplanation {
        summary,
        steps: fall.steps,
        messages: waiting,
        next_at: planned.next_at,
        slots,
        at: now,
    })
}

struct Fall {
    steps: Vec<WaterfallStep>,
    left: u64,
}

impl Fall {
    /// A step that removes nobody is not shown. Leads and jobs are counted apart, so more may
    /// seem to be removed than there are: a lead with two planned calls is one lead.
    fn step(&mut self, label: String, removed: u64, remedy: String) {
        let removed = removed.min(self.left);
        if removed > 0 {
            self.left -= removed;
            self.steps.push(WaterfallStep { label, removed, left: self.left, remedy });
        }
    }
}

/// Clients and providers.
struct House {
    /// Clients that are not dialed for: key, and why.
    stopped: HashMap<ClientId, (String, String)>,
    /// What keeps calls back at the provider, the account's first.
    told: Vec<Told>,
    /// Which of them stops a client.
    held: HashMap<ClientId, usize>,
    zone: jiff::tz::TimeZone,
}

/// A hold or an open breaker, in words.
struct Told {
    stop: Stop,
    sentence: String,
    remedy: &'static str,
}

impl House {
    fn read(
        tx: &mut Tx<'_>,
        client: Option<ClientId>,
        now: Millis,
        (voice, rules): (&Voice, &BreakerRules),
    ) -> Result<Self> {
        let stopped = tx
            .all(
                "SELECT id, key, status, COALESCE(paused_reason, '') FROM client WHERE status <> 'active'",
                &[],
                |r| {
                    let (key, status, reason): (String, String, String) = (r.get(1)?, r.get(2)?, r.get(3)?);
                    let colon = if reason.is_empty() { "" } else { ": " };
                    Ok((r.get(0)?, (key.clone(), format!("{key} is {status}{colon}{reason}"))))
                },
            )?
            .into_iter()
            .collect();
        let zone = match client {
            None => None,
            Some(id) => Some(
                tx.optional("SELECT timezone FROM client WHERE id = $1", params![id], |r| {
                    r.get::<String>(0)
                })?
                .ok_or_else(|| Refusal::not_found("there is no such client"))?,
            ),
        };
        let mut stops = holds::stops(tx, VAPI, rules, now)?;
        stops.sort_by_key(|stop| stop.scope != HoldScope::Account);
        let clients: Vec<Arc<Client>> =
            if stops.is_empty() { Vec::new() } else { clients::all(tx)?.into_iter().map(Arc::new).collect() };
        let first = |client: &Arc<Client>| {
            let stop = scope::stop_of(&stops, voice, client)?;
            Some((client.id, stops.iter().position(|s| s == stop)?))
        };
        let held = clients.iter().filter_map(first).collect();
        let told = stops.iter().map(|stop| Told {
            stop: stop.clone(),
            sentence: stop.sentence(&stop.scope.whose(voice, &clients)),
            remedy: stop.remedy(),
        });
        let told = told.collect();
        let zone =
            zone.and_then(|name| jiff::tz::TimeZone::get(&name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Self { stopped, told, held, zone })
    }

    /// What stops everybody.
    fn account(&self) -> Option<&Told> {
        self.told.iter().find(|told| told.stop.scope == HoldScope::Account)
    }

    /// A time of day people can compare with their clock.
    fn clock(&self, at: Millis) -> String {
        jiff::Timestamp::from_millisecond(at.0)
            .map(|t| t.to_zoned(self.zone.clone()).strftime("%H:%M %Z").to_string())
            .unwrap_or_else(|_| at.iso())
    }

    /// The end of the day in which `now` lies.
    fn midnight(&self, now: Millis) -> Millis {
        jiff::Timestamp::from_millisecond(now.0)
            .ok()
            .and_then(|t| t.to_zoned(self.zone.clone()).tomorrow().ok())
            .and_then(|t| t.start_of_day().ok())
            .map_or(now + DAY, |t| Millis(t.timestamp().as_millisecond()))
    }
}

#[derive(Default)]
struct Leads {
    open: u64,
    stopped: BTreeMap<String, (u64, String)>,
    held: HashMap<String, u64>,
    calling: u64,
    /// Of those, the ones whose call is of unknown fate.
    unknown: u64,
}

impl Leads {
    fn read(tx: &mut Tx<'_>, client: Option<ClientId>, house: &House) -> Result<Self> {
        let map = |r: &crate::Row<'_>| {
            Ok((r.get::<String>(0)?, r.get::<String>(1)?, r.get::<ClientId>(2)?, r.get::<u64>(3)?))
        };
        // Both are answered from the index lead_stand alone, which holds open leads only.
        let groups = match client {
            None => tx.all(
                "SELECT status, hold_rule, client_id, count(*) FROM lead \
                 WHERE status IN ('queued', 'held', 'calling', 'callback') GROUP BY status, hold_rule, client_id",
                &[],
                map,
            )?,
            Some(id) => tx.all(
                "SELECT status, hold_rule, client_id, count(*) FROM lead \
                 WHERE status IN ('queued', 'held', 'calling', 'callback') AND client_id = $1 \
                 GROUP BY status, hold_rule, client_id",
                params![id],
                map,
            )?,
        };
        let mut leads = Self::default();
        for (status, rule, client, count) in groups {
            leads.open += count;
            match (house.stopped.get(&client), status.as_str()) {
                (Some((key, why)), _) => {
                    let remedy = format!("resume dialing for {key}, or leave it stopped");
                    leads.stopped.entry(why.clone()).or_insert((0, remedy)).0 += count;
                }
                (None, "held") => *leads.held.entry(rule).or_default() += count,
                (None, "calling") => leads.calling += count,
                (None, _) => {}
            }
        }
        let unknown = tx.all(
            "SELECT c.client_id, count(*) FROM call c JOIN lead l ON l.id = c.lead_id \
             WHERE c.status NOT IN ('ended', 'refused') AND c.status = 'uncertain' AND l.status = 'calling' \
             GROUP BY c.client_id + 0, c.client_id",
            &[],
            |r| Ok((r.get::<ClientId>(0)?, r.get::<u64>(1)?)),
        )?;
        let mine = |id: &ClientId| client.is_none_or(|c| c == *id) && !house.stopped.contains_key(id);
        leads.unknown = unknown.iter().filter(|(id, _)| mine(id)).map(|(_, n)| n).sum();
        Ok(leads)
    }
}

/// Calls that wait for their time, are due, or are being placed.
#[derive(Default)]
struct Planned {
    times: [(&'static str, u64); 3],
    due_open: u64,
    /// By what stops them.
    due_blocked: BTreeMap<usize, u64>,
    running: u64,
    next_at: Option<Millis>,
}

impl Planned {
    fn read(tx: &mut Tx<'_>, client: Option<ClientId>, now: Millis, house: &House) -> Result<Self> {
        let hour = Millis((now.0.div_euclid(HOUR) + 1) * HOUR);
        let day = house.midnight(now).max(hour);
        let groups = tx.all(
            "SELECT client_id, CASE WHEN run_at <= $1 THEN 0 WHEN run_at < $2 THEN 1 WHEN run_at < $3 THEN 2 \
             ELSE 3 END AS slot, count(*), min(run_at) FROM job WHERE state = 'ready' AND kind = $4 \
             GROUP BY client_id, CASE WHEN run_at <= $1 THEN 0 WHEN run_at < $2 THEN 1 WHEN run_at < $3 THEN 2 \
             ELSE 3 END",
            params![now, hour, day, CALL_JOB],
            |r| Ok((r.get::<ClientId>(0)?, r.get::<i64>(1)?, r.get::<u64>(2)?, r.get::<Millis>(3)?)),
        )?;
        let mut planned = Self {
            times: [("before the next hour", 0), ("later today", 0), ("after today", 0)],
            ..Self::default()
        };
        let mine = |id: ClientId| client.is_none_or(|c| c == id) && !house.stopped.contains_key(&id);
        for (id, slot, count, first) in groups.into_iter().filter(|g| mine(g.0)) {
            if slot == 0 {
                match house.held.get(&id) {
                    Some(stop) => *planned.due_blocked.entry(*stop).or_default() += count,
                    None => planned.due_open += count,
                }
                continue;
            }
            if let Some((_, total)) = planned.times.get_mut((slot - 1).cast_unsigned() as usize) {
                *total += count;
            }
            planned.next_at = Some(planned.next_at.map_or(first, |at| at.min(first)));
        }
        // Leads whose call is open already are counted as being called.
        planned.running = tx
            .all(
                "SELECT j.client_id, count(*) FROM job j JOIN lead l ON l.id = j.lead_id \
                 WHERE j.state = 'running' AND j.kind = $1 AND l.status <> 'calling' GROUP BY j.client_id",
                params![CALL_JOB],
                |r| Ok((r.get::<ClientId>(0)?, r.get::<u64>(1)?)),
            )?
            .into_iter()
            .filter(|(id, _)| mine(*id))
            .map(|(_, n)| n)
            .sum();
        Ok(planned)
    }
}

struct Facts<'a> {
    house: &'a House,
    held: Option<&'a (String, u64)>,
    next_at: Option<Millis>,
    now: Millis,
    slots: (u64, u64),
    unknown: u64,
    paused: Option<&'a str>,
}

impl Facts<'_> {
    fn summary(&self, fall: &Fall, open: u64) -> String {
        let nothing = if self.slots.0 == 0 {
            "Nothing is dialing".to_owned()
        } else {
            format!("No more than {} dialing", calls_are(self.slots.0))
        };
        let next = match self.next_at {
            Some(at) => format!(
                "next planned call at {} (in {})",
                self.house.clock(at),
                short_duration(at.since(self.now))
            ),
            None => "no call is planned".to_owned(),
        };
        if let Some(reason) = self.paused {
            return format!("{nothing} because dialing is paused: {reason}");
        }
        if open == 0 {
            return format!("{nothing} because there are no open leads");
        }
        // A hold stops nothing while no call is due.
        let due = fall.steps.iter().any(|step| step.label.starts_with("due, but"));
        if let Some(told) = self.house.account().filter(|_| due) {
            return format!("{nothing} because {}", told.sentence);
        }
        if let Some(step) = fall.steps.iter().find(|s| s.label.contains("slots are in use")) {
            let unknown = match self.unknown {
                0 => String::new(),
                n => format!(" ({n} by calls of unknown fate)"),
            };
            let due = leads_wait(step.removed, "are");
            return format!("All {} slots are in use{unknown}; {due} due", self.slots.1);
        }
        if fall.left > 0 {
            return format!("{} due now and will be called next", leads_wait(fall.left, "are"));
        }
        match fall.steps.iter().max_by_key(|step| step.removed) {
            Some(step) if step.label.starts_with("held: ") => {
                let rule = self.held.map_or("", |(rule, _)| rule.as_str());
                format!("{} for {}; {next}", leads_wait(step.removed, "wait"), waits_for(rule))
            }
            Some(step) if step.label.starts_with("planned ") => format!("{nothing} yet; {next}"),
            Some(step) => format!("{}: {}; {next}", leads_wait(step.removed, "wait"), step.label),
            None => format!("{nothing}; {next}"),
        }
    }
}

fn calls_are(n: u64) -> String {
    if n == 1 { "1 call is".into() } else { format!("{} calls are", thousands(n)) }
}

/// `1 lead waits`, `1,204 leads wait`.
fn leads_wait(n: u64, verb: &str) -> String {
    match (n, verb) {
        (1, "are") => "1 lead is".into(),
        (1, verb) => format!("1 lead {verb}s"),
        (n, verb) => format!("{} leads {verb}", thousands(n)),
    }
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// What a rule of the gate makes a lead wait for, to follow “waits for”.
fn waits_for(rule: &str) -> &str {
    match rule {
        "" => "a reason nobody wrote down",
        "phone" => "a usable phone number",
        "country" => "a country that is switched on",
        "suppression" => "the end of an opt-out",
        "frequency" => "its contact budget",
        "attempts" => "a new episode: every attempt is used",
        "window" => "a permitted time of day",
        "spend" => "the spend cap",
        "zone" => "a known time zone",
        "duplicate" => "the time since its last contact",
        rule => rule,
    }
}

fn remedy(rule: &str) -> &'static str {
    match rule {
        "phone" => "correct the number at its source and import the row again",
        "country" => "add a profile for the country in the configuration",
        "suppression" => "nothing: these people do not want to be contacted",
        "consent" => "import proof of consent: per row, or one attested statement for the file",
        "screening" => "screen the numbers against the do-not-call registers and import the result",
        "duplicate" => "wait until the last contact is long enough ago, or remove the double",
        "window" | "zone" => "give a time zone or address, or widen the hours within the law",
        "frequency" => "wait: people are contacted only so often",
        "attempts" => "nothing: import the person again when there is a new reason to call",
        "spend" => "raise the spend cap, or wait for the next period",
        "expiry" | "expired" => "import fresh leads: these are too old to contact",
        "paused" | "client" => "resume dialing",
        "provider" | "slot" => "see to the provider's account, or allow more calls at once",
        "" => "open one of them to see its story",
        _ => "open one of them to see what the gate said",
    }
}

#[cfg(test)]
#[path = "idle/tests.rs"]
mod tests;
