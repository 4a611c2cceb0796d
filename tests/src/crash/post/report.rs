//! A campaign in words.

use super::super::plan::Settings;
use super::super::report::{judged, tally};
use super::Finding;
use super::audit::unknown_and_truth;
use super::evidence::Evidence;
use std::fmt::Write as _;

/// Everything a person would want to know, findings last.
pub(super) fn report(settings: &Settings, e: &Evidence, findings: &[Finding], took_ms: i64) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut out, settings, e, findings, took_ms);
    out
}

fn write(
    out: &mut String,
    settings: &Settings,
    e: &Evidence,
    findings: &[Finding],
    took_ms: i64,
) -> std::fmt::Result {
    writeln!(
        out,
        "messages, {:?}, {} daemons, {} kills, seed {}: {} s{}",
        settings.engine,
        settings.daemons(),
        settings.kills,
        settings.seed,
        took_ms / 1_000,
        settings.plant.as_ref().map(|p| format!(", planted bug: {p}")).unwrap_or_default(),
    )?;
    for (moment, n) in &e.lives.deaths {
        writeln!(out, "  {n:>5}  killed {moment}")?;
    }
    let visits = &e.ledger.visits;
    let count = |holds: fn(&super::people::Visit) -> bool| visits.iter().filter(|v| holds(v)).count();
    writeln!(
        out,
        "  acknowledged: {} people, {} appointments, {} given back, {} refusals, {} texts written, {} by strangers; {} requests sent again",
        visits.len(),
        count(|v| v.appointment.is_some()),
        count(|v| v.cancelled_at.is_some()),
        count(|v| v.refused_at.is_some()),
        visits.iter().map(|v| v.texts.len()).sum::<usize>(),
        e.ledger.strangers.len(),
        e.ledger.repeats,
    )?;
    writeln!(
        out,
        "  outside: {} texts left, {} emails, {} events stand; the time of {} reminders came",
        e.texts.len(),
        e.mails.len(),
        e.events.len(),
        e.ledger.brought,
    )?;
    for channel in ["sms", "email"] {
        let ours = e.inside.messages.iter().filter(|m| m.outbound && m.channel == channel);
        writeln!(out, "  {channel}: {}", tally(ours.map(|m| m.status.as_str())))?;
    }
    writeln!(out, "  webhooks: {}", tally(e.inside.hooks.iter().map(|(_, status, _)| status.as_str())))?;
    writeln!(out, "  jobs: {}", tally(e.inside.jobs.iter().map(|j| j.state.as_str())))?;
    let ended = e.inside.jobs.iter().filter(|j| matches!(j.state.as_str(), "dead" | "cancelled"));
    let mut why: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for job in ended {
        *why.entry(format!("{} {}: {}", job.kind, job.state, job.reason)).or_default() += 1;
    }
    for (why, n) in why {
        writeln!(out, "  {n:>5}  {why}")?;
    }
    let waits = tally(e.inside.waiting.iter().map(|(.., why)| why.as_str()));
    writeln!(out, "  messages wait because: {waits}")?;
    let told: Vec<String> = e.inside.told.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    writeln!(out, "  people were told of: {}", told.join(", "))?;
    let unknown: Vec<String> = unknown_and_truth(e).iter().map(|(what, n)| format!("{n} {what}")).collect();
    writeln!(out, "  of unknown outcome, and the truth beside it: {}", unknown.join(", "))?;
    judged(out, &e.lives, findings)
}
