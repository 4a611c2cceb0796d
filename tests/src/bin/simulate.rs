//! Runs seeds of the simulation: `simulate [--seeds N] [--from S] [--plant NAME] [--trace] [--all]`.
//!
//! Prints what happened how often and how fast; ends with 1 and the seed's trace when a property
//! does not hold, with `--all` only after the last seed and with each kind of failure once. With
//! `--plant` it is the other way round: the bug must be caught.

use frontdesk_tests::sim::plant::{PLANTS, plant};
use frontdesk_tests::sim::{Bench, Tally};
use std::collections::BTreeMap;
use std::process::ExitCode;

struct Wanted {
    seeds: u64,
    from: u64,
    plant: Option<&'static str>,
    trace: bool,
    all: bool,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { seeds: 1_000, from: 0, plant: None, trace: false, all: false };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} wants a value"));
        match arg.as_str() {
            "--seeds" => wanted.seeds = value()?.parse().map_err(|_| "--seeds wants a number")?,
            "--from" => wanted.from = value()?.parse().map_err(|_| "--from wants a number")?,
            "--plant" => {
                let name = value()?;
                let found = PLANTS.iter().find(|p| p.name == name);
                let names: Vec<&str> = PLANTS.iter().map(|p| p.name).collect();
                wanted.plant = Some(found.ok_or(format!("there are {}", names.join(", ")))?.name);
            }
            "--trace" => wanted.trace = true,
            "--all" => wanted.all = true,
            other => return Err(format!("{other}: there are --seeds, --from, --plant, --trace and --all")),
        }
    }
    Ok(wanted)
}

#[allow(clippy::disallowed_methods)] // how fast it runs is measured on the real clock
fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    plant(wanted.plant);
    let began = std::time::Instant::now();
    let (bench, mut sum) = (Bench::new(), Tally::new());
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    for seed in wanted.from..wanted.from + wanted.seeds {
        match bench.run(seed) {
            Ok((tally, trace)) => {
                for (what, n) in tally {
                    *sum.entry(what).or_default() += n;
                }
                if wanted.trace {
                    println!("{}", trace.join("\n"));
                }
            }
            Err(failure) => {
                let kind = shape(&failure.what);
                let seen = failures.entry(kind).or_insert(0_u64);
                *seen += 1;
                if *seen == 1 {
                    println!("{failure}\n");
                }
                if !wanted.all {
                    return if wanted.plant.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
                }
            }
        }
    }
    for (kind, n) in &failures {
        println!("{n:>12} seeds: {kind}");
    }
    let took = began.elapsed().as_secs_f64();
    for (what, n) in &sum {
        println!("{n:>12} {what}");
    }
    let rate = wanted.seeds as f64 / took * 60.0;
    println!("{} seeds in {took:.1} s on one core: {rate:.0} a minute", wanted.seeds);
    match (wanted.plant, failures.is_empty()) {
        (None, true) | (Some(_), false) => ExitCode::SUCCESS,
        (None, false) => ExitCode::FAILURE,
        (Some(name), true) => {
            println!("{name} was not caught");
            ExitCode::FAILURE
        }
    }
}

/// A failure without its ids and times, so that equal ones count as one.
fn shape(what: &str) -> String {
    let plain = |word: &&str| !word.chars().any(|c| c.is_ascii_digit());
    what.split(' ').filter(plain).collect::<Vec<_>>().join(" ")
}
