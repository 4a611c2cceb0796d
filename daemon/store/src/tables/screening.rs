//! Do-not-call lists: what each says of a number, and how old it is.
//!
//! Must not live here: how a file is read and what follows from an age (`frontdesk_domain::screening`).

use crate::engine::insert::Insert;
use crate::engine::value::Kind::{Bool, Int, Text};
use crate::params;
use crate::{Result, Tx, Value};
use frontdesk_domain::screening::{Entry, Screening, newest};
use frontdesk_shared::Millis;
use std::collections::HashMap;

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// As profiles name it.
    pub name: String,
    /// Date of the newest whole list.
    pub whole_as_of: Option<Millis>,
    /// Date of the newest check of some numbers.
    pub checked_as_of: Option<Millis>,
    /// Rows read of the file that came last.
    pub rows: i64,
    /// Who brought it.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// Every list, by name.
///
/// # Errors
/// As the statement fails.
pub fn lists(tx: &mut Tx<'_>) -> Result<Vec<List>> {
    tx.all(
        "SELECT name, whole_as_of, checked_as_of, rows_read, brought_by, brought_at FROM screening_list ORDER BY name",
        params![],
        |r| {
            Ok(List {
                name: r.get(0)?,
                whole_as_of: r.get(1)?,
                checked_as_of: r.get(2)?,
                rows: r.get(3)?,
                by: r.get(4)?,
                at: r.get(5)?,
            })
        },
    )
}

/// What lists say of numbers: number and word.
///
/// # Errors
/// As the statements fail.
pub fn of_numbers(tx: &mut Tx<'_>, numbers: &[&str]) -> Result<Vec<(String, Screening)>> {
    let lists = lists(tx)?;
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Value<'_>> = numbers.iter().map(|number| Value::Text(number)).collect();
    let rows = tx.many(
        "SELECT address, list, listed, as_of FROM screening WHERE address = ANY($1)",
        &keys,
        &[],
        |r| {
            let key: (String, String) = (r.get(0)?, r.get(1)?);
            Ok((key, Entry { listed: r.get(2)?, as_of: r.get(3)? }))
        },
    )?;
    let entries: HashMap<(String, String), Entry> = rows.into_iter().collect();
    let mut words = Vec::new();
    for number in numbers {
        for list in &lists {
            let entry = entries.get(&((*number).to_owned(), list.name.clone())).copied();
            words
                .extend(newest(&list.name, entry, list.whole_as_of).map(|word| ((*number).to_owned(), word)));
        }
    }
    Ok(words)
}

const ENTRIES: Insert<4> = Insert {
    into: "screening (address, list, listed, as_of)",
    types: [Text, Text, Bool, Int],
    then: "ON CONFLICT (address, list) DO UPDATE SET listed = excluded.listed, as_of = excluded.as_of
           WHERE excluded.as_of > screening.as_of OR (excluded.as_of = screening.as_of AND excluded.listed)",
};

/// Keeps what a list says of numbers, each of them once. A newer word stays, and of two of one day
/// the one that forbids.
///
/// # Errors
/// As the statements fail.
pub fn keep<'w>(tx: &mut Tx<'_>, list: &'w str, as_of: Millis, words: &[(&'w str, bool)]) -> Result<()> {
    let row = |(number, listed): &(&'w str, bool)| -> [Value<'w>; 4] {
        [Value::Text(number), Value::Text(list), (*listed).into(), as_of.into()]
    };
    ENTRIES.rows(tx, &words.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// A file is over: the list is as new as it says. An older one takes nothing back.
///
/// # Errors
/// As the statement fails.
pub fn brought(tx: &mut Tx<'_>, list: &List) -> Result<()> {
    tx.execute(
        "INSERT INTO screening_list (name, whole_as_of, checked_as_of, rows_read, brought_by, brought_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (name) DO UPDATE SET
             whole_as_of = CASE WHEN screening_list.whole_as_of > COALESCE(excluded.whole_as_of, 0)
                 THEN screening_list.whole_as_of ELSE excluded.whole_as_of END,
             checked_as_of = CASE WHEN screening_list.checked_as_of > COALESCE(excluded.checked_as_of, 0)
                 THEN screening_list.checked_as_of ELSE excluded.checked_as_of END,
             rows_read = excluded.rows_read, brought_by = excluded.brought_by, brought_at = excluded.brought_at",
        params![&list.name, list.whole_as_of, list.checked_as_of, list.rows, &list.by, list.at],
    )?;
    Ok(())
}

/// Forgets words that a newer whole list has replaced; how many, at most `most`.
///
/// # Errors
/// As the statement fails.
pub fn forget(tx: &mut Tx<'_>, list: &str, before: Millis, most: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM screening WHERE list = $1 AND address IN (
             SELECT address FROM screening WHERE list = $1 AND as_of < $2 LIMIT $3)",
        params![list, before, most],
    )
}
