//! The HTTP client of one account.
//!
//! Sends each request once. Must not live here: retries, the store, the decision to text, and any
//! log of numbers or words.

use super::account::{Sender, Settings};
use super::look_up::{FoundText, is_it, sum_up};
use super::record::{TextRecord, short, text};
use super::send::{Accepted, SendText, form};
use super::{refusal, vendor::Vendor};
use crate::http::{self, ClientError, Reply};
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::Millis;
use frontdesk_shared::time::DAY;
use reqwest::{Method, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashSet;

/// Longest answer read: one text, and a page of them.
const TEXT_CAP: usize = 256 * 1024;
const LIST_CAP: usize = 16 * 1024 * 1024;
/// Texts per page of a look-up; the carriers' longest page is 1000.
const PAGE: &str = "200";
/// Pages read before a look-up gives up: two thousand texts to one person.
const MAX_PAGES: usize = 10;

/// A client of one account.
#[derive(Debug, Clone)]
pub struct Client {
    vendor: Vendor,
    base: Url,
    account: String,
    user: String,
    secret: SecretString,
    sender: Sender,
    status_url: Option<String>,
    http: reqwest::Client,
}

impl Client {
    /// A client for these settings.
    ///
    /// # Errors
    /// When the base URL is not usable.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = http::base_url(&settings.base_url)?;
        let http = http::client(&base, settings.policy)?;
        let Settings { vendor, account, user, secret, sender, status_url, .. } = settings;
        Ok(Self { vendor, base, account, user, secret, sender, status_url, http })
    }

    /// Whose API it is.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// Sends a text. On `Unknown` it may have left: [`Client::find`] it, never send it again.
    pub async fn send(&self, message: &SendText) -> Sent<Accepted> {
        let form = match form(self.vendor, message, &self.sender, self.status_url.as_deref()) {
            Ok(form) => form,
            Err(refusal) => return Sent::Refused(refusal),
        };
        let request = self.request(Method::POST, &[&self.vendor.leaf("Messages")]).form(&form);
        let sent = self.answer(request, TEXT_CAP).await.and_then(|value| match TextRecord::read(&value) {
            Some(record) => Sent::Done(Accepted::of(record)),
            None => Sent::Unknown("the answer is not a text".to_owned()),
        });
        match sent {
            // The path names nothing but the account.
            Sent::Refused(refusal) if refusal.class == RefusalClass::NotFound => {
                Sent::Refused(Refusal { class: RefusalClass::Access, ..refusal })
            }
            other => other,
        }
    }

    /// One text by the carrier's id: how far it has come by now.
    pub async fn fetch(&self, sid: &str) -> Sent<TextRecord> {
        if sid.trim().is_empty() {
            return Sent::Refused(Refusal::ours(RefusalClass::NotFound, "no id of a text"));
        }
        let request = self.request(Method::GET, &["Messages", &self.vendor.leaf(sid.trim())]);
        self.answer(request, TEXT_CAP).await.and_then(|value| match TextRecord::read(&value) {
            Some(record) => Sent::Done(record),
            None => Sent::Unknown("the answer is not a text".to_owned()),
        })
    }

    /// Looks for a text whose answer was lost, sent at `since` or later.
    ///
    /// The list does not tell where callbacks go, so recipient, sender, words and time identify
    /// the text. `None` is only said when everything was read: first the texts sent since the day
    /// before `since`, and, as a text that still waits may have no date of sending, then all texts
    /// to this person. A text may take some seconds to be listed, so a `None` is worth believing
    /// only some time after the request was lost.
    pub async fn find(&self, message: &SendText, since: Millis) -> Sent<Option<FoundText>> {
        let day = (since - DAY).iso();
        let day = day.get(..10).unwrap_or_default();
        match self.matching(message, since, Some(day)).await {
            Sent::Done(None) => self.matching(message, since, None).await,
            other => other,
        }
    }

    /// Where texts to a number of ours are delivered; `None` when nowhere. A service may overrule
    /// its numbers. A number the account does not have is `Refused` as `NotFound`.
    pub async fn sms_url(&self, number: &str) -> Sent<Option<String>> {
        let request = self
            .request(Method::GET, &[&self.vendor.leaf("IncomingPhoneNumbers")])
            .query(&[("PhoneNumber", number), ("PageSize", "20")]);
        self.answer(request, LIST_CAP).await.and_then(|value| {
            let Some(numbers) = value.get("incoming_phone_numbers").and_then(Value::as_array) else {
                return Sent::Unknown("the answer is not a list of numbers".to_owned());
            };
            // The filter takes patterns, so it may find more than this number.
            match numbers.iter().find(|found| short(found, "phone_number").as_deref() == Some(number)) {
                Some(found) => Sent::Done(text(found, "sms_url").filter(|url| url.len() <= 2_000)),
                None => Sent::Refused(Refusal::ours(
                    RefusalClass::NotFound,
                    "the account does not have this number",
                )),
            }
        })
    }

    /// Reads every page of the texts to one person and keeps those that are `message`.
    async fn matching(
        &self,
        message: &SendText,
        since: Millis,
        day: Option<&str>,
    ) -> Sent<Option<FoundText>> {
        let sender = message.from.as_ref().unwrap_or(&self.sender);
        let mut query = vec![("To", message.to.as_str()), ("PageSize", PAGE)];
        query.extend(day.map(|day| ("DateSent>", day)));
        let first = self.request(Method::GET, &[&self.vendor.leaf("Messages")]).query(&query);
        let mut page = match self.answer(first, LIST_CAP).await {
            Sent::Done(page) => page,
            other => return other.map(|_| None),
        };
        let mut found = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        for _ in 0..MAX_PAGES {
            let Some(records) = page.get("messages").and_then(Value::as_array) else {
                return Sent::Unknown("the answer is not a list of texts".to_owned());
            };
            let records = records.iter().filter_map(TextRecord::read);
            found.extend(records.filter(|record| is_it(record, message, sender, since)));
            let Some(next) = text(&page, "next_page_uri") else {
                return Sent::Done(sum_up(found));
            };
            let Some(url) = self.next_page(&next).filter(|_| seen.insert(next)) else {
                return Sent::Unknown("the list continues where it may not be followed".to_owned());
            };
            page = match self.answer(self.signed_in(self.http.get(url)), LIST_CAP).await {
                Sent::Done(page) => page,
                other => return other.map(|_| None),
            };
        }
        Sent::Unknown("the list of texts does not end".to_owned())
    }

    /// The address of a page, as long as it is at the same place as everything else: it is fetched
    /// with the account's key.
    fn next_page(&self, uri: &str) -> Option<Url> {
        let url = self.base.join(uri).ok()?;
        (url.origin() == self.base.origin() && url.username().is_empty()).then_some(url)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        // Segments are escaped, so an id cannot reach another path. A base URL was checked to
        // have a host, which is all this needs.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(self.vendor.root())
                .push("Accounts")
                .push(&self.account)
                .extend(path);
        }
        self.signed_in(self.http.request(method, url))
    }

    fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.secret.expose_secret()))
    }

    /// The JSON of a 2xx; everything else is sorted here.
    async fn answer(&self, request: RequestBuilder, cap: usize) -> Sent<Value> {
        match http::send(request, cap).await {
            Ok(Reply { status, body: Ok(body), .. }) if status.is_success() => match json::read(&body) {
                Ok(value) => Sent::Done(value),
                Err(_) => Sent::Unknown(format!("status {status}, but the answer is not JSON")),
            },
            Ok(Reply { status, body: Err(why), .. }) if status.is_success() => {
                Sent::Unknown(format!("status {status}, but the answer was lost: {why}"))
            }
            Ok(reply) => {
                let body = reply.body.unwrap_or_default();
                refusal::answer(self.vendor, reply.status.as_u16(), reply.retry_after_ms, &body)
            }
            Err(lost) => lost.into(),
        }
    }
}
