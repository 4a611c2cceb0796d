//! What the daemon says while it starts, as data (R178, R184): one group of lines for each
//! step, in the order of the steps.
//!
//! Must not live here: doing the steps, or printing.

use super::Config;
use super::features::{FeatureMode, features};
use std::net::SocketAddr;

/// A step that was reached.
#[derive(Clone, Debug)]
pub enum Milestone {
    /// The configuration is valid.
    Validated,
    /// The database answered.
    Database,
    /// Migrations were applied: how many were new.
    Migrated(usize),
    /// Clients of the configuration exist: how many of them are new.
    Bootstrapped(usize),
    /// The web server accepts requests there.
    Listening(SocketAddr),
    /// The scheduled jobs: name and how often.
    Scheduled(Vec<(String, String)>),
    /// Everything runs.
    Ready,
}

/// What is only known once the daemon runs.
#[derive(Clone, Debug)]
pub struct StartFacts {
    /// Migrations that were applied now.
    pub migrations_applied: usize,
    /// Clients that were created now.
    pub clients_bootstrapped: usize,
    /// Where the web server listens; the port is known once it is bound.
    pub listening: SocketAddr,
    /// Scheduled jobs: name and how often.
    pub jobs: Vec<(String, String)>,
}

impl Milestone {
    /// What to say when the step is reached.
    pub fn lines(&self, config: &Config) -> Vec<String> {
        match self {
            Self::Validated => validated(config),
            Self::Database => vec![format!("Database: {}", config.database.label())],
            Self::Migrated(0) => vec!["Migrations: up to date".to_owned()],
            Self::Migrated(1) => vec!["Applied 1 new migration".to_owned()],
            Self::Migrated(n) => vec![format!("Applied {n} new migrations")],
            Self::Bootstrapped(n) => vec![format!("Bootstrapped {n} client(s)")],
            Self::Listening(at) => vec![
                format!("Listening on http://{at}"),
                format!("Console socket: {}", config.house.socket_path().display()),
            ],
            Self::Scheduled(jobs) => {
                jobs.iter().map(|(name, every)| format!("Scheduled job: {name}, {every}")).collect()
            }
            Self::Ready => ready(config),
        }
    }
}

/// All lines of a start, in order.
pub fn startup_lines(config: &Config, facts: &StartFacts) -> Vec<String> {
    [
        Milestone::Validated,
        Milestone::Database,
        Milestone::Migrated(facts.migrations_applied),
        Milestone::Bootstrapped(facts.clients_bootstrapped),
        Milestone::Listening(facts.listening),
        Milestone::Scheduled(facts.jobs.clone()),
        Milestone::Ready,
    ]
    .iter()
    .flat_map(|step| step.lines(config))
    .collect()
}

fn validated(config: &Config) -> Vec<String> {
    let mut out = vec!["Environment validation passed".to_owned()];
    if let Some(file) = &config.file {
        out.push(format!("Configuration file: {}", file.display()));
    }
    out.extend(config.warnings.iter().map(|warning| format!("Warning: {warning}")));
    out
}

fn ready(config: &Config) -> Vec<String> {
    let mut out = Vec::new();
    for feature in features(config) {
        let word = match feature.state {
            FeatureMode::ConfiguredUnused => {
                out.push(format!("Feature {}: {}", feature.name, feature.detail));
                continue;
            }
            state => state.word(),
        };
        let needs = match feature.missing.as_slice() {
            [] => String::new(),
            names => format!(" (needs {})", names.join(", ")),
        };
        out.push(format!("Feature {}: {word}, {}{needs}", feature.name, feature.detail));
    }
    if config.is_sandbox() {
        out.push("SANDBOX: provider traffic goes to a sandbox, no real phone rings".to_owned());
    }
    out.push(format!("{} is ready ({})", config.house.name, config.house.environment.word()));
    out
}
