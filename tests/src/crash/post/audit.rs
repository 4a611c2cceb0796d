//! The audit of what is written to people: each rule a function from evidence to findings. Pure, so
//! that every rule is also shown to find what was tampered with.

use super::super::audit::{Finding, twice};
use super::super::evidence::job_name;
use super::evidence::{Evidence, MessageRow};
use super::people::Visit;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Milliseconds after which a due job counts as lost.
const OVERDUE_MS: i64 = 10_000;

type Rule = (&'static str, fn(&Evidence) -> Vec<String>);

/// Every rule, under the name its findings carry.
pub const RULES: &[Rule] = &[
    ("doubled: a text left twice", texts_once),
    ("doubled: an email left twice", mails_once),
    ("doubled: somebody was written the same thing twice", things_once),
    ("doubled: an appointment stands in the calendar twice", events_once),
    ("doubled: a text of a person was heard twice", heard_once),
    ("lost: an acknowledged text of a person is not there", texts_heard),
    ("lost: an acknowledged refusal holds nobody back", refusals_hold),
    ("lost: an acknowledged appointment is not as it was told", appointments_stand),
    ("lost: the calendar is not what the appointments are", calendar_agrees),
    ("lost: somebody was never told of their appointment", everybody_told),
    ("late: a reminder of what was given back", reminders_stop),
    ("strange: something left that nobody meant", nobody_meant),
    ("strange: what left is recorded as not sent, or the other way about", truth_recorded),
    ("explained: an unknown outcome is not listed, or could have been found", unknown_listed),
    ("lost: a job is stuck, or died without a word", jobs_end),
    ("refused: what was right was not taken", |e| e.ledger.refused.clone()),
    ("strange: a daemon panicked, ended or did not start by itself", |e| e.lives.strange.clone()),
];

/// Holds every rule against the evidence.
pub fn audit(evidence: &Evidence) -> Vec<Finding> {
    let judge = |(rule, find): &Rule| {
        let found: Vec<Finding> = find(evidence).into_iter().map(|what| Finding { rule, what }).collect();
        found
    };
    RULES.iter().flat_map(judge).collect()
}

fn outbound(e: &Evidence) -> impl Iterator<Item = &MessageRow> {
    e.inside.messages.iter().filter(|m| m.outbound)
}

fn booked(e: &Evidence) -> impl Iterator<Item = (&Visit, &String)> {
    e.ledger.visits.iter().filter_map(|visit| Some((visit, visit.appointment.as_ref()?)))
}

fn texts_once(e: &Evidence) -> Vec<String> {
    let mut out = twice(e.texts.iter().filter_map(|text| Some(format!("text {}", text.id.as_ref()?))));
    // A second copy has another id, and so another link: what else it says is the same.
    let plain =
        |body: &str| body.split(' ').filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ");
    out.extend(twice(e.texts.iter().map(|text| format!("to {}: {}", text.to, plain(&text.body)))));
    out
}

fn mails_once(e: &Evidence) -> Vec<String> {
    twice(e.mails.iter().map(|mail| format!("{} to {}", mail.id, mail.to)))
}

fn things_once(e: &Evidence) -> Vec<String> {
    let left = outbound(e).filter(|m| e.left(m) && m.appointment.is_some());
    twice(left.map(|m| {
        let about = m.appointment.as_deref().unwrap_or_default();
        format!("{} {} about {about} as of change {}", m.channel, m.kind, m.sequence)
    }))
}

fn events_once(e: &Evidence) -> Vec<String> {
    twice(e.events.iter().map(|event| event.appointment.clone()))
}

fn heard_once(e: &Evidence) -> Vec<String> {
    let inbound = e.inside.messages.iter().filter(|m| !m.outbound);
    twice(inbound.filter_map(|m| m.provider_id.clone()))
}

fn texts_heard(e: &Evidence) -> Vec<String> {
    let hooks: HashMap<&str, (&str, i64)> =
        e.inside.hooks.iter().map(|(key, status, n)| (key.as_str(), (status.as_str(), *n))).collect();
    let heard: HashSet<&str> = e.inside.messages.iter().filter_map(|m| m.provider_id.as_deref()).collect();
    let mut out = Vec::new();
    let all = e.ledger.visits.iter().flat_map(|v| &v.texts).chain(&e.ledger.strangers);
    for (sid, times) in all.filter(|(_, times)| *times > 0) {
        match hooks.get(format!("in:{sid}").as_str()) {
            None => out.push(format!("{sid}: not stored")),
            Some((status, _)) if *status != "applied" => out.push(format!("{sid}: {status}")),
            Some((_, there)) if *there < *times as i64 => {
                out.push(format!("{sid}: acknowledged {times} times, stored {there} times"));
            }
            Some(_) if !heard.contains(sid.as_str()) => out.push(format!("{sid}: in no story")),
            Some(_) => {}
        }
    }
    out
}

fn refusals_hold(e: &Evidence) -> Vec<String> {
    let held: HashSet<&str> = e.inside.refused.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for visit in &e.ledger.visits {
        let Some(at) = visit.refused_at else { continue };
        if !held.contains(visit.number.as_str()) {
            out.push(format!("{} is not held back", visit.number));
        }
        let theirs = |m: &&MessageRow| m.address == visit.number || m.address == visit.mail;
        for late in outbound(e).filter(theirs).filter(|m| m.created_at > at) {
            out.push(format!(
                "{} {} was written {} ms after it",
                late.channel,
                late.kind,
                late.created_at - at
            ));
        }
    }
    out
}

fn appointments_stand(e: &Evidence) -> Vec<String> {
    let there: HashMap<&str, _> = e.inside.appointments.iter().map(|a| (a.id.as_str(), a)).collect();
    let mut out = Vec::new();
    let mut left_to_people = 0;
    for (visit, id) in booked(e) {
        if visit.asked
            && let Some(row) = there.get(id.as_str())
        {
            left_to_people += i64::from(row.status == "booked");
            continue;
        }
        let wanted = if visit.cancelled_at.is_some() { "cancelled" } else { "booked" };
        match there.get(id.as_str()) {
            None => out.push(format!("{id} is not there")),
            Some(row) if row.status != wanted => {
                let theirs = e.inside.messages.iter().filter(|m| m.address == visit.number);
                let theirs: Vec<String> =
                    theirs.map(|m| format!("{} {} {}", m.kind, m.sequence, m.status)).collect();
                out.push(format!("{id} is {}, told {wanted}: {}", row.status, theirs.join(", ")));
            }
            Some(row) if row.starts_at != visit.start => out.push(format!("{id} is at another time")),
            Some(_) => {}
        }
    }
    let told = e.inside.told.get("text.reply").copied().unwrap_or(0);
    if told < left_to_people {
        out.push(format!("{left_to_people} answers were left to people, who were told of {told}"));
    }
    out
}

fn calendar_agrees(e: &Evidence) -> Vec<String> {
    let events: HashMap<&str, i64> =
        e.events.iter().map(|ev| (ev.appointment.as_str(), ev.starts_at)).collect();
    let mut out = Vec::new();
    for row in &e.inside.appointments {
        let there = events.get(row.id.as_str()).copied();
        let wanted = (row.status == "booked").then_some(row.starts_at);
        if there != wanted {
            out.push(format!(
                "{} is {} at {}, in the calendar at {there:?}",
                row.id, row.status, row.starts_at
            ));
        }
    }
    let known: HashSet<&str> = e.inside.appointments.iter().map(|a| a.id.as_str()).collect();
    out.extend(
        events.keys().filter(|id| !known.contains(*id)).map(|id| format!("{id} is in the calendar alone")),
    );
    out
}

/// A first word about every appointment left, or it is known why not.
fn everybody_told(e: &Evidence) -> Vec<String> {
    let mut about: HashMap<(&str, &str), Vec<&MessageRow>> = HashMap::new();
    for m in outbound(e) {
        about.entry((m.appointment.as_deref().unwrap_or_default(), &m.channel)).or_default().push(m);
    }
    let mut out = Vec::new();
    for (visit, id) in
        booked(e).filter(|(v, _)| v.refused_at.is_none() && v.cancelled_at.is_none() && !v.asked)
    {
        for channel in ["sms", "email"] {
            let rows = about.get(&(id.as_str(), channel)).map(Vec::as_slice).unwrap_or_default();
            let waits = e.inside.waiting.iter().any(|(about, lane, _)| about == id && lane == channel);
            if !waits && !rows.iter().any(|m| e.left(m) || m.status == "uncertain") {
                out.push(format!("{} by {channel} about {id}", visit.number));
            }
        }
    }
    out
}

fn reminders_stop(e: &Evidence) -> Vec<String> {
    let over: HashMap<&str, i64> =
        booked(e).filter_map(|(v, id)| Some((id.as_str(), v.cancelled_at?))).collect();
    let late =
        outbound(e).filter(|m| m.kind.starts_with("reminder") || m.kind == "confirmation").filter_map(|m| {
            let at = over.get(m.appointment.as_deref()?)?;
            (m.created_at > *at).then(|| format!("{} {} ms after it", m.kind, m.created_at - at))
        });
    late.collect()
}

fn nobody_meant(e: &Evidence) -> Vec<String> {
    let ids: HashSet<&str> = outbound(e).map(|m| m.id.as_str()).collect();
    let mail_ids: HashSet<&str> = outbound(e).filter_map(|m| m.mail_id.as_deref()).collect();
    let texts = e.texts.iter().filter(|t| !t.id.as_deref().is_some_and(|id| ids.contains(id)));
    let mut out: Vec<String> = texts.map(|t| format!("a text {:?} to {}", t.id, t.to)).collect();
    out.extend(
        e.mails.iter().filter(|m| !mail_ids.contains(m.id.as_str())).map(|m| format!("a mail {}", m.id)),
    );
    out
}

fn truth_recorded(e: &Evidence) -> Vec<String> {
    let wrong = outbound(e).filter(|m| match m.status.as_str() {
        "accepted" | "sent" | "delivered" | "undelivered" => !e.left(m),
        "refused" | "failed" => e.left(m),
        _ => false,
    });
    wrong.map(|m| format!("{} {} {} is {}", m.channel, m.kind, m.id, m.status)).collect()
}

fn unknown_listed(e: &Evidence) -> Vec<String> {
    let open: Vec<&MessageRow> = outbound(e).filter(|m| m.status == "uncertain").collect();
    let mut out: Vec<String> = open
        .iter()
        .filter(|m| m.channel == "sms" && e.left(m))
        .map(|m| format!("the carrier has {} {}, after {} look-ups", m.kind, m.id, m.lookups))
        .collect();
    out.extend(
        outbound(e).filter(|m| m.status == "sending").map(|m| format!("{} is on its way for ever", m.id)),
    );
    let told = e.inside.told.get("message.uncertain").copied().unwrap_or(0);
    if told < open.len() as i64 {
        out.push(format!("people were told of {told}, there are {}", open.len()));
    }
    out
}

fn jobs_end(e: &Evidence) -> Vec<String> {
    let stuck = e.inside.jobs.iter().filter(|j| match j.state.as_str() {
        "running" | "expired" => true,
        "ready" => j.run_at < e.inside.now - OVERDUE_MS,
        _ => false,
    });
    let mut out: Vec<String> =
        stuck.map(|j| format!("{} {} is {}: {}", j.kind, job_name(j.id), j.state, j.reason)).collect();
    let dead: Vec<_> = e.inside.jobs.iter().filter(|j| j.state == "dead").collect();
    let told: i64 =
        e.inside.told.iter().filter(|(kind, _)| *kind != "message.uncertain").map(|(_, n)| n).sum();
    if told < dead.len() as i64 {
        out.push(format!("people were told of {told} errors, {} jobs died", dead.len()));
        out.extend(dead.iter().map(|j| format!("{} {} died: {}", j.kind, job_name(j.id), j.reason)));
    }
    out
}

/// Unknown outcomes, and the truth beside them: in words, with how many.
pub fn unknown_and_truth(e: &Evidence) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for m in outbound(e).filter(|m| m.status == "uncertain") {
        let truth = if e.left(m) { "did leave" } else { "never left" };
        *count.entry(format!("{} that {truth}", m.channel)).or_default() += 1;
    }
    count
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
