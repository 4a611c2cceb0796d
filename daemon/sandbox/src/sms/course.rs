//! What becomes of one text, as data: the statuses it passes through and when.

use super::config::Vendor;

/// What becomes of a text.
///
/// A text takes what a test forced for its number, else what the number's last two digits mean
/// (the table below, beside the one of calls; can be switched off), else it is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Course {
    /// …51 arrives.
    Delivers,
    /// …52 is sent, and no network ever says more.
    StaysSent,
    /// …53 the phone is off: 30003.
    Unreachable,
    /// …54 a landline: 30006.
    Landline,
    /// …55 a carrier filters it: 30007.
    Filtered,
    /// …56 the sender is not registered: taken, and 30034 minutes later.
    Unregistered,
    /// …57 refused at once: 21211.
    BadNumber,
    /// …58 refused at once, for the person opted out: 21610.
    OptedOut,
    /// …59 the same, told by a callback.
    OptedOutLater,
    /// …60 arrives, and a second receipt says that it did not: 30008.
    Contradicts,
    /// …61 arrives and is read.
    Reads,
    /// …62 refused at once, for the country is closed: 21408.
    ClosedRegion,
    /// …63 passes through a status nobody knows.
    OddWord,
    /// …64 the phone is off for two hours.
    Late,
    /// …65 fails, and the failure is told again without its code.
    ForgetsReason,
}

/// One change of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Scripted milliseconds since the text was taken.
    pub at_ms: u64,
    pub word: &'static str,
    pub code: Option<u32>,
}

use Course::*;

/// What a person's phone is off for in [`Course::Late`].
const LATE_MS: u64 = 2 * 3_600_000;
/// Validity Period Expired.
const EXPIRED: u32 = 30_036;

impl Course {
    /// Every course, in the order of its two digits: the first is …51.
    pub const ALL: [Self; 15] = [
        Delivers,
        StaysSent,
        Unreachable,
        Landline,
        Filtered,
        Unregistered,
        BadNumber,
        OptedOut,
        OptedOutLater,
        Contradicts,
        Reads,
        ClosedRegion,
        OddWord,
        Late,
        ForgetsReason,
    ];

    /// The name used over HTTP.
    pub const fn name(self) -> &'static str {
        match self {
            Delivers => "delivers",
            StaysSent => "stays-sent",
            Unreachable => "unreachable",
            Landline => "landline",
            Filtered => "filtered",
            Unregistered => "unregistered",
            BadNumber => "bad-number",
            OptedOut => "opted-out",
            OptedOutLater => "opted-out-later",
            Contradicts => "contradicts",
            Reads => "reads",
            ClosedRegion => "closed-region",
            OddWord => "odd-word",
            Late => "late",
            ForgetsReason => "forgets-reason",
        }
    }

    /// The course of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|course| course.name() == name.trim())
    }

    /// The course that a number's last two digits mean, if any.
    pub fn of_digits(number: &str) -> Option<Self> {
        let tail = number.get(number.len().checked_sub(2)?..)?;
        Self::ALL.get(tail.parse::<usize>().ok()?.checked_sub(51)?).copied()
    }

    /// The code and words with which the API refuses it at once.
    pub(super) const fn refusal(self) -> Option<(u32, &'static str)> {
        match self {
            BadNumber => Some((21211, "Invalid 'To' Phone Number")),
            OptedOut => Some((21610, "Attempt to send to unsubscribed recipient")),
            ClosedRegion => Some((
                21408,
                "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
            )),
            _ => None,
        }
    }

    /// Whether a person holds it in their hands in the end.
    pub(super) const fn arrives(self) -> bool {
        matches!(self, Delivers | StaysSent | Reads | OddWord | Contradicts | Late)
    }

    /// The statuses after the first, in order of time. What has not arrived when its validity ends
    /// never does.
    pub(super) fn steps(self, vendor: Vendor, via_service: bool, validity_ms: u64) -> Vec<Step> {
        let step = |at_ms, word| Step { at_ms, word, code: None };
        let lost = |at_ms, word, code| Step { at_ms, word, code: Some(code) };
        let mut steps = Vec::new();
        if via_service && vendor == Vendor::Twilio {
            steps.push(step(100, "queued"));
        }
        if vendor == Vendor::SignalWire {
            steps.push(step(200, "sending"));
        }
        if !matches!(self, Unregistered | OptedOutLater | ForgetsReason) {
            steps.push(step(800, "sent"));
        }
        match self {
            Delivers => steps.push(step(2_500, "delivered")),
            Reads => steps.extend([step(2_500, "delivered"), step(9_000, "read")]),
            Unreachable => steps.push(lost(5_000, "undelivered", 30_003)),
            Landline => steps.push(lost(4_000, "undelivered", 30_006)),
            Filtered => steps.push(lost(3_000, "undelivered", 30_007)),
            Unregistered => steps.push(lost(180_000, "undelivered", 30_034)),
            OptedOutLater => steps.push(lost(1_500, "failed", 21_610)),
            Contradicts => steps.extend([step(2_500, "delivered"), lost(6_000, "undelivered", 30_008)]),
            OddWord => steps.extend([step(1_500, "handed_over"), step(2_500, "delivered")]),
            Late => steps.push(step(LATE_MS, "delivered")),
            ForgetsReason => steps.extend([lost(2_000, "failed", 30_007), step(3_000, "failed")]),
            StaysSent | BadNumber | OptedOut | ClosedRegion => {}
        }
        let is_late = |step: &Step| step.at_ms > validity_ms && step.word == "delivered";
        if steps.iter().any(is_late) {
            steps.retain(|step| step.at_ms <= validity_ms);
            steps.push(lost(validity_ms, "undelivered", EXPIRED));
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_digits_choose_and_names_read_back() {
        assert_eq!(Course::of_digits("+14155550151"), Some(Delivers));
        assert_eq!(Course::of_digits("+14155550165"), Some(ForgetsReason));
        for other in ["+14155550150", "+14155550166", "+14155550101", "1", ""] {
            assert_eq!(Course::of_digits(other), None, "{other}");
        }
        for course in Course::ALL {
            assert_eq!(Course::named(course.name()), Some(course));
        }
    }

    #[test]
    fn s9_what_waits_longer_than_it_is_of_use_never_arrives() {
        let end =
            |validity_ms| Late.steps(Vendor::Twilio, false, validity_ms).pop().map(|s| (s.word, s.code));
        assert_eq!(end(36_000_000), Some(("delivered", None)));
        assert_eq!(end(3_600_000), Some(("undelivered", Some(30036))));
    }

    #[test]
    fn steps_are_in_order_of_time() {
        for course in Course::ALL {
            for vendor in [Vendor::Twilio, Vendor::SignalWire] {
                assert!(course.steps(vendor, true, 1_000_000_000).is_sorted_by_key(|step| step.at_ms));
            }
        }
    }
}
