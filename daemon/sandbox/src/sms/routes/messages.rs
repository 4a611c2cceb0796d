//! Sending, listing and reading texts.

use super::{Api, SignedIn, error, not_found};
use crate::net::Peer;
use crate::sms::config::{Account, Vendor};
use crate::sms::faults::take_one;
use crate::sms::play;
use crate::sms::rules::{self, ApiError};
use crate::sms::text::Text;
use axum::extract::{ConnectInfo, Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::HashMap;

const DEFAULT_PAGE: usize = 50;
const MAX_PAGE: usize = 1_000;

pub(super) async fn create(
    State(api): State<Api>,
    Extension(signed_in): Extension<SignedIn>,
    Path(sid): Path<String>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let account = match api.account(signed_in, &sid) {
        Ok(account) => account,
        Err(response) => return *response,
    };
    let shared = &api.shared;
    if shared.change(|state| take_one(&mut state.faults.cut_before_taking)) {
        peer.cut();
        return StatusCode::NO_CONTENT.into_response();
    }
    let order = match rules::check(account, &form) {
        Ok(order) => order,
        Err(refusal) => return error(&refusal),
    };
    let seq = match play::outbound(shared, signed_in.0, order) {
        Ok(seq) => seq,
        Err(refusal) => return error(&refusal),
    };
    let answer = shared.peek().texts.get(&seq).map(|text| text.json(account)).unwrap_or_default();
    let (lost, late) = shared.change(|state| {
        let lost = take_one(&mut state.faults.cut_after_taking);
        state.counters.answers_lost += u64::from(lost);
        (lost, take_one(&mut state.faults.callback_before_answer))
    });
    if late {
        let mut changes = shared.changes();
        while shared.peek().texts.get(&seq).is_some_and(|text| text.told == 0) && !shared.is_idle() {
            tokio::select! {
                _ = changes.changed() => {}
                () = shared.shutdown.cancelled() => break,
            }
        }
    }
    if lost {
        peer.cut();
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

pub(super) async fn fetch(
    State(api): State<Api>,
    Extension(signed_in): Extension<SignedIn>,
    Path((sid, file)): Path<(String, String)>,
) -> Response {
    let account = match api.account(signed_in, &sid) {
        Ok(account) => account,
        Err(response) => return *response,
    };
    let name = match (file.strip_suffix(".json"), api.vendor) {
        (Some(name), _) => name,
        (None, Vendor::SignalWire) => file.as_str(),
        (None, Vendor::Twilio) => return not_found(&file),
    };
    let state = api.shared.peek();
    match state.by_sid(name).filter(|text| text.account == signed_in.0) {
        Some(text) => Json(text.json(account)).into_response(),
        None => not_found(name),
    }
}

/// What a list is narrowed by.
struct Filter {
    to: Option<String>,
    from: Option<String>,
    /// Inclusive days: first and last, as `YYYY-MM-DD`.
    sent: (Option<String>, Option<String>),
    size: usize,
    page: usize,
}

impl Filter {
    fn read(query: &HashMap<String, String>) -> Result<Self, ApiError> {
        let wrong = |name: &str| ApiError::new(400, 20_001, &format!("{name} is not valid"));
        let text = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
        let number = |name: &str, default: usize| match query.get(name).map(|value| value.parse()) {
            None => Ok(default),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => Err(wrong(name)),
        };
        let size = number("PageSize", DEFAULT_PAGE)?;
        if !(1..=MAX_PAGE).contains(&size) {
            return Err(wrong("PageSize"));
        }
        let on = text("DateSent");
        let from = text("DateSent>").or_else(|| on.clone());
        Ok(Self {
            to: text("To"),
            from: text("From"),
            sent: (from, text("DateSent<").or(on)),
            size,
            page: number("Page", 0)?,
        })
    }

    /// A text that has not been sent has no day at SignalWire, so no day finds it.
    fn matches(&self, text: &Text, vendor: Vendor) -> bool {
        let same =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let sent_ms = text.sent_ms.or((vendor == Vendor::Twilio).then_some(text.created_ms));
        let day = sent_ms.map(|ms| crate::clock::iso(ms).chars().take(10).collect::<String>());
        let is_within = match (&self.sent, &day) {
            ((None, None), _) => true,
            (_, None) => false,
            ((first, last), Some(day)) => {
                first.as_ref().is_none_or(|first| first <= day)
                    && last.as_ref().is_none_or(|last| day <= last)
            }
        };
        same(&self.to, &text.to) && same(&self.from, &text.from) && is_within
    }
}

/// Newest first, a page at a time.
pub(super) async fn list(
    State(api): State<Api>,
    Extension(signed_in): Extension<SignedIn>,
    Path(sid): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let account = match api.account(signed_in, &sid) {
        Ok(account) => account,
        Err(response) => return *response,
    };
    let filter = match Filter::read(&query) {
        Ok(filter) => filter,
        Err(refusal) => return error(&refusal),
    };
    let state = api.shared.peek();
    let mut found = state
        .texts
        .values()
        .rev()
        .filter(|text| text.account == signed_in.0 && filter.matches(text, account.vendor))
        .skip(filter.page.saturating_mul(filter.size));
    let messages: Vec<Value> = found.by_ref().take(filter.size).map(|text| text.json(account)).collect();
    let next = found.next().map(|_| next_page(account, &query, filter.page + 1));
    Json(json!({"messages": messages, "page": filter.page, "page_size": filter.size, "next_page_uri": next}))
        .into_response()
}

/// The same question with the next page, relative to the host.
fn next_page(account: &Account, query: &HashMap<String, String>, page: usize) -> Option<String> {
    let path = match account.vendor {
        Vendor::Twilio => format!("/2010-04-01/Accounts/{}/Messages.json", account.sid),
        Vendor::SignalWire => format!("/api/laml/2010-04-01/Accounts/{}/Messages", account.sid),
    };
    let mut url = reqwest::Url::parse("http://localhost").ok()?.join(&path).ok()?;
    let mut kept: Vec<_> = query.iter().filter(|(k, _)| *k != "Page" && *k != "PageToken").collect();
    kept.sort();
    url.query_pairs_mut()
        .extend_pairs(kept)
        .append_pair("Page", &page.to_string())
        .append_pair("PageToken", &format!("PA{page}"));
    Some(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
}
