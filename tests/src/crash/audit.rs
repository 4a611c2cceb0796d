//! The audit: what must hold after any number of deaths, each rule a function from evidence to
//! findings. Pure, so that every rule is also shown to find what was tampered with.

use super::evidence::{CallRow, Evidence, JobRow, job_name};
use frontdesk_shared::event::Cursor;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Milliseconds after which a due job counts as lost.
const OVERDUE_MS: i64 = 10_000;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub rule: &'static str,
    /// By what.
    pub what: String,
}

type Rule = (&'static str, fn(&Evidence) -> Vec<String>);

/// Every rule, under the name its findings carry.
pub const RULES: &[Rule] = &[
    ("lost: an acknowledged lead is not there", acknowledged_leads),
    ("doubled: a person is a lead twice, or in no import's count", leads_once),
    ("lost: a lead was never called and nobody was told", nobody_is_forgotten),
    ("lost: an acknowledged webhook is not there", acknowledged_hooks),
    ("doubled: an event was applied twice", hooks_once),
    ("lost: a webhook could not be applied", hooks_applied),
    ("doubled: a phone rang twice", phones_ring_once),
    ("doubled: an attempt was made twice", attempts_once),
    ("lost: a call the provider made is not recorded as it was", calls_recorded),
    ("explained: an uncertain call is not listed, or could have been found", uncertain_listed),
    ("once: a repeated question heard another answer", answers_stay),
    ("lost: a caller was promised an appointment that is not there", promises_kept),
    ("lost: a job is stuck, or died without a word", jobs_end),
    ("lost: an import is stuck", imports_end),
    ("lost: a console skipped an event or saw one twice", consoles_see_all),
    ("refused: what was right was not taken", nothing_refused),
    ("strange: a daemon panicked, ended or did not start by itself", nothing_strange),
];

/// Holds every rule against the evidence.
pub fn audit(evidence: &Evidence) -> Vec<Finding> {
    let judge = |(rule, find): &Rule| {
        let found: Vec<Finding> = find(evidence).into_iter().map(|what| Finding { rule, what }).collect();
        found
    };
    RULES.iter().flat_map(judge).collect()
}

fn acknowledged_leads(e: &Evidence) -> Vec<String> {
    let there: HashSet<&str> = e.inside.leads.iter().map(|l| l.identity.as_str()).collect();
    let missing = e.ledger.leads.iter().filter(|number| !there.contains(number.as_str()));
    missing.map(|number| format!("the lead {number}")).collect()
}

fn leads_once(e: &Evidence) -> Vec<String> {
    let mut out = twice(e.inside.leads.iter().map(|l| l.identity.clone()));
    let made: u64 = e.inside.imports.iter().map(|i| i.made).sum();
    if made != e.inside.leads.len() as u64 {
        out.push(format!("imports count {made} leads, there are {}", e.inside.leads.len()));
    }
    out
}

fn nobody_is_forgotten(e: &Evidence) -> Vec<String> {
    let called: HashSet<i64> = e.inside.calls.iter().filter_map(|c| c.lead).collect();
    let forgotten = e.inside.leads.iter().filter(|l| match l.status.as_str() {
        "held" => false,
        status => !called.contains(&l.id) || status == "calling",
    });
    forgotten.map(|l| format!("{}, which is {}", l.identity, l.status)).collect()
}

fn acknowledged_hooks(e: &Evidence) -> Vec<String> {
    let mut deliveries: HashMap<(&str, &str), i64> = HashMap::new();
    for hook in &e.inside.hooks {
        let mut parts = hook.key.split(':');
        let event = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        *deliveries.entry(event).or_default() += hook.deliveries;
    }
    let mut out = Vec::new();
    for ((call, kind), acknowledged) in &e.ledger.hooks {
        let there = deliveries.get(&(call.as_str(), *kind)).copied().unwrap_or(0);
        if there < *acknowledged as i64 {
            out.push(format!("{kind} of {call}: acknowledged {acknowledged} times, stored {there} times"));
        }
    }
    out
}

fn hooks_once(e: &Evidence) -> Vec<String> {
    let known: HashSet<&(String, &'static str)> = e.ledger.hooks.keys().collect();
    let own = e.inside.hooks.iter().filter_map(|hook| {
        let mut parts = hook.key.split(':');
        let (call, kind) = (parts.next()?, parts.next()?);
        known.iter().find(|(c, k)| c == call && *k == kind).map(|_| format!("{kind} of {call}"))
    });
    twice(own)
}

fn hooks_applied(e: &Evidence) -> Vec<String> {
    let failed = e.inside.hooks.iter().filter(|h| !matches!(h.status.as_str(), "applied" | "ignored"));
    failed.map(|h| format!("{} is {}", h.key, h.status)).collect()
}

fn phones_ring_once(e: &Evidence) -> Vec<String> {
    let rang = || e.outside.iter().filter(|c| !c.inbound);
    // No course of the campaign allows a second attempt within its time.
    let mut out = twice(rang().map(|c| c.number.clone()));
    out.extend(twice(rang().map(|c| c.external_id.clone().unwrap_or_default())));
    out
}

fn attempts_once(e: &Evidence) -> Vec<String> {
    let counted = outbound(e).filter(|c| c.status != "refused");
    let mut out = twice(counted.filter_map(|c| Some(format!("attempt {:?} of lead {}", c.attempt, c.lead?))));
    out.extend(twice(outbound(e).filter_map(|c| Some(format!("the calls of job {}", job_name(c.job?))))));
    out
}

fn calls_recorded(e: &Evidence) -> Vec<String> {
    let by_provider: HashMap<&str, &CallRow> =
        e.inside.calls.iter().filter_map(|c| Some((c.provider.as_deref()?, c))).collect();
    let mut out = Vec::new();
    for call in &e.outside {
        let what = match by_provider.get(call.id.as_str()) {
            // Nobody may have been there to be told of a call that came in.
            None if call.inbound => continue,
            None => "not recorded".to_owned(),
            Some(row) if call.status == "ended" && row.status != "ended" => {
                format!("ended, recorded as {}", row.status)
            }
            Some(_) => continue,
        };
        out.push(format!("the call to {}: {what}", call.number));
    }
    out
}

fn uncertain_listed(e: &Evidence) -> Vec<String> {
    let jobs: BTreeMap<i64, &str> = e.inside.jobs.iter().map(|j| (j.id, j.state.as_str())).collect();
    let leads: BTreeMap<i64, &str> = e.inside.leads.iter().map(|l| (l.id, l.status.as_str())).collect();
    let references: HashSet<&str> = e.outside.iter().filter_map(|c| c.external_id.as_deref()).collect();
    let mut out = Vec::new();
    for call in outbound(e).filter(|c| c.status != "refused") {
        let reference = frontdesk_shared::CallId(call.id).to_string();
        let rang = references.contains(reference.as_str());
        let job = call.job.unwrap_or_default();
        let mut wrong = Vec::new();
        match (call.status.as_str(), rang) {
            ("uncertain", true) => wrong.push("the provider has it".to_owned()),
            ("uncertain", false) => {
                if jobs.get(&job) != Some(&"uncertain") {
                    wrong.push(format!("its job is {:?}", jobs.get(&job)));
                }
                if call.lookups == 0 {
                    wrong.push("nobody looked for it to the end".to_owned());
                }
                let lead = call.lead.and_then(|id| leads.get(&id));
                if lead != Some(&"review") {
                    wrong.push(format!("its lead is {lead:?}"));
                }
            }
            (_, true) => {}
            (status, false) => wrong.push(format!("it never rang and is {status}")),
        }
        if !wrong.is_empty() {
            out.push(format!("call {reference}: {}", wrong.join(", ")));
        }
    }
    let open = outbound(e).filter(|c| c.status == "uncertain").count();
    let told = told(e, "call.uncertain");
    if told < open {
        out.push(format!("people were told of {told}, there are {open}"));
    }
    out
}

fn answers_stay(e: &Evidence) -> Vec<String> {
    let changed = e.ledger.answers.iter().filter(|(_, said)| said.iter().any(|s| *s != said[0]));
    changed.map(|(call, said)| format!("{call}: {said:?}")).collect()
}

fn promises_kept(e: &Evidence) -> Vec<String> {
    let booked: HashSet<i64> = e.inside.booked.iter().copied().collect();
    let kept: HashSet<&str> = e
        .inside
        .calls
        .iter()
        .filter(|c| booked.contains(&c.id))
        .filter_map(|c| c.provider.as_deref())
        .collect();
    let by_us =
        e.ledger.answers.iter().filter(|(_, said)| said.iter().any(|s| s.contains("\"booked\":true")));
    let by_sandbox = e.outside.iter().filter(|c| c.appointment_start.is_some());
    let promised = by_us.map(|(call, _)| call.as_str()).chain(by_sandbox.map(|c| c.id.as_str()));
    let mut out: Vec<String> =
        promised.filter(|call| !kept.contains(call)).map(|call| format!("call {call}")).collect();
    out.extend(twice(e.inside.booked.iter().map(|call| format!("appointments of call {call}"))));
    out
}

fn jobs_end(e: &Evidence) -> Vec<String> {
    let words = |j: &JobRow| format!("{} {} is {}: {}", j.kind, job_name(j.id), j.state, j.reason);
    let stuck = e.inside.jobs.iter().filter(|j| match j.state.as_str() {
        "running" | "expired" => true,
        "ready" => j.run_at < e.inside.now - OVERDUE_MS,
        _ => false,
    });
    let mut out: Vec<String> = stuck.map(words).collect();
    let dead: Vec<&JobRow> = e.inside.jobs.iter().filter(|j| j.state == "dead").collect();
    let told = told(e, "job.dead");
    if told < dead.len() {
        out.push(format!("people were told of {told} dead jobs, there are {}", dead.len()));
        out.extend(dead.into_iter().map(words));
    }
    out
}

/// How often people were told of a kind of error.
fn told(e: &Evidence, kind: &str) -> usize {
    e.inside.told.get(kind).map_or(0, |n| usize::try_from(*n).unwrap_or(0))
}

fn imports_end(e: &Evidence) -> Vec<String> {
    let stuck =
        e.inside.imports.iter().filter(|i| !matches!(i.status.as_str(), "done" | "failed" | "undone"));
    stuck.map(|i| format!("import {} is {}", frontdesk_shared::ImportId(i.id), i.status)).collect()
}

fn consoles_see_all(e: &Evidence) -> Vec<String> {
    let all: BTreeSet<_> = e.inside.events.iter().copied().collect();
    let mut out = Vec::new();
    for (n, console) in e.followed.iter().enumerate() {
        if console.resets > 0 {
            out.push(format!("console {n} was told {} times to fetch afresh", console.resets));
        }
        for pair in console.seen.windows(2).filter(|pair| pair[0] >= pair[1]) {
            out.push(format!("console {n} saw {} after {}", pair[1], pair[0]));
        }
        let seen: BTreeSet<_> = console.seen.iter().copied().collect();
        let last = console.seen.last().copied().unwrap_or_default();
        let (skipped, after): (Vec<_>, Vec<_>) =
            all.difference(&seen).copied().partition(|at: &Cursor| *at < last);
        if let Some(first) = skipped.first() {
            out.push(format!("console {n} skipped {} events, the first is {first}", skipped.len()));
        }
        if !after.is_empty() {
            out.push(format!("console {n} did not see the last {} events", after.len()));
        }
        let invented = seen.difference(&all).count();
        if invented > 0 {
            out.push(format!("console {n} saw {invented} events that are not there"));
        }
    }
    out
}

fn nothing_refused(e: &Evidence) -> Vec<String> {
    e.ledger.refused.clone()
}

fn nothing_strange(e: &Evidence) -> Vec<String> {
    e.lives.strange.clone()
}

fn outbound(e: &Evidence) -> impl Iterator<Item = &CallRow> {
    e.inside.calls.iter().filter(|c| c.outbound)
}

/// Names that come more than once, with how often.
pub(super) fn twice(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        *count.entry(name).or_default() += 1;
    }
    count.into_iter().filter(|(_, n)| *n > 1).map(|(name, n)| format!("{name}: {n} times")).collect()
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
