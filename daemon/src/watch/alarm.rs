//! The alarm clock: a pulse of this process, which no setting of the machine's clock can stop or
//! hurry, asks twice a minute what is due. A clock that is suddenly elsewhere is believed only
//! after it has stayed there for a while: until then the schedule goes on as if nobody had touched
//! it, so a clock set forward and back loses and doubles nothing.
//!
//! Must not live here: what is due (`flows::schedule`).

use crate::app::App;
use crate::flows::{clock, schedule};
use frontdesk_shared::Millis;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::time::{MINUTE, short_duration};
use frontdesk_store::clients::HOUSE;
use frontdesk_store::faults::NewFault;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two pulses.
const PULSE: Duration = Duration::from_secs(20);
/// Clocks that differ by less are the same: they are corrected all the time.
const SAME_MS: i64 = MINUTE;
/// How long a clock must stay where it was set before it is believed.
const GRACE_MS: i64 = 5 * MINUTE;
/// How long health speaks of a clock that was set.
const TOLD_MS: i64 = 60 * MINUTE;
/// A pulse that is older than this has stopped.
pub const STOPPED_MS: i64 = 2 * MINUTE;

/// A clock that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How far; negative is back.
    pub by_ms: i64,
    /// When, by the steady clock.
    pub steady: Millis,
    /// What the machine's clock said then.
    pub wall: Millis,
}

/// What the alarm knows of time.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last pulse: believed time, and the steady clock's.
    pub beat: Option<(Millis, Millis)>,
    /// The last time the clock was set.
    pub step: Option<Step>,
    /// Since when the clock is elsewhere, by the steady clock.
    doubted: Option<Millis>,
    /// What the clock said at the last pulse.
    wall: Millis,
}

impl Known {
    /// The time the schedule lives by, and whether the clock was just found set.
    fn believe(&mut self, wall: Millis, steady: Millis) -> (Millis, Option<Step>) {
        let Some((believed, at)) = self.beat else {
            self.beat = Some((wall, steady));
            self.wall = wall;
            return (wall, None);
        };
        let passed = steady.since(at).max(0);
        let jumped = wall.since(self.wall) - passed;
        let step = (jumped.abs() > SAME_MS).then_some(Step { by_ms: jumped, steady, wall });
        self.step = step.or(self.step);
        self.wall = wall;
        let expected = believed + passed;
        let now = if wall.since(expected).abs() <= SAME_MS {
            self.doubted = None;
            // Small corrections are taken over, but never backwards.
            wall.max(believed)
        } else {
            if step.is_some() || self.doubted.is_none() {
                self.doubted = Some(steady);
            }
            if self.doubted.is_some_and(|since| steady.since(since) >= GRACE_MS) {
                self.doubted = None;
                wall
            } else {
                expected
            }
        };
        self.beat = Some((now, steady));
        (now, step)
    }

    /// The last step, while it is news.
    pub fn news(&self, steady: Millis) -> Option<Step> {
        self.step.filter(|step| steady.since(step.steady) < TOLD_MS)
    }

    /// Whether the clock is elsewhere than the schedule.
    pub fn is_doubted(&self) -> bool {
        self.doubted.is_some()
    }
}

/// The alarm of a daemon.
#[derive(Debug, Default)]
pub struct Alarm(Mutex<Known>);

impl Alarm {
    /// What it knows.
    pub fn known(&self) -> Known {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn believe(&self, wall: Millis, steady: Millis) -> (Millis, Option<Step>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).believe(wall, steady)
    }
}

/// Pulses until shutdown.
pub async fn pulse(app: Arc<App>) {
    loop {
        if tokio::time::timeout(PULSE, app.shutdown.cancelled()).await.is_ok() {
            return;
        }
        look_down(&app);
        beat(&app).await;
    }
}

/// One pulse: enqueues what is due.
pub async fn beat(app: &App) {
    let time = &app.ctx.env.clock;
    let (now, step) = app.alarm.believe(time.now(), time.steady());
    if let Some(step) = step {
        tell(app, step).await;
    }
    let ctx = app.ctx.clone();
    if let Err(e) = app.store.write(move |tx| schedule::tick_at(tx, &ctx, now)).await {
        tracing::warn!(tag = "JOB", error = %e, "cannot enqueue scheduled jobs");
    }
}

/// In words: `the machine's clock was set 2d forward`.
pub fn in_words(step: Step) -> String {
    let way = if step.by_ms < 0 { "back" } else { "forward" };
    format!("the machine's clock was set {} {way}", short_duration(step.by_ms.abs()))
}

async fn tell(app: &App, step: Step) {
    if step.by_ms < 0 {
        let ctx = app.ctx.clone();
        match app.store.write(move |tx| clock::set_back(tx, &ctx)).await {
            Ok(0) => {}
            Ok(n) => tracing::warn!(
                tag = "JOB",
                "{n} waits for a time that the clock does not show any more are over"
            ),
            Err(e) => {
                tracing::warn!(tag = "JOB", error = %e, "what waits for a wrong time cannot be brought back");
            }
        }
    }
    let message = format!("{}: the schedule goes on as before until that lasts", in_words(step));
    tracing::error!(tag = "CRITICAL ALERT", "{message}");
    let ctx = app.ctx.clone();
    let told = app.store.write(move |tx| {
        let fault = NewFault {
            kind: "clock.stepped",
            service: "clock",
            client: HOUSE,
            severity: Severity::Error,
            message: &message,
            subject: ("clock", String::new()),
        };
        ctx.fault(tx, &fault)
    });
    if let Err(e) = told.await {
        tracing::warn!(tag = "JOB", error = %e, "cannot record that the clock was set");
    }
}

/// Whether the database file is still the one that was opened. Where it is not, nothing is taken
/// any more: it would go to a file that nobody will find.
fn look_down(app: &App) {
    let lost = app.store.lost();
    if let Some(why) = &lost
        && !app.store.is_condemned()
    {
        tracing::error!(tag = "CRITICAL ALERT", "{why}");
    }
    app.store.condemn(lost.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::time::{DAY, SECOND};

    const START: i64 = 1_800_000_000_000;

    /// Pulses of twenty seconds; the wall is set by `offset` at each.
    fn lives(offsets: &[i64]) -> (Vec<i64>, usize) {
        let mut known = Known::default();
        let (mut believed, mut steps) = (Vec::new(), 0);
        for (n, offset) in (0..).zip(offsets) {
            let passed = n * 20 * SECOND;
            let (now, step) = known.believe(Millis(START + passed + offset), Millis(passed));
            believed.push(now.0 - START - passed);
            steps += usize::from(step.is_some());
        }
        (believed, steps)
    }

    #[test]
    fn forward_and_back_within_minutes_is_as_if_nothing_happened() {
        let offsets = [0, 0, 2 * DAY, 2 * DAY, 2 * DAY, 0, 0, 0];
        assert_eq!(lives(&offsets), (vec![0; 8], 2), "told both times");
        let offsets = [0, -DAY, -DAY, 0, 0];
        assert_eq!(lives(&offsets), (vec![0; 5], 2));
    }

    #[test]
    fn what_lasts_is_believed_after_a_while_and_time_goes_on_meanwhile() {
        let mut offsets = vec![0, 0];
        offsets.extend([2 * DAY; 20]);
        let (believed, steps) = lives(&offsets);
        assert_eq!(steps, 1);
        let first = believed.iter().position(|b| *b != 0).expect("it is believed");
        assert_eq!(first, 2 + 15, "after five minutes");
        assert!(believed[first..].iter().all(|b| *b == 2 * DAY));
    }

    #[test]
    fn small_corrections_are_taken_over() {
        let offsets: Vec<i64> = (0..100).map(|n| n * 900).collect();
        assert_eq!(lives(&offsets), (offsets.clone(), 0));
        let (believed, steps) = lives(&[0, -5_000, -5_000]);
        assert_eq!((believed[2], steps), (-5_000, 0));
    }
}
