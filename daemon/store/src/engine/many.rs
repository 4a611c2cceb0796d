//! Rows of many keys in one statement.
//!
//! ```text
//! tx.many("SELECT id, name FROM lead WHERE client_id = $2 AND identity = ANY($1)", &identities, params![client], map)?;
//! tx.execute_many("UPDATE job SET state = 'running' WHERE id = ANY($1) AND state = 'ready'", &ids, &[])?;
//! ```
//!
//! The keys are the first parameter and stand in the text as PostgreSQL has them, `= ANY($1)`,
//! once; further parameters follow from `$2`. For SQLite that becomes `IN ($1, $3, $4, …)`, in
//! lengths of powers of two so that few texts are compiled. Each key should be there once. An
//! ORDER BY or LIMIT holds for up to [`KEYS`] keys only.

use crate::engine::tx::Sql;
use crate::{Engine, Error, Result, Row, Tx, Value};
use std::fmt::Write as _;

/// Keys of one statement of SQLite's at most.
pub(crate) const KEYS: usize = 1024;
/// How a text names the keys.
const LIST: &str = "= ANY($1)";

impl Tx<'_> {
    /// Maps every row that a statement finds, or changes and returns, for any of the keys.
    ///
    /// # Errors
    /// As the statement or `map` fails.
    pub fn many<T>(
        &mut self,
        sql: impl Into<Sql>,
        keys: &[Value<'_>],
        rest: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let sql = sql.into();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        if self.engine() == Engine::Postgres {
            let values: Vec<Value<'_>> =
                std::iter::once(Value::List(keys)).chain(rest.iter().copied()).collect();
            return self.all(sql, &values, map);
        }
        let reads = sql.lite.starts_with("SELECT") || sql.lite.starts_with("WITH");
        let mut out = Vec::new();
        for keys in keys.chunks(KEYS) {
            let (text, values) = listed(sql.lite, keys, rest)?;
            out.extend(if reads {
                self.read_built(&text, &values, &mut map)?
            } else {
                self.change_built(&text, &values, &mut map)?
            });
        }
        Ok(out)
    }

    /// Changes the rows of any of the keys; how many that were.
    ///
    /// # Errors
    /// As the statement fails.
    pub fn execute_many(
        &mut self,
        sql: impl Into<Sql>,
        keys: &[Value<'_>],
        rest: &[Value<'_>],
    ) -> Result<u64> {
        let sql = sql.into();
        if keys.is_empty() {
            return Ok(0);
        }
        if self.engine() == Engine::Postgres {
            let values: Vec<Value<'_>> =
                std::iter::once(Value::List(keys)).chain(rest.iter().copied()).collect();
            return self.execute(sql, &values);
        }
        keys.chunks(KEYS).try_fold(0, |changed, keys| {
            let (text, values) = listed(sql.lite, keys, rest)?;
            Ok(changed + self.execute_built(&text, &values)?)
        })
    }
}

/// The text and values for SQLite. The list is filled up with its last key.
fn listed<'v>(sql: &str, keys: &[Value<'v>], rest: &[Value<'v>]) -> Result<(String, Vec<Value<'v>>)> {
    let (Some((before, after)), [first, others @ ..]) = (sql.split_once(LIST), keys) else {
        return Err(Error::Database(format!("no “{LIST}” in a statement for many keys")));
    };
    let length = keys.len().next_power_of_two();
    let filled = others.iter().chain(std::iter::repeat(&keys[keys.len() - 1])).take(length - 1);
    let values: Vec<Value<'v>> = std::iter::once(first).chain(rest).chain(filled).copied().collect();
    let mut text = String::with_capacity(sql.len() + 6 * length);
    text.push_str(before);
    text.push_str("IN ($1");
    for n in rest.len() + 2..=values.len() {
        // Writing to a string cannot fail.
        let _ = write!(text, ", ${n}");
    }
    text.push(')');
    text.push_str(after);
    Ok((text, values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_behind_the_other_parameters() {
        let sql = "SELECT a FROM t WHERE b = $2 AND c = ANY($1) ORDER BY a";
        let (text, values) = listed(sql, &[1.into(), 2.into(), 3.into()], &["x".into()]).unwrap();
        assert_eq!(text, "SELECT a FROM t WHERE b = $2 AND c IN ($1, $3, $4, $5) ORDER BY a");
        assert!(matches!(
            values[..],
            [Value::Int(1), Value::Text("x"), Value::Int(2), Value::Int(3), Value::Int(3)]
        ));
        let (text, values) = listed(sql, &[7.into()], &["x".into()]).unwrap();
        assert_eq!(
            (text.as_str(), values.len()),
            ("SELECT a FROM t WHERE b = $2 AND c IN ($1) ORDER BY a", 2)
        );
        assert!(listed("SELECT 1", &[1.into()], &[]).is_err());
    }
}
