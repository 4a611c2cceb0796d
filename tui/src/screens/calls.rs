//! Calls: every call, newest first, with what it came to.

use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::call::{CallRow, Outcome};

/// Columns of the list.
pub const COLUMNS: &[Column] = &[
    Column::new("time", 12, 3),
    Column::new("outcome", 18, 1),
    Column::new("who", 18, 0),
    Column::new("phone", 14, 5),
    Column::new("client", 12, 6),
    Column::new("dur", 7, 4).right(),
    Column::new("cost", 8, 8).right(),
    Column::new("try", 3, 9).right(),
    Column::new("id", 6, 7),
    Column::new("detail", 14, 10).flex(),
];

/// Cells of a call.
#[must_use]
pub fn cells(r: &CallRow, look: Look<'_>) -> Vec<Cell> {
    let detail = if r.last_line.is_empty() { &r.ended_reason } else { &r.last_line };
    let who = if r.sandbox { format!("{} (sandbox)", r.who) } else { r.who.clone() };
    vec![
        look.at(r.created_at),
        outcome(r),
        Cell::new(who),
        Cell::new(&r.phone),
        Cell::new(&r.client),
        super::live::duration(r, look),
        Cell::new(dollars(r.cost_micros_usd)).by(r.cost_micros_usd),
        Cell::number(i64::from(r.attempt)),
        super::id(&r.id.to_string(), look),
        Cell::of(detail, Role::Dim),
    ]
}

fn outcome(r: &CallRow) -> Cell {
    let Some(outcome) = r.outcome else { return super::live::state(r.status) };
    let role = match outcome {
        Outcome::Booked | Outcome::Transferred | Outcome::CallbackRequested => Role::Good,
        Outcome::NeedsReview | Outcome::BadNumber | Outcome::DoNotCall => Role::Warn,
        Outcome::Failed => Role::Bad,
        _ => Role::Plain,
    };
    Cell::of(outcome.word(), role)
}

/// Millionths of a dollar as dollars and cents.
fn dollars(micros: i64) -> String {
    let cents = micros.saturating_add(5_000) / 10_000;
    format!("${}.{:02}", cents / 100, (cents % 100).abs())
}

#[cfg(test)]
mod tests {
    #[test]
    fn costs_are_rounded_to_cents() {
        assert_eq!(super::dollars(0), "$0.00");
        assert_eq!(super::dollars(123_456), "$0.12");
        assert_eq!(super::dollars(1_995_000), "$2.00");
    }
}
