//! The lists: what each selects, in which order, which of its columns a filter or a sort may
//! name, and how its rows are read. One file per list with its `SPEC`; [`of`] knows them all.
//!
//! A list is a row of segments that are read one after the other; each has literal conditions
//! and an order that an index gives, so that the first page never sorts a table.

pub(super) mod appointments;
pub(super) mod audit;
pub(super) mod callbacks;
pub(super) mod calls;
pub(super) mod clients;
pub(super) mod errors;
pub(super) mod events;
pub(super) mod imports;
pub(super) mod jobs;
pub(super) mod leads;
pub(super) mod messages;
pub mod page;
pub(super) mod sequences;
pub(super) mod webhooks;

use super::filter::{Key, Kind};
use super::mask::Mask;
use crate::{Engine, Refusal, Result, Row, Tx, params};
use frontdesk_shared::Noun;
use frontdesk_shared::page::{List, Rows};
use page::Asked;

/// How a list is read; `None` for what is no list of rows.
pub(super) fn of(list: List, engine: Engine) -> Option<&'static Spec> {
    Some(match list {
        List::Live => &calls::LIVE,
        List::Calls => &calls::SPEC,
        List::Messages => &messages::SPEC,
        List::Leads => &leads::SPEC,
        List::Jobs => &jobs::SPEC,
        List::Errors => &errors::SPEC,
        List::Webhooks => &webhooks::SPEC,
        List::Imports => &imports::SPEC,
        List::Appointments => &appointments::SPEC,
        List::Callbacks => &callbacks::SPEC,
        List::Clients => &clients::SPEC,
        List::Events if engine == Engine::Postgres => &events::POSTGRES,
        List::Events => &events::SPEC,
        List::Audit => &audit::SPEC,
        List::Sequences => &sequences::SPEC,
        // Made from settings, or from the daemon itself.
        List::Templates | List::Health => return None,
    })
}

/// One list.
pub(super) struct Spec {
    pub(super) from: &'static str,
    pub(super) columns: &'static str,
    /// Column of the row's own number.
    pub(super) id: &'static str,
    /// Column by which rows are marked and acted on, where they are.
    pub(super) marks: Option<&'static str>,
    /// Column that holds the client's id.
    pub(super) client: &'static str,
    /// Columns that words are looked for in.
    pub(super) text: &'static [&'static str],
    /// The same for viewers who may see numbers.
    pub(super) phones: &'static [&'static str],
    pub(super) keys: &'static [Key],
    /// Condition that holds for the whole list.
    pub(super) only: &'static str,
    pub(super) segments: &'static [Segment],
    /// Columns by which the whole list can be put in order.
    pub(super) sorts: &'static [Sort],
    /// Reads a page.
    pub(super) read: Read,
}

/// Reads a page: its rows, and where it begins and ends.
pub(super) type Read = fn(&Asked<'_>, &mut Tx<'_>, Mask) -> Result<(Rows, Ends)>;

/// The places of the pages before and after, where there are such.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) prev: Option<String>,
    pub(super) next: Option<String>,
}

/// Rows that share a condition and an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) only: &'static str,
    /// The column that orders, and the one that decides between equals (or `0`).
    pub(super) order: (&'static str, &'static str),
    /// Whether the first of them holds text and not a number.
    pub(super) text: bool,
    pub(super) desc: bool,
}

/// A column by which a list can be put in order. Never NULL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    pub(super) name: &'static str,
    pub(super) column: &'static str,
    pub(super) text: bool,
}

/// Columns before a row's own: the two that say where it is in the list's order.
pub(super) const KEYS: usize = 2;

/// The place of a row's own column.
fn at(i: usize) -> usize {
    KEYS + i
}

/// The words of a vocabulary.
macro_rules! words {
    ($name:ident) => {
        || $name::ALL.iter().map(|w| w.word()).collect()
    };
}
use words;

const fn text(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Text(column) }
}

const fn id(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Id(column) }
}

const fn link(name: &'static str, column: &'static str) -> Key {
    Key { name, kind: Kind::Link(column) }
}

const fn by(only: &'static str, first: &'static str, second: &'static str, desc: bool) -> Segment {
    Segment { only, order: (first, second), text: false, desc }
}

const fn words_of(name: &'static str, column: &'static str) -> Sort {
    Sort { name, column, text: true }
}

const fn number(name: &'static str, column: &'static str) -> Sort {
    Sort { name, column, text: false }
}

const CLIENT: Key = text("client", "COALESCE(k.key, '')");
const BY_CLIENT: Sort = words_of("client", "COALESCE(k.key, '')");

/// The row of one thing, as its list shows it.
pub(super) fn one<T>(
    tx: &mut Tx<'_>,
    noun: Noun,
    id: i64,
    map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<T> {
    let missing = || Refusal::not_found(format!("there is no {noun} {}", frontdesk_shared::id::encode(id)));
    let list = if noun == Noun::Call { List::Calls } else { noun.list() };
    let spec = of(list, tx.engine()).ok_or_else(missing)?;
    let sql = format!("SELECT 0, 0, {} FROM {} WHERE {} = $1", spec.columns, spec.from, spec.id);
    let found = tx.all_dynamic(&sql, params![id], map)?;
    found.into_iter().next().ok_or_else(|| missing().into())
}
