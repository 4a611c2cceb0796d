//! The plan of a campaign: who dies when, all of it from a seed, so that a plan can be repeated.
//! How the machine interleaves the rest cannot be.

use frontdesk_sandbox::random::Random;
use frontdesk_store::Engine;
use std::fmt;
use std::path::PathBuf;

/// Places where a daemon can be made to die, and the most passages to wait for.
pub type Points = &'static [(&'static str, u64)];

/// Those of calls and imports.
pub const CALLS: Points = &[
    ("store.group", 200),
    ("store.committed", 120),
    ("webhook.committed", 40),
    ("call.intended", 6),
    ("call.answered", 6),
    ("import.begun", 3),
    ("import.spooled", 3),
    ("import.batch", 4),
];

/// The place that is passed only while an empty database is migrated.
const MIGRATION: &str = "migration.half";

/// What a campaign is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// One daemon on SQLite, two on PostgreSQL.
    pub engine: Engine,
    /// How often a daemon is killed.
    pub kills: usize,
    /// What the plan and the load are drawn from.
    pub seed: u64,
    /// A daemon with failpoints; absent, the plain one, which is killed by time alone.
    pub failing: Option<PathBuf>,
    /// The bug that is planted in it.
    pub plant: Option<String>,
}

impl Settings {
    /// Daemons that share the store.
    pub fn daemons(&self) -> usize {
        match self.engine {
            Engine::Sqlite => 1,
            Engine::Postgres => 2,
        }
    }
}

/// When a daemon dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So many milliseconds after it was started, ready or not.
    Starting(i64),
    /// So many milliseconds after it was ready.
    Serving(i64),
    /// At a passage of a failpoint.
    Point(&'static str, u64),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting(_) => f.write_str("while starting"),
            Self::Serving(_) => f.write_str("while serving"),
            Self::Point(name, _) => write!(f, "at {name}"),
        }
    }
}

/// One death and the rest after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// When.
    pub moment: Moment,
    /// Milliseconds until the next start.
    pub rest_ms: i64,
}

/// The deaths of every daemon, in order, at moments and at these points.
pub fn plan(settings: &Settings, points: Points) -> Vec<Vec<Kill>> {
    let mut random = Random::of(settings.seed, "plan");
    let daemons = settings.daemons();
    let mut deaths = vec![Vec::new(); daemons];
    for n in 0..settings.kills {
        let first = n < daemons;
        let points = settings.failing.is_some().then_some(points);
        let moment = moment(&mut random, points, first);
        let rest_ms = if random.chance(0.3) { ms(&mut random, 20, 300) } else { 0 };
        deaths[n % daemons].push(Kill { moment, rest_ms });
    }
    deaths
}

fn moment(random: &mut Random, points: Option<Points>, first: bool) -> Moment {
    let (kind, point, passage) = (random.below(100), random.bits(), random.bits());
    let (starting, serving) = (ms(random, 1, 120), ms(random, 10, 900));
    match (kind, points) {
        (_, Some(_)) if first => Moment::Point(MIGRATION, 1),
        (0..10, _) => Moment::Starting(starting),
        (10..55, Some(points)) => {
            let (name, most) = points[(point % points.len() as u64) as usize];
            Moment::Point(name, 1 + passage % most)
        }
        _ => Moment::Serving(serving),
    }
}

fn ms(random: &mut Random, low: u64, high: u64) -> i64 {
    random.between(low, high).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(seed: u64, failing: bool) -> Settings {
        let failing = failing.then(|| PathBuf::from("a-daemon"));
        Settings { engine: Engine::Postgres, kills: 101, seed, failing, plant: None }
    }

    #[test]
    fn a_seed_gives_one_plan() {
        assert_eq!(plan(&settings(7, true), CALLS), plan(&settings(7, true), CALLS));
        assert_ne!(plan(&settings(7, true), CALLS), plan(&settings(8, true), CALLS));
        let lengths: Vec<usize> = plan(&settings(7, true), CALLS).iter().map(Vec::len).collect();
        assert_eq!(lengths, [51, 50]);
    }

    #[test]
    fn points_are_chosen_only_where_the_daemon_has_them() {
        let points = |failing| {
            let all = plan(&settings(7, failing), CALLS).into_iter().flatten();
            all.filter(|k| matches!(k.moment, Moment::Point(..))).count()
        };
        assert_eq!(points(false), 0);
        assert!(points(true) > 30);
        assert_eq!(plan(&settings(7, true), CALLS)[1][0].moment, Moment::Point(MIGRATION, 1));
    }
}
