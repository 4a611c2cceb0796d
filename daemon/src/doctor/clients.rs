//! A client's own: settings that merge, hours that open, wording that can be written.

use super::Findings;
use crate::flows::Ctx;
use frontdesk_domain::client::Client;
use frontdesk_domain::follow_up;
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::sending;
use frontdesk_domain::window::{Window, WindowCache};
use frontdesk_domain::zones::{self, Zone};
use frontdesk_domain::{booking, window};
use frontdesk_shared::MessageId;
use frontdesk_shared::contact::{Channel, Purpose};
use std::collections::BTreeMap;

/// Looks at one client without asking anybody.
pub(super) fn look(ctx: &Ctx, client: &Client, out: &mut Findings) {
    let about = |what: &str| format!("{}: {what}", client.key);
    let wrong = ctx.house.merge(client).err();
    let wrong = wrong.or_else(|| sending::problem(client).map(|(field, why)| format!("{field}: {why}")));
    if let Some(why) = wrong {
        out.fail(about("settings"), why, "PATCH /api/clients/KEY/config with what is right");
    }
    if jiff::tz::TimeZone::get(&client.timezone).is_err() {
        let found = format!("there is no zone {:?}", client.timezone);
        out.fail(about("time zone"), found, "name one such as Europe/London");
        return;
    }
    hours(ctx, client, out);
    if client.phone.trim().is_empty() {
        let remedy = "set the client's phone: most messages name it";
        out.warn(about("phone"), "none is known", remedy);
    }
    wording(ctx, client, out);
}

fn hours(ctx: &Ctx, client: &Client, out: &mut Findings) {
    let (about, now) = (|what: &str| format!("{}: {what}", client.key), ctx.now());
    let rules = ctx.house.rules(client);
    match rules.policy.profile(&client.country) {
        None => out.warn(
            about("calling hours"),
            format!("there is no profile for {}: nobody there is called", client.country),
            "add [profiles.COUNTRY] to the configuration, or correct the client's country",
        ),
        Some((country, profile)) => {
            let schedule = rules.policy.schedule(Channel::AiVoice, country, profile, &[]);
            let zone = Zone { name: client.timezone.clone().into(), why: zones::BY_DECLARED_ZONE };
            let words = schedule.week.words();
            match WindowCache::default().check(now, &[zone], &schedule) {
                Window::Open { .. } | Window::Closed { next_open: Some(_) } => {
                    out.ok(about("calling hours"), words);
                }
                _ => out.fail(
                    about("calling hours"),
                    format!("{words}: never open in the next {} days", window::SEARCH_DAYS),
                    "widen [calling] window and the client's own within the law",
                ),
            }
        }
    }
    match booking::free_slots(&rules.booking, now, now, &[], 1).first() {
        Some(slot) => {
            let zone = rules.booking.time_zone().unwrap_or(jiff::tz::TimeZone::UTC);
            out.ok(about("booking hours"), format!("first time {}", booking::local(slot.start, &zone)));
        }
        None => out.fail(
            about("booking hours"),
            "no appointment could be offered even in an empty diary",
            "set settings.booking: days, hours, slot length and notice",
        ),
    }
}

/// Every message the client may send, with sample values.
fn wording(ctx: &Ctx, client: &Client, out: &mut Findings) {
    let about = format!("{}: templates", client.key);
    let steps = follow_up::kinds_on(client);
    let mut written = 0_u32;
    // By what is wrong, so that one missing value is one line: the kinds, and whether people wait.
    let mut wrong: BTreeMap<String, (Vec<String>, bool)> = BTreeMap::new();
    for kind in Kind::ALL {
        let sells = kind.purpose() == Purpose::Marketing;
        if sells && !steps.contains(&kind) {
            continue;
        }
        for channel in kind.channels().iter().copied() {
            if ctx.house.lines.of(client, channel).is_none() {
                continue;
            }
            match sending::sampled(&ctx.house, client, (kind, channel), (ctx.now(), MessageId(0))) {
                Ok(_) => written += 1,
                Err(why) => {
                    let why = why.split_once(": ").map_or(why.clone(), |(_, why)| why.to_owned());
                    let entry = wrong.entry(why).or_default();
                    entry.0.push(format!("{kind} by {channel}"));
                    entry.1 |= !sells;
                }
            }
        }
    }
    if written > 0 {
        out.ok(&about, format!("{written} can be written"));
    }
    for (why, (kinds, needed)) in wrong {
        let remedy = if why.contains("booking_link") {
            "set settings.messages.booking_link, or switch the sequences off"
        } else if why.contains("business_phone") {
            "set the client's phone"
        } else if why.contains("unsubscribe_link") || why.contains("manage_link") {
            "set PUBLIC_BASE_URL: links need it"
        } else if why.contains("business_address") {
            "set settings.messages.address"
        } else {
            "correct settings.messages.templates; frontdesk preview tries a kind"
        };
        let found = format!("{why}: not sent are {}", kinds.join(", "));
        if needed {
            out.fail(&about, found, remedy);
        } else {
            out.warn(&about, found, remedy);
        }
    }
    if written == 0 && ctx.house.lines.of(client, Channel::Sms).is_none() {
        out.warn(&about, "no messages are sent: no account is set up", "see docs/messages.md");
    }
}
