//! The duplicate window: how recent contact decides what happens to a person who comes again.
//!
//! Lives here: the rule and its words, the same at import, when a call is planned and when
//! somebody asks why. Must not live here: looking up who was contacted.

use super::policy::DuplicateRules;
use frontdesk_shared::Millis;
use frontdesk_shared::time::{DAY, short_duration};

/// What the time since the last contact means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Not contacted, or long enough ago.
    Clean,
    /// Contacted lately: take the lead, but say so.
    Warn,
    /// Contacted very lately: leave the person alone.
    Skip {
        /// From when on the person may come again.
        until: Millis,
    },
}

/// Judges by elapsed time. The instant a boundary is reached belongs to the later, milder
/// class. A last contact that lies in the future (clocks differ) counts as just now.
pub fn window(now: Millis, last_contact: Option<Millis>, rules: &DuplicateRules) -> Window {
    let Some(last) = last_contact else { return Window::Clean };
    let elapsed = now.since(last).max(0);
    let skip = i64::from(rules.skip_days) * DAY;
    match () {
        () if elapsed < skip => Window::Skip { until: last.min(now) + skip },
        () if elapsed < i64::from(rules.warn_days) * DAY => Window::Warn,
        () => Window::Clean,
    }
}

/// `contacted 3d 0h ago, less than 7d`: what was found and what it is held against.
pub fn too_recent(now: Millis, last_contact: Millis, rules: &DuplicateRules) -> String {
    let ago = short_duration(now.since(last_contact).max(0));
    format!("contacted {ago} ago, less than {}d", rules.skip_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_belong_to_the_later_class() {
        let now = Millis(1_767_225_600_000);
        let judge = |last, skip_days, warn_days| window(now, last, &DuplicateRules { skip_days, warn_days });
        let cases = [
            (0, Window::Skip { until: now + 7 * DAY }),
            (7 * DAY - 1, Window::Skip { until: now + 1 }),
            (7 * DAY, Window::Warn),
            (30 * DAY - 1, Window::Warn),
            (30 * DAY, Window::Clean),
            (-DAY, Window::Skip { until: now + 7 * DAY }),
        ];
        for (ago, want) in cases {
            assert_eq!(judge(Some(now - ago), 7, 30), want, "{ago}");
        }
        assert_eq!(judge(None, 7, 30), Window::Clean);
        assert_eq!(judge(Some(now), 0, 0), Window::Clean);
        assert_eq!(judge(Some(now - DAY), 0, 30), Window::Warn);
        assert_eq!(judge(Some(Millis(i64::MIN)), 7, 30), Window::Clean);
        assert!(matches!(judge(Some(Millis(i64::MAX)), u32::MAX, 1), Window::Skip { .. }));
    }
}
