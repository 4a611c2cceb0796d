//! The HTTP client of Vapi.
//!
//! Sends each request once. Must not live here: retries, the store, the decision to call, and
//! any log of bodies, numbers or monitor links.

use super::call::{SecretUrl, VapiCall};
use super::loose::{List, Obj};
use super::place::{PlaceCall, Placed, placed, problem};
use super::refusal;
use super::wire::Wire;
use crate::http::{self, ClientError, Policy, Reply};
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{CallId, Millis};
use reqwest::{Method, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Longest answer read: one call, and a page of them with their transcripts.
const CALL_CAP: usize = 8 * 1024 * 1024;
const LIST_CAP: usize = 64 * 1024 * 1024;
/// Calls per page of a look-up. Few, because each comes with its whole conversation.
const PAGE: u32 = 100;
/// Pages read before a look-up gives up: ten thousand calls since the attempt.
const MAX_PAGES: usize = 100;
/// How far Vapi's clock may be behind ours in a look-up by time.
const SKEW_MS: i64 = 2 * MINUTE;

/// Where Vapi is and how to prove that we are us.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://api.vapi.ai`, its European twin, or the sandbox.
    pub base_url: String,
    /// The private key.
    pub key: SecretString,
    /// Deadlines.
    pub policy: Policy,
    /// Domains on which monitor links are followed; subdomains count.
    pub control_domains: Vec<String>,
}

impl Settings {
    /// The defaults for a base URL and a key.
    pub fn new(base_url: impl Into<String>, key: SecretString) -> Self {
        Self {
            base_url: base_url.into(),
            key,
            policy: Policy::default(),
            control_domains: vec!["vapi.ai".to_owned()],
        }
    }
}

/// Which calls to list. Everything unset means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only this assistant's.
    pub assistant_id: Option<String>,
    /// Only from or to this number of ours.
    pub phone_number_id: Option<String>,
    /// Only calls made after this instant.
    pub created_after: Option<Millis>,
    /// Only calls made before this instant.
    pub created_before: Option<Millis>,
    /// Only calls that changed at or after this instant.
    pub updated_since: Option<Millis>,
    /// At most so many, up to 1000; Vapi's default is 100.
    pub limit: Option<u32>,
}

impl ListFilter {
    fn query(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("assistantId", self.assistant_id.clone()),
            ("phoneNumberId", self.phone_number_id.clone()),
            ("createdAtGt", self.created_after.map(Millis::iso)),
            ("createdAtLt", self.created_before.map(Millis::iso)),
            ("updatedAtGe", self.updated_since.map(Millis::iso)),
            ("limit", self.limit.map(|n| n.clamp(1, 1_000).to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// An assistant as Vapi stores it. What to think of it is `doctor`'s business.
#[derive(Clone, PartialEq)]
pub struct Assistant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The whole object.
    pub raw: Value,
}

// The whole object may hold prompts, tool headers and, in old ones, a server secret.
impl fmt::Debug for Assistant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assistant").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A number as Vapi stores it.
#[derive(Clone, PartialEq)]
pub struct PhoneNumber {
    /// The whole object.
    pub raw: Value,
}

// The number itself and what it is dialled by stay out of logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

/// A client of one Vapi account.
#[derive(Debug, Clone)]
pub struct Client {
    base: Url,
    key: SecretString,
    control_domains: Vec<String>,
    http: reqwest::Client,
}

impl Client {
    /// A client for these settings.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = http::base_url(&settings.base_url)?;
        let http = http::client(&base, settings.policy)?;
        Ok(Self { base, key: settings.key, control_domains: settings.control_domains, http })
    }

    /// Places a call. On `Unknown` the phone may ring: look the attempt up, never place again.
    pub async fn place(&self, call: &PlaceCall) -> Sent<Placed> {
        if let Some(refusal) = problem(call) {
            return Sent::Refused(refusal);
        }
        let request = self.request(Method::POST, &["call"]).json(&call.body());
        let sent = self.body(request, CALL_CAP).await.and_then(|body| placed(&body));
        match sent {
            // Something the request names does not exist: no call that names it can succeed.
            Sent::Refused(refusal) if refusal.class == RefusalClass::NotFound => {
                Sent::Refused(Refusal { class: refusal::missing(&refusal.message), ..refusal })
            }
            other => other,
        }
    }

    /// One call by Vapi's id.
    pub async fn get(&self, id: &str) -> Sent<VapiCall> {
        if id.trim().is_empty() {
            return Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no call id"));
        }
        let body = self.body(self.request(Method::GET, &["call", id]), CALL_CAP).await;
        body.and_then(|body| {
            let wire = json::read::<Obj<Wire>>(&body).ok();
            match wire.as_ref().and_then(Obj::get).and_then(VapiCall::from_wire) {
                Some(call) => Sent::Done(call),
                None => Sent::Unknown("the answer is not a call".to_owned()),
            }
        })
    }

    /// Calls that match, in Vapi's order. A list with an entry that names no call is `Unknown`:
    /// part of it could not be read.
    pub async fn list(&self, filter: &ListFilter) -> Sent<Vec<VapiCall>> {
        let request = self.request(Method::GET, &["call"]).query(&filter.query());
        self.body(request, LIST_CAP).await.and_then(|body| match json::read::<List<Wire>>(&body) {
            Ok(List(Some(wires))) => match wires.iter().map(VapiCall::from_wire).collect() {
                Some(calls) => Sent::Done(calls),
                None => Sent::Unknown("the list holds a call without an id".to_owned()),
            },
            _ => Sent::Unknown("the answer is not a list of calls".to_owned()),
        })
    }

    /// The calls that carry our attempt ids, looked for among all calls made since shortly
    /// before `since`. What is missing in `Done` is not there, for the whole list was read; a
    /// call still on its way into Vapi's list is missed, so ask again before believing it.
    pub async fn find_attempts(
        &self,
        since: Millis,
        attempts: &HashSet<CallId>,
    ) -> Sent<HashMap<CallId, VapiCall>> {
        let mut found = HashMap::new();
        let mut filter =
            ListFilter { created_after: Some(since - SKEW_MS), limit: Some(PAGE), ..ListFilter::default() };
        let mut seen = HashSet::new();
        for _ in 0..MAX_PAGES {
            let page = match self.list(&filter).await {
                Sent::Done(page) => page,
                other => return other.map(|_| HashMap::new()),
            };
            let full = page.len() >= PAGE as usize;
            let made: Vec<Option<Millis>> = page.iter().map(|c| c.call.created_at).collect();
            let mut fresh = false;
            for call in page {
                fresh |= seen.insert(call.call.id.clone());
                if let Some(attempt) = attempts.iter().find(|attempt| call.call.is_attempt(**attempt)) {
                    found.insert(*attempt, call);
                }
            }
            if found.len() == attempts.len() {
                return Sent::Done(found);
            }
            // A page shorter than asked for proves nothing, since Vapi may cap pages below our
            // limit: the end is a page without anything new. "Not found" leads to another call,
            // so it must never be said after reading half of the list; the order is not
            // documented, and only newest first can be paged towards the past.
            let newest_first = made.windows(2).all(|pair| pair[0] >= pair[1]);
            match (fresh, made.iter().min().copied().flatten()) {
                (false, _) if !full => return Sent::Done(found),
                // One past the oldest, so that calls of the same millisecond are not skipped.
                (true, Some(oldest)) if newest_first || !full => filter.created_before = Some(oldest + 1),
                _ => return Sent::Unknown("the list of calls cannot be paged".to_owned()),
            }
        }
        Sent::Unknown(format!("more than {} calls to search", MAX_PAGES * PAGE as usize))
    }

    /// Hangs up a live call by its control link. The link is followed only where a monitor
    /// link may lead, and the private key is not sent to it.
    pub async fn end(&self, control_url: &SecretUrl) -> Sent<()> {
        let Some(url) = self.control_target(control_url) else {
            let why = "the call's control link leads outside the allowed domains";
            return Sent::Refused(Refusal::ours(RefusalClass::Config, why));
        };
        let request = self.http.post(url).json(&serde_json::json!({ "type": "end-call" }));
        match http::send(request, CALL_CAP).await {
            // What it says is of no use; that it said yes is.
            Ok(reply) if reply.status.is_success() => Sent::Done(()),
            Ok(reply) => {
                refusal::answer(reply.status.as_u16(), reply.retry_after_ms, &reply.body.unwrap_or_default())
            }
            Err(lost) => lost.into(),
        }
    }

    /// One assistant, for checks of its settings.
    pub async fn get_assistant(&self, id: &str) -> Sent<Assistant> {
        if id.trim().is_empty() {
            return Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no assistant id"));
        }
        let body = self.body(self.request(Method::GET, &["assistant", id]), CALL_CAP).await;
        body.and_then(|body| {
            let raw = json::read::<Value>(&body).unwrap_or_default();
            let text = |name: &str| raw.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            match text("id") {
                id if id.is_empty() => Sent::Unknown("the answer is not an assistant".to_owned()),
                id => Sent::Done(Assistant { id, name: text("name"), raw }),
            }
        })
    }

    /// One number of ours as Vapi stores it, for checks of its settings.
    pub async fn get_phone_number(&self, id: &str) -> Sent<PhoneNumber> {
        if id.trim().is_empty() {
            return Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no phone number id"));
        }
        let body = self.body(self.request(Method::GET, &["phone-number", id]), CALL_CAP).await;
        body.and_then(|body| {
            let raw = json::read::<Value>(&body).unwrap_or_default();
            match raw.get("id").and_then(Value::as_str) {
                Some(found) if found == id => Sent::Done(PhoneNumber { raw }),
                _ => Sent::Unknown("the answer is not a phone number".to_owned()),
            }
        })
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        // Segments are escaped, so an id cannot reach another path. A base URL was checked to
        // have a host, which is all this needs.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url).bearer_auth(self.key.expose_secret())
    }

    /// The body of a 2xx; everything else is sorted here.
    async fn body(&self, request: RequestBuilder, cap: usize) -> Sent<bytes::Bytes> {
        match http::send(request, cap).await {
            Ok(Reply { status, body: Ok(body), .. }) if status.is_success() => Sent::Done(body),
            Ok(Reply { status, body: Err(why), .. }) if status.is_success() => {
                Sent::Unknown(format!("status {status}, but the answer was lost: {why}"))
            }
            Ok(reply) => {
                refusal::answer(reply.status.as_u16(), reply.retry_after_ms, &reply.body.unwrap_or_default())
            }
            Err(lost) => lost.into(),
        }
    }

    /// The link, if it is one we may follow: https into an allowed domain, or plain http on
    /// loopback when Vapi itself (then the sandbox) is there.
    fn control_target(&self, link: &SecretUrl) -> Option<Url> {
        let url = Url::parse(link.expose()).ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let local = self.base.scheme() == "http" && http::is_loopback(&self.base) && http::is_loopback(&url);
        let host = url.host_str()?.to_ascii_lowercase();
        let allowed = self.control_domains.iter().any(|domain| {
            let domain = domain.trim_start_matches('.').to_ascii_lowercase();
            !domain.is_empty() && (host == domain || host.ends_with(&format!(".{domain}")))
        });
        let safe =
            (url.scheme() == "https" && allowed) || (local && matches!(url.scheme(), "http" | "https"));
        safe.then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(base: &str, link: &str) -> bool {
        let client = Client::new(Settings::new(base, "k".to_owned().into())).unwrap();
        client.control_target(&SecretUrl::new(link.to_owned())).is_some()
    }

    #[test]
    fn control_links_are_followed_only_home() {
        let real = "https://api.vapi.ai";
        assert!(follows(real, "https://aws-us-west-2-production1-phone-call-websocket.vapi.ai/x/control"));
        for bad in [
            "http://x.vapi.ai/control",
            "https://vapi.ai.evil.com/x",
            "https://evilvapi.ai/x",
            "https://u:p@x.vapi.ai/",
            "http://127.0.0.1:1/x",
            "wss://x.vapi.ai/x",
            "nonsense",
        ] {
            assert!(!follows(real, bad), "{bad}");
        }
        let sandbox = "http://127.0.0.1:9";
        assert!(follows(sandbox, "http://127.0.0.1:9/x/control"));
        assert!(follows(sandbox, "http://localhost:10/x/control"));
        assert!(!follows(sandbox, "http://10.0.0.1/x/control"));
    }

    #[test]
    fn debug_shows_no_key() {
        let client =
            Client::new(Settings::new("https://api.vapi.ai", "sk-very-secret".to_owned().into())).unwrap();
        assert!(!format!("{client:?}").contains("sk-very-secret"));
    }
}
