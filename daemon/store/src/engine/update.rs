//! Many changed rows in one statement.
//!
//! ```text
//! const SEEN: Update<1, 2> = Update {
//!     table: "call",
//!     keys: [("id", Int)],
//!     sets: [("status", Text), ("started_at", Int)],
//!     kept: &["started_at"],
//!     also: "reported = FALSE",
//!     only: "t.status <> 'ended'",
//! };
//! SEEN.rows(tx, &[([id.into()], ["ringing".into(), now.into()]), …])?;
//! ```
//!
//! PostgreSQL is sent whole columns: `UPDATE call AS t SET … FROM unnest(…) AS v (…) WHERE
//! t.id = v.k1`, prepared once. SQLite, to which a statement is no round trip, runs one prepared
//! statement for each row. Each key may be there once. Nothing here knows a table.

use crate::engine::insert::unnest;
use crate::engine::value::{Kind, columns};
use crate::{Engine, Result, Tx, Value};

/// An UPDATE without its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update<const KEYS: usize, const SETS: usize> {
    /// Which table; called `t` in `only`.
    pub(crate) table: &'static str,
    /// The columns that find a row: its id first, then what must still be as it was read, such as
    /// a fence. None of them may be NULL.
    pub(crate) keys: [(&'static str, Kind); KEYS],
    /// The columns that are written.
    pub(crate) sets: [(&'static str, Kind); SETS],
    /// Those among them that a NULL leaves as they are.
    pub(crate) kept: &'static [&'static str],
    /// What is written to every row, such as `lease_node = NULL`, or nothing.
    pub(crate) also: &'static str,
    /// A further condition of the row as it is, or nothing.
    pub(crate) only: &'static str,
}

/// A row's keys and its new values.
pub(crate) type Change<'v, const KEYS: usize, const SETS: usize> = ([Value<'v>; KEYS], [Value<'v>; SETS]);

impl<const KEYS: usize, const SETS: usize> Update<KEYS, SETS> {
    /// Changes rows; how many were changed.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn rows(&self, tx: &mut Tx<'_>, rows: &[Change<'_, KEYS, SETS>]) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        match tx.engine() {
            Engine::Sqlite => {
                let sql = self.single();
                rows.iter().try_fold(0, |changed, (keys, sets)| {
                    Ok(changed + tx.execute_built(&sql, &[&keys[..], &sets[..]].concat())?)
                })
            }
            Engine::Postgres => with_lists(rows, |lists| tx.execute_built(&self.unnest(), lists)),
        }
    }

    /// Changes rows; the first key of those that were changed, which must be a number. The others
    /// were not as they were read, or are gone.
    ///
    /// # Errors
    /// As the statements fail.
    pub(crate) fn changed(&self, tx: &mut Tx<'_>, rows: &[Change<'_, KEYS, SETS>]) -> Result<Vec<i64>> {
        let id = self.keys.first().map_or("", |(name, _)| name);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        match tx.engine() {
            Engine::Sqlite => {
                let sql = format!("{} RETURNING {id}", self.single());
                let mut out = Vec::new();
                for (keys, sets) in rows {
                    out.extend(tx.change_built(&sql, &[&keys[..], &sets[..]].concat(), |r| r.get::<i64>(0))?);
                }
                Ok(out)
            }
            Engine::Postgres => {
                let sql = format!("{} RETURNING t.{id}", self.unnest());
                with_lists(rows, |lists| tx.change_built(&sql, lists, |r| r.get(0)))
            }
        }
    }

    fn single(&self) -> String {
        let sets = (KEYS + 1..).zip(self.sets).map(|(n, (name, _))| self.set(name, &format!("${n}")));
        let keys = (1..).zip(self.keys).map(|(n, (name, _)): (usize, _)| format!("t.{name} = ${n}"));
        self.text(sets.collect(), "", keys.collect())
    }

    fn unnest(&self) -> String {
        let (keys, sets) = (self.keys.map(|k| k.1), self.sets.map(|s| s.1));
        let names = |letter: char, many| (1..=many).map(move |n: usize| format!("{letter}{n}"));
        let columns: Vec<String> = names('k', KEYS).chain(names('s', SETS)).collect();
        let from =
            format!(" FROM {} AS v ({})", unnest(&[&keys[..], &sets[..]].concat()), columns.join(", "));
        let sets = names('s', SETS).zip(self.sets).map(|(v, (name, _))| self.set(name, &format!("v.{v}")));
        let keys = names('k', KEYS).zip(self.keys).map(|(v, (name, _))| format!("t.{name} = v.{v}"));
        self.text(sets.collect(), &from, keys.collect())
    }

    fn set(&self, name: &str, value: &str) -> String {
        if self.kept.contains(&name) {
            format!("{name} = COALESCE({value}, t.{name})")
        } else {
            format!("{name} = {value}")
        }
    }

    fn text(&self, mut sets: Vec<String>, from: &str, mut conditions: Vec<String>) -> String {
        if !self.also.is_empty() {
            sets.push(self.also.to_owned());
        }
        if !self.only.is_empty() {
            conditions.push(format!("({})", self.only));
        }
        let (table, sets, conditions) = (self.table, sets.join(", "), conditions.join(" AND "));
        format!("UPDATE {table} AS t SET {sets}{from} WHERE {conditions}")
    }
}

fn with_lists<'v, const KEYS: usize, const SETS: usize, T>(
    rows: &[Change<'v, KEYS, SETS>],
    run: impl FnOnce(&[Value<'_>]) -> T,
) -> T {
    let keys: Vec<[Value<'v>; KEYS]> = rows.iter().map(|r| r.0).collect();
    let sets: Vec<[Value<'v>; SETS]> = rows.iter().map(|r| r.1).collect();
    let (keys, sets) = (columns(&keys), columns(&sets));
    let lists: Vec<Value<'_>> = keys.iter().chain(&sets).map(|c| Value::List(c)).collect();
    run(&lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Int, Text};

    #[test]
    fn one_description_becomes_both_texts() {
        let update = Update {
            table: "job",
            keys: [("id", Int), ("fence", Int)],
            sets: [("state", Text), ("run_at", Int)],
            kept: &["run_at"],
            also: "lease_node = NULL",
            only: "t.state = 'running'",
        };
        assert_eq!(
            update.single(),
            "UPDATE job AS t SET state = $3, run_at = COALESCE($4, t.run_at), lease_node = NULL \
             WHERE t.id = $1 AND t.fence = $2 AND (t.state = 'running')"
        );
        assert_eq!(
            update.unnest(),
            "UPDATE job AS t SET state = v.s1, run_at = COALESCE(v.s2, t.run_at), lease_node = NULL \
             FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS v (k1, k2, s1, s2) \
             WHERE t.id = v.k1 AND t.fence = v.k2 AND (t.state = 'running')"
        );
    }
}
