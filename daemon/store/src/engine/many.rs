//! Looking up many rows by key in few statements.
//!
//! Nothing here knows a table.

use super::Result;
use super::row::Row;
use super::tx::Tx;
use super::value::Value;

/// Keys of one statement at most. Fewer are filled up to a power of two with the last of them,
/// so that few texts are compiled.
const KEYS: usize = 64;

/// Rows whose key is among `keys`: `head` ends in `IN`, `tail` follows the list, and `first` are
/// the parameters `$1…` that `head` and `tail` name.
pub(crate) fn many<'v, T>(
    tx: &mut Tx<'_>,
    (head, tail): (&str, &str),
    first: &[Value<'v>],
    keys: &[Value<'v>],
    mut map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(KEYS) {
        let filled = keys.iter().chain(std::iter::repeat(keys.last()).flatten());
        let params: Vec<Value<'v>> =
            first.iter().chain(filled.take(keys.len().next_power_of_two())).copied().collect();
        let mut text = String::with_capacity(head.len() + tail.len() + params.len() * 5);
        text.push_str(head);
        for n in first.len() + 1..=params.len() {
            text.push_str(if n == first.len() + 1 { " ($" } else { ", $" });
            text.push_str(&n.to_string());
        }
        text.push_str(") ");
        text.push_str(tail);
        found.extend(tx.all_dynamic(&text, &params, &mut map)?);
    }
    Ok(found)
}
