//! Clients: created with a key shown once, configured, paused, deactivated.

use super::{Ctx, calendars, holds, owner};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use frontdesk_domain::intake::{country, email};
use frontdesk_shared::client::{ClientRow, ClientStatus, NewClient, Tier};
use frontdesk_shared::event::kind;
use frontdesk_shared::{ClientId, RowId};
use frontdesk_store::audit::{self, NewAudit};
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::keys::{self, Key};
use frontdesk_store::{Error, Refusal, Result, Tx, house, jobs};
use serde_json::Value as Json;

/// Sections of a client's settings; anything else is a spelling mistake.
const SECTIONS: &[&str] = &["calling", "booking", "vapi", "calendar", "messages", "sms"];
const LONGEST: usize = 200;
/// The row whose lock makes changes of routes one after the other.
const ROUTES_LOCK: &str = "routes";

/// Settings of the section `vapi`. They say whose calls and numbers are whose, so each value
/// belongs to one client.
pub const ROUTES: &[&str] = &["phone_number_id", "assistant_id"];
/// What of itself a client may change with its own key. Everything else decides about money,
/// calls, or the people who are called.
const OWN: &[&str] = &["businessName", "email", "phone", "industry", "services", "timezone", "settings"];
const OWN_SECTIONS: &[&str] = &["booking"];

/// Whether a change is one that a client may make itself.
pub fn is_own_affair(patch: &Json) -> bool {
    let sections = || patch.get("settings").and_then(Json::as_object).into_iter().flatten();
    patch.as_object().is_some_and(|fields| fields.keys().all(|name| OWN.contains(&name.as_str())))
        && sections().all(|(section, _)| OWN_SECTIONS.contains(&section.as_str()))
}

/// Who asks, for the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Operator, `api:<client>` or `bootstrap`.
    pub actor: &'a str,
    /// Network address; empty for the console.
    pub address: &'a str,
}

/// An API key and what is stored of it.
#[derive(Debug)]
pub struct FreshKey {
    /// Shown once.
    pub text: String,
    /// Stored.
    pub hash: [u8; 32],
}

/// Makes a key: 256 random bits, so that a plain fast hash protects it.
pub fn fresh_key(ctx: &Ctx) -> FreshKey {
    let secret: [u8; 32] = ctx.env.secret();
    let text = format!("fd_{}", URL_SAFE_NO_PAD.encode(secret));
    let hash = hash_key(&text);
    FreshKey { text, hash }
}

/// What is stored and looked up of a key.
pub fn hash_key(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// Creates a client, with its first key where one is given.
///
/// # Errors
/// `invalid` naming the field; `conflict` when the key is taken.
pub fn create(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    new: &NewClient,
    key_hash: Option<&[u8]>,
    asker: Asker<'_>,
) -> Result<Client> {
    let now = ctx.now();
    let client = checked(tx, ctx, new)?;
    clients::insert(tx, &client).map_err(|e| match e {
        Error::Conflict(_) => taken(&client.key),
        e => e,
    })?;
    if let Some(hash) = key_hash {
        let key = Key {
            id: RowId(ctx.env.id()),
            client: client.id,
            label: "first key".into(),
            created_at: now,
            last_used_at: None,
            expires_at: None,
            revoked_at: None,
        };
        keys::insert(tx, &key, hash).map_err(|e| match e {
            Error::Conflict(_) => Refusal::invalid("api_key", "this key is in use; give each its own").into(),
            e => e,
        })?;
    }
    frontdesk_store::rates::open(tx, client.id)?;
    calendars::changed(tx, ctx)?;
    record(tx, ctx, asker, "onboard_client", &client, "created")?;
    Ok(client)
}

fn taken(key: &str) -> Error {
    Refusal { code: "conflict", field: Some("key".into()), text: format!("the key “{key}” is taken") }.into()
}

fn checked(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewClient) -> Result<Client> {
    let defaults = &ctx.house.new_clients;
    let name = new.business_name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(Refusal::invalid(
            "businessName",
            format!("give the business a name of 1 to {LONGEST} characters"),
        )
        .into());
    }
    for (field, value) in [("email", &new.email), ("industry", &new.industry), ("phone", &new.phone)] {
        if value.chars().count() > LONGEST {
            return Err(Refusal::invalid(field, format!("at most {LONGEST} characters")).into());
        }
    }
    let email = own_email(&new.email)?;
    let key = match &new.key {
        Some(key) => {
            check_key(key)?;
            if clients::by_key(tx, key)?.is_some() {
                return Err(taken(key));
            }
            key.clone()
        }
        None => free_key(tx, name)?,
    };
    let country = country::code(new.country.as_ref().unwrap_or(&defaults.country))
        .map_err(|why| Refusal::invalid("country", why))?
        .to_owned();
    let currency = new.currency.as_ref().unwrap_or(&defaults.currency).to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(Refusal::invalid(
            "currency",
            format!("“{currency}” is not a three-letter currency code"),
        )
        .into());
    }
    let value = new.value_per_appointment.unwrap_or(defaults.value_per_appointment_minor as f64 / 100.0);
    if !(0.0..=1_000_000.0).contains(&value) {
        return Err(Refusal::invalid("value_per_appointment", "from 0 to 1,000,000").into());
    }
    let now = ctx.now();
    let agent: [u8; 16] = ctx.env.secret();
    let client = Client {
        id: ClientId(ctx.env.id()),
        key,
        name: name.to_owned(),
        email,
        phone: new.phone.trim().to_owned(),
        industry: new.industry.clone(),
        services: new.services.clone(),
        status: ClientStatus::Active,
        paused_reason: None,
        tier: new.tier.unwrap_or(defaults.tier),
        timezone: new.timezone.clone().unwrap_or_else(|| defaults.timezone.clone()),
        country,
        currency,
        #[allow(clippy::cast_possible_truncation)] // bounded just above
        value_minor: (value * 100.0).round() as i64,
        agent: agent.iter().map(|b| format!("{b:02x}")).collect(),
        settings: new.settings.clone().unwrap_or_else(|| serde_json::json!({})),
        created_at: now,
        updated_at: now,
    };
    check_settings(ctx, &client)?;
    check_routes(tx, &client)?;
    check_calendar(tx, &client)?;
    Ok(client)
}

/// Refuses a number or assistant that another client has: calls would be recorded, answered and
/// paid for in the wrong name.
fn check_routes(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    check_senders(tx, client)?;
    let Some(section) = client.settings.get("vapi").and_then(Json::as_object) else { return Ok(()) };
    for (name, value) in section {
        let field = format!("settings.vapi.{name}");
        if !ROUTES.contains(&name.as_str()) {
            return Err(Refusal::invalid(field, format!("unknown; known are {}", ROUTES.join(", "))).into());
        }
        let fine =
            |text: &&str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let Some(value) = value.as_str().filter(fine) else {
            return Err(Refusal::invalid(field, "the id that Vapi shows is wanted").into());
        };
        // One change of this kind at a time, or two could give the same to two clients.
        house::lock_account(tx, ROUTES_LOCK, HOUSE)?;
        let others = owner::of_route(tx, name, value)?;
        if let Some(other) = others.iter().find(|other| other.id != client.id) {
            let text = format!("client “{}” has {value} already: a call can have one owner", other.key);
            return Err(Refusal { code: "conflict", field: Some(field), text }.into());
        }
    }
    Ok(())
}

/// Refuses a sender that another client has: its customers would answer somebody else.
fn check_senders(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    let Some(section) = client.settings.get("sms").and_then(Json::as_object) else { return Ok(()) };
    house::lock_account(tx, ROUTES_LOCK, HOUSE)?;
    for name in ["from_number", "messaging_service_sid"] {
        let Some(sender) = section.get(name).and_then(Json::as_str) else { continue };
        let has = |other: &&Client| {
            let own = other.settings.get("sms").and_then(|sms| sms.get(name)).and_then(Json::as_str);
            other.id != client.id && own == Some(sender)
        };
        if let Some(other) = clients::mentioning(tx, sender)?.iter().find(has) {
            let text = format!("client “{}” sends from it already: an answer can have one owner", other.key);
            return Err(
                Refusal { code: "conflict", field: Some(format!("settings.sms.{name}")), text }.into()
            );
        }
    }
    Ok(())
}

/// Refuses a calendar that another client names: one business would see the appointments of the other.
fn check_calendar(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    let Some(section) = client.settings.get("calendar").and_then(Json::as_object) else { return Ok(()) };
    if let Some(name) = section.keys().find(|name| *name != "id") {
        let field = format!("settings.calendar.{name}");
        return Err(Refusal::invalid(field, "unknown; known is id").into());
    }
    let field = "settings.calendar.id";
    let fine =
        |text: &&str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let Some(id) = client.own_calendar().filter(fine) else {
        return Err(Refusal::invalid(field, "the id that the calendar's settings show is wanted").into());
    };
    let others = clients::mentioning(tx, id)?;
    let other = others.into_iter().find(|other| other.id != client.id && other.own_calendar() == Some(id));
    let other = match other {
        Some(other) => Some(other),
        // The installation's, which a client has without naming it.
        None => {
            let held = frontdesk_store::calendars::all(tx)?
                .into_iter()
                .find(|c| c.client != client.id && c.calendar == id);
            held.map_or(Ok(None), |held| clients::by_id(tx, held.client))?
        }
    };
    match other.filter(|other| other.own_calendar().is_none_or(|own| own == id)) {
        Some(other) => {
            let text = format!(
                "client “{0}” has this calendar already, and it can be one client's only: give {0} another in its \
                 settings.calendar.id first",
                other.key
            );
            Err(Refusal { code: "conflict", field: Some(field.into()), text }.into())
        }
        None => Ok(()),
    }
}

/// A client's own address as it is kept. Answers to its mails go there, so it is one plain address,
/// or none yet.
fn own_email(email: &str) -> Result<String> {
    match email.trim() {
        "" => Ok(String::new()),
        email => Ok(email::plain(email).map_err(|why| Refusal::invalid("email", why))?),
    }
}

fn check_key(key: &str) -> Result<()> {
    let fine = (2..=40).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !key.starts_with('-');
    if fine {
        Ok(())
    } else {
        Err(Refusal::invalid("key", format!("“{key}”: 2 to 40 of a-z, 0-9 and -, not beginning with -"))
            .into())
    }
}

/// A key made from a name: `ABC Plumbing` → `abc-plumbing`, `abc-plumbing-2` when taken.
fn free_key(tx: &mut Tx<'_>, name: &str) -> Result<String> {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let mut base: String = words.join("-").chars().take(32).collect();
    if base.len() < 2 {
        base = "client".into();
    }
    for n in 1..1000 {
        let key = if n == 1 { base.clone() } else { format!("{base}-{n}") };
        if clients::by_key(tx, &key)?.is_none() {
            return Ok(key);
        }
    }
    Err(Refusal::invalid("key", "too many clients of this name: give a key").into())
}

fn check_settings(ctx: &Ctx, client: &Client) -> Result<()> {
    if jiff::tz::TimeZone::get(&client.timezone).is_err() {
        return Err(Refusal::invalid(
            "timezone",
            format!("“{}” is not an IANA time zone such as Europe/London", client.timezone),
        )
        .into());
    }
    let Some(settings) = client.settings.as_object() else {
        return Err(Refusal::invalid("settings", "an object is wanted").into());
    };
    for (name, value) in settings {
        if !SECTIONS.contains(&name.as_str()) {
            return Err(Refusal::invalid(
                format!("settings.{name}"),
                format!("unknown; known are {}", SECTIONS.join(", ")),
            )
            .into());
        }
        if !value.is_object() {
            return Err(Refusal::invalid(format!("settings.{name}"), "an object is wanted").into());
        }
    }
    ctx.house.merge(client).map_err(|problem| Refusal::invalid("settings", problem))?;
    match frontdesk_domain::sending::problem(client) {
        Some((field, why)) => Err(Refusal::invalid(field, why).into()),
        None => Ok(()),
    }
}

/// Changes what `patch` names: any of the fields of onboarding but the key, and `settings`,
/// which is merged section by section (`null` removes a section).
///
/// # Errors
/// `invalid` naming the field.
pub fn configure(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, patch: &Json, asker: Asker<'_>) -> Result<Client> {
    let mut client = clients::need(tx, key)?;
    let before = client.clone();
    let Some(patch) = patch.as_object() else {
        return Err(Refusal::invalid("body", "a JSON object is wanted").into());
    };
    let mut changed = Vec::new();
    for (name, value) in patch {
        apply(&mut client, name, value)?;
        changed.push(name.as_str());
    }
    client.updated_at = ctx.now().max(client.updated_at + 1);
    check_settings(ctx, &client)?;
    if patch.contains_key("settings") {
        check_routes(tx, &client)?;
        check_calendar(tx, &client)?;
    }
    clients::update(tx, &client)?;
    if before.own_calendar() != client.own_calendar() {
        calendars::changed(tx, ctx)?;
    }
    let mut text = format!("changed {}", changed.join(", "));
    if patch.contains_key("settings") || before.email != client.email {
        // What was refused may be right now: one request tells.
        let lifted = holds::lift_own(tx, ctx, &before, &client)?;
        if lifted > 0 {
            text.push_str("; what held its calls and messages at the providers is lifted");
        }
    }
    record(tx, ctx, asker, "configure_client", &client, &text)?;
    Ok(client)
}

fn apply(client: &mut Client, name: &str, value: &Json) -> Result<()> {
    let text = || {
        value.as_str().map(|s| s.trim().to_owned()).filter(|s| s.chars().count() <= LONGEST).ok_or_else(
            || {
                Error::from(Refusal::invalid(
                    name,
                    format!("a text of at most {LONGEST} characters is wanted"),
                ))
            },
        )
    };
    match name {
        "businessName" => client.name = text()?,
        "email" => client.email = own_email(&text()?)?,
        "phone" => client.phone = text()?,
        "industry" => client.industry = text()?,
        "timezone" => client.timezone = text()?,
        "tier" => {
            let word = text()?;
            client.tier = Tier::parse(&word)
                .ok_or_else(|| Refusal::invalid(name, format!("“{word}”: free, pro or enterprise")))?;
        }
        "services" => {
            client.services = serde_json::from_value(value.clone())
                .map_err(|_| Refusal::invalid(name, "a list of texts is wanted"))?;
        }
        "settings" => {
            let sections = value.as_object().ok_or_else(|| Refusal::invalid(name, "an object is wanted"))?;
            let Some(settings) = client.settings.as_object_mut() else { return Ok(()) };
            for (section, value) in sections {
                if value.is_null() {
                    settings.remove(section);
                } else {
                    settings.insert(section.clone(), value.clone());
                }
            }
        }
        _ => {
            return Err(Refusal::invalid(
                name,
                "unknown; businessName, email, phone, industry, services, tier, timezone and settings can be changed",
            )
            .into());
        }
    }
    Ok(())
}

/// Stops new calls for a client, or lets them go on with `None`. Whoever asked for it writes the
/// audit.
///
/// # Errors
/// `not_found`; `conflict` for a deactivated client.
pub fn pause(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, reason: Option<&str>, actor: &str) -> Result<Client> {
    let mut client = clients::need(tx, key)?;
    if client.status == ClientStatus::Deactivated {
        return Err(Refusal::conflict(format!("client “{key}” is deactivated")).into());
    }
    client.status = if reason.is_some() { ClientStatus::Paused } else { ClientStatus::Active };
    client.paused_reason = reason.map(str::to_owned);
    client.updated_at = ctx.now().max(client.updated_at + 1);
    clients::update(tx, &client)?;
    let text = reason.map_or_else(|| "dialing resumed".to_owned(), |r| format!("dialing paused: {r}"));
    tell(tx, ctx, actor, &client, &text)?;
    Ok(client)
}

/// Stops everything for a client; how many queued jobs were taken back.
///
/// # Errors
/// `not_found`.
pub fn deactivate(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, asker: Asker<'_>) -> Result<u64> {
    let cancelled = stop(tx, ctx, key, asker.actor)?;
    let client = clients::need(tx, key)?;
    audited(tx, ctx, asker, "deactivate_client", key, client.id, &stopped(cancelled))?;
    Ok(cancelled)
}

fn stopped(cancelled: u64) -> String {
    format!("deactivated; {cancelled} queued jobs taken back")
}

/// The same for whoever writes the audit himself.
///
/// # Errors
/// `not_found`.
pub fn stop(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, actor: &str) -> Result<u64> {
    let now = ctx.now();
    let mut client = clients::need(tx, key)?;
    let cancelled = jobs::cancel_of_client(tx, client.id, "the client was deactivated", now)?;
    client.status = ClientStatus::Deactivated;
    client.updated_at = now.max(client.updated_at + 1);
    clients::update(tx, &client)?;
    tell(tx, ctx, actor, &client, &stopped(cancelled))?;
    Ok(cancelled)
}

fn record(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    asker: Asker<'_>,
    action: &str,
    client: &Client,
    text: &str,
) -> Result<()> {
    audited(tx, ctx, asker, action, &client.key, client.id, text)?;
    tell(tx, ctx, asker.actor, client, text)
}

/// Records an act of a key, a person or a link in the audit trail.
///
/// # Errors
/// As the statement fails.
pub fn audited(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    asker: Asker<'_>,
    action: &str,
    subject: &str,
    client: ClientId,
    detail: &str,
) -> Result<()> {
    audit::insert(
        tx,
        RowId(ctx.env.id()),
        &NewAudit {
            actor: asker.actor,
            action,
            subject,
            client,
            detail,
            address: asker.address,
            request: None,
            receipt: "",
        },
        ctx.now(),
    )
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, actor: &str, client: &Client, text: &str) -> Result<()> {
    ctx.event(
        tx,
        kind::CLIENT_CHANGED,
        client.id,
        None,
        ("client", &client.key),
        actor,
        &format!("client {}: {text}", client.key),
        serde_json::json!({ "status": client.status.word() }),
    )
}

/// The row lists show, for a client just created.
pub fn fresh_row(client: &Client) -> ClientRow {
    ClientRow {
        id: client.id,
        key: client.key.clone(),
        name: client.name.clone(),
        status: client.status,
        tier: client.tier,
        timezone: client.timezone.clone(),
        country: client.country.clone(),
        open_leads: 0,
        live_calls: 0,
        created_at: client.created_at,
    }
}
