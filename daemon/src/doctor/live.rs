//! Providers, asked for what they have of ours. Every request reads; nobody is called or written to.

use super::{Findings, State};
use crate::app::{calendars as calendar_client, vapi_client};
use crate::config::Config;
use crate::flows::Ctx;
use crate::messengers::{Messengers, SMS_HOOK};
use frontdesk_domain::calendar::ClientCalendar;
use frontdesk_domain::client::Client;
use frontdesk_domain::sending::Line;
use frontdesk_providers::google::{CalendarRef, FreeBusy, Since, Span};
use frontdesk_providers::http::{self, Policy};
use frontdesk_providers::mail::{self, Transport, resend};
use frontdesk_providers::outcome::Sent;
use frontdesk_providers::sms::Sender;
use frontdesk_providers::vapi;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::time::DAY;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeSet;

/// Longest answer of our own address that is read.
const CAP: usize = 64 * 1024;
/// Messages of Vapi without which calls are not followed.
const NEEDED: [&str; 3] = ["status-update", "end-of-call-report", "tool-calls"];

/// Asks everybody.
pub(super) async fn ask(
    config: &Config,
    ctx: &Ctx,
    (clients, calendars): (&[Client], &[ClientCalendar]),
    out: &mut Findings,
) {
    public_address(config, out).await;
    voice(config, ctx, clients, out).await;
    match Messengers::of(config) {
        Ok(messengers) => {
            texts(config, ctx, (&messengers, clients), out).await;
            mail(config, &messengers, out).await;
        }
        Err(e) => out.fail("messages", format!("{e:#}"), "correct the configuration"),
    }
    google(config, ctx, (clients, calendars), out).await;
}

/// What a provider answered, or how bad it is that it did not, in its words.
fn told<T>(sent: Sent<T>) -> Result<T, (State, String)> {
    match sent {
        Sent::Done(done) => Ok(done),
        Sent::Refused(refusal) => Err((State::Fail, refusal.to_string())),
        Sent::Busy { .. } => Err((State::Warn, "it limits our requests: ask again later".to_owned())),
        Sent::NotSent(why) | Sent::Unknown(why) => Err((State::Fail, why)),
    }
}

async fn public_address(config: &Config, out: &mut Findings) {
    let Some(url) = &config.house.public_base_url else { return };
    let about = "public address";
    let remedy = "see that the daemon runs, the proxy leads to it, and the name and certificate are right";
    let asked = http::base_url(url.as_str()).and_then(|base| {
        let client = http::client(&base, Policy::default())?;
        Ok((client, base))
    });
    let (client, base) = match asked {
        Ok(asked) => asked,
        Err(e) => return out.fail(about, e.to_string(), "set PUBLIC_BASE_URL to an https address"),
    };
    let health = format!("{}/health", base.as_str().trim_end_matches('/'));
    match http::send(client.get(health), CAP).await {
        Ok(reply) => {
            let body = reply.body.unwrap_or_default();
            let ours = serde_json::from_slice::<Value>(&body).is_ok_and(|v| v.get("dialing").is_some());
            match (ours, reply.status.is_success()) {
                (true, true) => out.ok(about, format!("{url} leads to a daemon that is well")),
                (true, false) => {
                    out.warn(about, format!("{url} leads to a daemon that is not well"), "frontdesk status");
                }
                (false, _) => {
                    out.fail(
                        about,
                        format!("{url} is answered by something else ({})", reply.status),
                        remedy,
                    );
                }
            }
        }
        Err(lost) => {
            let sent: Sent<()> = lost.into();
            let (_, why) = told(sent).err().unwrap_or((State::Fail, String::new()));
            out.fail(about, format!("{url}: {why}"), remedy);
        }
    }
}

/// Key, assistants, numbers, and where Vapi tells of calls.
async fn voice(config: &Config, ctx: &Ctx, clients: &[Client], out: &mut Findings) {
    let Some(configured) = &config.vapi else {
        return out.warn("vapi", "not set up: nobody is called", "set VAPI_PRIVATE_KEY and what it needs");
    };
    let vapi = match vapi_client(configured) {
        Ok(vapi) => vapi,
        Err(e) => return out.fail("vapi", e.to_string(), "correct VAPI_BASE_URL"),
    };
    let own = |client: &Client, name: &str| {
        client.settings.get("vapi").and_then(|v| v.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let all = |name: &str, house: &str| -> BTreeSet<String> {
        let own = clients.iter().filter_map(|client| own(client, name));
        own.chain([house.to_owned()]).collect()
    };
    let hook = config.house.public_base_url.as_ref();
    let hook = hook.map(|url| format!("{}/webhooks/", url.as_str().trim_end_matches('/')));
    for id in all("assistant_id", &ctx.house.voice.assistant_id) {
        let about = format!("vapi assistant {id}");
        match told(vapi.get_assistant(&id).await) {
            Ok(assistant) => assistant_found(&about, &assistant, hook.as_deref(), out),
            Err((state, why)) => out.add(about, state, why, "see VAPI_PRIVATE_KEY and the assistant's id"),
        }
    }
    for id in all("phone_number_id", &ctx.house.voice.phone_number_id) {
        let about = format!("vapi number {id}");
        match told(vapi.get_phone_number(&id).await) {
            Ok(number) => match number.raw.get("status").and_then(Value::as_str) {
                None | Some("active") => out.ok(about, "it is there"),
                Some(other) => out.fail(about, format!("it is {other}"), "see to the number at Vapi"),
            },
            Err((state, why)) => out.add(about, state, why, "see VAPI_PRIVATE_KEY and the number's id"),
        }
    }
}

fn assistant_found(about: &str, assistant: &vapi::Assistant, hook: Option<&str>, out: &mut Findings) {
    let url = assistant.raw.pointer("/server/url").or_else(|| assistant.raw.get("serverUrl"));
    match (url.and_then(Value::as_str), hook) {
        (None, _) => out.warn(
            about,
            "it has no server URL of its own",
            "fine where its number or organisation has ours; else set PUBLIC_BASE_URL/webhooks/vapi",
        ),
        (Some(url), Some(hook)) if !url.starts_with(hook) => out.fail(
            about,
            format!("it tells {} of its calls, not us", host(url)),
            format!("set its server URL to {hook}vapi"),
        ),
        _ => out.ok(about, "it tells us of its calls"),
    }
    let Some(messages) = assistant.raw.get("serverMessages").and_then(Value::as_array) else { return };
    let missing: Vec<&str> = NEEDED.into_iter().filter(|word| !messages.iter().any(|m| m == word)).collect();
    if !missing.is_empty() {
        out.fail(about, format!("it does not send {}", missing.join(", ")), "add them to serverMessages");
    }
}

/// The host of an address, which may hold secrets in its path.
fn host(url: &str) -> String {
    let parsed = url.parse::<reqwest::Url>().ok();
    parsed.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "something".to_owned())
}

/// Whether each sender is ours, and whether what people answer comes to us.
async fn texts(
    config: &Config,
    ctx: &Ctx,
    (messengers, clients): (&Messengers, &[Client]),
    out: &mut Findings,
) {
    let public = config.house.public_base_url.as_ref();
    let hook = public.map(|url| format!("{}{SMS_HOOK}", url.as_str().trim_end_matches('/')));
    let mut seen: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for client in clients {
        for line in ctx.house.lines.ways(client, Channel::Sms) {
            if seen.insert((line.provider, line.sender.clone())) {
                sender(messengers, client, &line, hook.as_deref(), out).await;
            }
        }
    }
}

async fn sender(
    messengers: &Messengers,
    client: &Client,
    line: &Line,
    hook: Option<&str>,
    out: &mut Findings,
) {
    let whose = if line.own_account { client.key.as_str() } else { "the installation" };
    let about = format!("{} of {whose}", line.provider);
    let Some((account, sender)) = messengers.texts(line, client) else {
        return out.fail(about, "its settings make no account", "complete settings.sms");
    };
    let number = match sender {
        Sender::Number(number) if number.starts_with('+') => number,
        // Neither a service nor a name of letters has an address that could be read.
        Sender::Number(_) | Sender::Service(_) => {
            let remedy = "see at the carrier that its incoming messages come to PUBLIC_BASE_URL/webhooks/sms";
            return out.warn(about, "it sends from no number whose address can be read", remedy);
        }
    };
    let url = match told(account.sms_url(&number).await) {
        Ok(url) => url,
        Err((state, why)) => return out.add(about, state, why, "see to account, token and number there"),
    };
    let remedy = |hook: &str| format!("set the number's address for incoming messages to {hook}");
    match (url, hook) {
        (_, None) => out.warn(about, "the account has the number", "set PUBLIC_BASE_URL: replies need it"),
        (None, Some(hook)) => {
            out.fail(about, "texts to its number go nowhere: replies and STOP are lost", remedy(hook));
        }
        (Some(url), Some(hook)) if url == hook => out.ok(about, "texts to its number come to us"),
        (Some(url), Some(hook)) => {
            let taken = if host(&url).ends_with("vapi.ai") { " (imported there)" } else { "" };
            let found = format!(
                "texts to its number go to {}{taken}, not to us: replies and STOP are lost",
                host(&url)
            );
            out.fail(about, found, remedy(hook));
        }
    }
}

async fn mail(config: &Config, messengers: &Messengers, out: &mut Findings) {
    match messengers.mail() {
        None => {}
        Some(Transport::Smtp(smtp)) => match told(smtp.check().await.sent) {
            Ok(()) => out.ok("email by smtp", "greeting, TLS and login work"),
            Err((state, why)) => out.add("email by smtp", state, why, "see EMAIL_* or SMTP_URL"),
        },
        Some(Transport::Resend(client)) => resend_found(config, client.check().await, out),
    }
}

fn resend_found(config: &Config, posted: mail::Posted<resend::Access>, out: &mut Findings) {
    let about = "email by resend";
    let from = config.email.as_ref().and_then(|email| email.from.as_deref()).unwrap_or_default();
    let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('>'));
    match told(posted.sent) {
        Ok(resend::Access::SendOnly) => out.ok(about, "the key may send"),
        Ok(resend::Access::Full(verified)) if verified.iter().any(|one| one == domain) => {
            out.ok(about, format!("the key works, and {domain} is verified"));
        }
        Ok(resend::Access::Full(_)) => {
            out.fail(about, format!("{domain} is not verified there"), "verify it at resend.com/domains");
        }
        Err((state, why)) => out.add(about, state, why, "see RESEND_API_KEY"),
    }
}

/// Whether each client's calendar can be read, and when it is busy.
async fn google(
    config: &Config,
    ctx: &Ctx,
    (clients, calendars): (&[Client], &[ClientCalendar]),
    out: &mut Findings,
) {
    let Some(configured) = &config.google else { return };
    let asked = match calendar_client(configured, ctx) {
        Ok(asked) => asked,
        Err(e) => return out.fail("google", format!("{e:#}"), "see GOOGLE_CLIENT_EMAIL and its key"),
    };
    let now = ctx.now();
    let share = format!("share it with {}, to make changes to events", configured.client_email);
    for client in clients {
        let about = format!("{}: calendar", client.key);
        let Some(calendar) = calendars.iter().find(|calendar| calendar.client == client.id) else {
            out.warn(about, "it has none", "name it in settings.calendar, where it is to have one");
            continue;
        };
        if calendar.contested {
            out.fail(about, "several clients name the same", "give each its own, or take it from the others");
            continue;
        }
        let within = Span { start: now, end: now + DAY };
        let busy = told(asked.free_busy(&[&calendar.calendar], within).await);
        let zone = TimeZone::get(&client.timezone).unwrap_or(TimeZone::UTC);
        let known = CalendarRef { id: calendar.calendar.clone(), zone };
        let page = told(asked.page(&known, &Since::Start(now), None).await);
        let busy = busy.and_then(|mut all| match all.remove(&calendar.calendar) {
            Some(FreeBusy::Busy(_)) => Ok(()),
            Some(FreeBusy::Unknown(why)) => Err((State::Fail, why)),
            None => Err((State::Fail, "it does not say when it is busy".to_owned())),
        });
        match (busy, page) {
            (Ok(()), Ok(_)) => out.ok(about, "its events can be read"),
            (Err((state, why)), _) | (_, Err((state, why))) => out.add(about, state, why, share.clone()),
        }
    }
}
