//! What a person types into a filter, a cursor, or the name of a thing.

use super::house::undone;
use super::{first_line, sentence};
use crate::database::START;
use frontdesk_shared::Noun;
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{List, Page, Query, Sort};
use frontdesk_store::views::{detail, filter, page};
use frontdesk_store::{Error, Tx};
use std::collections::BTreeSet;

/// Three lines and the rest: the list and its options, the filter, the cursor, the name of a
/// thing.
pub fn list_query(data: &[u8]) {
    let (options, rest) = first_line(data);
    let (filter, rest) = first_line(rest);
    let (after, rest) = first_line(rest);
    let name = String::from_utf8_lossy(rest).into_owned();
    let mut words = options.split(';');
    let list = words.next().and_then(List::parse).unwrap_or(List::Leads);
    let client = words.next().filter(|c| !c.is_empty()).map(str::to_owned);
    let limit = words.next().and_then(|n| n.parse().ok()).unwrap_or(4);
    let kind = words.next().and_then(Noun::parse).unwrap_or(Noun::Lead);
    let open = words.next() != Some("masked");
    let sort = words.next().filter(|by| !by.is_empty());
    let backward = words.next() == Some("backward");
    let after = Some(after).filter(|a| !a.is_empty()).map(str::to_owned);
    let sort =
        sort.map(|by| Sort { by: by.trim_start_matches('-').to_owned(), descending: by.starts_with('-') });
    let first = Query::first(list, limit);
    let query = Query { client, filter: filter.to_owned(), after, sort, backward, ..first };
    undone(move |tx, _| {
        paged(tx, query.clone(), open);
        let subject = Subject { kind, id: name.clone() };
        if let Some(shown) = known(detail::detail(tx, &subject, START, open)) {
            assert!(!shown.subject.id.is_empty());
        }
    });
}

/// What was found; a refusal says what is wrong, and nothing else may go wrong.
fn known<T>(found: Result<T, Error>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(Error::Refused(refusal)) => {
            sentence(&refusal.text);
            assert!(refusal.code != "invalid" || refusal.field.is_some_and(|f| !f.is_empty()));
            None
        }
        Err(other) => panic!("neither an answer nor a refusal: {other:?}"),
    }
}

/// Pages follow one another to an end and no row comes twice.
fn paged(tx: &mut Tx<'_>, mut query: Query, open: bool) {
    let mut seen = BTreeSet::new();
    for _ in 0..30 {
        let Some(page) = known(page::page(tx, &query, START, open)) else {
            assert!(seen.is_empty(), "refuses the cursor it gave: {query:?}");
            return;
        };
        sound(&query, &page);
        let next = if query.backward { page.prev } else { page.next };
        let Some(next) = next else { return };
        assert!(seen.insert(next.clone()), "{next} leads back");
        query.after = Some(next);
    }
    panic!("there is no end: {query:?}");
}

fn sound(query: &Query, page: &Page) {
    let most = query.limit.clamp(1, page::MAX_LIMIT) as usize;
    assert!(page.rows.len() <= most, "{} rows of at most {most}", page.rows.len());
    assert!(page.matching <= page.total, "{} of {} match", page.matching, page.total);
    assert!(
        query.backward || page.next.is_none() || page.rows.len() == most,
        "a page that is not full has no next"
    );
    assert!(query.filter.len() <= filter::MAX_LEN, "a filter longer than the longest");
}
