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
    /// The next calls are placed, and the connection is closed without an answer.
    pub lose_response_after_placing: u32,
    /// Wall milliseconds before every server message.
    pub webhook_delay_ms: u64,
    /// Chance that a server message is delivered twice.
    pub duplicate: f64,
    /// Chance that a server message is delivered after the next one of its call.
    pub reorder: f64,
    /// Chance that a server message is never sent. Tool calls are spared: somebody waits.
    pub drop: f64,
    /// Chance that nobody is told of a call's end: it stays in progress until it is read.
    pub forget_end: f64,
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
    #[serde(default = "Refuse::default_retry_after_s")]
    pub retry_after_s: u64,
}

impl Refuse {
    fn default_retry_after_s() -> u64 {
        1
    }
}

/// What becomes of one API request.
#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    Answer,
    Stall,
    Refuse { status: u16, retry_after_s: u64 },
}

impl Faults {
    /// Everything that is wrong with these values, in words.
    pub fn problem(&self) -> Option<String> {
        let chances = [
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
            ("drop", self.drop),
            ("forget_end", self.forget_end),
        ];
        if let Some((name, _)) = chances.iter().find(|(_, p)| !(0.0..=1.0).contains(p)) {
            return Some(format!("{name} must be between 0 and 1"));
        }
        match &self.refuse {
            Some(refuse) if !(400..=599).contains(&refuse.status) => {
                Some("refuse.status must be between 400 and 599".to_owned())
            }
            _ => None,
        }
    }

    /// Decides about one API request and runs the counts down.
    pub(super) fn next_request(&mut self) -> Fate {
        if self.stall_next > 0 {
            self.stall_next -= 1;
            return Fate::Stall;
        }
        match &mut self.refuse {
            Some(refuse) if refuse.count > 0 => {
                refuse.count -= 1;
                let fate = Fate::Refuse { status: refuse.status, retry_after_s: refuse.retry_after_s };
                if refuse.count == 0 {
                    self.refuse = None;
                }
                fate
            }
            _ => Fate::Answer,
        }
    }

    /// Whether the answer to a call just placed is lost.
    pub(super) fn next_placing_is_lost(&mut self) -> bool {
        let lost = self.lose_response_after_placing > 0;
        self.lose_response_after_placing -= u32::from(lost);
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_run_down_and_stalls_come_first() {
        let mut faults = Faults {
            stall_next: 1,
            refuse: Some(Refuse { status: 503, count: 1, retry_after_s: 4 }),
            lose_response_after_placing: 1,
            ..Faults::default()
        };
        assert_eq!(faults.next_request(), Fate::Stall);
        assert_eq!(faults.next_request(), Fate::Refuse { status: 503, retry_after_s: 4 });
        assert_eq!(faults.next_request(), Fate::Answer);
        assert!(faults.next_placing_is_lost());
        assert!(!faults.next_placing_is_lost());
        assert_eq!(faults, Faults::default());
    }

    #[test]
    fn impossible_values_are_named() {
        let faults = Faults { drop: 1.5, ..Faults::default() };
        assert!(faults.problem().is_some_and(|p| p.contains("drop")));
        let faults =
            Faults { refuse: Some(Refuse { status: 200, count: 1, retry_after_s: 0 }), ..Faults::default() };
        assert!(faults.problem().is_some_and(|p| p.contains("refuse.status")));
        assert_eq!(Faults::default().problem(), None);
    }
}
