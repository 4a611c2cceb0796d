//! A campaign in words.

use super::audit::Finding;
use super::evidence::Evidence;
use super::plan::Settings;
use super::world::Lives;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Findings of one rule, and errors, that are shown.
const SHOWN: usize = 5;

/// What happened, what was found, and where the uncertain calls really stand.
pub(super) fn report(settings: &Settings, e: &Evidence, findings: &[Finding], took_ms: i64) -> String {
    let mut out = String::new();
    write(&mut out, settings, e, findings, took_ms).expect("a string takes every word");
    out
}

fn write(
    out: &mut String,
    settings: &Settings,
    e: &Evidence,
    findings: &[Finding],
    took_ms: i64,
) -> std::fmt::Result {
    let kills: usize = e.lives.deaths.values().sum();
    writeln!(
        out,
        "crash campaign: {:?}, {} daemon(s), {kills} kills, seed {}, {}.{} s{}",
        settings.engine,
        settings.daemons(),
        settings.seed,
        took_ms / 1_000,
        took_ms % 1_000 / 100,
        settings.plant.as_ref().map(|p| format!(", planted bug: {p}")).unwrap_or_default(),
    )?;
    for (moment, n) in &e.lives.deaths {
        writeln!(out, "  {n:>5}  killed {moment}")?;
    }
    let (ledger, counters) = (&e.ledger, &e.counters);
    writeln!(
        out,
        "  acknowledged: {} leads in {} imports, {} webhooks of our own in {} deliveries; {} requests sent again",
        ledger.leads.len(),
        ledger.imports,
        ledger.hooks.len(),
        ledger.hooks.values().sum::<usize>(),
        ledger.repeats,
    )?;
    writeln!(
        out,
        "  the provider: {} calls placed, {} came in, {} messages sent, {} not delivered, {} sent again, {} booked",
        counters.placed, counters.inbound, counters.sent, counters.failed, counters.retried, counters.booked,
    )?;
    writeln!(
        out,
        "  the store: {} leads, {} webhooks, {} jobs, {} appointments, {} events",
        e.inside.leads.len(),
        e.inside.hooks.len(),
        e.inside.jobs.len(),
        e.inside.booked.len(),
        e.inside.events.len(),
    )?;
    let calls = tally(e.inside.calls.iter().filter(|c| c.outbound).map(|c| c.status.as_str()));
    writeln!(out, "  calls we placed: {calls}")?;
    writeln!(out, "  jobs: {}", tally(e.inside.jobs.iter().map(|j| j.state.as_str())))?;
    for (n, console) in e.followed.iter().enumerate() {
        writeln!(out, "  console {n}: {} events in {} connections", console.seen.len(), console.connections)?;
    }
    uncertain(out, e)?;
    judged(out, &e.lives, findings)
}

/// What daemons complained of, and what was found.
pub(super) fn judged(out: &mut String, lives: &Lives, findings: &[Finding]) -> std::fmt::Result {
    if !lives.errors.is_empty() {
        writeln!(out, "  {} lines logged as errors, such as:", lives.errors.len())?;
        for line in lives.errors.iter().take(SHOWN) {
            writeln!(out, "         {line}")?;
        }
    }
    let count = |word: &str| findings.iter().filter(|f| f.rule.starts_with(word)).count();
    writeln!(
        out,
        "  {} lost, {} doubled, {} other findings",
        count("lost"),
        count("doubled"),
        findings.len() - count("lost") - count("doubled"),
    )?;
    let mut by_rule: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(finding.rule).or_default().push(&finding.what);
    }
    for (rule, whats) in by_rule {
        writeln!(out, "  FOUND {} × {rule}", whats.len())?;
        for what in whats.iter().take(SHOWN) {
            writeln!(out, "         {what}")?;
        }
    }
    Ok(())
}

/// Calls whose fate the house does not know, and what the provider knows of them.
fn uncertain(out: &mut String, e: &Evidence) -> std::fmt::Result {
    let open = e.inside.calls.iter().filter(|c| c.status == "uncertain");
    let truth = open.map(|c| match e.seen_outside(c.id) {
        None => "the phone never rang",
        Some(_) => "the phone rang",
    });
    let truth = tally(truth);
    if !truth.is_empty() {
        writeln!(out, "  listed as uncertain, and the truth beside it: {truth}")?;
    }
    Ok(())
}

/// Words, and how often each comes.
pub(super) fn tally<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *count.entry(word).or_default() += 1;
    }
    let parts: Vec<String> = count.iter().map(|(word, n)| format!("{n} {word}")).collect();
    parts.join(", ")
}
