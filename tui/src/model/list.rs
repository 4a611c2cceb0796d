//! One list: a window of pages onto the whole, the selection kept by id, marks, filter, sort.
//! The window begins at the list's beginning or at its end, and slides. Knows nothing of time or
//! of the connection.

use crate::link::RequestId;
use crate::rows::{self, Row};
use crate::screens;
use crate::table::{Cell, Look};
use frontdesk_shared::Millis;
use frontdesk_shared::page::{List, Page, Rows};
use std::collections::{BTreeSet, HashSet};

/// Rows fetched at once.
pub const PAGE_ROWS: u32 = 200;
/// Pages kept at most; the window slides.
pub const MOST_PAGES: usize = 50;
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

/// Another order than the list's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Index of the column.
    pub column: usize,
    /// Greatest first.
    pub reverse: bool,
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The page at this place of the window; one past its end is a further page.
    Slot(usize),
    /// The page before the window.
    Before,
}

/// A question about rows: after (or with `backward` before) which place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The place; `None` is the list's beginning, or its end.
    pub after: Option<String>,
    /// Rows before the place.
    pub backward: bool,
}

#[derive(Debug)]
struct Slot {
    ask: Ask,
    prev: Option<String>,
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
    /// Rows before the window, as far as is known.
    before: u64,
    /// The window begins at the list's end.
    pub from_end: bool,
    /// The question whose answer the rows are.
    answered: Option<u64>,
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
    /// Another order than the list's own.
    pub sort: Option<Sort>,
    /// Rows that match, as the daemon counts.
    pub matching: u64,
    /// Rows without the filter.
    pub total: u64,
    /// Whether the two are exact.
    pub exact: bool,
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
            before: 0,
            from_end: false,
            answered: None,
            cursor: 0,
            selected: None,
            offset: 0,
            marks: BTreeSet::new(),
            anchor: None,
            filter: String::new(),
            sort: None,
            matching: 0,
            total: 0,
            exact: false,
            fetched_at: None,
            error: None,
            want: Want::Now,
            asked_at: None,
            in_flight: None,
            generation: 0,
            follow: screens::of(list).newest_first(),
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

    /// Whether the rows are the answer to what is asked now. Until they are, nothing is done to
    /// them: they are not what the filter says.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.answered == Some(self.generation) && self.error.is_none()
    }

    /// The rows at hand: the marked ones of the window, else the selected one.
    #[must_use]
    pub fn chosen(&self) -> Vec<Row<'_>> {
        if self.marks.is_empty() {
            return self.row(self.cursor).into_iter().collect();
        }
        let marked = |at: &usize| self.id(*at).is_some_and(|id| self.marks.contains(id));
        (0..self.len()).filter(marked).filter_map(|at| self.row(at)).collect()
    }

    /// Marked rows outside the window, by id.
    pub fn marked_elsewhere(&self) -> impl Iterator<Item = &String> {
        let here: HashSet<&str> = self.shown.iter().map(|s| s.id.as_str()).collect();
        self.marks.iter().filter(move |id| !here.contains(id.as_str()))
    }

    /// The number of the selected row in the whole list, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        if self.is_empty() { 0 } else { self.before + self.cursor as u64 + 1 }
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
        self.error = None;
        self.from_end = false;
    }

    /// A new window from the list's beginning or its end. The rows shown stay until it is there.
    pub fn jump(&mut self, to_end: bool) {
        self.ask_anew();
        self.from_end = to_end;
    }

    /// Forgets every row.
    pub fn forget(&mut self) {
        self.clear();
        self.marks.clear();
        self.fetched_at = None;
        self.ask_anew();
    }

    /// There are no rows, because the question makes no sense.
    pub fn refuse(&mut self, why: String) {
        self.clear();
        self.marks.clear();
        self.anchor = None;
        self.matching = 0;
        self.error = Some(why);
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.shown.clear();
        self.before = 0;
        self.cursor = 0;
        self.offset = 0;
        self.selected = None;
    }

    /// Which page holds the selected row, and how to ask for it.
    #[must_use]
    pub fn visible_slot(&self) -> (Spot, Ask) {
        if self.answered != Some(self.generation) {
            return (Spot::Slot(0), Ask { after: None, backward: self.from_end });
        }
        let slot = self.shown.get(self.cursor).map_or(0, |s| s.slot);
        let ask = self.slots.get(slot).map(|s| s.ask.clone());
        (Spot::Slot(slot), ask.unwrap_or(Ask { after: None, backward: self.from_end }))
    }

    /// The next page, when the cursor comes near the window's end, or the one before it.
    #[must_use]
    pub fn next_slot(&self) -> Option<(Spot, Ask)> {
        if self.answered != Some(self.generation) {
            return None;
        }
        if self.cursor + NEAR >= self.len()
            && let Some(next) = self.slots.last()?.next.clone()
        {
            return Some((Spot::Slot(self.slots.len()), Ask { after: Some(next), backward: false }));
        }
        let prev = self.slots.first()?.prev.clone().filter(|_| self.cursor < NEAR)?;
        Some((Spot::Before, Ask { after: Some(prev), backward: true }))
    }

    /// Whether the daemon has rows behind the window.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.slots.last().is_some_and(|slot| slot.next.is_some())
    }

    /// Whether the daemon has rows before the window.
    #[must_use]
    pub fn has_before(&self) -> bool {
        self.slots.first().is_some_and(|slot| slot.prev.is_some())
    }

    /// Takes a page in its place.
    pub fn take(&mut self, spot: Spot, ask: Ask, page: Page, look: Look<'_>) {
        let fresh = self.answered != Some(self.generation);
        self.matching = page.matching;
        self.total = page.total;
        self.exact = page.exact;
        self.error = None;
        if fresh {
            self.clear();
            self.answered = Some(self.generation);
        }
        let slot = Slot { ask, prev: page.prev, next: page.next, rows: page.rows };
        match spot {
            Spot::Before => {
                let rows = rows::len(&slot.rows);
                self.before = self.before.saturating_sub(rows as u64);
                self.offset += rows;
                self.cursor += rows;
                self.slots.insert(0, slot);
                while self.slots.len() > MOST_PAGES {
                    self.slots.pop();
                }
            }
            Spot::Slot(at) => {
                self.put(at, slot);
                while self.slots.len() > MOST_PAGES {
                    self.drop_first();
                }
            }
        }
        self.arrange(look);
        if self.from_end && self.exact && !self.has_more() {
            self.before = self.matching.saturating_sub(self.len() as u64);
        } else if !self.has_before() {
            self.before = 0;
        }
        if fresh && self.from_end {
            self.select(self.len());
        }
    }

    fn put(&mut self, at: usize, slot: Slot) {
        let follows = slot.next.clone();
        match self.slots.get_mut(at) {
            Some(old) => *old = slot,
            None => self.slots.push(slot),
        }
        match (follows, self.slots.get_mut(at + 1)) {
            (Some(follows), Some(next)) if !next.ask.backward => next.ask.after = Some(follows),
            (None, Some(next)) if !next.ask.backward => self.slots.truncate(at + 1),
            _ => {}
        }
        if at == 0 && self.slots.len() > 1 && self.slots[0].rows.is_empty() {
            self.slots.truncate(1);
        }
    }

    fn drop_first(&mut self) {
        let rows = rows::len(&self.slots.remove(0).rows);
        self.before += rows as u64;
        self.offset = self.offset.saturating_sub(rows);
        self.cursor = self.cursor.saturating_sub(rows);
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
        if let Some(sort) = self.sort.filter(|_| screens::of(self.list).is_whole()) {
            self.sort_shown(&mut shown, sort, look);
        }
        if !self.has_more() && !self.has_before() {
            self.marks.retain(|id| seen.contains(id));
        }
        self.shown = shown;
        let followed = self.follow && self.cursor == 0 && self.sort.is_none() && !self.has_before();
        let found = self.selected.as_ref().and_then(|id| self.shown.iter().position(|s| s.id == *id));
        self.select(if followed { 0 } else { found.unwrap_or(self.cursor) });
    }

    fn sort_shown(&self, shown: &mut Vec<Shown>, sort: Sort, look: Look<'_>) {
        let key = |s: &Shown| -> Cell {
            let row = self.slots.get(s.slot).and_then(|slot| rows::get(&slot.rows, s.index));
            let cells = row.map(|row| (screens::of(self.list).cells)(row, look)).unwrap_or_default();
            cells.into_iter().nth(sort.column).unwrap_or_default()
        };
        let mut keyed: Vec<(Cell, Shown)> = shown.drain(..).map(|s| (key(&s), s)).collect();
        keyed.sort_by(|(a, _), (b, _)| if sort.reverse { b.compare(a) } else { a.compare(b) });
        shown.extend(keyed.into_iter().map(|(_, s)| s));
    }
}
