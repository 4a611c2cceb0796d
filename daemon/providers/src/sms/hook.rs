//! What a carrier tells: a text that came in, or how a text of ours is getting on. Both may come to
//! one address.
//!
//! Forms (Twilio, SignalWire's guides) and JSON (SignalWire's specification) are read alike, and
//! fields nobody knows are passed over: Twilio adds some without notice. Must not live here:
//! verification, what the words mean. `Debug` shows neither numbers nor words.

use super::form::pairs;
use super::send::ID_PARAMETER;
use super::status::TextStatus;
use super::vendor::Vendor;
use crate::json;
use frontdesk_shared::MessageId;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;

/// Longest webhook read, in bytes. A text of 1600 characters, all escaped, has 20 KB.
pub const MAX_HOOK_BYTES: usize = 64 * 1024;
/// Longest text kept, in bytes.
const MAX_BODY: usize = 16 * 1024;
/// Longest id, number or word kept, in bytes.
const MAX_NAME: usize = 200;
/// Names that say whose a webhook is, about what and by whom. Carriers send each once; given twice,
/// what verified it and what is read of it could differ.
const ONCE: &[&str] = &[
    ID_PARAMETER,
    "AccountSid",
    "MessageSid",
    "SmsMessageSid",
    "SmsSid",
    "From",
    "To",
    "MessagingServiceSid",
    "MessageStatus",
    "SmsStatus",
    "ErrorCode",
    "OptOutType",
    "Body",
];

/// The answer to a text: nothing is said by the carrier itself. What is to be said goes out as a
/// text of its own, so that it passes the same checks as every other and is recorded.
pub const EMPTY_REPLY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
/// Content type of [`EMPTY_REPLY`]. Any other is an error for the carrier.
pub const EMPTY_REPLY_TYPE: &str = "text/xml";

/// One thing a carrier tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// Somebody texted us.
    Inbound(Inbound),
    /// A text of ours got on.
    Status(StatusUpdate),
}

impl Hook {
    /// What tells one delivery from another: the same for every repeat. A failure told with its
    /// reason is another than the same failure told without.
    pub fn event_key(&self) -> String {
        match self {
            Self::Inbound(inbound) => format!("in:{}", inbound.sid),
            Self::Status(StatusUpdate { sid, word, error_code: Some(code), .. }) => {
                format!("{word}:{code}:{sid}")
            }
            Self::Status(StatusUpdate { sid, word, .. }) => format!("{word}:{sid}"),
        }
    }
}

/// What a carrier has already answered to this person by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutWord {
    /// They opted out.
    Stop,
    /// They opted in again.
    Start,
    /// They asked who we are.
    Help,
}

/// A text that came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Whose it is.
    pub vendor: Vendor,
    /// The carrier's id; the only thing that tells a replayed request from a new text.
    pub sid: String,
    /// The account it came to.
    pub account: Option<String>,
    /// Who wrote, without the channel before it.
    pub from: String,
    /// The number or short code of ours, without the channel before it.
    pub to: String,
    /// `whatsapp`, `rcs` and the like; absent for plain texts.
    pub channel: Option<String>,
    /// What they wrote, to the byte; empty where only pictures came.
    pub body: String,
    /// Whether `body` was cut.
    pub cut: bool,
    /// How many pictures and files came with it.
    pub media_count: u32,
    /// Set when the carrier has answered this text itself, so nobody else may. Absent does not
    /// mean that nobody opted out.
    pub opt_out_type: Option<OptOutWord>,
    /// The service it came to.
    pub service: Option<String>,
    /// How many segments it had.
    pub segments: Option<u32>,
}

/// How a text of ours is getting on.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    /// Whose it is.
    pub vendor: Vendor,
    /// The carrier's id.
    pub sid: String,
    /// Our id, from the signed query.
    pub message: Option<MessageId>,
    /// The account it was sent from.
    pub account: Option<String>,
    /// The carrier's word.
    pub word: String,
    /// What the word means, where it is known; otherwise nothing changes.
    pub status: Option<TextStatus>,
    /// Why it failed: see [`super::class_of_code`]. Absent on later repeats of a failure, which
    /// must not erase an earlier one.
    pub error_code: Option<u32>,
    /// How many segments are charged.
    pub segments: Option<u32>,
    /// Whom it goes to.
    pub to: Option<String>,
    /// What it comes from, once a service has picked a number.
    pub from: Option<String>,
    /// The service it was sent through.
    pub service: Option<String>,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("vendor", &self.vendor)
            .field("sid", &self.sid)
            .field("media_count", &self.media_count)
            .field("opt_out_type", &self.opt_out_type)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StatusUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusUpdate")
            .field("vendor", &self.vendor)
            .field("sid", &self.sid)
            .field("message", &self.message)
            .field("word", &self.word)
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

/// Why verified bytes say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`MAX_HOOK_BYTES`].
    #[error("the webhook is longer than {MAX_HOOK_BYTES} bytes")]
    TooLong,
    /// Neither a form nor a JSON object.
    #[error("the webhook is neither a form nor a JSON object")]
    Unreadable,
    /// No id of a message, so nothing can be done with it.
    #[error("the webhook names no message")]
    NoId,
    /// A text without the number it comes from.
    #[error("the text comes from nobody")]
    NoSender,
    /// A name that tells whose it is comes twice.
    #[error("{0} is given twice")]
    Repeated(&'static str),
}

/// Reads a verified webhook. `query` is the raw query of the request.
///
/// # Errors
/// When it says nothing that could be kept.
pub fn parse(
    vendor: Vendor,
    query: &str,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Hook, ParseError> {
    if body.len().saturating_add(query.len()) > MAX_HOOK_BYTES {
        return Err(ParseError::TooLong);
    }
    let asked = Fields::of_form(query.as_bytes())?;
    let message = asked.get(ID_PARAMETER).and_then(|id| id.parse::<MessageId>().ok());
    let fields = match body.is_empty() {
        // Whoever asked for GET has everything in the query.
        true => asked,
        false => Fields::of_body(content_type, body)?,
    };
    let sid = ["MessageSid", "SmsMessageSid", "SmsSid"].iter().find_map(|name| fields.short(name));
    let sid = sid.ok_or(ParseError::NoId)?;
    match fields.is_inbound() {
        true => inbound(vendor, sid, &fields).map(Hook::Inbound),
        false => Ok(Hook::Status(update(vendor, sid, message, &fields))),
    }
}

fn inbound(vendor: Vendor, sid: String, fields: &Fields) -> Result<Inbound, ParseError> {
    let (channel, from) = split_channel(fields.short("From").ok_or(ParseError::NoSender)?);
    let (_, to) = split_channel(fields.short("To").unwrap_or_default());
    let (body, cut) = cut(fields.get("Body").unwrap_or_default());
    Ok(Inbound {
        vendor,
        sid,
        account: fields.short("AccountSid"),
        from,
        to,
        channel: channel.or_else(|| fields.short("ChannelPrefix")),
        body,
        cut,
        media_count: fields.whole("NumMedia").unwrap_or(0),
        opt_out_type: match fields.get("OptOutType").map(str::to_ascii_uppercase).as_deref() {
            Some("STOP") => Some(OptOutWord::Stop),
            Some("START") => Some(OptOutWord::Start),
            Some("HELP") => Some(OptOutWord::Help),
            _ => None,
        },
        service: fields.short("MessagingServiceSid"),
        segments: fields.whole("NumSegments"),
    })
}

fn update(vendor: Vendor, sid: String, message: Option<MessageId>, fields: &Fields) -> StatusUpdate {
    let word = fields.status_word().unwrap_or_default();
    StatusUpdate {
        vendor,
        sid,
        message,
        account: fields.short("AccountSid"),
        status: TextStatus::parse(&word),
        word,
        error_code: fields.whole("ErrorCode").filter(|code| *code != 0),
        segments: fields.whole("NumSegments"),
        to: fields.short("To").map(|to| split_channel(to).1),
        from: fields.short("From").map(|from| split_channel(from).1),
        service: fields.short("MessagingServiceSid"),
    }
}

/// `whatsapp:+1…` is a number and its channel; so is every other word with a colon.
fn split_channel(address: String) -> (Option<String>, String) {
    match address.split_once(':') {
        Some((channel, number))
            if channel.bytes().all(|b| b.is_ascii_alphanumeric()) && !channel.is_empty() =>
        {
            (Some(channel.to_ascii_lowercase()), number.to_owned())
        }
        _ => (None, address),
    }
}

/// The beginning of a text, whole characters only, and whether that is not all of it.
fn cut(text: &str) -> (String, bool) {
    let end = text.floor_char_boundary(MAX_BODY);
    (text[..end].to_owned(), end < text.len())
}

/// Names and values, whatever they came as. Of a name that may be repeated the first counts.
struct Fields(HashMap<String, String>);

impl Fields {
    fn of_body(content_type: Option<&str>, body: &[u8]) -> Result<Self, ParseError> {
        let essence = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        match essence.to_ascii_lowercase().ends_with("json") {
            true => Self::of_json(body),
            false => Self::of_form(body),
        }
    }

    fn of_form(body: &[u8]) -> Result<Self, ParseError> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let pairs = pairs(body).ok_or(ParseError::Unreadable)?;
        Self::of(pairs.into_iter().map(|(name, value)| (text(name), text(value))))
    }

    fn of_json(body: &[u8]) -> Result<Self, ParseError> {
        let Ok(Value::Object(map)) = json::read::<Value>(body) else { return Err(ParseError::Unreadable) };
        Self::of(map.into_iter().filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        }))
    }

    fn of(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, ParseError> {
        let mut fields = HashMap::new();
        for (name, value) in pairs {
            if fields.contains_key(&name)
                && let Some(once) = ONCE.iter().find(|once| **once == name)
            {
                return Err(ParseError::Repeated(once));
            }
            // No store takes a NUL.
            fields.entry(name).or_insert_with(|| value.replace('\0', ""));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// An id, number or word: neither empty nor long.
    fn short(&self, name: &str) -> Option<String> {
        let text = self.get(name)?.trim();
        (1..=MAX_NAME).contains(&text.len()).then(|| text.to_owned())
    }

    fn whole(&self, name: &str) -> Option<u32> {
        self.get(name)?.trim().parse().ok()
    }

    fn status_word(&self) -> Option<String> {
        self.short("MessageStatus").or_else(|| self.short("SmsStatus"))
    }

    /// Texts that came in say `received`, or say nothing of a status and have words or pictures.
    /// SignalWire repeats the words of a text in the callbacks about it, so words alone are no sign.
    fn is_inbound(&self) -> bool {
        match self.status_word() {
            Some(word) => word.eq_ignore_ascii_case("received"),
            None => ["Body", "NumMedia", "OptOutType"].iter().any(|name| self.0.contains_key(*name)),
        }
    }
}
