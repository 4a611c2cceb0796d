//! Configuration: one tree of small structs, documented defaults, all problems at once.
//!
//! Values come from the built-in defaults, the TOML file, the environment and the files the
//! environment names, in that order. A provider is on when its values are complete, off when
//! none is there, and a problem in between. Secrets are redacted in `Debug` and everywhere
//! else. Must not live here: the process's environment (the caller passes it in), or what a
//! value makes the daemon do.

mod checks;
mod effective;
mod features;
mod google;
mod house;
mod kinds;
mod later;
mod messages;
mod problem;
mod raw;
mod reader;
mod reference;
mod section;
mod sources;
mod startup;
mod tables;
#[cfg(test)]
mod tests;
mod vapi;
mod work;

pub use effective::{effective, effective_with};
pub use features::{FeatureMode, FeatureState, features, health_words};
pub use google::Google;
pub use house::{Database, House};
pub use kinds::{AddressRange, Environment, HashedKey, LogFormat, LogLevel, Pem};
pub use later::{Instantly, Replies, Resend, Sentry, Slack};
pub use messages::{Email, MailWay, SignalWire, Twilio};
pub use problem::{Problem, Problems};
pub use reader::Source;
pub use reference::{REFERENCE, Variable, documentation, variables};
pub use section::{Key, Section};
pub use sources::{Disk, Environ, Files, default_data_dir};
pub use startup::{Milestone, StartFacts, startup_lines};
pub use tables::{BootstrapClient, merge};
pub use vapi::Vapi;
pub use work::{Breaker, Imports, Jobs, Limits, NewClients, SpoolLimits};

use frontdesk_store::Target;
use reader::{Reader, Shown};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Every section, in the order they are shown.
pub static SECTIONS: &[Section] = &[
    House::SECTION,
    Database::SECTION,
    Vapi::SECTION,
    Twilio::SECTION,
    SignalWire::SECTION,
    Email::SECTION,
    Replies::SECTION,
    Google::SECTION,
    Slack::SECTION,
    Sentry::SECTION,
    Resend::SECTION,
    Instantly::SECTION,
    Limits::SECTION,
    Imports::SECTION,
    SpoolLimits::SECTION,
    Jobs::SECTION,
    Breaker::SECTION,
    NewClients::SECTION,
];

/// The whole configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The house itself.
    pub house: House,
    /// Where the data is.
    pub database: Target,
    /// The provider of calls; `None`: no calls.
    pub vapi: Option<Vapi>,
    /// Texts.
    pub twilio: Option<Twilio>,
    /// Texts, where Twilio is not set up.
    pub signalwire: Option<SignalWire>,
    /// Email out.
    pub email: Option<Email>,
    /// Email in; not used by this version.
    pub replies: Option<Replies>,
    /// Calendars.
    pub google: Option<Google>,
    /// Alerts in Slack; not used by this version.
    pub slack: Option<Slack>,
    /// Errors in Sentry; not used by this version.
    pub sentry: Option<Sentry>,
    /// What Resend tells; not used by this version.
    pub resend: Option<Resend>,
    /// Campaigns; not used by this version.
    pub instantly: Option<Instantly>,
    /// Limits of what comes in.
    pub limits: Limits,
    /// Files of leads.
    pub imports: Imports,
    /// The spool of webhooks while PostgreSQL is away.
    pub spool: SpoolLimits,
    /// How jobs run.
    pub jobs: Jobs,
    /// When a failing provider is left alone.
    pub breaker: Breaker,
    /// What a new client starts with.
    pub new_clients: NewClients,
    /// Overrides of the calling policy; an object, or null where there are none.
    pub calling: serde_json::Value,
    /// Overrides of the booking rules; an object or null.
    pub booking: serde_json::Value,
    /// Overrides of country and state profiles by code; an object or null.
    pub profiles: serde_json::Value,
    /// Clients to create at start.
    pub bootstrap: Vec<BootstrapClient>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// Legal but risky combinations, in words.
    pub warnings: Vec<String>,
    shown: Vec<Shown>,
    table_sources: BTreeMap<String, Source>,
    secrets: Vec<SecretString>,
}

impl Config {
    /// Whether calls go to a sandbox instead of Vapi, so that no real phone rings.
    pub fn is_sandbox(&self) -> bool {
        self.vapi.as_ref().is_some_and(Vapi::is_sandbox)
    }

    /// Whether risks become errors.
    pub fn is_production(&self) -> bool {
        self.house.environment == Environment::Production
    }

    /// Every secret, for the log to mask should one ever reach it.
    pub fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }
}

/// A configuration and what to tell the operator about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Legal but risky combinations, in words; the same as in the configuration.
    pub warnings: Vec<String>,
}

/// Reads the configuration from all its sources.
///
/// # Errors
/// Every problem there is, not only the first.
pub fn load(env: &Environ, files: &dyn Files) -> Result<Loaded, Problems> {
    let mut reader = Reader::default();
    let from = &mut reader;
    let (file, mut tables) = sources::gather(env, files, from);
    let house = House::read(from);
    let database = Database::read(from);
    let vapi = from.group(&Vapi::SECTION, Vapi::read);
    let twilio = from.group(&Twilio::SECTION, Twilio::read);
    let signalwire = from.group(&SignalWire::SECTION, SignalWire::read);
    let email = from.group(&Email::SECTION, Email::read);
    let replies = from.group(&Replies::SECTION, Replies::read);
    let google = from.group(&Google::SECTION, Google::read);
    let slack = from.group(&Slack::SECTION, Slack::read);
    let sentry = from.group(&Sentry::SECTION, Sentry::read);
    let resend = from.group(&Resend::SECTION, Resend::read);
    let instantly = from.group(&Instantly::SECTION, Instantly::read);
    let limits = Limits::read(from);
    let imports = Imports::read(from);
    let spool = SpoolLimits::read(from);
    let jobs = Jobs::read(from);
    let breaker = Breaker::read(from);
    let new_clients = NewClients::read(from);
    let bootstrap = tables.bootstrap(from);
    let database = checks::database(house.as_ref(), database.as_ref(), from);

    // Checks of combinations run on whatever could be read, so that their problems are listed
    // together with those of single values.
    if let Some(house) = &house {
        checks::house(house, files, from);
        checks::reachable(house, vapi.as_ref(), from);
    }
    if let Some(vapi) = &vapi {
        checks::vapi(vapi, house.as_ref(), from);
    }
    if let Some(email) = &email {
        checks::email(email, from);
    }
    checks::secret_addresses(email.as_ref(), replies.as_ref(), slack.as_ref(), sentry.as_ref(), from);
    if let Some(google) = &google {
        checks::google(google, from);
    }
    if let Some(jobs) = &jobs {
        checks::jobs(jobs, vapi.as_ref(), from);
    }
    checks::rules(&tables, jobs.as_ref(), from);
    if let Some(new_clients) = &new_clients {
        checks::new_clients(new_clients, from);
    }
    features::warn_of_unused(from);

    let Reader { problems, warnings, shown, secrets, .. } = reader;
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    let config = (|| {
        Some(Config {
            house: house?,
            database: database?,
            vapi,
            twilio,
            signalwire,
            email,
            replies,
            google,
            slack,
            sentry,
            resend,
            instantly,
            limits: limits?,
            imports: imports?,
            spool: spool?,
            jobs: jobs?,
            breaker: breaker?,
            new_clients: new_clients?,
            calling: tables.calling,
            booking: tables.booking,
            profiles: tables.profiles,
            bootstrap,
            file,
            warnings: warnings.clone(),
            shown,
            table_sources: tables.sources,
            secrets,
        })
    })();
    // A value that could not be read has been reported; this is the belt to those braces.
    let broken = || Problems(vec![Problem::new("configuration", "a value is missing and was not reported")]);
    config.map(|config| Loaded { config, warnings }).ok_or_else(broken)
}
