//! A page of any list: dispatch, paging by key, and the counts around it.
//!
//! `after` is `list~segment~base~second~first`: where the last row stood, and the instant the
//! listing began, so that “due” and “past” mean the same on every page of it.

use super::filter::Filter;
use super::mask::Mask;
use super::rows::{self, KEYS};
use super::spec::{self, Segment, Spec};
use super::text::{Arg, Text};
use super::{COUNTED, badges, events};
use crate::params;
use crate::{Refusal, Result, Row, Tx};
use frontdesk_shared::client::ClientRow;
use frontdesk_shared::page::{List, Page, Query, Rows};
use frontdesk_shared::{ClientId, Millis};
use std::collections::HashMap;

/// Most rows on one page.
pub const MAX_LIMIT: u32 = 500;

/// One page of a list with its counts and its place in the order of events. `unmasked` shows
/// numbers and what was said.
///
/// # Errors
/// A refusal for an unknown client, filter key or `after`, and for the health report, which is
/// no list of rows; otherwise as the store fails.
pub fn page(tx: &mut Tx<'_>, query: &Query, now: Millis, unmasked: bool) -> Result<Page> {
    let spec = spec::of(query.list, tx.engine())
        .ok_or_else(|| Refusal::invalid("list", format!("“{}” is no list of rows", query.list)))?;
    // First, because on PostgreSQL each statement sees what was committed before it: rows may
    // then be newer than the cursor, never older.
    let cursor = events::head(tx)?;
    let badges = badges::badges(tx)?;
    let asked = Asked::read(tx, spec, query, now, unmasked)?;
    let mask = Mask { open: unmasked };
    let (rows, next) = match query.list {
        List::Live | List::Calls => asked.rows(tx, |r| rows::call(r, mask), Rows::Calls)?,
        List::Leads => asked.rows(tx, |r| rows::lead(r, mask), Rows::Leads)?,
        List::Jobs => asked.rows(tx, |r| rows::job(r, mask), Rows::Jobs)?,
        List::Errors => asked.rows(tx, |r| rows::fault(r, mask), Rows::Errors)?,
        List::Webhooks => asked.rows(tx, |r| rows::webhook(r, mask), Rows::Webhooks)?,
        List::Imports => asked.rows(tx, |r| rows::import(r, mask), Rows::Imports)?,
        List::Appointments => asked.rows(tx, |r| rows::appointment(r, mask), Rows::Appointments)?,
        List::Clients => asked.rows(tx, rows::client, Rows::Clients)?,
        List::Events => asked.rows(tx, |r| events::row(r, KEYS, mask), Rows::Events)?,
        List::Audit | List::Health => asked.rows(tx, |r| rows::audit(r, mask), Rows::Audit)?,
    };
    let rows = match rows {
        Rows::Clients(clients) => Rows::Clients(count_clients(tx, clients)?),
        rows => rows,
    };
    let total = asked.count(tx, false)?;
    let matching = match (&asked.after, &next) {
        _ if asked.filter.is_empty() => total,
        // The only page is the count, which spares a second search for what few rows match.
        (None, None) => rows.len() as u64,
        _ => asked.count(tx, true)?,
    };
    Ok(Page { rows, next, matching, total, cursor, now, badges })
}

/// A question that was understood.
pub(super) struct Asked<'q> {
    list: List,
    spec: &'static Spec,
    client: Option<ClientId>,
    filter: Filter,
    after: Option<Place<'q>>,
    base: i64,
    limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place<'q> {
    segment: usize,
    base: i64,
    first: &'q str,
    second: i64,
}

impl<'q> Place<'q> {
    fn parse(text: &'q str, list: List, spec: &Spec) -> Option<Self> {
        let mut parts = text.splitn(5, '~');
        let place = (parts.next()? == list.word()).then_some(Self {
            segment: parts.next()?.parse().ok()?,
            base: parts.next()?.parse().ok()?,
            second: parts.next()?.parse().ok()?,
            first: parts.next()?,
        })?;
        let fits = place.segment < spec.segments.len()
            && place.base.unsigned_abs() < 1 << 50
            && !place.first.contains('\0')
            && (is_text(list) || place.first.parse::<i64>().is_ok());
        fits.then_some(place)
    }
}

/// Whether the list is ordered by text and not by a number.
fn is_text(list: List) -> bool {
    list == List::Clients
}

impl<'q> Asked<'q> {
    fn read(
        tx: &mut Tx<'_>,
        spec: &'static Spec,
        query: &'q Query,
        now: Millis,
        unmasked: bool,
    ) -> Result<Self> {
        let client = query.client.as_deref().map(|key| client_id(tx, key)).transpose()?;
        Self::new(spec, query, client, now, unmasked)
    }

    pub(super) fn new(
        spec: &'static Spec,
        query: &'q Query,
        client: Option<ClientId>,
        now: Millis,
        unmasked: bool,
    ) -> Result<Self> {
        let mut words = spec.text.to_vec();
        if unmasked {
            words.extend(spec.phones);
        }
        let filter = Filter::parse(&query.filter, &words, spec.keys, unmasked)?;
        let after = match query.after.as_deref() {
            None => None,
            Some(text) => Some(Place::parse(text, query.list, spec).ok_or_else(|| {
                Refusal::invalid("after", "give what the last page of this list said in “next”")
            })?),
        };
        Ok(Self {
            list: query.list,
            spec,
            client,
            filter,
            after,
            base: after.map_or(now.0, |place| place.base),
            limit: query.limit.clamp(1, MAX_LIMIT) as usize,
        })
    }

    fn rows<T>(
        &self,
        tx: &mut Tx<'_>,
        map: impl FnMut(&Row<'_>) -> Result<T>,
        wrap: fn(Vec<T>) -> Rows,
    ) -> Result<(Rows, Option<String>)> {
        let (rows, next) = self.fetch(tx, map)?;
        Ok((wrap(rows), next))
    }

    /// The rows, and where the next page starts if there is one.
    pub(super) fn fetch<T>(
        &self,
        tx: &mut Tx<'_>,
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<(Vec<T>, Option<String>)> {
        let mut out: Vec<(String, T)> = Vec::new();
        let start = self.after.map_or(0, |place| place.segment);
        for (number, segment) in self.spec.segments.iter().enumerate().skip(start) {
            let after = self.after.filter(|place| place.segment == number);
            // One more than fits tells whether there is a next page.
            let sql = self.select(segment, after, self.limit + 1 - out.len());
            let found = tx.all_dynamic(sql.sql(), &sql.values(), |r| {
                let first =
                    if is_text(self.list) { r.get::<String>(0)? } else { r.get::<i64>(0)?.to_string() };
                let second: i64 = r.get(1)?;
                let place = format!("{}~{number}~{}~{second}~{first}", self.list, self.base);
                Ok((place, map(r)?))
            })?;
            out.extend(found);
            if out.len() > self.limit {
                out.truncate(self.limit);
                let next = out.last().map(|(place, _)| place.clone());
                return Ok((out.into_iter().map(|(_, row)| row).collect(), next));
            }
        }
        Ok((out.into_iter().map(|(_, row)| row).collect(), None))
    }

    fn select(&self, segment: &Segment, after: Option<Place<'_>>, limit: usize) -> Text {
        let (first, second) = segment.order;
        let mut sql = Text::default();
        sql.push("SELECT ").push(first).push(", ").push(second).push(", ").push(self.spec.columns);
        self.conditions(&mut sql, segment.only, true);
        if let Some(place) = after {
            let key = if is_text(self.list) {
                Arg::Text(place.first.to_owned())
            } else {
                Arg::Int(place.first.parse().unwrap_or(0))
            };
            let sign = if segment.desc { " < " } else { " > " };
            if second == "0" {
                sql.push(" AND ").push(first).push(sign).arg(key);
            } else {
                sql.push(" AND (").push(first).push(", ").push(second).push(")").push(sign).push("(");
                sql.arg(key).push(", ").arg(Arg::Int(place.second)).push(")");
            }
        }
        let order = if segment.desc { " DESC" } else { "" };
        sql.push(" ORDER BY ").push(first).push(order);
        if second != "0" {
            sql.push(", ").push(second).push(order);
        }
        sql.push(" LIMIT ").arg(Arg::Int(limit as i64));
        sql
    }

    fn conditions(&self, sql: &mut Text, segment: &'static str, filtered: bool) {
        sql.push(" FROM ").push(self.spec.from).push(" WHERE TRUE");
        for only in [self.spec.only, segment] {
            if !only.is_empty() {
                sql.push(" AND ").push_with_base(only, self.base);
            }
        }
        if let Some(client) = self.client {
            sql.push(" AND ").push(self.spec.client).push(" = ").arg(Arg::Int(client.0));
        }
        if filtered {
            self.filter.write(self.base, sql);
        }
    }

    /// Rows of the whole list, with or without the filter.
    pub(super) fn count(&self, tx: &mut Tx<'_>, filtered: bool) -> Result<u64> {
        let mut sql = Text::default();
        sql.push("SELECT count(*) FROM (SELECT 1");
        self.conditions(&mut sql, "", filtered);
        sql.push(" LIMIT ").arg(Arg::Int(COUNTED as i64 + 1)).push(") AS counted");
        let counted = tx.all_dynamic(sql.sql(), &sql.values(), |r| r.get::<u64>(0))?;
        Ok(counted.first().copied().unwrap_or(0).min(COUNTED))
    }

    #[cfg(test)]
    pub(super) fn statements(&self) -> Vec<Text> {
        let segments = self.spec.segments;
        segments.iter().map(|s| self.select(s, self.after, self.limit + 1)).collect()
    }
}

/// The client with this key.
pub(super) fn client_id(tx: &mut Tx<'_>, key: &str) -> Result<ClientId> {
    tx.optional("SELECT id FROM client WHERE key = $1", params![key], |r| r.get(0))?
        .ok_or_else(|| Refusal::not_found(format!("no client has the key “{key}”")).into())
}

/// Fills in open leads and live calls: one pass over an index for all clients of a page.
fn count_clients(tx: &mut Tx<'_>, mut clients: Vec<ClientRow>) -> Result<Vec<ClientRow>> {
    if clients.is_empty() {
        return Ok(clients);
    }
    let pair = |r: &Row<'_>| Ok((r.get::<ClientId>(0)?, r.get::<u64>(1)?));
    let open: HashMap<ClientId, u64> = tx
        .all(
            "SELECT client_id, count(*) FROM lead WHERE status IN ('queued', 'held', 'calling', 'callback') \
             GROUP BY client_id",
            &[],
            pair,
        )?
        .into_iter()
        .collect();
    let live: HashMap<ClientId, u64> = tx
        .all(
            // The sum keeps planners on the index of open calls.
            "SELECT client_id, count(*) FROM call WHERE status NOT IN ('ended', 'refused') \
             GROUP BY client_id + 0, client_id",
            &[],
            pair,
        )?
        .into_iter()
        .collect();
    for client in &mut clients {
        client.open_leads = open.get(&client.id).copied().unwrap_or(0);
        client.live_calls = live.get(&client.id).copied().unwrap_or(0);
    }
    Ok(clients)
}

#[cfg(test)]
#[path = "page/tests.rs"]
mod tests;
