//! A page of any list: paging by key, in the list's own order or another, and the counts around
//! it.
//!
//! `after` is `list~segment~base~second~first`: where the last row stood, and the instant the
//! listing began, so that “due” and “past” mean the same on every page of it. In another order
//! than its own the list's word is followed by the order's.

use super::{Ends, Segment, Spec};
use crate::params;
use crate::views::filter::Filter;
use crate::views::mask::Mask;
use crate::views::text::{Arg, Text};
use crate::views::{badges, events};
use crate::{Refusal, Result, Row, Tx};
use frontdesk_shared::page::{COUNTED, Ids, List, MOST_MARKED, Page, Query, Rows};
use frontdesk_shared::{ClientId, Millis};
use std::borrow::Cow;

/// Most rows on one page.
pub const MAX_LIMIT: u32 = 500;
/// Most rows that are put in another order than their list's: each page sorts all of them.
pub const MOST_SORTED: u64 = 200_000;

/// One page of a list with its counts and its place in the order of events. `unmasked` shows
/// numbers and what was said.
///
/// # Errors
/// A refusal for an unknown client, filter key, order or `after`, and for the health report,
/// which is no list of rows; otherwise as the store fails.
pub fn page(tx: &mut Tx<'_>, query: &Query, now: Millis, unmasked: bool) -> Result<Page> {
    // First, because on PostgreSQL each statement sees what was committed before it: rows may
    // then be newer than the cursor, never older.
    let cursor = events::head(tx)?;
    let asked = Asked::read(tx, query, now, unmasked)?;
    let badges = badges::badges(tx, query.client.as_deref())?;
    asked.sortable(tx)?;
    let (rows, Ends { prev, next }) = (asked.spec.read)(&asked, tx, Mask { open: unmasked })?;
    let most = if query.exact { None } else { Some(COUNTED) };
    let total = asked.count(tx, false, most)?;
    let matching = match (&asked.after, &next) {
        _ if asked.filter.is_empty() => total,
        // The only page is the count, which spares a second search for what few rows match.
        (None, None) if !asked.backward => rows.len() as u64,
        _ => asked.count(tx, true, most)?,
    };
    Ok(Page { rows, next, prev, matching, total, exact: query.exact, cursor, now, badges })
}

/// The ids of every row that matches, in the list's order; none where more match than may be
/// marked together.
///
/// # Errors
/// As [`page`], and a refusal for a list whose rows are not marked.
pub fn ids(tx: &mut Tx<'_>, query: &Query, now: Millis, unmasked: bool) -> Result<Ids> {
    let asked = Asked::read(tx, query, now, unmasked)?;
    let marks = asked
        .spec
        .marks
        .ok_or_else(|| Refusal::invalid("list", format!("nothing is done to rows of “{}”", query.list)))?;
    let matching = asked.count(tx, true, Some(MOST_MARKED + 1))?;
    let mut ids = Vec::new();
    for segment in asked.segments.iter().filter(|_| matching <= MOST_MARKED) {
        let mut sql = Text::default();
        sql.push("SELECT ").push(marks);
        asked.conditions(&mut sql, segment.only, true);
        asked.order(&mut sql, segment, segment.desc);
        sql.push(" LIMIT ").arg(Arg::Int(MOST_MARKED.cast_signed()));
        ids.extend(tx.all_dynamic(sql.sql(), &sql.values(), |r| match asked.list {
            List::Clients => r.get::<String>(0),
            _ => Ok(frontdesk_shared::id::encode(r.get(0)?)),
        })?);
    }
    Ok(Ids { ids, matching })
}

/// A question that was understood.
pub(in crate::views) struct Asked<'q> {
    list: List,
    spec: &'static Spec,
    /// The list's name in `after`.
    name: String,
    segments: Cow<'static, [Segment]>,
    /// Another order than an index gives.
    sorted: bool,
    client: Option<ClientId>,
    filter: Filter,
    after: Option<Place<'q>>,
    backward: bool,
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
    fn parse(text: &'q str, name: &str, segments: &[Segment]) -> Option<Self> {
        let mut parts = text.splitn(5, '~');
        let place = (parts.next()? == name).then_some(Self {
            segment: parts.next()?.parse().ok()?,
            base: parts.next()?.parse().ok()?,
            second: parts.next()?.parse().ok()?,
            first: parts.next()?,
        })?;
        let segment = segments.get(place.segment)?;
        let fits = place.base.unsigned_abs() < 1 << 50
            && !place.first.contains('\0')
            && (segment.text || place.first.parse::<i64>().is_ok());
        fits.then_some(place)
    }
}

impl<'q> Asked<'q> {
    fn read(tx: &mut Tx<'_>, query: &'q Query, now: Millis, unmasked: bool) -> Result<Self> {
        let spec = super::of(query.list, tx.engine())
            .ok_or_else(|| Refusal::invalid("list", format!("“{}” is no list of rows", query.list)))?;
        let client = query.client.as_deref().map(|key| client_id(tx, key)).transpose()?;
        Self::new(spec, query, client, now, unmasked)
    }

    pub(in crate::views) fn new(
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
        let (name, segments, sorted) = ordered(spec, query)?;
        let after = match query.after.as_deref() {
            None => None,
            Some(text) => Some(Place::parse(text, &name, &segments).ok_or_else(|| {
                Refusal::invalid("after", "give what the last page of this list said in “next”")
            })?),
        };
        Ok(Self {
            list: query.list,
            spec,
            name,
            segments,
            sorted,
            client,
            filter,
            after,
            backward: query.backward,
            base: after.map_or(now.0, |place| place.base),
            limit: query.limit.clamp(1, MAX_LIMIT) as usize,
        })
    }

    /// Refuses what would sort a table without end.
    fn sortable(&self, tx: &mut Tx<'_>) -> Result<()> {
        if self.sorted && self.count(tx, true, Some(MOST_SORTED + 1))? > MOST_SORTED {
            let say = format!("more than {MOST_SORTED} rows match: a filter makes them few enough to sort");
            return Err(Refusal::invalid("sort", say).into());
        }
        Ok(())
    }

    pub(in crate::views) fn rows<T>(
        &self,
        tx: &mut Tx<'_>,
        map: impl FnMut(&Row<'_>) -> Result<T>,
        wrap: fn(Vec<T>) -> Rows,
    ) -> Result<(Rows, Ends)> {
        let (rows, ends) = self.fetch(tx, map)?;
        Ok((wrap(rows), ends))
    }

    /// The rows, and the places of the pages around them.
    pub(in crate::views) fn fetch<T>(
        &self,
        tx: &mut Tx<'_>,
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<(Vec<T>, Ends)> {
        let mut out: Vec<(String, T)> = Vec::new();
        let mut order: Vec<usize> = match self.after {
            Some(place) if self.backward => (0..=place.segment).collect(),
            Some(place) => (place.segment..self.segments.len()).collect(),
            None => (0..self.segments.len()).collect(),
        };
        if self.backward {
            order.reverse();
        }
        for number in order {
            let Some(segment) = self.segments.get(number) else { continue };
            let after = self.after.filter(|place| place.segment == number);
            // One more than fits tells whether there is a further page.
            let sql = self.select(segment, after, self.limit + 1 - out.len());
            let found = tx.all_dynamic(sql.sql(), &sql.values(), |r| {
                let first = if segment.text { r.get::<String>(0)? } else { r.get::<i64>(0)?.to_string() };
                let second: i64 = r.get(1)?;
                let place = format!("{}~{number}~{}~{second}~{first}", self.name, self.base);
                Ok((place, map(r)?))
            })?;
            out.extend(found);
            if out.len() > self.limit {
                break;
            }
        }
        let more = out.len() > self.limit;
        out.truncate(self.limit);
        if self.backward {
            out.reverse();
        }
        let (first, last) = (out.first().map(|(place, _)| place), out.last().map(|(place, _)| place));
        let given = self.after.is_some();
        let (before, behind) = if self.backward { (more, given) } else { (given, more) };
        let ends = Ends { prev: first.filter(|_| before).cloned(), next: last.filter(|_| behind).cloned() };
        Ok((out.into_iter().map(|(_, row)| row).collect(), ends))
    }

    fn select(&self, segment: &Segment, after: Option<Place<'_>>, limit: usize) -> Text {
        let (first, second) = segment.order;
        let desc = segment.desc != self.backward;
        let mut sql = Text::default();
        sql.push("SELECT ").push(first).push(", ").push(second).push(", ").push(self.spec.columns);
        self.conditions(&mut sql, segment.only, true);
        if let Some(place) = after {
            let key = if segment.text {
                Arg::Text(place.first.to_owned())
            } else {
                Arg::Int(place.first.parse().unwrap_or(0))
            };
            let sign = if desc { " < " } else { " > " };
            if second == "0" {
                sql.push(" AND ").push(first).push(sign).arg(key);
            } else {
                sql.push(" AND (").push(first).push(", ").push(second).push(")").push(sign).push("(");
                sql.arg(key).push(", ").arg(Arg::Int(place.second)).push(")");
            }
        }
        self.order(&mut sql, segment, desc);
        sql.push(" LIMIT ").arg(Arg::Int(limit as i64));
        sql
    }

    fn order(&self, sql: &mut Text, segment: &Segment, desc: bool) {
        let (first, second) = segment.order;
        let order = if desc { " DESC" } else { "" };
        sql.push(" ORDER BY ").push(first).push(order);
        if second != "0" {
            sql.push(", ").push(second).push(order);
        }
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

    /// Rows of the whole list, with or without the filter, at most so many.
    pub(in crate::views) fn count(&self, tx: &mut Tx<'_>, filtered: bool, most: Option<u64>) -> Result<u64> {
        let mut sql = Text::default();
        sql.push("SELECT count(*) FROM (SELECT 1");
        self.conditions(&mut sql, "", filtered);
        if let Some(most) = most {
            sql.push(" LIMIT ").arg(Arg::Int(most.cast_signed()));
        }
        sql.push(") AS counted");
        let counted = tx.all_dynamic(sql.sql(), &sql.values(), |r| r.get::<u64>(0))?;
        Ok(counted.first().copied().unwrap_or(0))
    }

    #[cfg(test)]
    pub(in crate::views) fn statements(&self) -> Vec<Text> {
        self.segments.iter().map(|s| self.select(s, self.after, self.limit + 1)).collect()
    }
}

/// The name, the segments and whether rows are sorted, for the order that is asked for.
fn ordered(spec: &'static Spec, query: &Query) -> Result<(String, Cow<'static, [Segment]>, bool)> {
    let Some(asked) = &query.sort else {
        return Ok((query.list.word().to_owned(), Cow::Borrowed(spec.segments), false));
    };
    let sort = spec.sorts.iter().find(|s| s.name == asked.by).ok_or_else(|| {
        let known: Vec<&str> = spec.sorts.iter().map(|s| s.name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Refusal::invalid("sort", format!("“{}” is no order of this list; known are {known}", asked.by))
    })?;
    let own = sort.column == spec.id;
    let second = if own { "0" } else { spec.id };
    let segment = Segment { only: "", order: (sort.column, second), text: sort.text, desc: asked.descending };
    let sign = if asked.descending { '-' } else { '+' };
    Ok((format!("{}{sign}{}", query.list, sort.name), Cow::Owned(vec![segment]), !own))
}

/// The client with this key.
pub(in crate::views) fn client_id(tx: &mut Tx<'_>, key: &str) -> Result<ClientId> {
    tx.optional("SELECT id FROM client WHERE key = $1", params![key], |r| r.get(0))?
        .ok_or_else(|| Refusal::not_found(format!("no client has the key “{key}”")).into())
}

#[cfg(test)]
#[path = "page/orders_tests.rs"]
mod orders_tests;
#[cfg(test)]
#[path = "page/tests.rs"]
mod tests;
