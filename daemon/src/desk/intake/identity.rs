//! The duplicate window: how recent contact decides what happens to a lead that comes again.
//!
//! Lives here: the rule, used at import, at manual entry and again at dial time. Must not live
//! here: looking up who was contacted.

use frontdesk_shared::Millis;
use frontdesk_shared::time::DAY;

/// What the time since the last contact means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Not contacted, or long enough ago.
    Clean,
    /// Contacted lately: take the lead, but say so.
    Warn {
        /// Whole days since.
        days: u32,
    },
    /// Contacted very lately: leave the person alone.
    Skip {
        /// Whole days since.
        days: u32,
    },
}

/// Judges by elapsed time. The instant a boundary is reached belongs to the later, milder
/// class. A last contact that lies in the future (clocks differ) counts as just now.
pub fn window(now: Millis, last_contact: Option<Millis>, skip_days: u32, warn_days: u32) -> Window {
    let Some(last) = last_contact else { return Window::Clean };
    let elapsed = now.since(last).max(0);
    let days = u32::try_from(elapsed / DAY).unwrap_or(u32::MAX);
    match () {
        () if elapsed < i64::from(skip_days) * DAY => Window::Skip { days },
        () if elapsed < i64::from(warn_days) * DAY => Window::Warn { days },
        () => Window::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_belong_to_the_later_class() {
        let now = Millis(1_767_225_600_000);
        let cases = [
            (0, Window::Skip { days: 0 }),
            (7 * DAY - 1, Window::Skip { days: 6 }),
            (7 * DAY, Window::Warn { days: 7 }),
            (30 * DAY - 1, Window::Warn { days: 29 }),
            (30 * DAY, Window::Clean),
            (-DAY, Window::Skip { days: 0 }),
        ];
        for (ago, want) in cases {
            assert_eq!(window(now, Some(now - ago), 7, 30), want, "{ago}");
        }
        assert_eq!(window(now, None, 7, 30), Window::Clean);
        assert_eq!(window(now, Some(now), 0, 0), Window::Clean);
        assert_eq!(window(now, Some(now - DAY), 0, 30), Window::Warn { days: 1 });
        assert_eq!(window(now, Some(Millis(i64::MIN)), 7, 30), Window::Clean);
        assert_eq!(window(now, Some(Millis(i64::MAX)), u32::MAX, 1), Window::Skip { days: 0 });
    }
}
