//! A short form of the simulation: some seeds, and every planted bug caught.
//! `make simulate` runs as many seeds as wanted.

use frontdesk_tests::sim::Bench;
use frontdesk_tests::sim::Tally;

const SEEDS: u64 = 200;

fn live(from: u64, to: u64) -> Tally {
    let (bench, mut sum) = (Bench::new(), Tally::new());
    for seed in from..to {
        let (tally, _) = bench.run(seed).unwrap_or_else(|failure| panic!("{failure}"));
        for (what, n) in tally {
            *sum.entry(what).or_default() += n;
        }
    }
    sum
}

#[test]
fn every_promise_holds_over_simulated_weeks() {
    let sum = live(0, SEEDS);
    for what in [
        "answers about messages lost",
        "answers after the lease",
        "answers lost",
        "answers to a dead daemon",
        "appointments cancelled",
        "appointments cancelled by text",
        "appointments made by hand",
        "appointments marked",
        "appointments moved",
        "appointments told of",
        "bookings heard",
        "calls coming in",
        "doubts",
        "imports",
        "kills",
        "links used",
        "look-ups",
        "look-ups of texts",
        "mails",
        "messages of unknown fate resolved",
        "messages refused or lost",
        "messages settled by hand",
        "operators' actions",
        "opt-outs",
        "pieces of files twice",
        "polls",
        "texts",
        "texts written to us",
        "transactions run twice",
        "unsubscribed",
        "webhooks late",
        "webhooks lost",
        "webhooks twice",
    ] {
        assert!(sum.contains_key(what), "it never happened: {what}; {sum:?}");
    }
}

/// Without this a failure's seed would tell nothing.
#[test]
fn a_seed_takes_the_same_steps_again() {
    let trace = |seed| Bench::new().run(seed).unwrap_or_else(|failure| panic!("{failure}")).1;
    let bench = Bench::new();
    for seed in 0..5 {
        let (_, here) = bench.run(seed).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(here, trace(seed));
    }
    assert_ne!(trace(0), trace(1));
}

#[cfg(feature = "failpoints")]
#[test]
fn every_planted_bug_is_caught_with_its_seed() {
    use frontdesk_tests::sim::plant::{PLANTS, plant};
    for bug in PLANTS {
        plant(Some(bug.name));
        let bench = Bench::new();
        let caught = (0..SEEDS).find_map(|seed| bench.run(seed).err());
        plant(None);
        let caught = caught.unwrap_or_else(|| panic!("nothing notices that {}", bug.does));
        assert!(caught.what.contains(bug.caught_by), "{}: {}", bug.name, caught.what);
        bench.run(caught.seed).unwrap_or_else(|failure| panic!("it is not the bug: {failure}"));
    }
}
