//! The score of a lead: how early it is called among leads that wait.
//!
//! Lives here: the weights and the parts. The score *is* the sum of the parts shown, always; it
//! is never clamped, scaled or corrected afterwards, so that a person can add it up. Must not
//! live here: what follows from a score (order, routing), the clock.

use frontdesk_shared::time::{DAY, HOUR, MINUTE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest weight in either direction. Keeps sums far from overflow and scores readable.
pub const LARGEST_WEIGHT: i64 = 1_000;

/// Points for a lead younger than an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// Younger than this many minutes.
    pub under_minutes: i64,
    /// Points it brings.
    pub points: i64,
}

/// What each sign of a promising lead is worth. A weight of 0 switches a part off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// By source, compared without regard to case.
    pub sources: BTreeMap<String, i64>,
    /// A source not listed.
    pub other_source: i64,
    /// The name is known: the agent can greet the person.
    pub name: i64,
    /// An email address is known: follow-ups have a second channel.
    pub email: i64,
    /// Consent to be called is on record: without it the lead is held anyway.
    pub consent: i64,
    /// By age; the youngest band that fits counts. Interest fades within minutes.
    pub fresh: Vec<Freshness>,
    /// Older than every band.
    pub stale: i64,
    /// A postcode is known: the person has told where the work would be.
    pub postcode: i64,
    /// A mobile number: answered more often, and it takes messages.
    pub mobile: i64,
    /// By name of a variable the lead brought with a value, compared without regard to case.
    pub hints: BTreeMap<String, i64>,
}

impl Default for Weights {
    fn default() -> Self {
        let table = |pairs: &[(&str, i64)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
        Self {
            sources: table(&[("referral", 25), ("website", 20), ("google", 15), ("facebook", 10)]),
            other_source: 5,
            name: 10,
            email: 5,
            consent: 15,
            fresh: vec![
                Freshness { under_minutes: 5, points: 20 },
                Freshness { under_minutes: HOUR / MINUTE, points: 15 },
                Freshness { under_minutes: DAY / MINUTE, points: 10 },
                Freshness { under_minutes: 7 * DAY / MINUTE, points: 5 },
            ],
            stale: 0,
            postcode: 5,
            mobile: 10,
            hints: table(&[("budget", 5), ("service", 5), ("urgency", 10), ("preferred_time", 5)]),
        }
    }
}

impl Weights {
    /// What is wrong with the weights, each line naming its key; empty when nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut check = |key: String, points: i64| {
            if !(-LARGEST_WEIGHT..=LARGEST_WEIGHT).contains(&points) {
                found.push(format!("{key} must be -{LARGEST_WEIGHT} to {LARGEST_WEIGHT}, is {points}"));
            }
        };
        for (key, points) in [
            ("other_source", self.other_source),
            ("name", self.name),
            ("email", self.email),
            ("consent", self.consent),
            ("stale", self.stale),
            ("postcode", self.postcode),
            ("mobile", self.mobile),
        ] {
            check(key.to_owned(), points);
        }
        for (source, points) in &self.sources {
            check(format!("sources.{source}"), *points);
        }
        for (hint, points) in &self.hints {
            check(format!("hints.{hint}"), *points);
        }
        for (index, band) in self.fresh.iter().enumerate() {
            check(format!("fresh[{index}].points"), band.points);
        }
        if !self.fresh.is_sorted_by(|a, b| a.under_minutes < b.under_minutes) {
            found.push("fresh must be ordered by under_minutes, each above the one before".to_owned());
        }
        found
    }
}

/// What is known of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoreInput<'a> {
    /// Where it came from; may be empty.
    pub source: &'a str,
    /// Whether a name is known.
    pub has_name: bool,
    /// Whether an email address is known.
    pub has_email: bool,
    /// Whether consent to be called is on record.
    pub consent: bool,
    /// Time since it was accepted.
    pub age_ms: i64,
    /// Whether a postcode is known.
    pub postcode: bool,
    /// Whether the number is a mobile one.
    pub mobile: bool,
    /// Names of the variables it brought with a value. Repeated names count once.
    pub vars: Vec<&'a str>,
}

/// A score with what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Sum of the parts.
    pub total: i64,
    /// Each part that counts, with the words a person reads. None is 0.
    pub parts: Vec<(String, i64)>,
}

/// Scores a lead.
pub fn score(weights: &Weights, input: &ScoreInput<'_>) -> Score {
    let mut parts = Vec::new();
    let mut add = |label: String, points: i64| {
        if points != 0 {
            parts.push((label, points));
        }
    };
    let source = input.source.trim();
    if !source.is_empty() {
        let listed = weights.sources.iter().find(|(key, _)| key.eq_ignore_ascii_case(source));
        match listed {
            Some((key, points)) => add(format!("source {key}"), *points),
            // Not the text as it came: it is somebody else's, and may be long.
            None => add("other source".to_owned(), weights.other_source),
        }
    }
    for (known, label, points) in [
        (input.has_name, "name known", weights.name),
        (input.has_email, "email known", weights.email),
        (input.consent, "consent to calls", weights.consent),
        (input.postcode, "postcode known", weights.postcode),
        (input.mobile, "mobile number", weights.mobile),
    ] {
        if known {
            add(label.to_owned(), points);
        }
    }
    let minutes = input.age_ms.max(0) / MINUTE;
    match weights.fresh.iter().find(|band| minutes < band.under_minutes) {
        Some(band) => add(format!("younger than {}", age(band.under_minutes)), band.points),
        None => add("not fresh".to_owned(), weights.stale),
    }
    for (hint, points) in &weights.hints {
        if input.vars.iter().any(|var| var.trim().eq_ignore_ascii_case(hint)) {
            add(format!("told {}", hint.replace('_', " ")), *points);
        }
    }
    let total = parts.iter().fold(0_i64, |sum, (_, points)| sum.saturating_add(*points));
    Score { total, parts }
}

fn age(minutes: i64) -> String {
    let (count, unit) = match minutes {
        m if m >= DAY / MINUTE && m % (DAY / MINUTE) == 0 => (m / (DAY / MINUTE), "day"),
        m if m >= HOUR / MINUTE && m % (HOUR / MINUTE) == 0 => (m / (HOUR / MINUTE), "hour"),
        m => (m, "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_part_is_named() {
        let input = ScoreInput {
            source: " Website ",
            has_name: true,
            has_email: true,
            consent: true,
            age_ms: 4 * MINUTE,
            postcode: true,
            mobile: true,
            vars: vec!["Budget", "budget", "colour", "preferred_time"],
        };
        let got = score(&Weights::default(), &input);
        let parts: Vec<_> = got.parts.iter().map(|(label, points)| (label.as_str(), *points)).collect();
        assert_eq!(
            parts,
            [
                ("source website", 20),
                ("name known", 10),
                ("email known", 5),
                ("consent to calls", 15),
                ("postcode known", 5),
                ("mobile number", 10),
                ("younger than 5 minutes", 20),
                ("told budget", 5),
                ("told preferred time", 5),
            ]
        );
        assert_eq!(got.total, 95);
    }

    #[test]
    fn nothing_known_is_nothing_but_age() {
        let got = score(&Weights::default(), &ScoreInput { age_ms: -5, ..ScoreInput::default() });
        assert_eq!(got.parts, [("younger than 5 minutes".to_owned(), 20)]);
        let old = score(&Weights::default(), &ScoreInput { age_ms: 40 * DAY, ..ScoreInput::default() });
        assert_eq!(old, Score::default());
    }

    #[test]
    fn age_bands_end_where_they_say() {
        let points =
            |age_ms| score(&Weights::default(), &ScoreInput { age_ms, ..ScoreInput::default() }).total;
        let ages = [5 * MINUTE - 1, 5 * MINUTE, HOUR, DAY, 7 * DAY];
        assert_eq!(ages.map(points), [20, 15, 10, 5, 0]);
        assert_eq!(age(1), "1 minute");
        assert_eq!(age(90), "90 minutes");
        assert_eq!(age(60), "1 hour");
        assert_eq!(age(7 * 24 * 60), "7 days");
    }

    #[test]
    fn bad_weights_are_named() {
        assert!(Weights::default().problems().is_empty());
        let mut bad = Weights { mobile: 1_001, ..Weights::default() };
        bad.hints.insert("budget".to_owned(), i64::MIN);
        bad.fresh.reverse();
        let found = bad.problems();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("mobile ") && found[1].starts_with("hints.budget "));
    }

    #[test]
    fn weights_have_defaults_for_every_key() {
        let weights: Weights = serde_json::from_str(r#"{"mobile":3}"#).unwrap();
        assert_eq!(weights, Weights { mobile: 3, ..Weights::default() });
        assert!(serde_json::from_str::<Weights>(r#"{"moblie":3}"#).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn the_total_is_the_sum_of_the_parts(
            points in prop::array::uniform7(-LARGEST_WEIGHT..=LARGEST_WEIGHT),
            known in prop::array::uniform5(any::<bool>()),
            source in prop::sample::select(vec!["", "referral", "GOOGLE", "a fair"]),
            age_ms in any::<i64>(),
            vars in prop::collection::vec(prop::sample::select(vec!["budget", "urgency", "x"]), 0..5),
        ) {
            let [other_source, name, email, consent, stale, postcode, mobile] = points;
            let weights = Weights {
                other_source, name, email, consent, stale, postcode, mobile, ..Weights::default()
            };
            let [has_name, has_email, consent, postcode, mobile] = known;
            let input = ScoreInput { source, has_name, has_email, consent, age_ms, postcode, mobile, vars };
            let got = score(&weights, &input);
            prop_assert_eq!(got.total, got.parts.iter().map(|(_, points)| points).sum::<i64>());
            prop_assert!(got.parts.iter().all(|(label, points)| *points != 0 && !label.is_empty()));
            prop_assert_eq!(score(&weights, &input), got);
        }
    }
}
