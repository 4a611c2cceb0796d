//! The measurement of `examples/quotes` in short: every program, language, layout and form.
#![allow(dead_code, unreachable_pub, clippy::expect_used)] // the measuring program uses the rest

#[path = "../examples/quotes/clients.rs"]
mod clients;
#[path = "../examples/quotes/judge.rs"]
mod judge;
#[path = "../examples/quotes/languages.rs"]
mod languages;
#[path = "../examples/quotes/romance.rs"]
mod romance;

use judge::{Wording, all, unmarked};

#[test]
fn no_line_of_a_person_is_lost_and_few_quotes_are_left() {
    for wording in [Wording::Known, Wording::Second, Wording::Unseen] {
        let unmarked = unmarked(wording, 1);
        assert!(unmarked.iter().all(|o| o.lost.is_empty()), "{wording:?}: an answer nothing marks is lost");
        let outcomes = all(wording, 2);
        let exact = outcomes.iter().filter(|o| o.exact).count();
        let lost: Vec<_> =
            outcomes.iter().filter(|o| !o.lost.is_empty()).map(|o| (o.client, o.language, &o.lost)).collect();
        assert!(lost.is_empty(), "{wording:?}: {lost:?}");
        assert!(exact * 100 >= outcomes.len() * 97, "{wording:?}: {exact} of {}", outcomes.len());
    }
}
