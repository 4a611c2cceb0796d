//! One list: the pages fetched so far as one sequence, the selection kept by id, marks, filter,
//! sort. Knows nothing of time or of the connection.

use crate::link::RequestId;
use crate::rows::{self, Row};
use crate::screens;
use crate::table::{Cell, Look};
use frontdesk_shared::Millis;
use frontdesk_shared::page::{List, Page, Rows};
use std::collections::{BTreeSet, HashSet};

/// Rows fetched at once.
pub const PAGE_ROWS: u32 = 200;
/// Rows kept at most.
pub const MOST_ROWS: usize = 10_000;
/// The next page is fetched when the cursor comes this near to the end.
const NEAR: usize = 50;

/// How urgently rows should be fetched again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// They are as good as they can be.
    #[default]
    No,
    /// Something happened elsewhere; the header's counts may have changed.
    Later,
    /// Something happened in this list.
    Soon,
    /// The operator asked for other rows.
    Now,
}

/// Client-side order of the fetched rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Index of the column.
    pub column: usize,
    /// Greatest first.
    pub reverse: bool,
}

#[derive(Debug)]
struct Slot {
    after: Option<String>,
    next: Option<String>,
    rows: Rows,
}

#[derive(Debug)]
struct Shown {
    slot: usize,
    index: usize,
    id: String,
}

/// One list as it is known and looked at.
#[derive(Debug)]
pub struct ListState {
    /// Which.
    pub list: List,
    slots: Vec<Slot>,
    shown: Vec<Shown>,
    /// The selected row.
    pub cursor: usize,
    selected: Option<String>,
    /// The first visible row.
    pub offset: usize,
    /// Ids of marked rows.
    pub marks: BTreeSet<String>,
    /// Where a range begins.
    pub anchor: Option<usize>,
    /// Words sent to the daemon.
    pub filter: String,
    /// Client-side order.
    pub sort: Option<Sort>,
    /// Rows that match, as the daemon counts.
    pub matching: u64,
    /// Rows without the filter.
    pub total: u64,
    /// When rows last came.
    pub fetched_at: Option<Millis>,
    /// Why the last answer was none.
    pub error: Option<String>,
    /// How urgently rows should be fetched.
    pub want: Want,
    /// When they were last asked for.
    pub asked_at: Option<Millis>,
    /// The question under way.
    pub in_flight: Option<RequestId>,
    /// Raised by a new question, so that answers to the old one are dropped.
    pub generation: u64,
    /// Stay on the newest row while the cursor is on top.
    pub follow: bool,
    /// Held still.
    pub frozen: bool,
    /// Changes since it is held still.
    pub waiting: u64,
}

impl ListState {
    /// A list nobody has seen yet.
    #[must_use]
    pub fn new(list: List) -> Self {
        Self {
            list,
            slots: Vec::new(),
            shown: Vec::new(),
            cursor: 0,
            selected: None,
            offset: 0,
            marks: BTreeSet::new(),
            anchor: None,
            filter: String::new(),
            sort: None,
            matching: 0,
            total: 0,
            fetched_at: None,
            error: None,
            want: Want::Now,
            asked_at: None,
            in_flight: None,
            generation: 0,
            follow: screens::newest_first(list),
            frozen: false,
            waiting: 0,
        }
    }

    /// Rows shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The row at a place.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        let shown = self.shown.get(at)?;
        rows::get(&self.slots.get(shown.slot)?.rows, shown.index)
    }

    /// The id of the row at a place.
    #[must_use]
    pub fn id(&self, at: usize) -> Option<&str> {
        self.shown.get(at).map(|s| s.id.as_str())
    }

    /// All rows in the order shown.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|at| self.row(at))
    }

    /// The pages as they came.
    pub fn pages(&self) -> impl Iterator<Item = &Rows> {
        self.slots.iter().map(|slot| &slot.rows)
    }

    /// The rows an action is for: the marked ones, else the selected one.
    #[must_use]
    pub fn chosen(&self) -> Vec<Row<'_>> {
        if self.marks.is_empty() {
            return self.row(self.cursor).into_iter().collect();
        }
        let marked = |at: &usize| self.id(*at).is_some_and(|id| self.marks.contains(id));
        (0..self.len()).filter(marked).filter_map(|at| self.row(at)).collect()
    }

    /// Moves the cursor to a place, or as near as there are rows.
    pub fn select(&mut self, at: usize) {
        self.cursor = at.min(self.len().saturating_sub(1));
        self.selected = self.id(self.cursor).map(str::to_owned);
    }

    /// Scrolls so that the cursor is among `visible` rows.
    pub fn scroll(&mut self, visible: usize) {
        let visible = visible.max(1);
        let last = self.len().saturating_sub(visible);
        let least = self.cursor.saturating_sub(visible - 1);
        self.offset = self.offset.clamp(least, self.cursor.max(least)).min(last.max(least));
    }

    /// Marks or unmarks a row.
    pub fn toggle_mark(&mut self, at: usize) {
        if let Some(id) = self.id(at).map(str::to_owned)
            && !self.marks.remove(&id)
        {
            self.marks.insert(id);
        }
    }

    /// Marks every row between two places.
    pub fn mark_range(&mut self, from: usize, to: usize) {
        let range = from.min(to)..=from.max(to);
        let ids: Vec<String> = range.filter_map(|at| self.id(at).map(str::to_owned)).collect();
        self.marks.extend(ids);
    }

    /// Other rows are wanted: answers to earlier questions no longer count.
    pub fn ask_anew(&mut self) {
        self.generation += 1;
        self.in_flight = None;
        self.want = Want::Now;
        self.anchor = None;
    }

    /// Forgets every row.
    pub fn forget(&mut self) {
        self.slots.clear();
        self.shown.clear();
        self.marks.clear();
        self.fetched_at = None;
        self.cursor = 0;
        self.offset = 0;
        self.selected = None;
        self.ask_anew();
    }

    /// Which page holds the visible rows, and where it begins.
    #[must_use]
    pub fn visible_slot(&self) -> (usize, Option<String>) {
        let slot = self.shown.get(self.cursor).map_or(0, |s| s.slot);
        let slot = if self.sort.is_some() { 0 } else { slot };
        (slot, self.slots.get(slot).and_then(|s| s.after.clone()))
    }

    /// The next page, when the cursor comes near the end of those fetched.
    #[must_use]
    pub fn next_slot(&self) -> Option<(usize, String)> {
        let next = self.slots.last()?.next.clone()?;
        let near = self.cursor + NEAR >= self.len();
        (near && self.len() < MOST_ROWS).then_some((self.slots.len(), next))
    }

    /// Whether the daemon has rows that were not fetched.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.slots.last().is_some_and(|slot| slot.next.is_some())
    }

    /// Takes a page in its place.
    pub fn take(&mut self, slot: usize, page: Page, look: Look<'_>) {
        self.matching = page.matching;
        self.total = page.total;
        self.error = None;
        let follows = page.next.clone();
        match self.slots.get_mut(slot) {
            Some(old) => {
                old.rows = page.rows;
                old.next = page.next;
            }
            None => {
                let after = self.slots.last().and_then(|last| last.next.clone());
                self.slots.push(Slot { after, next: page.next, rows: page.rows });
            }
        }
        match (follows, self.slots.get_mut(slot + 1)) {
            (Some(follows), Some(next)) => next.after = Some(follows),
            (None, Some(_)) => self.slots.truncate(slot + 1),
            (_, None) => {}
        }
        if slot == 0 && self.slots.len() > 1 && self.slots[0].rows.is_empty() {
            self.slots.truncate(1);
        }
        self.arrange(look);
    }

    /// Puts the rows in order, each once, and finds the selected one again.
    pub fn arrange(&mut self, look: Look<'_>) {
        let mut seen = HashSet::new();
        let mut shown = Vec::new();
        for (slot, page) in self.slots.iter().enumerate() {
            for index in 0..rows::len(&page.rows) {
                let Some(row) = rows::get(&page.rows, index) else { continue };
                let id = row.id();
                if seen.insert(id.clone()) {
                    shown.push(Shown { slot, index, id });
                }
            }
        }
        if let Some(sort) = self.sort {
            self.sort_shown(&mut shown, sort, look);
        }
        if !self.has_more() {
            self.marks.retain(|id| seen.contains(id));
        }
        self.shown = shown;
        let followed = self.follow && self.cursor == 0 && self.sort.is_none();
        let found = self.selected.as_ref().and_then(|id| self.shown.iter().position(|s| s.id == *id));
        self.select(if followed { 0 } else { found.unwrap_or(self.cursor) });
    }

    fn sort_shown(&self, shown: &mut Vec<Shown>, sort: Sort, look: Look<'_>) {
        let key = |s: &Shown| -> Cell {
            let row = self.slots.get(s.slot).and_then(|slot| rows::get(&slot.rows, s.index));
            let cells = row.map(|row| screens::cells(self.list, row, look)).unwrap_or_default();
            cells.into_iter().nth(sort.column).unwrap_or_default()
        };
        let mut keyed: Vec<(Cell, Shown)> = shown.drain(..).map(|s| (key(&s), s)).collect();
        keyed.sort_by(|(a, _), (b, _)| if sort.reverse { b.compare(a) } else { a.compare(b) });
        shown.extend(keyed.into_iter().map(|(_, s)| s));
    }
}
