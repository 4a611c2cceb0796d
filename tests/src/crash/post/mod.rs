//! The crash campaign of what is written to people: daemons are killed while appointments are made,
//! moved and given back, texts and emails leave, carriers report, people write back, and a calendar
//! is kept. Then what was acknowledged and what carriers, mail server and Google truly have is held
//! against the store.
//!
//! `people` is what comes in, `evidence` what is left, `audit` judges it, `report` puts it into words.

pub mod audit;
pub mod evidence;
mod people;
mod report;

use super::plan::{self, Points, Settings};
use super::world::{Ground, World};
use super::{Finding, alive, quiet};
use crate::TestDb;
use crate::google::Google;
use crate::post::Post;
use evidence::Evidence;
use frontdesk_env::Clock;
use people::People;
use std::sync::Arc;

/// The places where a daemon can be made to die, and the most passages to wait for.
const POINTS: Points = &[
    ("store.group", 120),
    ("store.committed", 120),
    ("webhook.committed", 20),
    ("message.intended", 10),
    ("message.answered", 10),
    ("calendar.intended", 4),
    ("calendar.answered", 4),
];

/// Appointments at any time of any day, of five minutes each.
const BOOKING: &str = r#"{"slot_minutes": 5, "grid_minutes": 5, "open": "00:00", "close": "23:55",
    "days": ["mon","tue","wed","thu","fri","sat","sun"], "notice_minutes": 0, "buffer_minutes": 0,
    "horizon_days": 300, "holidays": "none"}"#;
/// Messages at any hour, so that the hour of the day does not decide.
const CALLING: &str = r#"{"window": {"days": ["mon","tue","wed","thu","fri","sat","sun"], "start": "00:00", "end": "24:00", "stop_before_close_minutes": 0}, "holidays": {"GB": "open"},
    "transactional": {"start": "00:00", "end": "24:00"}}"#;

/// How a campaign ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Daemons that were killed.
    pub kills: usize,
    /// What there was to judge by.
    pub evidence: Evidence,
    /// All of it in words.
    pub report: String,
}

/// Runs a campaign on an empty database of its own; `None` where PostgreSQL is to be skipped.
pub async fn campaign(settings: &Settings) -> Option<Outcome> {
    let engine = settings.engine;
    let db = tokio::task::spawn_blocking(move || TestDb::empty(engine)).await.expect("a database")?;
    Some(run(settings, Arc::new(db)).await)
}

/// What is outside.
pub struct Outside {
    /// Carriers and mail server.
    pub post: Post,
    /// The calendar.
    pub google: Google,
}

impl Outside {
    fn environ(&self) -> Vec<(String, String)> {
        let own = [
            ("FRONTDESK_BOOKING", BOOKING.to_owned()),
            ("FRONTDESK_CALLING", CALLING.to_owned()),
            ("FRONTDESK_TWILIO_PER_SECOND", "500".to_owned()),
            ("FRONTDESK_EMAIL_PER_MINUTE", "10000".to_owned()),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        self.post.environ(false).into_iter().chain(self.google.environ()).chain(own).collect()
    }
}

async fn run(settings: &Settings, db: Arc<TestDb>) -> Outcome {
    let began = Clock::System.now();
    let ground = Ground::open(settings).await;
    let public = format!("http://{}", ground.door);
    let outside = Arc::new(Outside {
        // Every text arrives, whatever its number ends with.
        post: Post::with(&public, ground.stop.clone(), |carriers| carriers.digits_choose = false).await,
        google: Google::open(ground.stop.clone()).await,
    });
    let world = Arc::new(World::open(settings, ground, db, &outside.environ()).await);
    let living = alive(&world).await;
    let people = People::prepare(&world, outside.clone(), &public).await;
    for daemon in living {
        daemon.stop().await;
    }
    let visitors = people.start(settings.seed, &world);
    let killing = plan::plan(settings, POINTS).into_iter().enumerate().map(|(daemon, kills)| {
        let world = world.clone();
        tokio::spawn(async move {
            for kill in kills {
                world.die(daemon, &kill).await;
            }
        })
    });
    for killing in killing.collect::<Vec<_>>() {
        killing.await.expect("nobody panics over a kill");
    }
    let living = alive(&world).await;
    people.finish();
    visitors.join_all().await;
    crate::wait::within("the carriers to fall silent", outside.post.texts.idle()).await;
    quiet(&world).await;
    crate::wait::within("the carriers to fall silent", outside.post.texts.idle()).await;
    for (n, daemon) in living.into_iter().enumerate() {
        let status = daemon.stop().await;
        if status != Some(0) {
            world.lives.lock().unwrap().strange.push(format!("daemon {n} stopped with {status:?}"));
        }
    }
    let now = Clock::System.now();
    let evidence = Evidence::collect(&world, &outside, people.ledger(), now.0).await;
    let findings = audit::audit(&evidence);
    let kills = evidence.lives.deaths.values().sum();
    let report = report::report(settings, &evidence, &findings, now.since(began));
    Outcome { findings, kills, evidence, report }
}
