//! Free tables: what other modules own the meaning of (`calling`, `booking`, `profiles`) and
//! the clients created at the first start. They are carried as JSON.
//!
//! Must not live here: what a calling rule or a profile means.

use super::reader::{Reader, Source};
use super::sources::{Environ, Files, from_env, line_of, set};
use frontdesk_shared::client::{NewClient, Tier};
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;
use toml::de::DeValue;

/// Names of the free tables in the file.
pub(crate) const NAMES: [&str; 4] = ["calling", "booking", "profiles", "clients"];

/// A variable that is not a key of a section.
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) secret: bool,
    pub(crate) about: &'static str,
}

const fn plain(name: &'static str, about: &'static str) -> Variable {
    Variable { name, secret: false, about }
}

const fn secret(name: &'static str, about: &'static str) -> Variable {
    Variable { name, secret: true, about }
}

/// Every such variable.
pub(crate) const VARIABLES: &[Variable] = &[
    plain("FRONTDESK_CONFIG", "Configuration file; `frontdesk.toml` in the data directory where absent."),
    plain(
        "FRONTDESK_CALLING",
        "JSON object laid over the table `[calling]`: who may be called, when, how often.",
    ),
    plain("FRONTDESK_BOOKING", "JSON object laid over the table `[booking]`: appointment lengths and hours."),
    plain("FRONTDESK_PROFILES", "JSON object laid over the tables `[profiles.GB]`, `[profiles.US]`, …"),
    secret(
        "BOOTSTRAP_CLIENTS",
        "JSON array of clients created at start where they do not exist: the fields of `POST /api/onboard-client` and `api_key`.",
    ),
    plain("FRONTDESK_CLIENT_NAME", "One client created at start, by single variables: name of the business."),
    plain("FRONTDESK_CLIENT_KEY", "Its short key in paths; made from the name where absent."),
    plain("FRONTDESK_CLIENT_EMAIL", "Where the house writes to."),
    plain("FRONTDESK_CLIENT_PHONE", "The business's own number."),
    plain("FRONTDESK_CLIENT_INDUSTRY", "Line of work."),
    plain("FRONTDESK_CLIENT_SERVICES", "What it offers, separated by commas."),
    plain("FRONTDESK_CLIENT_TIER", "Plan: free, pro or enterprise."),
    plain("FRONTDESK_CLIENT_TIMEZONE", "IANA zone."),
    plain("FRONTDESK_CLIENT_COUNTRY", "Country of numbers without a prefix."),
    plain("FRONTDESK_CLIENT_CURRENCY", "Currency."),
    secret(
        "FRONTDESK_CLIENT_API_KEY",
        "Its API key; where absent it has none until `frontdesk key new --client KEY` makes one.",
    ),
];

/// A client to create at start where its key does not exist yet.
#[derive(Clone)]
pub struct BootstrapClient {
    /// As in the onboarding request.
    pub client: NewClient,
    /// The API key it gets; `None`: one is made.
    pub api_key: Option<SecretString>,
}

/// Its settings may hold secrets, so only the name is shown.
impl fmt::Debug for BootstrapClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BootstrapClient({})", self.client.business_name)
    }
}

/// The free tables as found.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) calling: Value,
    pub(crate) booking: Value,
    pub(crate) profiles: Value,
    /// Where each leaf came from, by dotted path.
    pub(crate) sources: BTreeMap<String, Source>,
    clients: Vec<(String, Value)>,
}

impl Tables {
    /// Takes a top-level entry of the file if it is one of ours.
    pub(crate) fn take(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        text: &str,
        reader: &mut Reader,
    ) -> bool {
        let line = line_of(text, value.span().start);
        let problem = format!("{name} (file, line {line})");
        if name == "clients" {
            match value.get_ref() {
                DeValue::Array(items) => {
                    for item in items {
                        let line = line_of(text, item.span().start);
                        self.clients.push((format!("clients (file, line {line})"), json(item.get_ref())));
                    }
                }
                _ => reader.problem(problem, "is a list of tables: [[clients]]"),
            }
            return true;
        }
        let Some(slot) = self.slot(name) else { return false };
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            reader.problem(problem, "is a table: [NAME]");
            return true;
        }
        *slot = json(value.get_ref());
        leaves(name, value, &mut |path, at| {
            self.sources.insert(path, Source::File { line: line_of(text, at) });
        });
        true
    }

    /// Whether a client of the file brings its own key.
    pub(crate) fn hold_secrets(&self) -> bool {
        self.clients.iter().any(|(_, client)| client.get("api_key").is_some())
    }

    fn slot(&mut self, name: &str) -> Option<&mut Value> {
        match name {
            "calling" => Some(&mut self.calling),
            "booking" => Some(&mut self.booking),
            "profiles" => Some(&mut self.profiles),
            _ => None,
        }
    }

    /// Lays the environment over what the file said.
    pub(crate) fn overlay(&mut self, env: &Environ, files: &dyn Files, reader: &mut Reader) {
        for (name, variable) in [
            ("calling", "FRONTDESK_CALLING"),
            ("booking", "FRONTDESK_BOOKING"),
            ("profiles", "FRONTDESK_PROFILES"),
        ] {
            let Some(text) = set(env, variable) else { continue };
            match serde_json::from_str(text) {
                Ok(Value::Object(over)) => {
                    json_leaves(name, &Value::Object(over.clone()), &mut |path| {
                        self.sources.insert(path, Source::Env(variable.to_owned()));
                    });
                    if let Some(slot) = self.slot(name) {
                        merge(slot, Value::Object(over));
                    }
                }
                Ok(_) => reader.problem(variable, "a JSON object expected"),
                Err(error) => reader.problem(variable, format!("not JSON: {error}")),
            }
        }
        if let Some((text, source)) = from_env(env, files, reader, "BOOTSTRAP_CLIENTS", true) {
            let name = match source {
                Source::EnvFile(name, _) | Source::Env(name) => name,
                _ => String::new(),
            };
            match serde_json::from_str(&text) {
                // The environment replaces the file's list, as it replaces any other value.
                Ok(Value::Array(items)) => {
                    let named = |(n, item)| (format!("{name}, entry {}", n + 1), item);
                    self.clients = items.into_iter().enumerate().map(named).collect();
                }
                Ok(_) => reader.problem(name, "a JSON array expected"),
                // Position only: the text holds keys.
                Err(e) => {
                    reader.problem(name, format!("not JSON at line {} column {}", e.line(), e.column()));
                }
            }
        }
        self.single_client(env, files, reader);
    }

    fn single_client(&mut self, env: &Environ, files: &dyn Files, reader: &mut Reader) {
        let get = |part: &str| set(env, &format!("FRONTDESK_CLIENT_{part}")).map(|v| v.trim().to_owned());
        let mut client = Map::new();
        for (part, field) in [
            ("NAME", "businessName"),
            ("KEY", "key"),
            ("EMAIL", "email"),
            ("PHONE", "phone"),
            ("INDUSTRY", "industry"),
            ("TIER", "tier"),
            ("TIMEZONE", "timezone"),
            ("COUNTRY", "country"),
            ("CURRENCY", "currency"),
        ] {
            if let Some(value) = get(part) {
                client.insert(field.to_owned(), Value::String(value));
            }
        }
        if let Some(services) = get("SERVICES") {
            let services = services.split(',').map(|s| Value::String(s.trim().to_owned())).collect();
            client.insert("services".to_owned(), Value::Array(services));
        }
        if let Some((key, _)) = from_env(env, files, reader, "FRONTDESK_CLIENT_API_KEY", true) {
            client.insert("api_key".to_owned(), Value::String(key));
        }
        if client.is_empty() {
            return;
        }
        if !client.contains_key("businessName") {
            let names = "needed because another FRONTDESK_CLIENT_ variable is set";
            reader.problem("FRONTDESK_CLIENT_NAME", format!("missing ({names})"));
            return;
        }
        self.clients.push(("FRONTDESK_CLIENT_NAME".to_owned(), Value::Object(client)));
    }

    /// The clients, checked.
    pub(crate) fn bootstrap(&mut self, reader: &mut Reader) -> Vec<BootstrapClient> {
        let mut seen: Vec<String> = Vec::new();
        let mut out = Vec::new();
        for (name, value) in std::mem::take(&mut self.clients) {
            match bootstrap_client(value) {
                Ok(one) => {
                    let identity = one.client.key.clone().unwrap_or_else(|| one.client.business_name.clone());
                    if seen.contains(&identity) {
                        reader.problem(name, format!("a second client “{identity}”"));
                        continue;
                    }
                    seen.push(identity);
                    reader.secrets.extend(one.api_key.clone());
                    out.push(one);
                }
                Err(wrong) => reader.problem(name, wrong),
            }
        }
        out
    }
}

const CLIENT_FIELDS: [&str; 11] = [
    "businessName",
    "email",
    "phone",
    "industry",
    "services",
    "key",
    "timezone",
    "country",
    "currency",
    "value_per_appointment",
    "settings",
];

fn bootstrap_client(value: Value) -> Result<BootstrapClient, String> {
    let Value::Object(mut fields) = value else { return Err("a client is a table".to_owned()) };
    // Keys and tier leave first, so that no message below can quote a key.
    let api_key = match fields.remove("api_key") {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) if key.chars().count() >= 16 => Some(SecretString::from(key)),
        Some(Value::String(_)) => return Err("api_key: 16 characters or more expected".to_owned()),
        Some(_) => return Err("api_key: text expected".to_owned()),
    };
    let tier = match fields.remove("tier") {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => {
            let tier = Tier::parse(&word);
            Some(tier.ok_or_else(|| format!("tier: free, pro or enterprise expected, “{word}” found"))?)
        }
        Some(_) => return Err("tier: text expected".to_owned()),
    };
    if let Some(unknown) = fields.keys().find(|key| !CLIENT_FIELDS.contains(&key.as_str())) {
        return Err(format!("no such field “{unknown}”"));
    }
    let mut client: NewClient =
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    client.tier = tier;
    if client.business_name.trim().is_empty() {
        return Err("businessName: missing".to_owned());
    }
    Ok(BootstrapClient { client, api_key })
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Table(table) => {
            let field = |(k, v): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
                let k: &std::borrow::Cow<'_, str> = k.get_ref();
                (k.to_string(), json(v.get_ref()))
            };
            Value::Object(table.iter().map(field).collect())
        }
        DeValue::Array(items) => Value::Array(items.iter().map(|item| json(item.get_ref())).collect()),
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Integer(int) => {
            let digits = int.as_str().replace('_', "");
            i64::from_str_radix(&digits, int.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(float) => float.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        // Local times such as 09:00 are what windows are written in.
        DeValue::Datetime(at) => Value::String(at.to_string()),
    }
}

fn leaves(path: &str, value: &Spanned<DeValue<'_>>, each: &mut impl FnMut(String, usize)) {
    match value.get_ref() {
        DeValue::Table(table) => {
            for (name, value) in table {
                leaves(&format!("{path}.{}", name.get_ref()), value, each);
            }
        }
        _ => each(path.to_owned(), value.span().start),
    }
}

fn json_leaves(path: &str, value: &Value, each: &mut impl FnMut(String)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                json_leaves(&format!("{path}.{name}"), value, each);
            }
        }
        _ => each(path.to_owned()),
    }
}

/// Lays `over` over `base`: objects field by field, anything else as a whole.
pub fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
