//! Measures how well a person's words are told from quoted ones: `quotes [rounds] [show]`.
//!
//! Prints exact readings and lost lines for every mail program, language, layout and form, for
//! wording that was known when the rules were written and for wording that was not; `show` prints
//! readings that are not exact, of wording that was known. Passes or fails nothing.
#![allow(unreachable_pub, clippy::print_stdout, clippy::expect_used)] // a program for a terminal, and made mails

mod clients;
mod judge;
mod languages;
mod romance;

use judge::{Outcome, Wording, all, unmarked};
use std::collections::BTreeMap;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let show: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    for wording in [Wording::Known, Wording::Second, Wording::Unseen] {
        let outcomes = all(wording, rounds);
        println!("{wording:?} wording: {}", line(&outcomes.iter().collect::<Vec<_>>()));
        let typed = unmarked(wording, rounds);
        let lost: usize = typed.iter().map(|o| o.lost.len()).sum();
        println!("  answers nothing marks: {} mails, {lost} lines lost", typed.len());
        for outcome in typed.iter().filter(|o| !o.lost.is_empty() && wording != Wording::Unseen).take(show) {
            println!(
                "=== {:?} {} {:?} lost {:?}\n{}",
                outcome.client, outcome.language, outcome.form, outcome.lost, outcome.said
            );
        }
        for (name, group) in [
            ("program", by(&outcomes, |o| format!("{:?}", o.client))),
            ("language", by(&outcomes, |o| o.language.to_owned())),
            ("layout", by(&outcomes, |o| format!("{:?}", o.layout))),
            ("form", by(&outcomes, |o| format!("{:?}", o.form))),
        ] {
            for (key, some) in group {
                println!("  {name:9}{key:16}{}", line(&some));
            }
        }
        if wording != Wording::Unseen {
            for outcome in outcomes.iter().filter(|o| !o.exact).take(show) {
                println!(
                    "=== {:?} {} {:?} {:?} lost {:?}",
                    outcome.client, outcome.language, outcome.layout, outcome.form, outcome.lost
                );
                println!(
                    "--- wanted\n{}\n--- said\n{}\n--- raw\n{}",
                    outcome.wanted, outcome.said, outcome.raw
                );
            }
        }
    }
}

fn by(outcomes: &[Outcome], key: impl Fn(&Outcome) -> String) -> BTreeMap<String, Vec<&Outcome>> {
    let mut groups: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        groups.entry(key(outcome)).or_default().push(outcome);
    }
    groups
}

fn line(outcomes: &[&Outcome]) -> String {
    let exact = outcomes.iter().filter(|o| o.exact).count();
    let lost: usize = outcomes.iter().map(|o| o.lost.len()).sum();
    format!(
        "{exact} of {} exact ({:.1} %), {lost} lines lost",
        outcomes.len(),
        100.0 * exact as f64 / outcomes.len() as f64
    )
}
