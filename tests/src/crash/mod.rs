//! The crash campaign: real daemons are killed by SIGKILL again and again, at moments a seed
//! chooses and at failpoints, while leads arrive, calls go out and webhooks come in. At the end
//! everything is held against everything: what was acknowledged, what the provider saw, what
//! consoles followed, and what is in the store.
//!
//! Two campaigns: this one about leads, calls and imports, and `post` about texts, emails,
//! appointments and calendars. `plan` says who dies when, `world` lets them, `load` and `follow` go on all the while,
//! `evidence` is what is left, `audit` judges it, `report` puts it into words.

pub mod audit;
pub mod evidence;
mod follow;
mod load;
pub mod plan;
pub mod post;
mod report;
mod world;

pub use audit::Finding;
pub use plan::Settings;

use crate::TestDb;
use evidence::{Evidence, under_way};
use frontdesk_env::Clock;
use load::Load;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use world::{Ground, Living, World};

/// Milliseconds until a house that was left alone must be quiet. Longer than a lease and two
/// rounds of the sweep that takes back what its daemon left.
const QUIET_MS: i64 = 300_000;
/// Milliseconds between two looks at it.
const LOOK_MS: i64 = 200;

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
    let outcome = run(settings, Arc::new(db)).await;
    Some(outcome)
}

async fn run(settings: &Settings, db: Arc<TestDb>) -> Outcome {
    let began = Clock::System.now();
    let ground = Ground::open(settings).await;
    let world = Arc::new(World::open(settings, ground, db, &[]).await);
    let deaths = plan::plan(settings, plan::CALLS);
    let daemons = deaths.len();
    if settings.failing.is_some() {
        // All at once on the empty database: the migration is interrupted by each of them.
        let first = deaths.iter().enumerate().map(|(daemon, kills)| world.die(daemon, &kills[0]));
        futures::future::join_all(first).await;
    }
    let living = alive(&world).await;
    let load = Load::prepare(&world).await;
    for daemon in living {
        daemon.stop().await;
    }
    let seen_all = CancellationToken::new();
    // A console for each daemon; with several, they change from one to the other.
    let consoles: Vec<_> = (0..daemons)
        .map(|n| tokio::spawn(follow::follow(world.sockets.clone(), n, seen_all.clone())))
        .collect();
    let senders = load.start(settings.seed, &world);
    let skip = usize::from(settings.failing.is_some());
    let killing: Vec<_> = deaths
        .into_iter()
        .enumerate()
        .map(|(daemon, kills)| {
            let world = world.clone();
            tokio::spawn(async move {
                for kill in kills.iter().skip(skip) {
                    world.die(daemon, kill).await;
                }
            })
        })
        .collect();
    for killing in killing {
        killing.await.expect("nobody panics over a kill");
    }
    let living = alive(&world).await;
    load.finish();
    senders.join_all().await;
    quiet(&world).await;
    seen_all.cancel();
    let mut followed = Vec::new();
    for console in consoles {
        followed.push(crate::wait::within("a console", console).await.expect("nobody panics over events"));
    }
    for (n, daemon) in living.into_iter().enumerate() {
        let status = daemon.stop().await;
        if status != Some(0) {
            world.lives.lock().unwrap().strange.push(format!("daemon {n} stopped with {status:?}"));
        }
    }
    let now = Clock::System.now();
    let evidence = Evidence::collect(&world, load.ledger(), followed, now.0).await;
    let findings = audit::audit(&evidence);
    let kills = evidence.lives.deaths.values().sum();
    let report = report::report(settings, &evidence, &findings, now.since(began));
    Outcome { findings, kills, evidence, report }
}

async fn alive(world: &World) -> Vec<Living> {
    let starting = (0..world.urls.len()).map(|daemon| world.live(daemon));
    futures::future::join_all(starting).await.into_iter().flatten().collect()
}

/// Waits until nothing is under way any more; what does not end in time is a finding.
async fn quiet(world: &World) {
    let until = Clock::System.now() + QUIET_MS;
    loop {
        let now = Clock::System.now();
        let idle = tokio::time::timeout(Duration::from_secs(1), world.sandbox.idle()).await.is_ok();
        let left = under_way(&world.db.store, now.0).await.unwrap_or_else(|e| vec![e.to_string()]);
        if idle && left.is_empty() {
            return;
        }
        if now > until {
            let words =
                format!("not quiet in time: the provider is idle: {idle}, {} things open", left.len());
            world.lives.lock().unwrap().strange.push(words);
            return;
        }
        Clock::System.sleep(LOOK_MS).await;
    }
}
