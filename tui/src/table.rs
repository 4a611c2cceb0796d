//! Tables: columns that give way by priority, and cells with a role and an order. The console's
//! lists and the command line's text output are the same tables.

use crate::text;
use crate::theme::Role;
use crate::zone::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::time::short_duration;
use std::cmp::Ordering;

/// One column of a list.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Columns of the screen it needs.
    pub width: u16,
    /// Kept longer when lower; 0 is never dropped.
    pub rank: u8,
    /// Takes what is left. Exactly one column of a table does.
    pub flex: bool,
    /// Aligned to the right.
    pub right: bool,
    /// The daemon can put the whole list in this column's order, by its title.
    pub sorts: bool,
}

impl Column {
    /// A column of a fixed width.
    #[must_use]
    pub const fn new(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, rank, flex: false, right: false, sorts: false }
    }

    /// Aligned to the right.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { right: true, ..self }
    }

    /// One by which the daemon puts the whole list in order.
    #[must_use]
    pub const fn sorts(self) -> Self {
        Self { sorts: true, ..self }
    }

    /// Takes what is left.
    #[must_use]
    pub const fn flex(self) -> Self {
        Self { flex: true, ..self }
    }
}

/// One cell.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// What that means.
    pub role: Role,
    /// What it is sorted by, where that is not its text.
    pub order: Option<i64>,
}

impl Cell {
    /// Ordinary text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text::clean(&text.into()), ..Self::default() }
    }

    /// Text of another role.
    #[must_use]
    pub fn of(text: impl Into<String>, role: Role) -> Self {
        Self { role, ..Self::new(text) }
    }

    /// A number.
    #[must_use]
    pub fn number(n: i64) -> Self {
        Self { order: Some(n), ..Self::new(n.to_string()) }
    }

    /// A count; zero is dim, so that the others stand out.
    #[must_use]
    pub fn count(n: u64) -> Self {
        let role = if n == 0 { Role::Dim } else { Role::Plain };
        Self { role, order: Some(i64::try_from(n).unwrap_or(i64::MAX)), ..Self::new(text::grouped(n)) }
    }

    /// Sorted by this number.
    #[must_use]
    pub fn by(self, order: i64) -> Self {
        Self { order: Some(order), ..self }
    }

    /// In another role.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The order of two cells of one column.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.order, other.order) {
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.text.to_lowercase().cmp(&other.text.to_lowercase()),
        }
    }
}

/// What cells depend on besides their row.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The daemon's clock.
    pub now: Millis,
    /// The zone in which instants are shown.
    pub zone: &'a Zone,
    /// For programs and files: whole instants and ids instead of short ones.
    pub exact: bool,
}

impl Look<'_> {
    /// An instant.
    #[must_use]
    pub fn at(&self, at: Millis) -> Cell {
        let text = if self.exact { at.iso() } else { self.zone.stamp(at, self.now) };
        Cell::new(text).by(at.0)
    }

    /// An instant in words, and how far away it is.
    #[must_use]
    pub fn when(&self, at: Millis) -> String {
        let text = self.at(at).text;
        match self.now.since(at) {
            0..1000 => format!("{text}, now"),
            ms if ms > 0 => format!("{text}, {} ago", short_duration(ms)),
            ms => format!("{text}, in {}", short_duration(-ms)),
        }
    }

    /// The same of one that may be absent.
    #[must_use]
    pub fn when_some(&self, at: Option<Millis>) -> String {
        at.map(|at| self.when(at)).unwrap_or_default()
    }

    /// An instant that may be absent.
    #[must_use]
    pub fn maybe(&self, at: Option<Millis>) -> Cell {
        at.map_or_else(|| Cell::of("-", Role::Dim), |at| self.at(at))
    }

    /// An instant to come, as a countdown.
    #[must_use]
    pub fn until(&self, at: Millis) -> Cell {
        if self.exact { self.at(at) } else { Cell::new(crate::zone::countdown(at, self.now)).by(at.0) }
    }
}

/// Which columns fit into `room`, and how wide each is, with one blank between them. The last
/// to stay is the column of the lowest rank, which also takes the rest where the flexible one
/// had to go.
#[must_use]
pub fn fit(columns: &[Column], room: u16) -> Vec<(usize, u16)> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let need = |kept: &[usize]| {
        kept.iter().map(|&i| usize::from(columns[i].width)).sum::<usize>() + kept.len().saturating_sub(1)
    };
    while kept.len() > 1 && need(&kept) > usize::from(room) {
        let worst = kept.iter().enumerate().max_by_key(|(_, i)| columns[**i].rank).map(|(at, _)| at);
        let Some(worst) = worst else { break };
        kept.remove(worst);
    }
    let left = usize::from(room).saturating_sub(need(&kept));
    let first = || kept.iter().enumerate().min_by_key(|(_, i)| columns[**i].rank).map(|(at, _)| at);
    let grows = kept.iter().position(|&i| columns[i].flex).or_else(first);
    let widen = |(at, &i): (usize, &usize)| {
        let extra = if Some(at) == grows { left } else { 0 };
        let width = usize::from(columns[i].width) + extra;
        (i, u16::try_from(width).unwrap_or(u16::MAX).min(room))
    };
    kept.iter().enumerate().map(widen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::new("a", 5, 2), Column::new("b", 5, 0).flex(), Column::new("c", 5, 1).right()];

    #[test]
    fn columns_give_way_by_rank_and_one_takes_the_rest() {
        assert_eq!(fit(&COLUMNS, 20), [(0, 5), (1, 8), (2, 5)]);
        assert_eq!(fit(&COLUMNS, 16), [(1, 10), (2, 5)]);
        assert_eq!(fit(&COLUMNS, 8), [(1, 8)]);
        assert_eq!(fit(&COLUMNS, 1), [(1, 1)]);
        assert_eq!(fit(&COLUMNS, 0), [(1, 0)]);
        assert_eq!(fit(&[], 10), []);
    }

    #[test]
    fn numbers_sort_as_numbers_and_absence_comes_last() {
        assert_eq!(Cell::number(9).compare(&Cell::number(10)), Ordering::Less);
        assert_eq!(Cell::number(9).compare(&Cell::new("-")), Ordering::Less);
        assert_eq!(Cell::new("Bob").compare(&Cell::new("alice")), Ordering::Greater);
    }
}
