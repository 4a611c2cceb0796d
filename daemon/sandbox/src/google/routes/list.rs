//! Listing a calendar: pages, sync tokens, and the rules about which parameters go together.
//!
//! A token says up to which change its reader knows the calendar. Changes made while somebody
//! pages are left out of that walk and are in the next one.

use super::door;
use crate::clock::from_iso;
use crate::google::config::Access;
use crate::google::event::Stored;
use crate::google::faults::Op;
use crate::google::state::{Calendar, Shared};
use crate::google::wrong::{Wrong, wrong};
use crate::net::Peer;
use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

type Params = HashMap<String, String>;

const DEFAULT_PAGE: usize = 250;
const MAX_PAGE: usize = 2_500;
/// Not together with a sync token.
const FORBIDDEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(calendar): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Response {
    let entered = match door::with_token(&shared, Op::List, peer, &headers).await {
        Ok(entered) => entered,
        Err(response) => return *response,
    };
    let response = {
        let state = shared.peek();
        door::allowed(state.calendars.get(&calendar), Access::Read)
            .and_then(|of| page(of, &calendar, &params, shared.page_size))
    };
    entered.leave(response.unwrap_or_else(IntoResponse::into_response))
}

/// Where a walk stands: changes in `(after, upto]`, of which those up to `done` were shown.
struct Walk {
    /// The reader knows the calendar up to here; `None` of a first list.
    after: Option<u64>,
    upto: u64,
    done: u64,
}

/// Parameters that must stay the same over a chain, as one text.
fn flags(params: &Params) -> String {
    let on = |name: &str| if params.get(name).is_some_and(|v| v == "true") { 't' } else { 'f' };
    [on("singleEvents"), on("showDeleted")].iter().collect()
}

fn walk(of: &Calendar, params: &Params) -> Result<Walk, Wrong> {
    let bad_page = || wrong(400, "invalid", "Invalid page token value.");
    let since = match params.get("syncToken") {
        Some(token) => Some(known(of, params, token)?),
        None => None,
    };
    let Some(token) = params.get("pageToken") else {
        return Ok(Walk { after: since, upto: of.seq, done: since.unwrap_or(0) });
    };
    let parts: Vec<&str> = token.split('.').collect();
    let &["page", kept, after, upto, done] = parts.as_slice() else { return Err(bad_page()) };
    let number = |text: &str| text.parse::<u64>().ok();
    let after_is = if after == "-" { None } else { Some(number(after).ok_or_else(bad_page)?) };
    if kept != flags(params) || after_is != since {
        return Err(bad_page());
    }
    let (Some(upto), Some(done)) = (number(upto), number(done)) else { return Err(bad_page()) };
    Ok(Walk { after: since, upto, done })
}

/// Up to which change the reader of a sync token knows the calendar.
fn known(of: &Calendar, params: &Params, token: &str) -> Result<u64, Wrong> {
    if let Some(name) = FORBIDDEN.iter().find(|name| params.contains_key(**name)) {
        return Err(wrong(400, "invalid", format!("Sync token cannot be used with {name}.")));
    }
    let gone = || wrong(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.");
    let parts: Vec<&str> = token.split('.').collect();
    let &["sync", kept, seq] = parts.as_slice() else { return Err(gone()) };
    let seq: u64 = seq.parse().map_err(|_| gone())?;
    if kept != flags(params) {
        return Err(wrong(400, "invalid", "The parameters differ from those of the initial request."));
    }
    if seq < of.oldest_token || seq > of.seq { Err(gone()) } else { Ok(seq) }
}

fn page(of: &Calendar, id: &str, params: &Params, most: usize) -> Result<Response, Wrong> {
    let walk = walk(of, params)?;
    let asked = match params.get("maxResults").map(|n| n.parse::<usize>()) {
        None => DEFAULT_PAGE,
        Some(Ok(n)) if n > 0 => n.min(MAX_PAGE),
        Some(_) => return Err(wrong(400, "invalidParameter", "Invalid value for maxResults.")),
    };
    let filter = Filter::read(params)?;
    let mut found: Vec<&Stored> = of
        .events
        .values()
        .filter(|stored| stored.seq > walk.done && stored.seq <= walk.upto)
        .filter(|stored| walk.after.is_some() || filter.takes(stored, of))
        .collect();
    found.sort_by_key(|stored| stored.seq);
    let size = asked.min(most);
    let more = found.len() > size;
    found.truncate(size);
    let shown = |stored: &&Stored| match (walk.after.is_some() && stored.is_deleted(), stored.json()) {
        (true, _) => stored.tombstone(),
        (false, json) => json,
    };
    let items: Vec<Value> = found.iter().map(shown).collect();
    let mut body = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}\"", of.seq),
        "summary": id,
        "timeZone": of.zone.iana_name(),
        "accessRole": if of.access == Access::Write { "writer" } else { "reader" },
        "items": items,
    });
    if more {
        let after = walk.after.map_or("-".to_owned(), |seq| seq.to_string());
        let done = found.last().map_or(walk.done, |stored| stored.seq);
        body["nextPageToken"] = format!("page.{}.{after}.{}.{done}", flags(params), walk.upto).into();
    } else if !filter.is_narrow {
        body["nextSyncToken"] = format!("sync.{}.{}", flags(params), walk.upto).into();
    }
    Ok(Json(body).into_response())
}

/// What a first list is narrowed by.
struct Filter {
    time_min: Option<i64>,
    time_max: Option<i64>,
    deleted: bool,
    /// Name and value of a private property.
    private: Option<(String, String)>,
    /// Such a list gives no sync token.
    is_narrow: bool,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, Wrong> {
        let instant = |name: &str| match params.get(name) {
            None => Ok(None),
            Some(text) => from_iso(text).map(Some).ok_or_else(|| wrong(400, "badRequest", "Bad Request")),
        };
        let private = match params.get("privateExtendedProperty").map(|text| text.split_once('=')) {
            None => None,
            Some(Some((name, value))) => Some((name.to_owned(), value.to_owned())),
            Some(None) => return Err(wrong(400, "invalid", "Invalid constraint.")),
        };
        let narrow = ["orderBy", "q", "iCalUID", "privateExtendedProperty", "updatedMin"];
        Ok(Self {
            time_min: instant("timeMin")?,
            time_max: instant("timeMax")?,
            deleted: params.get("showDeleted").is_some_and(|v| v == "true"),
            private,
            is_narrow: narrow.iter().any(|name| params.contains_key(*name)),
        })
    }

    fn takes(&self, stored: &Stored, of: &Calendar) -> bool {
        let (start, end) = stored.span(&of.zone).unwrap_or((i64::MAX, i64::MIN));
        (self.deleted || !stored.is_deleted())
            && self.time_min.is_none_or(|min| end > min)
            && self.time_max.is_none_or(|max| start < max)
            && self.private.as_ref().is_none_or(|(name, value)| stored.private(name) == Some(value))
    }
}
