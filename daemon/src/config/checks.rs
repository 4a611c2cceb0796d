//! Values that are fine alone and wrong or risky together.
//!
//! Wrong is a problem and stops the start; risky is a warning. Must not live here: checks of a
//! single value (its kind and range say those).

use super::google::Google;
use super::house::{Database, House};
use super::kinds::Environment;
use super::later::{Replies, Sentry, Slack};
use super::messages::{Email, MailWay};
use super::reader::Reader;
use super::sources::Files;
use super::tables::Tables;
use super::vapi::Vapi;
use super::work::{Jobs, NewClients};
use frontdesk_domain::booking::BookingRules;
use frontdesk_domain::policy::Policy;
use frontdesk_providers::google::{KeyError, ServiceAccount};
use frontdesk_store::{PgTarget, Target};
use secrecy::ExposeSecret;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The longest path a unix socket may have: 108 bytes with the closing zero.
const SOCKET_PATH_BYTES: usize = 107;
/// Secrets shorter than this can be guessed.
const SECRET_CHARACTERS: usize = 16;

/// A key that cannot sign is found before anything rests on it.
pub(crate) fn google(google: &Google, reader: &mut Reader) {
    let account = ServiceAccount::new(&google.client_email, &google.private_key.0, google.token_url.as_str());
    let Err(error) = account else { return };
    let key = match &error {
        KeyError::Bad { field: "client_email", .. } | KeyError::Missing("client_email") => "client_email",
        KeyError::Bad { field: "token_uri", .. } | KeyError::Missing("token_uri") => "token_url",
        _ => "private_key",
    };
    let name = reader.name(&Google::SECTION, key);
    reader.problem(name, error.to_string());
}

/// Where the data is, from `DATABASE_URL` or the data directory.
pub(crate) fn database(
    house: Option<&House>,
    database: Option<&Database>,
    reader: &mut Reader,
) -> Option<Target> {
    let url = database?.url.as_ref().map(|url| url.expose_secret().trim().to_owned());
    let Some(url) = url else {
        let target = Target::Sqlite(house?.data_dir.join("frontdesk.db"));
        show(&target, reader);
        return Some(target);
    };
    let name = reader.name(&Database::SECTION, "url");
    let target = if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.starts_with(":memory:") {
            reader.problem(name, "sqlite: needs the path of a file");
            return None;
        }
        Target::Sqlite(PathBuf::from(path))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        match PgTarget::parse(&url) {
            Ok(target) => Target::Postgres(Box::new(target)),
            Err(wrong) => {
                reader.problem(name, wrong);
                return None;
            }
        }
    } else {
        reader.problem(name, "sqlite:PATH or postgres://user:password@host/name expected");
        return None;
    };
    show(&target, reader);
    Some(target)
}

/// The tables that lay rules over the built-in ones.
pub(crate) fn rules(tables: &Tables, jobs: Option<&Jobs>, reader: &mut Reader) {
    let days = jobs.map_or(Policy::default().lead_expiry_days.into(), |jobs| jobs.lead_expiry_days.into());
    if let Err(wrong) = Policy::configured(&tables.calling, &tables.profiles, days) {
        reader.problem("[calling]", wrong);
    }
    for wrong in BookingRules::configured(&tables.booking).err().unwrap_or_default() {
        reader.problem("[booking]", wrong);
    }
}

/// Lets `check` say where the data is instead of how long the URL is.
fn show(target: &Target, reader: &mut Reader) {
    if let Some(line) = reader.shown.iter_mut().find(|s| s.section == "database" && s.name == "url") {
        line.text = Some(super::raw::quoted(&target.label()));
    }
}

/// The house alone.
pub(crate) fn house(house: &House, files: &dyn Files, reader: &mut Reader) {
    let socket = house.socket_path();
    if socket.as_os_str().as_bytes().len() > SOCKET_PATH_BYTES {
        let name = reader.name(&House::SECTION, "socket");
        let wrong = format!(
            "{} is longer than {SOCKET_PATH_BYTES} bytes, which a socket may not be",
            socket.display()
        );
        reader.problem(name, wrong);
    }
    if files.mode(&house.data_dir).is_some_and(|mode| mode & 0o007 != 0) {
        let name = reader.name(&House::SECTION, "data_dir");
        let dir = house.data_dir.display();
        reader.warn(format!("{name}: everyone on this machine may enter {dir}: chmod 750 {dir}"));
    }
    if house.name.is_empty() || house.name.len() > 60 || house.name.chars().any(char::is_control) {
        let name = reader.name(&House::SECTION, "name");
        reader.problem(name, "1 to 60 characters on one line expected");
    }
    if house.admin_email.as_ref().is_some_and(|email| !email.contains('@')) {
        let name = reader.name(&House::SECTION, "admin_email");
        reader.problem(name, "an email address expected");
    }
    if house.master_key.as_ref().is_some_and(|k| k.expose_secret().chars().count() < 32) {
        let name = reader.name(&House::SECTION, "master_key");
        reader.problem(name, "shorter than 32 characters");
    }
    for (key, ranges) in [
        ("admin_addresses", &house.admin_addresses),
        ("metrics_addresses", &house.metrics_addresses),
        ("proxy_addresses", &house.proxy_addresses),
    ] {
        if ranges.iter().any(super::AddressRange::is_everyone) {
            let name = reader.name(&House::SECTION, key);
            reader.warn(format!("{name} holds every address"));
        }
    }
    if house.admin_key.is_some() && house.admin_addresses.is_empty() {
        let key = reader.name(&House::SECTION, "admin_key");
        let addresses = reader.name(&House::SECTION, "admin_addresses");
        reader.warn(format!("{key} is set but {addresses} is empty: nobody can use it"));
    }
}

/// Whether the outside finds this server, and finds it safely.
pub(crate) fn reachable(house: &House, vapi: Option<&Vapi>, reader: &mut Reader) {
    let name = reader.name(&House::SECTION, "public_base_url");
    let production = house.environment == Environment::Production;
    let open = !house.listen.ip().is_loopback();
    let https = house.public_base_url.as_ref().is_some_and(|url| url.scheme() == "https");
    if open && !https {
        let listen = reader.name(&House::SECTION, "listen");
        reader.warn(format!(
            "{listen} is {}, open to the network, and {name} is not https: keys would travel unencrypted",
            house.listen
        ));
    }
    // A proxy on this machine makes every visitor look local, and local ones are trusted.
    let outside =
        house.public_base_url.as_ref().is_some_and(|url| !is_local(url.host_str().unwrap_or_default()));
    if outside && !open && house.proxy_addresses.is_empty() && trusts_local(house) {
        let proxies = reader.name(&House::SECTION, "proxy_addresses");
        reader.warn(format!(
            "{proxies} is empty, {name} is not this machine: a proxy here would make every visitor look local, \
             and local addresses are trusted with /metrics or the operators' routes"
        ));
    }
    match &house.public_base_url {
        Some(url) if is_local(url.host_str().unwrap_or_default()) => {
            let wrong = format!("{url} is this machine: no provider outside can reach it");
            if production {
                reader.problem(name, wrong);
            } else if vapi.is_some_and(|v| !v.is_sandbox()) {
                reader.warn(format!("{name}: {wrong}"));
            }
        }
        Some(url) if url.scheme() != "https" && production => {
            reader.problem(name, format!("{url} is not https, in production"));
        }
        Some(_) => {}
        None if vapi.is_some_and(|v| !v.is_sandbox()) => {
            let wrong = "missing: Vapi cannot deliver call results to this server";
            if production {
                let get = House::SECTION.key("public_base_url").and_then(|key| key.get);
                let problem = super::Problem::new(name, wrong).hint(get.unwrap_or_default());
                reader.problems.push(problem);
            } else {
                reader.warn(format!("{name}: {wrong}; they are asked for instead, which is slower"));
            }
        }
        None => {}
    }
}

fn trusts_local(house: &House) -> bool {
    let local = IpAddr::from([127, 0, 0, 1]);
    house.metrics_addresses.iter().chain(&house.admin_addresses).any(|range| range.contains(local))
}

/// Resend with the rest of what email needs.
pub(crate) fn email(email: &Email, reader: &mut Reader) {
    if email.resend_api_key.is_none() {
        return;
    }
    let key = reader.name(&Email::SECTION, "resend_api_key");
    let from = reader.name(&Email::SECTION, "from");
    if email.way() == MailWay::Smtp {
        reader.warn(format!("{key} is set and an SMTP account too: email goes out by SMTP"));
    } else if !email.from.as_ref().is_some_and(|from| from.contains('@')) {
        let wrong = format!("{key} sends: an address of a domain that Resend has verified expected");
        reader.problems.push(super::Problem::new(from, wrong).hint("resend.com/domains"));
    }
}

/// Addresses that are secrets as a whole: of the right kind, without quoting them.
pub(crate) fn secret_addresses(
    email: Option<&Email>,
    replies: Option<&Replies>,
    slack: Option<&Slack>,
    sentry: Option<&Sentry>,
    reader: &mut Reader,
) {
    let smtp = email.and_then(|e| e.smtp_url.as_ref());
    let imap = replies.and_then(|r| r.imap_url.as_ref());
    for (section, key, value, schemes) in [
        (&Email::SECTION, "smtp_url", smtp, &["smtps", "smtp"]),
        (&Replies::SECTION, "imap_url", imap, &["imaps", "imap"]),
        (&Slack::SECTION, "webhook_url", slack.map(|s| &s.webhook_url), &["https", "http"]),
        (&Sentry::SECTION, "dsn", sentry.map(|s| &s.dsn), &["https", "http"]),
    ] {
        let Some(value) = value else { continue };
        let url = value.expose_secret().trim().parse::<reqwest::Url>();
        if !url.is_ok_and(|url| schemes.contains(&url.scheme()) && url.host_str().is_some()) {
            let name = reader.name(section, key);
            reader.problem(
                name,
                format!("an address expected that begins with {}://", schemes.join(":// or ")),
            );
        }
    }
}

/// Vapi alone and with the house.
pub(crate) fn vapi(vapi: &Vapi, house: Option<&House>, reader: &mut Reader) {
    let secrets = reader.name(&Vapi::SECTION, "webhook_secrets");
    if vapi.webhook_secrets.is_empty() {
        reader.problem(&secrets, "empty: every webhook would be refused");
    }
    if vapi.webhook_secrets.iter().any(|s| s.expose_secret().chars().count() < SECRET_CHARACTERS) {
        reader.problem(&secrets, format!("a secret is shorter than {SECRET_CHARACTERS} characters"));
    }
    let base = reader.name(&Vapi::SECTION, "base_url");
    let key = reader.name(&Vapi::SECTION, "private_key");
    let host = vapi.base_url.host_str().unwrap_or_default().to_owned();
    let own = vapi.private_key.expose_secret();
    if vapi.webhook_secrets.iter().any(|s| s.expose_secret() == own) {
        reader.problem(&secrets, format!("the same as {key}: it is shown in every webhook"));
    }
    if vapi.is_sandbox() {
        if looks_real(own) {
            reader.warn(format!("{base} is a sandbox but {key} looks real: it would be sent to {host}"));
        }
        if house.is_some_and(|h| h.environment == Environment::Production) {
            reader.warn(format!("{base} is a sandbox, in production: no real phone rings"));
        }
        if vapi.base_url.scheme() == "http" && !is_local(&host) {
            reader.warn(format!("{base} is not https: {key} would travel unencrypted to {host}"));
        }
        return;
    }
    if vapi.base_url.scheme() != "https" {
        reader.problem(&base, "Vapi's own host over http: https expected");
    }
    if house.is_some_and(|h| h.environment != Environment::Production) {
        let mode = reader.name(&House::SECTION, "environment");
        reader.warn(format!("{base} is Vapi itself and {mode} is not production: real phones ring"));
    }
}

/// Jobs with the provider they wait for.
pub(crate) fn jobs(jobs: &Jobs, vapi: Option<&Vapi>, reader: &mut Reader) {
    if jobs.retry_s.is_empty() {
        let name = reader.name(&Jobs::SECTION, "retry_s");
        reader.problem(name, "empty: at least one wait expected");
    }
    if jobs.retry_s.windows(2).any(|pair| pair[0] > pair[1]) {
        let name = reader.name(&Jobs::SECTION, "retry_s");
        reader.warn(format!("{name}: a later wait is shorter than an earlier one"));
    }
    if let Some(vapi) = vapi
        && jobs.lease_s < vapi.connect_timeout_s + vapi.request_timeout_s
    {
        let name = reader.name(&Jobs::SECTION, "lease_s");
        let timeout = reader.name(&Vapi::SECTION, "request_timeout_s");
        let wrong = format!("shorter than {timeout}: another daemon would take a job that is still running");
        reader.problem(name, wrong);
    }
}

/// Places and currencies that exist.
pub(crate) fn new_clients(new: &NewClients, reader: &mut Reader) {
    if jiff::tz::TimeZone::get(&new.timezone).is_err() {
        let name = reader.name(&NewClients::SECTION, "timezone");
        reader.problem(name, format!("no zone “{}”; Europe/London is one", new.timezone));
    }
    let capitals = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_uppercase());
    if !capitals(&new.country, 2) {
        let name = reader.name(&NewClients::SECTION, "country");
        reader.problem(name, "two capital letters expected: GB");
    }
    if !capitals(&new.currency, 3) {
        let name = reader.name(&NewClients::SECTION, "currency");
        reader.problem(name, "three capital letters expected: GBP");
    }
}

/// Whether a host name means the machine itself.
pub(crate) fn is_local(host: &str) -> bool {
    let host = host.trim_end_matches('.').trim_start_matches('[').trim_end_matches(']');
    let ip = host.parse::<IpAddr>().map(|ip| ip.to_canonical());
    let lower = host.to_ascii_lowercase();
    lower == "localhost"
        || lower.ends_with(".localhost")
        || ip.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// Vapi's private keys are UUIDs; whoever makes up a key for a sandbox rarely makes up one.
fn looks_real(key: &str) -> bool {
    let groups: Vec<&str> = key.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()))
}
