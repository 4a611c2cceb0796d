//! What a client sets for its messages, checked when it is written so that nothing is found out at
//! night.
//!
//! `settings.messages`: `locale`, `booking_link`, `address`, `templates`, `sequences`.
//! `settings.sms`: an account and a sender of its own. Must not live here: how they are used.

use super::compose::wording;
use crate::client::Client;
use crate::follow_up;
use crate::message::clock::Locale;
use crate::message::kinds::Kind;
use crate::phone;
use frontdesk_shared::contact::Channel;
use serde_json::{Map, Value as Json};

const MESSAGES: &[&str] = &["locale", "booking_link", "address", "templates", "sequences"];
const SMS: &[&str] = &[
    "provider",
    "account_sid",
    "auth_token",
    "api_token",
    "signing_key",
    "base_url",
    "from_number",
    "messaging_service_sid",
];
/// Those of them that open an account.
const SECRETS: &[&str] = &["auth_token", "api_token", "signing_key"];
/// Longest value of any of them, in bytes.
const LONGEST: usize = 300;

/// A text setting of a client's messages.
pub(super) fn own<'c>(client: &'c Client, name: &str) -> Option<&'c str> {
    client.settings.get("messages")?.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A client's settings as they are shown: what opens an account is not.
pub fn shown(settings: &Json) -> Json {
    let mut shown = settings.clone();
    if let Some(sms) = shown.get_mut("sms").and_then(Json::as_object_mut) {
        for name in SECRETS {
            if let Some(secret) = sms.get_mut(*name) {
                *secret = Json::from("…");
            }
        }
    }
    shown
}

/// What is wrong with a client's settings of messages: the field, and why.
pub fn problem(client: &Client) -> Option<(String, String)> {
    let section = |name: &str| client.settings.get(name).and_then(Json::as_object);
    let messages = section("messages").and_then(|own| messages_problem(client, own));
    messages.map(|(field, why)| (format!("settings.messages.{field}"), why)).or_else(|| {
        section("sms").and_then(sms_problem).map(|(field, why)| (format!("settings.sms.{field}"), why))
    })
}

fn unknown(own: &Map<String, Json>, known: &[&str]) -> Option<(String, String)> {
    let odd = own.keys().find(|name| !known.contains(&name.as_str()))?;
    Some((odd.clone(), format!("unknown; known are {}", known.join(", "))))
}

fn messages_problem(client: &Client, own: &Map<String, Json>) -> Option<(String, String)> {
    if let Some(odd) = unknown(own, MESSAGES) {
        return Some(odd);
    }
    let text = |name: &str| own.get(name).map(|v| v.as_str().filter(|t| t.len() <= LONGEST));
    for name in ["locale", "booking_link", "address"] {
        if text(name) == Some(None) {
            return Some((name.into(), format!("a text of at most {LONGEST} characters is wanted")));
        }
    }
    if let Some(tag) = text("locale").flatten()
        && Locale::of_tag(tag).is_none()
    {
        return Some(("locale".into(), format!("there is no wording in {tag:?}; en-GB and en-US there are")));
    }
    if let Some(link) = text("booking_link").flatten()
        && !(link.starts_with("https://") || link.starts_with("http://"))
    {
        return Some(("booking_link".into(), "an address that begins with https:// is wanted".into()));
    }
    templates_problem(client, own).or_else(|| sequences_problem(own))
}

fn templates_problem(client: &Client, own: &Map<String, Json>) -> Option<(String, String)> {
    let templates = own.get("templates")?;
    let object = || Some(("templates".to_owned(), "an object of message kinds is wanted".to_owned()));
    let Some(templates) = templates.as_object() else { return object() };
    for (word, channels) in templates {
        let Some(kind) = Kind::parse(word) else {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
            return Some((format!("templates.{word}"), format!("unknown; known are {}", known.join(", "))));
        };
        let Some(channels) = channels.as_object() else { return object() };
        for channel in channels.keys() {
            let field = format!("templates.{word}.{channel}");
            let Some(known) = Channel::parse(channel).filter(|c| kind.channels().contains(c)) else {
                return Some((field, "unknown; sms and email there are".into()));
            };
            if let Err(why) = wording(client, kind, known) {
                return Some((field, why));
            }
        }
    }
    None
}

fn sequences_problem(own: &Map<String, Json>) -> Option<(String, String)> {
    let known = follow_up::NAMES;
    let sequences = own.get("sequences")?;
    let Some(sequences) = sequences.as_object() else {
        return Some(("sequences".into(), "an object of sequences is wanted".into()));
    };
    for (name, on) in sequences {
        if !known.contains(&name.as_str()) {
            return Some((format!("sequences.{name}"), format!("unknown; known are {}", known.join(", "))));
        }
        if !on.is_boolean() {
            return Some((format!("sequences.{name}"), "true or false is wanted".into()));
        }
    }
    None
}

fn sms_problem(own: &Map<String, Json>) -> Option<(String, String)> {
    if let Some(odd) = unknown(own, SMS) {
        return Some(odd);
    }
    let text = |name: &str| own.get(name).and_then(Json::as_str).filter(|t| !t.trim().is_empty());
    for (name, value) in own {
        if value.as_str().is_none_or(|t| t.len() > LONGEST || !t.bytes().all(|b| b.is_ascii_graphic())) {
            return Some((name.clone(), "a text without blanks is wanted".into()));
        }
    }
    if let Some(word) = text("provider")
        && ![super::TWILIO, super::SIGNALWIRE].contains(&word)
    {
        return Some(("provider".into(), "twilio or signalwire is wanted".into()));
    }
    if text("from_number").is_none() && text("messaging_service_sid").is_none() {
        return Some((
            "from_number".into(),
            "a number or a messaging_service_sid of its own is wanted".into(),
        ));
    }
    if let Some(number) = text("from_number")
        && number.starts_with('+')
        && phone::normalise(number, None).is_err()
    {
        return Some((
            "from_number".into(),
            "not a number; write it with + and the code of its country".into(),
        ));
    }
    let secret = text("auth_token").or_else(|| text("api_token"));
    match (text("account_sid"), secret) {
        (Some(_), None) => Some(("auth_token".into(), "the account's token is wanted beside it".into())),
        (None, Some(_)) => Some(("account_sid".into(), "the token's account is wanted beside it".into())),
        _ if text("provider") == Some(super::SIGNALWIRE) && text("account_sid").is_some() => {
            ["base_url", "signing_key"]
                .iter()
                .find(|name| text(name).is_none())
                .map(|name| ((*name).to_owned(), "SignalWire's accounts need it".to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::client::{ClientStatus, Tier};
    use frontdesk_shared::{ClientId, Millis};
    use serde_json::json;

    fn client(settings: Json) -> Client {
        Client {
            id: ClientId(1),
            key: "harbour".into(),
            name: "Harbour".into(),
            email: String::new(),
            phone: String::new(),
            industry: String::new(),
            services: Vec::new(),
            status: ClientStatus::Active,
            paused_reason: None,
            tier: Tier::Free,
            timezone: "Europe/London".into(),
            country: "GB".into(),
            currency: "GBP".into(),
            value_minor: 0,
            agent: String::new(),
            settings,
            created_at: Millis(0),
            updated_at: Millis(0),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (json!({ "messages": { "colour": "x" } }), "settings.messages.colour"),
            (json!({ "messages": { "locale": "tlh" } }), "settings.messages.locale"),
            (json!({ "messages": { "booking_link": "javascript:x" } }), "settings.messages.booking_link"),
            (
                json!({ "messages": { "sequences": { "no-answer": "yes" } } }),
                "settings.messages.sequences.no-answer",
            ),
            (json!({ "messages": { "sequences": { "x": true } } }), "settings.messages.sequences.x"),
            (json!({ "messages": { "templates": { "hello": {} } } }), "settings.messages.templates.hello"),
            (
                json!({ "messages": { "templates": { "confirmation": { "sms": "Hi {{frist_name}}" } } } }),
                "settings.messages.templates.confirmation.sms",
            ),
            (json!({ "sms": { "from_number": "+44123" } }), "settings.sms.from_number"),
            (
                json!({ "sms": { "from_number": "+14155550198", "account_sid": "AC1" } }),
                "settings.sms.auth_token",
            ),
            (json!({ "sms": { "account_sid": "AC1", "auth_token": "t" } }), "settings.sms.from_number"),
            (
                json!({ "sms": { "provider": "vonage", "from_number": "+14155550198" } }),
                "settings.sms.provider",
            ),
        ];
        for (settings, field) in cases {
            let found = problem(&client(settings.clone()));
            assert_eq!(found.as_ref().map(|(field, _)| field.as_str()), Some(field), "{settings}: {found:?}");
        }
    }

    #[test]
    fn what_is_right_is_taken_and_secrets_are_not_shown() {
        let settings = json!({
            "messages": {
                "locale": "en-US",
                "booking_link": "https://harbour.example/book",
                "sequences": { "voicemail": false },
                "templates": { "confirmation": { "sms": "{{business_name}}: booked for {{moment}}." } },
            },
            "sms": { "account_sid": "AC1", "auth_token": "hush", "from_number": "+14155550198" },
        });
        assert_eq!(problem(&client(settings.clone())), None);
        let shown = shown(&settings).to_string();
        assert!(!shown.contains("hush") && shown.contains("AC1"), "{shown}");
    }
}
