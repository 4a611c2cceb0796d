//! The circuit breaker of one provider and client, as data.
//!
//! Lives here: when requests stop, when one is let through to try, when all flow again. Must not
//! live here: what counts as a failure (providers report it), where the breaker is kept (store),
//! the clock (argument).

use frontdesk_shared::Millis;
use frontdesk_shared::time::SECOND;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Results remembered at most. Busy breakers judge their last hundred results instead of the
/// whole window, which only makes them quicker, and the stored form stays small.
pub const REMEMBERED: usize = 100;
/// Successes within this share of the window are kept as one entry, so that a busy breaker is
/// small and mostly unchanged by one success more. Failures are kept one by one.
const SHARE: i64 = 24;

/// When a breaker opens and how it closes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerRules {
    /// Opens at this many failures within the window, …
    pub failures: u32,
    /// … if they are at least this share of the results in it.
    pub percent: u32,
    /// Length of the window.
    pub window_ms: i64,
    /// How long it stays open before one trial is let through.
    pub open_ms: i64,
    /// A trial without a result is given up after this long, and another is let through.
    pub trial_ms: i64,
}

impl Default for BreakerRules {
    fn default() -> Self {
        Self {
            failures: 5,
            percent: 50,
            window_ms: 120 * SECOND,
            open_ms: 30 * SECOND,
            trial_ms: 60 * SECOND,
        }
    }
}

impl BreakerRules {
    /// What is wrong with the rules, each line naming its key; empty when nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        let most = u32::try_from(REMEMBERED).unwrap_or(u32::MAX);
        if self.failures == 0 || self.failures > most {
            found.push(format!("failures must be 1 to {most}, is {}", self.failures));
        }
        if self.percent == 0 || self.percent > 100 {
            found.push(format!("percent must be 1 to 100, is {}", self.percent));
        }
        for (key, ms) in
            [("window_ms", self.window_ms), ("open_ms", self.open_ms), ("trial_ms", self.trial_ms)]
        {
            if ms <= 0 {
                found.push(format!("{key} must be above 0, is {ms}"));
            }
        }
        found
    }
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum BreakerState {
    /// Requests flow.
    #[default]
    Closed,
    /// None does before `until`.
    Open {
        /// When a trial is let through.
        until: Millis,
    },
    /// One trial is under way; nothing else flows.
    HalfOpen {
        /// When the trial was let through.
        trial_started: Millis,
    },
}

/// Whether a request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Yes.
    Yes,
    /// Yes, and its result decides for all that wait.
    Trial,
    /// Not before `until`.
    No {
        /// When to ask again.
        until: Millis,
    },
}

/// A remembered result, or several successes that came together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    /// When; of several, the first.
    at: Millis,
    ok: bool,
    /// How many.
    n: usize,
}

/// A breaker. `Breaker::default()` is closed and has seen nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Where it stands.
    #[serde(flatten)]
    pub state: BreakerState,
    /// Oldest first. Kept while open, so that the reason can be shown.
    #[serde(default)]
    seen: VecDeque<Seen>,
}

impl Breaker {
    /// Asks to send one request at `now`. `Trial` is answered once per half-open phase; whoever
    /// got it must report with [`Breaker::record`].
    pub fn admit(&mut self, rules: &BreakerRules, now: Millis) -> Admit {
        match self.state {
            BreakerState::Closed => Admit::Yes,
            BreakerState::Open { until } => {
                // Never wait longer than the rule says, even if the clock was set back or the
                // rule was shortened since.
                let until = until.min(now + rules.open_ms);
                if now < until {
                    self.state = BreakerState::Open { until };
                    return Admit::No { until };
                }
                self.trial(now)
            }
            BreakerState::HalfOpen { trial_started } => {
                let trial_started = trial_started.min(now);
                let until = trial_started + rules.trial_ms;
                if now < until {
                    self.state = BreakerState::HalfOpen { trial_started };
                    return Admit::No { until };
                }
                self.trial(now)
            }
        }
    }

    fn trial(&mut self, now: Millis) -> Admit {
        self.state = BreakerState::HalfOpen { trial_started: now };
        Admit::Trial
    }

    /// Takes the result of a request that ended at `now`. Answers whether the breaker opened or
    /// closed by it, which is worth an event.
    ///
    /// Results that arrive while it is open belong to requests from before and change nothing.
    /// While it is half-open any result decides: a straggler tells as much as the trial.
    pub fn record(&mut self, rules: &BreakerRules, now: Millis, ok: bool) -> bool {
        match self.state {
            BreakerState::Open { .. } => false,
            BreakerState::HalfOpen { .. } if ok => {
                *self = Self::default();
                true
            }
            BreakerState::HalfOpen { .. } => {
                self.remember(rules, now, ok);
                self.state = BreakerState::Open { until: now + rules.open_ms };
                true
            }
            BreakerState::Closed => {
                self.remember(rules, now, ok);
                let (failed, all) = self.counts();
                let opens = failed >= rules.failures.into() && failed * 100 >= all * u64::from(rules.percent);
                if opens {
                    self.state = BreakerState::Open { until: now + rules.open_ms };
                }
                opens
            }
        }
    }

    fn remember(&mut self, rules: &BreakerRules, now: Millis, ok: bool) {
        for seen in &mut self.seen {
            // A clock that was set back must not keep old results for ever.
            seen.at = seen.at.min(now);
        }
        match self.seen.back_mut() {
            Some(last) if ok && last.ok && now.since(last.at) < rules.window_ms / SHARE => last.n += 1,
            _ => self.seen.push_back(Seen { at: now, ok, n: 1 }),
        }
        self.seen.retain(|seen| now.since(seen.at) < rules.window_ms);
        let mut spare = self.seen.iter().map(|seen| seen.n).sum::<usize>().saturating_sub(REMEMBERED);
        while let Some(first) = self.seen.front_mut().filter(|_| spare > 0) {
            let dropped = first.n.min(spare);
            spare -= dropped;
            first.n -= dropped;
            if first.n == 0 {
                self.seen.pop_front();
            }
        }
    }

    /// How many of the remembered results failed, and how many there are: the reason it opened.
    pub fn counts(&self) -> (u64, u64) {
        let count = |seen: &Seen| seen.n as u64;
        let failed = self.seen.iter().filter(|seen| !seen.ok).map(count).sum();
        (failed, self.seen.iter().map(count).sum())
    }

    /// Where it stands, in words for a person, without deciding anything.
    pub fn sentence(&self, now: Millis) -> String {
        let (failed, all) = self.counts();
        match self.state {
            BreakerState::Closed => "requests flow".to_owned(),
            BreakerState::Open { until } => {
                let seconds = until.since(now).max(0) / SECOND;
                format!("stopped after {failed} of {all} requests failed; one trial in {seconds} s")
            }
            BreakerState::HalfOpen { .. } => "one trial request is under way".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: BreakerRules =
        BreakerRules { failures: 5, percent: 50, window_ms: 120_000, open_ms: 30_000, trial_ms: 60_000 };

    fn at(seconds: i64) -> Millis {
        Millis(1_780_000_000_000 + seconds * SECOND)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for second in 0..5 {
            breaker.record(&RULES, at(second), false);
        }
        breaker
    }

    #[test]
    fn the_fifth_failure_opens_it() {
        let mut breaker = Breaker::default();
        for second in 0..4 {
            assert!(!breaker.record(&RULES, at(second), false));
            assert_eq!(breaker.admit(&RULES, at(second)), Admit::Yes);
        }
        assert!(breaker.record(&RULES, at(4), false));
        assert_eq!(breaker.admit(&RULES, at(5)), Admit::No { until: at(34) });
        assert_eq!(breaker.sentence(at(5)), "stopped after 5 of 5 requests failed; one trial in 29 s");
    }

    #[test]
    fn failures_below_half_do_not_open_it() {
        let mut breaker = Breaker::default();
        for second in 0..6 {
            breaker.record(&RULES, at(second), true);
        }
        for second in 6..11 {
            assert!(!breaker.record(&RULES, at(second), false), "5 of 11 is below half");
        }
        assert!(breaker.record(&RULES, at(11), false), "6 of 12 is half");
    }

    #[test]
    fn failures_outside_the_window_are_forgotten() {
        let mut breaker = Breaker::default();
        for second in [0, 30, 60, 90, 120, 150, 180] {
            assert!(!breaker.record(&RULES, at(second), false));
        }
        assert_eq!(breaker.counts(), (4, 4));
    }

    #[test]
    fn a_busy_breaker_is_small_and_most_successes_change_nothing_in_it() {
        let mut breaker = Breaker::default();
        let mut changes = 0;
        for ms in (0..300_000).step_by(10) {
            let before = breaker.clone();
            breaker.record(&RULES, at(0) + ms, true);
            changes += usize::from(ms > 10_000 && breaker != before);
        }
        assert_eq!(breaker.counts(), (0, 100));
        assert!(breaker.seen.len() <= 2, "{breaker:?}");
        assert!(changes < 30_000 / 4, "{changes}");
        for ms in 0..99 {
            assert!(!breaker.record(&RULES, at(300) + ms, ms >= 49), "49 of 100 is below half");
        }
        assert_eq!(breaker.counts(), (49, 100));
    }

    #[test]
    fn one_trial_and_its_success_closes() {
        let mut breaker = opened();
        assert!(!breaker.record(&RULES, at(6), true), "a straggler changes nothing");
        assert_eq!(breaker.admit(&RULES, at(34)), Admit::Trial);
        assert_eq!(breaker.admit(&RULES, at(35)), Admit::No { until: at(94) });
        assert!(breaker.record(&RULES, at(36), true));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_failed_trial_opens_again() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(&RULES, at(40)), Admit::Trial);
        assert!(breaker.record(&RULES, at(41), false));
        assert_eq!(breaker.admit(&RULES, at(42)), Admit::No { until: at(71) });
    }

    #[test]
    fn a_silent_trial_is_given_up() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(&RULES, at(34)), Admit::Trial);
        assert_eq!(breaker.admit(&RULES, at(93)), Admit::No { until: at(94) });
        assert_eq!(breaker.admit(&RULES, at(94)), Admit::Trial);
        assert_eq!(breaker.admit(&RULES, at(95)), Admit::No { until: at(154) });
    }

    #[test]
    fn a_clock_set_back_prolongs_nothing() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(&RULES, at(-9_000)), Admit::No { until: at(-8_970) });
        assert_eq!(breaker.admit(&RULES, at(-8_970)), Admit::Trial);
        assert_eq!(breaker.admit(&RULES, at(-20_000)), Admit::No { until: at(-19_940) });
    }

    #[test]
    fn it_is_stored_and_read_back() {
        let mut breaker = opened();
        breaker.admit(&RULES, at(34));
        for breaker in [Breaker::default(), opened(), breaker] {
            let text = serde_json::to_string(&breaker).unwrap();
            assert_eq!(serde_json::from_str::<Breaker>(&text).unwrap(), breaker, "{text}");
        }
        assert_eq!(serde_json::from_str::<Breaker>(r#"{"state":"closed"}"#).unwrap(), Breaker::default());
    }

    #[test]
    fn bad_rules_are_named() {
        assert!(RULES.problems().is_empty());
        assert_eq!(RULES, BreakerRules::default());
        let bad = BreakerRules { failures: 0, percent: 101, open_ms: 0, ..RULES };
        assert_eq!(bad.problems().len(), 3);
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Record(bool),
        Admit,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn whatever_happens_it_stays_bounded_and_recovers(
            steps in prop::collection::vec(
                (-5_000i64..70_000, prop_oneof![any::<bool>().prop_map(Step::Record), Just(Step::Admit)]),
                0..300,
            )
        ) {
            let mut breaker = Breaker::default();
            let mut now = at(0);
            for (wait, step) in steps {
                now = now + wait;
                match step {
                    Step::Record(ok) => {
                        breaker.record(&RULES, now, ok);
                    }
                    Step::Admit => match breaker.admit(&RULES, now) {
                        Admit::Yes => prop_assert_eq!(breaker.state, BreakerState::Closed),
                        Admit::No { until } => {
                            prop_assert!(until > now && until.since(now) <= RULES.trial_ms);
                        }
                        Admit::Trial => {
                            prop_assert_eq!(breaker.state, BreakerState::HalfOpen { trial_started: now });
                        }
                    },
                }
                prop_assert!(breaker.counts().1 <= REMEMBERED as u64);
            }
            // However it was left, one long wait and one good trial make requests flow.
            now = now + RULES.trial_ms;
            if breaker.admit(&RULES, now) == Admit::Trial {
                prop_assert!(breaker.record(&RULES, now, true));
            }
            prop_assert_eq!(breaker.admit(&RULES, now), Admit::Yes);
        }

        #[test]
        fn never_two_trials_at_once(asks in prop::collection::vec(0i64..10_000, 1..100)) {
            let mut breaker = opened();
            let mut now = at(4);
            let mut trials = Vec::new();
            for wait in asks {
                now = now + wait;
                if breaker.admit(&RULES, now) == Admit::Trial {
                    trials.push(now);
                }
            }
            prop_assert!(trials.windows(2).all(|pair| pair[1].since(pair[0]) >= RULES.trial_ms));
        }
    }
}
