//! When a lead is called next, and in which order jobs are claimed.
//!
//! Lives here: the delays between attempts, their cap, what each retry class does to them, and
//! the priorities of jobs. Must not live here: whether the call is allowed at that instant (the
//! gate moves it into a permitted window), what an outcome means (`outcome`), the clock.

use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, HOUR, MINUTE, SECOND, short_duration};
use serde::{Deserialize, Serialize};

/// Claimed first: a caller waits on the line for the answer.
pub const PRIORITY_ANSWER: i64 = 0;
/// One new lead on its own: the thirty seconds until its call are counting.
pub const PRIORITY_NEW_LEAD: i64 = 1;
/// A new lead that came with many others.
pub const PRIORITY_BULK_LEAD: i64 = 2;
/// A further attempt: it has waited hours, seconds more do not hurt.
pub const PRIORITY_RETRY: i64 = 3;
/// Sweeps, mirrors, reports: whenever nothing else is due.
pub const PRIORITY_BACKGROUND: i64 = 4;

/// The longest delay a rule may name: a lead expires after 30 days without contact.
const LONGEST_DELAY: i64 = 30 * DAY;
/// Requeued calls come back no slower than this, so that a freed line is used.
const LONGEST_REQUEUE: i64 = 10 * MINUTE;

/// How a call that did not settle the lead asks to be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryClass {
    /// After the usual delay: nobody answered, a machine did.
    Normal,
    /// Soon, once: engaged. A second time in an episode it counts as `Normal`.
    Short,
    /// After an hour: the network or the provider failed.
    Later,
    /// A day later: the person put the phone down.
    NextDay,
    /// No phone rang, so it was no attempt: no free line, the provider refused for now.
    Requeue,
    /// Never: the outcome settles the lead.
    None,
}

/// When attempts follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttemptRules {
    /// Delay before the first, second, … call, each counted from the call before it. The last
    /// one repeats when more calls are allowed than delays are given.
    pub delays_ms: Vec<i64>,
    /// Calls per lead and episode.
    pub max_attempts: u32,
    /// Delay of [`RetryClass::Short`].
    pub short_ms: i64,
    /// Delay of [`RetryClass::Later`].
    pub later_ms: i64,
    /// Delay of [`RetryClass::NextDay`].
    pub next_day_ms: i64,
    /// First delay of [`RetryClass::Requeue`]; doubles each time, to ten minutes.
    pub requeue_ms: i64,
}

impl Default for AttemptRules {
    fn default() -> Self {
        Self {
            delays_ms: vec![0, 2 * HOUR, DAY, 3 * DAY],
            max_attempts: 4,
            short_ms: 10 * MINUTE,
            later_ms: HOUR,
            next_day_ms: DAY,
            requeue_ms: 30 * SECOND,
        }
    }
}

impl AttemptRules {
    /// What is wrong with the rules, each line naming its key; empty when nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.max_attempts == 0 || self.max_attempts > 20 {
            found.push(format!("max_attempts must be 1 to 20, is {}", self.max_attempts));
        }
        if self.delays_ms.is_empty() || self.delays_ms.len() > 20 {
            found.push(format!("delays_ms must have 1 to 20 entries, has {}", self.delays_ms.len()));
        }
        for (index, delay) in self.delays_ms.iter().enumerate() {
            // Only the first call may come at once; a later one without a delay rings a person
            // again the moment they hang up.
            let least = if index == 0 { 0 } else { MINUTE };
            if !(least..=LONGEST_DELAY).contains(delay) {
                found.push(format!("delays_ms[{index}] must be {least} to {LONGEST_DELAY}, is {delay}"));
            }
        }
        for (key, ms, least) in [
            ("short_ms", self.short_ms, MINUTE),
            ("later_ms", self.later_ms, MINUTE),
            ("next_day_ms", self.next_day_ms, MINUTE),
            ("requeue_ms", self.requeue_ms, SECOND),
        ] {
            if !(least..=LONGEST_DELAY).contains(&ms) {
                found.push(format!("{key} must be {least} to {LONGEST_DELAY}, is {ms}"));
            }
        }
        found
    }
}

/// What has been done for the lead in this episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Calls that rang a phone.
    pub attempts: u32,
    /// The last of them, when there was one.
    pub last_at: Option<Millis>,
    /// Whether the short delay was already used.
    pub short_used: bool,
    /// How often in a row the coming attempt was requeued.
    pub requeues: u32,
}

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A call, not before this instant.
    At(Millis),
    /// None: every attempt was used.
    Exhausted,
    /// None: the outcome settles the lead.
    Stop,
}

/// A plan and the reason for it, in words that are stored beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is planned.
    pub next: Next,
    /// Why.
    pub reason: String,
}

/// Plans the next call after an attempt that ended with `class`; for a lead never called pass
/// `Normal` and an empty history. The instant is never in the past, and a promise of "not
/// before" only: the gate decides.
pub fn plan_next(rules: &AttemptRules, history: &History, class: RetryClass, now: Millis) -> Plan {
    let (made, most) = (history.attempts, rules.max_attempts);
    if class == RetryClass::None {
        return Plan { next: Next::Stop, reason: "the outcome asks for no further call".to_owned() };
    }
    if made >= most {
        return Plan { next: Next::Exhausted, reason: format!("all {most} calls were made") };
    }
    let usual = delay_before(rules, made);
    let (delay, why) = match class {
        RetryClass::Short if !history.short_used => (rules.short_ms, "after an engaged line"),
        RetryClass::Normal | RetryClass::Short | RetryClass::None => (usual, "after the usual delay"),
        RetryClass::Later => (rules.later_ms, "after a failed connection"),
        RetryClass::NextDay => (rules.next_day_ms, "the day after"),
        RetryClass::Requeue => {
            let delay = requeue_delay(rules, history.requeues);
            let reason = format!(
                "no phone rang, call {} of {most} is tried again in {}",
                made.saturating_add(1),
                short_duration(delay)
            );
            return Plan { next: Next::At(now + delay), reason };
        }
    };
    let at = (history.last_at.unwrap_or(now) + delay).max(now);
    let when = if at == now { "at once".to_owned() } else { format!("in {}", short_duration(at.since(now))) };
    let reason = format!("call {} of {most} {when}, {why}", made.saturating_add(1));
    Plan { next: Next::At(at), reason }
}

/// The usual delay before the call that follows `made` calls.
fn delay_before(rules: &AttemptRules, made: u32) -> i64 {
    let index = usize::try_from(made).unwrap_or(usize::MAX);
    rules.delays_ms.get(index).or(rules.delays_ms.last()).copied().unwrap_or(0)
}

fn requeue_delay(rules: &AttemptRules, requeues: u32) -> i64 {
    let longest = LONGEST_REQUEUE.max(rules.requeue_ms);
    let doubled = rules.requeue_ms.saturating_mul(1 << requeues.min(16));
    doubled.min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Millis = Millis(1_795_000_000_000);

    fn after(attempts: u32, class: RetryClass) -> Plan {
        let history = History { attempts, last_at: (attempts > 0).then_some(NOW), ..History::default() };
        plan_next(&AttemptRules::default(), &history, class, NOW)
    }

    #[test]
    fn the_usual_plan_is_at_once_then_two_hours_a_day_three_days() {
        let plans: Vec<_> = (0..5).map(|made| after(made, RetryClass::Normal).next).collect();
        assert_eq!(
            plans,
            [
                Next::At(NOW),
                Next::At(NOW + 2 * HOUR),
                Next::At(NOW + DAY),
                Next::At(NOW + 3 * DAY),
                Next::Exhausted
            ]
        );
        assert_eq!(after(0, RetryClass::Normal).reason, "call 1 of 4 at once, after the usual delay");
        assert_eq!(after(1, RetryClass::Normal).reason, "call 2 of 4 in 2h 00m, after the usual delay");
        assert_eq!(after(4, RetryClass::Normal).reason, "all 4 calls were made");
    }

    #[test]
    fn an_engaged_line_is_tried_soon_but_once() {
        assert_eq!(after(1, RetryClass::Short).next, Next::At(NOW + 10 * MINUTE));
        let again = History { attempts: 2, last_at: Some(NOW), short_used: true, requeues: 0 };
        let plan = plan_next(&AttemptRules::default(), &again, RetryClass::Short, NOW);
        assert_eq!(plan.next, Next::At(NOW + DAY));
    }

    #[test]
    fn the_other_classes() {
        assert_eq!(after(2, RetryClass::Later).next, Next::At(NOW + HOUR));
        assert_eq!(after(1, RetryClass::NextDay).next, Next::At(NOW + DAY));
        assert_eq!(after(1, RetryClass::None).next, Next::Stop);
        assert_eq!(after(9, RetryClass::None).next, Next::Stop, "settled beats exhausted");
        assert_eq!(after(4, RetryClass::Short).next, Next::Exhausted);
    }

    #[test]
    fn requeues_slow_down_to_ten_minutes_and_use_no_attempt() {
        let delays: Vec<_> = [0, 1, 2, 3, 4, 5, u32::MAX]
            .into_iter()
            .map(|requeues| {
                // The call before was long ago: a requeue counts from now, not from then.
                let history =
                    History { attempts: 3, last_at: Some(NOW - 9 * DAY), requeues, ..History::default() };
                match plan_next(&AttemptRules::default(), &history, RetryClass::Requeue, NOW).next {
                    Next::At(at) => at.since(NOW) / SECOND,
                    _ => 0,
                }
            })
            .collect();
        assert_eq!(delays, [30, 60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn a_delay_that_has_passed_means_now() {
        let history = History { attempts: 1, last_at: Some(NOW - 5 * DAY), ..History::default() };
        let plan = plan_next(&AttemptRules::default(), &history, RetryClass::Normal, NOW);
        assert_eq!(plan.next, Next::At(NOW));
    }

    #[test]
    fn the_last_delay_repeats_when_more_calls_are_allowed() {
        let rules = AttemptRules { max_attempts: 7, ..AttemptRules::default() };
        let history = History { attempts: 6, last_at: Some(NOW), ..History::default() };
        assert_eq!(plan_next(&rules, &history, RetryClass::Normal, NOW).next, Next::At(NOW + 3 * DAY));
    }

    #[test]
    fn bad_rules_are_named() {
        assert!(AttemptRules::default().problems().is_empty());
        let bad =
            AttemptRules { delays_ms: vec![0, 0], max_attempts: 0, later_ms: -1, ..AttemptRules::default() };
        let found = bad.problems();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].starts_with("delays_ms[1]"));
    }

    #[test]
    fn rules_have_defaults_for_every_key() {
        let rules: AttemptRules = serde_json::from_str(r#"{"max_attempts":2}"#).unwrap();
        assert_eq!(rules, AttemptRules { max_attempts: 2, ..AttemptRules::default() });
        assert!(serde_json::from_str::<AttemptRules>(r#"{"attempts":2}"#).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn never_in_the_past_and_never_past_the_cap(
            attempts in 0u32..8,
            last in any::<i64>(),
            short_used in any::<bool>(),
            requeues in any::<u32>(),
            class in prop::sample::select(vec![
                RetryClass::Normal, RetryClass::Short, RetryClass::Later,
                RetryClass::NextDay, RetryClass::Requeue, RetryClass::None,
            ]),
            now in any::<i64>(),
        ) {
            let history = History { attempts, last_at: Some(Millis(last)), short_used, requeues };
            let plan = plan_next(&AttemptRules::default(), &history, class, Millis(now));
            match plan.next {
                Next::At(at) => prop_assert!(at >= Millis(now) && attempts < 4),
                Next::Exhausted => prop_assert!(attempts >= 4),
                Next::Stop => prop_assert_eq!(class, RetryClass::None),
            }
            prop_assert!(!plan.reason.is_empty() && !plan.reason.contains('\n'));
        }
    }
}
