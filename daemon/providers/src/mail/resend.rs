//! Mail by Resend's API: `POST /emails` with our id as idempotency key.
//!
//! Must not live here: the form of a message, what comes in, retries. What Resend makes of our
//! `Message-ID` is not documented; answers are matched by `Reply-To` where it matters.

use super::class::{Class, No};
use super::message::{Checked, Mail, Mailbox};
use super::transport::{Accepted, Posted};
use crate::http::{self, ClientError, Policy, Reply};
use crate::json;
use crate::outcome::Sent;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// Where Resend is, unless somebody says otherwise.
pub const BASE_URL: &str = "https://api.resend.com";
/// For so long Resend knows a key again (its documentation on idempotency keys).
pub const IDEMPOTENCY_MS: i64 = 24 * frontdesk_shared::time::HOUR;
/// Longest answer read.
const CAP: usize = 64 * 1024;

/// Where Resend is and how to prove that we are us.
#[derive(Debug, Clone)]
pub struct Settings {
    /// [`BASE_URL`], or the sandbox.
    pub base_url: String,
    /// The key, `re_…`.
    pub key: SecretString,
    /// Deadlines.
    pub policy: Policy,
}

impl Settings {
    /// The defaults for a base URL and a key.
    pub fn new(base_url: impl Into<String>, key: SecretString) -> Self {
        Self { base_url: base_url.into(), key, policy: Policy::default() }
    }
}

/// A client of one Resend account.
#[derive(Debug, Clone)]
pub struct Client {
    emails: Url,
    key: SecretString,
    http: reqwest::Client,
}

impl Client {
    /// A client for these settings.
    ///
    /// # Errors
    /// A base URL that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = http::base_url(&settings.base_url)?;
        let http = http::client(&base, settings.policy)?;
        let mut emails = base;
        if let Ok(mut path) = emails.path_segments_mut() {
            path.pop_if_empty().push("emails");
        }
        Ok(Self { emails, key: settings.key, http })
    }

    /// Sends once. On `Unknown` the message may be on its way; within [`IDEMPOTENCY_MS`] the
    /// same message may be sent again, for Resend knows its key.
    pub async fn send(&self, mail: &Mail) -> Posted {
        let checked = match mail.checked() {
            Ok(checked) => checked,
            Err(no) => return no.posted(),
        };
        let request = self
            .http
            .post(self.emails.clone())
            .bearer_auth(self.key.expose_secret())
            .header("Idempotency-Key", checked.id.to_string())
            .json(&body(&checked));
        match http::send(request, CAP).await {
            Ok(Reply { status, body: Ok(body), .. }) if status.is_success() => accepted(&body),
            Ok(Reply { status, body: Err(why), .. }) if status.is_success() => {
                Posted::plain(Sent::Unknown(format!("status {status}, but the answer was lost: {why}")))
            }
            Ok(reply) => {
                let body = reply.body.unwrap_or_default();
                answer(reply.status.as_u16(), reply.retry_after_ms, &body)
            }
            Err(lost) => Posted::plain(lost.into()),
        }
    }
}

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Only send; which domains there are it may not know.
    SendOnly,
    /// Everything; these domains are verified.
    Full(Vec<String>),
}

impl Client {
    /// Asks what the key may do, and sends nothing: for checks of the settings.
    pub async fn check(&self) -> Posted<Access> {
        let mut url = self.emails.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop().push("domains");
        }
        let request = self.http.get(url).bearer_auth(self.key.expose_secret());
        let reply = match http::send(request, CAP).await {
            Ok(reply) => reply,
            Err(lost) => return Posted::plain(lost.into()),
        };
        let body = reply.body.unwrap_or_default();
        let value = json::read::<Value>(&body).unwrap_or_default();
        if value["name"] == "restricted_api_key" {
            return Posted::plain(Sent::Done(Access::SendOnly));
        }
        if !reply.status.is_success() {
            let no = answer(reply.status.as_u16(), reply.retry_after_ms, &body);
            return Posted { sent: no.sent.and_then(|_| Sent::Unknown(String::new())), class: no.class };
        }
        let verified = |domain: &Value| {
            (domain["status"] == "verified").then(|| domain["name"].as_str().map(str::to_owned)).flatten()
        };
        let domains = value["data"].as_array().map(|all| all.iter().filter_map(verified).collect());
        Posted::plain(Sent::Done(Access::Full(domains.unwrap_or_default())))
    }
}

fn body(checked: &Checked<'_>) -> Value {
    let headers: Map<String, Value> =
        checked.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    let mut body = json!({
        "from": mailbox(&checked.from),
        "to": [mailbox(&checked.to)],
        "subject": checked.subject,
        "text": checked.text,
        "headers": headers,
    });
    if let Some(reply_to) = &checked.reply_to {
        body["reply_to"] = mailbox(reply_to).into();
    }
    if let Some(html) = &checked.html {
        body["html"] = html.as_str().into();
    }
    if let Some(invite) = checked.invite {
        body["attachments"] = json!([{
            "filename": "invite.ics",
            "content": STANDARD.encode(&invite.ics),
            "content_type": format!("text/calendar; charset=utf-8; method={}", invite.method.word()),
        }]);
    }
    body
}

/// `"Name" <address>`; the name is one clean line already.
fn mailbox(mailbox: &Mailbox) -> String {
    match mailbox.name.as_str() {
        "" => mailbox.address.clone(),
        name => {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{name}\" <{}>", mailbox.address)
        }
    }
}

fn accepted(body: &[u8]) -> Posted {
    let answer = json::read::<Value>(body).unwrap_or_default();
    match answer["id"].as_str() {
        Some(id) if !id.is_empty() && id.len() <= 100 && id.bytes().all(|b| b.is_ascii_graphic()) => {
            Posted::plain(Sent::Done(Accepted { provider_id: Some(id.to_owned()), said: String::new() }))
        }
        _ => Posted::plain(Sent::Unknown("the answer names no message".to_owned())),
    }
}

/// What a status that is not 2xx says, with the `name` and `message` that came with it.
fn answer(status: u16, retry_after_ms: Option<i64>, body: &[u8]) -> Posted {
    let value = json::read::<Value>(body).unwrap_or_default();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let (name, message) = (text("name"), text("message"));
    let words = if message.is_empty() { format!("status {status}") } else { message };
    // What may have happened: something between us and Resend gave up, or the key was used
    // before for another text, of which one copy is out.
    if matches!(status, 408 | 500..) || name == "invalid_idempotent_request" {
        return Posted::plain(Sent::Unknown(format!("status {status}: {}", http::redact(&words))));
    }
    let class = class(status, &name, &words.to_lowercase());
    No { class, status, words, retry_after_ms }.posted()
}

fn class(status: u16, name: &str, words: &str) -> Class {
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    match (status, name) {
        (_, "daily_quota_exceeded" | "monthly_quota_exceeded") => Class::Quota,
        (429, _) | (_, "concurrent_idempotent_requests") => Class::Busy,
        (_, "invalid_from_address") => Class::SenderRefused,
        (_, "security_error") | (451, _) => Class::Policy,
        (_, "missing_api_key" | "invalid_api_key" | "restricted_api_key" | "suspended_api_key") => {
            Class::Login
        }
        _ if has(&["not verified", "testing emails", "`from`"]) => Class::SenderRefused,
        _ if has(&["api key"]) => Class::Login,
        (401..=403, _) => Class::Login,
        // The base URL leads somewhere else.
        (300..=399 | 404 | 405, _) => Class::GreetingRefused,
        (413, _) => Class::TooBig,
        (400 | 422, _) if has(&["`to`"]) => Class::NoSuchAddress,
        _ => Class::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Refusal, RefusalClass};

    #[test]
    fn refusals_by_name() {
        let cases = [
            (400, "validation_error", "API key is invalid", Class::Login),
            (401, "missing_api_key", "Missing API Key", Class::Login),
            (401, "restricted_api_key", "This API key is restricted to only send emails", Class::Login),
            (403, "invalid_api_key", "API key is invalid", Class::Login),
            (403, "validation_error", "The x.example domain is not verified.", Class::SenderRefused),
            (
                403,
                "validation_error",
                "You can only send testing emails to your own email",
                Class::SenderRefused,
            ),
            (404, "not_found", "The requested endpoint does not exist", Class::GreetingRefused),
            (301, "", "", Class::GreetingRefused),
            (409, "concurrent_idempotent_requests", "in progress", Class::Busy),
            (422, "invalid_from_address", "Invalid `from` field", Class::SenderRefused),
            (422, "validation_error", "Invalid `to` field. The email address needs to", Class::NoSuchAddress),
            (422, "validation_error", "Invalid `from` field.", Class::SenderRefused),
            (422, "missing_required_field", "Missing `subject` field", Class::Malformed),
            (422, "invalid_attachment", "Attachment must have content", Class::Malformed),
            (429, "rate_limit_exceeded", "Too many requests", Class::Busy),
            (429, "daily_quota_exceeded", "You have reached your daily email sending quota", Class::Quota),
            (429, "monthly_quota_exceeded", "You have reached your monthly quota", Class::Quota),
            (451, "security_error", "We may have found a security issue", Class::Policy),
            (418, "", "", Class::Malformed),
        ];
        for (status, name, message, class) in cases {
            let body = json!({"statusCode": status, "name": name, "message": message}).to_string();
            let posted = answer(status, None, body.as_bytes());
            assert_eq!(posted.class, Some(class), "{status} {name} {message}");
        }
        let busy = answer(429, Some(2_000), br#"{"name":"rate_limit_exceeded"}"#);
        assert_eq!(busy.sent, Sent::Busy { retry_after_ms: Some(2_000) });
        let quota = answer(429, Some(2_000), br#"{"name":"daily_quota_exceeded"}"#);
        assert!(matches!(quota.sent, Sent::Refused(Refusal { class: RefusalClass::DailyLimit, .. })));
    }

    #[test]
    fn what_may_have_happened_is_unknown() {
        for status in [408, 500, 502, 503, 520] {
            assert!(matches!(answer(status, None, b"").sent, Sent::Unknown(_)), "{status}");
        }
        let other = answer(409, None, br#"{"name":"invalid_idempotent_request"}"#);
        assert!(matches!(other.sent, Sent::Unknown(_)) && other.class.is_none());
        for body in ["", "{}", r#"{"id":""}"#, r#"{"id":7}"#, "\"id\""] {
            assert!(matches!(accepted(body.as_bytes()).sent, Sent::Unknown(_)), "{body}");
        }
    }

    #[test]
    fn names_are_quoted() {
        let of = |name: &str| mailbox(&Mailbox { name: name.into(), address: "a@b.example".into() });
        assert_eq!(of(""), "a@b.example");
        assert_eq!(of("Lee, Ann \"Al\" <x> \\"), "\"Lee, Ann \\\"Al\\\" <x> \\\\\" <a@b.example>");
    }
}
