//! Many rows in few statements. An import's batch is a handful of round trips to a server
//! instead of a thousand, and less work for SQLite as well.
//!
//! Nothing here knows a table.

use crate::{Result, Row, Tx, Value};
use std::fmt::Write as _;

/// Rows of one statement at most. Fewer go as powers of two, so that few texts are compiled.
const ROWS: usize = 64;
/// As many as this go together whatever their number is: most transactions add no more.
const FEW: usize = 6;

/// An INSERT without its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insert {
    /// Table and columns: `lead (id, name)`.
    pub(crate) into: &'static str,
    /// What follows the rows, such as `ON CONFLICT DO NOTHING`.
    pub(crate) then: &'static str,
}

impl Insert {
    /// Adds rows; how many were added.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn rows<const WIDTH: usize>(
        self,
        tx: &mut Tx<'_>,
        rows: &[[Value<'_>; WIDTH]],
    ) -> Result<u64> {
        let mut added = 0;
        for now in parts(rows) {
            added += tx.insert(&self.text(now.len(), WIDTH), now.as_flattened())?;
        }
        Ok(added)
    }

    /// Adds rows; what `then` returns of those that were added.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn returning<const WIDTH: usize, T>(
        self,
        tx: &mut Tx<'_>,
        rows: &[[Value<'_>; WIDTH]],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        for now in parts(rows) {
            out.extend(tx.insert_returning(&self.text(now.len(), WIDTH), now.as_flattened(), &mut map)?);
        }
        Ok(out)
    }

    fn text(self, rows: usize, width: usize) -> String {
        let mut text = format!("INSERT INTO {} VALUES ", self.into);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..width {
                let comma = if column == 0 { "" } else { ", " };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma}${}", row * width + column + 1);
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.then);
        text
    }
}

/// Rows in the numbers that statements are made for.
fn parts<R>(rows: &[R]) -> impl Iterator<Item = &[R]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let count = match rest.len() {
            0 => return None,
            few @ ..=FEW => few,
            ROWS.. => ROWS,
            some => 1 << some.ilog2(),
        };
        let (now, later) = rest.split_at(count);
        rest = later;
        Some(now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_count_on_from_row_to_row() {
        let insert = Insert { into: "t (a, b)", then: "ON CONFLICT DO NOTHING" };
        assert_eq!(
            insert.text(2, 2),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING"
        );
    }
}
