//! What is on, what is off and why: for `/health`, the start-up lines and `check`.
//!
//! Must not live here: whether a feature works. That is health, and only known by trying.

use super::reader::{Reader, Source};
use super::section::Section;
use super::{Config, MailWay, SECTIONS};
use serde_json::{Value, json};

/// Sections that this version does something with. A later stage adds its own here.
const USED: &[&str] = &["vapi", "twilio", "signalwire", "email", "google"];

/// Keys of used sections that are read and checked and change nothing in this version.
const UNUSED_KEYS: &[(&str, &str)] = &[
    ("house", "admin_email"),
    ("house", "master_key"),
    ("vapi", "template_assistant_id"),
    ("google", "sheet_id"),
    ("google", "sheets_base_url"),
];

/// Whether this version does something with a key. What the requirement names and is not built
/// yet is accepted, so that one environment serves every version.
pub(crate) fn is_used(section: &Section, key: &str) -> bool {
    is_used_section(section) && !UNUSED_KEYS.contains(&(section.name, key))
}

/// Whether this version does something with a section.
pub(crate) fn is_used_section(section: &Section) -> bool {
    section.needs.is_empty() || USED.contains(&section.name)
}

/// Warns once, naming everything that was set and changes nothing.
pub(crate) fn warn_of_unused(reader: &mut Reader) {
    let set = reader.shown.iter().filter(|shown| shown.source != Source::Default);
    let unused = set.filter_map(|shown| {
        let section = SECTIONS.iter().find(|section| section.name == shown.section)?;
        (!is_used(section, shown.name)).then(|| reader.name(section, shown.name))
    });
    let names: Vec<String> = unused.collect();
    if !names.is_empty() {
        reader.warn(format!("set, but not used by this version: {}", names.join(", ")));
    }
}

/// Whether a feature is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureMode {
    /// Configured and used.
    On,
    /// Not configured.
    Off,
    /// Completely configured, but this version does not use it.
    ConfiguredUnused,
}

impl FeatureMode {
    /// The stable word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::ConfiguredUnused => "configured-unused",
        }
    }
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureState {
    /// Its name, a section's or one of `admin`, `encryption`, `public-url`.
    pub name: &'static str,
    /// Whether it is there.
    pub state: FeatureMode,
    /// In words: how it is on, or what is missing while it is off.
    pub detail: String,
    /// Variables that would switch it on.
    pub missing: Vec<String>,
}

impl FeatureState {
    fn on(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, state: FeatureMode::On, detail: detail.into(), missing: Vec::new() }
    }

    fn off(name: &'static str, detail: impl Into<String>, missing: Vec<String>) -> Self {
        Self { name, state: FeatureMode::Off, detail: detail.into(), missing }
    }

    /// The word of requirement R115 in `/health`.
    pub fn health_word(&self) -> &'static str {
        match self.state {
            FeatureMode::On => "configured",
            FeatureMode::Off => "not configured",
            FeatureMode::ConfiguredUnused => "configured, not used by this version",
        }
    }
}

/// Every feature, most important first.
pub fn features(config: &Config) -> Vec<FeatureState> {
    let mut out = vec![FeatureState::on("database", config.database.label())];
    out.extend(SECTIONS.iter().filter(|s| !s.needs.is_empty()).map(|s| provider(config, s)));
    let house = &config.house;
    let needs = |name: &str| vec![super::House::SECTION.env_of(name)];
    out.push(match &house.public_base_url {
        Some(url) => FeatureState::on("public-url", url.to_string()),
        None => {
            FeatureState::off("public-url", "no addresses for webhooks are shown", needs("public_base_url"))
        }
    });
    out.push(if house.admin_key.is_some() {
        FeatureState::on("admin", "operators' HTTP routes take the admin key")
    } else {
        let detail = "operators' HTTP routes take only keys made with `frontdesk key new`; the console's socket is open";
        FeatureState::off("admin", detail, needs("admin_key"))
    });
    out.push(if house.master_key.is_some() {
        let detail = "a key is set; this version stores nothing encrypted".to_owned();
        let state = FeatureMode::ConfiguredUnused;
        FeatureState { name: "encryption", state, detail, missing: Vec::new() }
    } else {
        FeatureState::off("encryption", "fields are stored unencrypted", needs("master_key"))
    });
    out
}

fn provider(config: &Config, section: &'static Section) -> FeatureState {
    if !is_on(config, section.name) {
        return FeatureState::off(section.name, section.off, section.needed_names());
    }
    if !USED.contains(&section.name) {
        let detail = "configured, not used by this version".to_owned();
        let state = FeatureMode::ConfiguredUnused;
        return FeatureState { name: section.name, state, detail, missing: Vec::new() };
    }
    let detail = match (&config.vapi, section.name) {
        (_, "twilio" | "signalwire" | "email") => messages(config, section.name),
        (Some(vapi), _) if vapi.is_sandbox() => format!("SANDBOX at {}: no real phone rings", vapi.base_url),
        (Some(vapi), _) => {
            format!("{}: real phones ring, at most {} at once", vapi.base_url, vapi.concurrency)
        }
        (None, _) => String::new(),
    };
    FeatureState::on(section.name, detail)
}

/// Where messages go, without an account's name.
fn messages(config: &Config, section: &str) -> String {
    match section {
        "twilio" => config.twilio.as_ref().map_or_else(String::new, |t| {
            let real = t.base_url.host_str().is_some_and(|host| host.ends_with("twilio.com"));
            let what = if real { "real texts go out" } else { "SANDBOX: no real phone gets a text" };
            format!("{}: {what}, at most {} a second", t.base_url, t.per_second)
        }),
        "signalwire" => config
            .signalwire
            .as_ref()
            .map_or_else(String::new, |s| format!("{}: at most {} texts a second", s.base_url, s.per_second)),
        _ => config.email.as_ref().map_or_else(String::new, |e| {
            let way = match e.way() {
                MailWay::Smtp => "by SMTP",
                MailWay::Resend => "by Resend",
            };
            format!("{way}, at most {} emails a minute and {} in 24 hours", e.per_minute, e.per_day)
        }),
    }
}

fn is_on(config: &Config, section: &str) -> bool {
    match section {
        "vapi" => config.vapi.is_some(),
        "twilio" => config.twilio.is_some(),
        "signalwire" => config.signalwire.is_some(),
        "email" => config.email.is_some(),
        "replies" => config.replies.is_some(),
        "google" => config.google.is_some(),
        "slack" => config.slack.is_some(),
        "sentry" => config.sentry.is_some(),
        "resend" => config.resend.is_some(),
        "instantly" => config.instantly.is_some(),
        _ => false,
    }
}

/// The `messaging` and `services` objects of `/health` (R115). They say what is configured;
/// whoever knows that a key fails must say so in its place.
pub fn health_words(features: &[FeatureState]) -> Value {
    let word = |names: &[&str]| {
        let of = |mode| features.iter().find(|f| names.contains(&f.name) && f.state == mode);
        let best = of(FeatureMode::On).or_else(|| of(FeatureMode::ConfiguredUnused));
        best.map_or("not configured", FeatureState::health_word)
    };
    json!({
        "messaging": { "sms": word(&["twilio", "signalwire"]), "email": word(&["email"]) },
        "services": {
            "vapi": word(&["vapi"]),
            "googleCalendar": word(&["google"]),
            "twilio": word(&["twilio"]),
        },
    })
}
