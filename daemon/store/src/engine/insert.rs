//! Many new rows in one statement. An import's batch is a handful of round trips to a server
//! instead of a thousand, and less work for SQLite as well.
//!
//! ```text
//! const KEYS: Insert<3> =
//!     Insert { into: "job_key (key, job_id, at)", types: [Text, Int, Int], then: "ON CONFLICT (key) DO NOTHING" };
//! KEYS.rows(tx, &[["a".into(), 1.into(), now.into()], …])?;
//! ```
//!
//! PostgreSQL is sent whole columns: `INSERT … SELECT * FROM unnest($1::text[], $2::bigint[], …)`,
//! one text whatever the number of rows, so it is prepared once. SQLite gets `VALUES` with a
//! parameter for each value, in few sizes. Nothing here knows a table.

use crate::engine::value::{Kind, columns};
use crate::{Engine, Result, Row, Tx, Value};
use std::fmt::Write as _;

/// Rows of one statement of SQLite's at most. Fewer go as powers of two, so that few texts are
/// compiled.
const ROWS: usize = 64;
/// As many as this go together whatever their number is: most transactions add no more.
const FEW: usize = 6;

/// An INSERT without its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Insert<const WIDTH: usize> {
    /// Table and columns: `lead (id, name)`.
    pub(crate) into: &'static str,
    /// What the columns hold.
    pub(crate) types: [Kind; WIDTH],
    /// What follows the rows, such as `ON CONFLICT (id) DO NOTHING`. With `DO UPDATE` no two rows
    /// may meet the same one.
    pub(crate) then: &'static str,
}

impl<const WIDTH: usize> Insert<WIDTH> {
    /// Adds rows; how many were added.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn rows(&self, tx: &mut Tx<'_>, rows: &[[Value<'_>; WIDTH]]) -> Result<u64> {
        self.parts(tx.engine(), rows)
            .try_fold(0, |added, (sql, part)| Ok(added + part.with(|values| tx.execute_built(&sql, values))?))
    }

    /// Adds rows; what `then` returns of those that were added.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn returning<T>(
        &self,
        tx: &mut Tx<'_>,
        rows: &[[Value<'_>; WIDTH]],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut out = Vec::new();
        for (sql, part) in self.parts(tx.engine(), rows) {
            out.extend(part.with(|values| tx.change_built(&sql, values, &mut map))?);
        }
        Ok(out)
    }

    fn parts<'r, 'v>(
        &self,
        engine: Engine,
        rows: &'r [[Value<'v>; WIDTH]],
    ) -> impl Iterator<Item = (String, Part<'r, 'v, WIDTH>)> {
        let (insert, mut rest) = (*self, rows);
        std::iter::from_fn(move || {
            let count = match (rest.len(), engine) {
                (0, _) => return None,
                (all, Engine::Postgres) => all,
                (few @ ..=FEW, _) => few,
                (ROWS.., _) => ROWS,
                (some, _) => 1 << some.ilog2(),
            };
            let (now, later) = rest.split_at(count);
            rest = later;
            Some(match engine {
                Engine::Postgres => (insert.unnest(), Part::Columns(now)),
                Engine::Sqlite => (insert.values(count), Part::Rows(now)),
            })
        })
    }

    fn values(self, rows: usize) -> String {
        let mut text = format!("INSERT INTO {} VALUES ", self.into);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..WIDTH {
                let comma = if column == 0 { "" } else { ", " };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma}${}", row * WIDTH + column + 1);
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.then);
        text
    }

    fn unnest(self) -> String {
        format!("INSERT INTO {} SELECT * FROM {} {}", self.into, unnest(&self.types), self.then)
    }
}

/// Rows as an engine takes them.
enum Part<'r, 'v, const WIDTH: usize> {
    Rows(&'r [[Value<'v>; WIDTH]]),
    Columns(&'r [[Value<'v>; WIDTH]]),
}

impl<const WIDTH: usize> Part<'_, '_, WIDTH> {
    fn with<T>(self, run: impl FnOnce(&[Value<'_>]) -> T) -> T {
        match self {
            Self::Rows(rows) => run(rows.as_flattened()),
            Self::Columns(rows) => {
                let columns = columns(rows);
                let lists: Vec<Value<'_>> = columns.iter().map(|c| Value::List(c)).collect();
                run(&lists)
            }
        }
    }
}

/// `unnest($1::bigint[], $2::text[], …)`.
pub(super) fn unnest(types: &[Kind]) -> String {
    let lists: Vec<String> =
        (1..).zip(types).map(|(n, kind): (usize, _)| format!("${n}::{}[]", kind.word())).collect();
    format!("unnest({})", lists.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Int, Text};

    const INSERT: Insert<2> = Insert { into: "t (a, b)", types: [Int, Text], then: "ON CONFLICT DO NOTHING" };

    #[test]
    fn parameters_count_on_from_row_to_row() {
        assert_eq!(INSERT.values(2), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING");
    }

    #[test]
    fn a_server_gets_one_text_for_any_number_of_rows() {
        let sql =
            "INSERT INTO t (a, b) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING";
        for rows in [1, 2, 500] {
            let rows = vec![[1.into(), "x".into()]; rows];
            let texts: Vec<String> = INSERT.parts(Engine::Postgres, &rows).map(|(sql, _)| sql).collect();
            assert_eq!(texts, [sql]);
        }
        let rows = vec![[1.into(), "x".into()]; 64 + 32 + 5];
        assert_eq!(INSERT.parts(Engine::Sqlite, &rows).count(), 3);
    }
}
