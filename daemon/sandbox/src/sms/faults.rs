//! What can be made to go wrong, and for how long.

use serde::{Deserialize, Serialize};

/// Faults in force. The default is none. Counts run down as they are used; chances stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Wall milliseconds before every API answer.
    pub api_delay_ms: u64,
    /// The next requests are refused.
    pub refuse: Option<Refuse>,
    /// The next requests are read and never answered.
    pub stall_next: u32,
    /// The next texts are not taken, and the connection is closed without an answer.
    pub cut_before_taking: u32,
    /// The next texts are taken, and the connection is closed without an answer.
    pub cut_after_taking: u32,
    /// The next texts are answered only once their first callback was delivered.
    pub callback_before_answer: u32,
    /// Wall milliseconds before every webhook.
    pub webhook_delay_ms: u64,
    /// Chance that a webhook is delivered twice.
    pub duplicate: f64,
    /// Chance that a callback is delivered after the next one of its text.
    pub reorder: f64,
    /// Chance that a callback is never sent. Texts of people are spared.
    pub drop: f64,
}

/// Requests to refuse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// 429, 500, 503 or any other status from 400 on.
    pub status: u16,
    /// How many requests.
    pub count: u32,
    /// `Retry-After`, sent with 429 and 503.
    #[serde(default)]
    pub retry_after_s: u64,
}

/// What becomes of one API request.
#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    Answer,
    Stall,
    Refuse { status: u16, retry_after_s: u64 },
}

impl Faults {
    /// What is wrong with these values, in words.
    pub fn problem(&self) -> Option<String> {
        let chances = [("duplicate", self.duplicate), ("reorder", self.reorder), ("drop", self.drop)];
        if let Some((name, _)) = chances.iter().find(|(_, p)| !(0.0..=1.0).contains(p)) {
            return Some(format!("{name} must be between 0 and 1"));
        }
        let status = self.refuse.as_ref().map(|refuse| refuse.status);
        status
            .filter(|status| !(400..=599).contains(status))
            .map(|_| "refuse.status must be between 400 and 599".to_owned())
    }

    /// Decides about one API request and runs the counts down.
    pub(super) fn next_request(&mut self) -> Fate {
        if take_one(&mut self.stall_next) {
            return Fate::Stall;
        }
        let refuse = self.refuse.as_mut().filter(|refuse| refuse.count > 0);
        match refuse {
            Some(refuse) => {
                refuse.count -= 1;
                Fate::Refuse { status: refuse.status, retry_after_s: refuse.retry_after_s }
            }
            None => Fate::Answer,
        }
    }
}

/// Runs a count down; whether there was something left.
pub(super) fn take_one(count: &mut u32) -> bool {
    let left = *count > 0;
    *count -= u32::from(left);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_run_down_and_stalls_come_first() {
        let refuse = Some(Refuse { status: 503, count: 1, retry_after_s: 4 });
        let mut faults = Faults { stall_next: 1, refuse, ..Faults::default() };
        assert_eq!(faults.next_request(), Fate::Stall);
        assert_eq!(faults.next_request(), Fate::Refuse { status: 503, retry_after_s: 4 });
        assert_eq!(faults.next_request(), Fate::Answer);
    }

    #[test]
    fn impossible_values_are_named() {
        assert!(Faults { drop: 1.5, ..Faults::default() }.problem().is_some_and(|p| p.contains("drop")));
        let refuse = Some(Refuse { status: 200, count: 1, retry_after_s: 0 });
        assert!(
            Faults { refuse, ..Faults::default() }.problem().is_some_and(|p| p.contains("refuse.status"))
        );
        assert_eq!(Faults::default().problem(), None);
    }
}
