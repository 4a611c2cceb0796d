//! A deterministic simulation: the real flows on a manual clock and a database in memory, with
//! everything outside them made up from a seed.
//!
//! ```text
//! world ── a queue of steps in virtual time; takes the earliest, checks, goes on
//!   ├ steps       what the daemon does: claim, place, settle, poll, sweep, take webhooks
//!   ├ messages    the same for texts and emails: intents, answers, look-ups
//!   ├ files       imports, in pieces and repeated
//!   ├ hands       operators
//!   ├ diary       what people and operators do about appointments
//!   ├ script      the provider: phones that ring, talk, use tools and report
//!   ├ carrier     the carrier of texts and the mail server: what they took, and what came of it
//!   ├ replies     people who write back
//!   ├ ledger      what people were promised and what they said
//!   ├ post        how their messages travel: lost, late, twice, out of order
//!   ├ invariants  what must hold after every step, and at the end; of messages in its own file
//!   └ plant       bugs on purpose, each of which a property must catch
//! ```
//!
//! Nothing here asks the system for time or chance, so a seed tells everything: a failure prints
//! it, and the same seed takes the same steps again.

mod carrier;
mod diary;
pub mod dice;
mod files;
mod hands;
mod invariants;
mod invariants_messages;
mod ledger;
mod messages;
pub mod plant;
mod post;
mod replies;
mod script;
mod steps;
mod world;

use frontdesk_daemon::config::{self, Config, Disk};
use frontdesk_store::Solo;
use std::collections::BTreeMap;
use std::fmt;

/// Steps shown of a seed that failed; the ones before are only counted.
const SHOWN: usize = 120;

/// What all seeds of one thread share.
pub struct Bench {
    store: Solo,
    config: Config,
}

/// How often each thing happened: a simulation in which nothing happens proves nothing.
pub type Tally = BTreeMap<&'static str, u64>;

/// A property that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed that shows it.
    pub seed: u64,
    /// What did not hold.
    pub what: String,
    /// The steps up to there.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.trace.len().saturating_sub(SHOWN);
        writeln!(f, "seed {}: {}", self.seed, self.what)?;
        writeln!(f, "… {before} steps before")?;
        for line in &self.trace[before..] {
            writeln!(f, "{line}")?;
        }
        write!(f, "again: simulate --from {} --seeds 1 --trace", self.seed)
    }
}

impl Bench {
    /// A database in memory and the house's configuration.
    ///
    /// # Panics
    /// When they cannot be made.
    pub fn new() -> Self {
        let nowhere = std::path::Path::new("nowhere");
        let mut environ = crate::desk::environ(nowhere, "http://127.0.0.1:1");
        environ.extend(carrier::environ());
        let mut config = config::load(&environ, &Disk).unwrap_or_else(|e| panic!("{e}")).config;
        // Few enough that calls wait for each other.
        config.vapi.as_mut().expect("calls are on").concurrency = 3;
        Self { store: Solo::in_memory().expect("a database"), config }
    }

    /// Lives through one seed.
    ///
    /// # Errors
    /// With the first property that does not hold.
    pub fn run(&self, seed: u64) -> Result<(Tally, Vec<String>), Failure> {
        self.store.clear().expect("an empty database");
        let mut world = world::World::new(&self.store, &self.config, seed);
        match world.live() {
            Ok(()) => Ok((world.tally, world.trace)),
            Err(what) => Err(Failure { seed, what, trace: world.trace }),
        }
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}
