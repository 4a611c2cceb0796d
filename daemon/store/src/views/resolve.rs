//! From what a person types to the id of a thing: a whole id, its last characters, a phone
//! number, a client's key.

use super::mask::clip;
use crate::params;
use crate::{Error, Refusal, Result, Tx};
use frontdesk_shared::id::{self, ID_CHARS};
use frontdesk_shared::{ClientId, Noun};

/// Candidates named when a text means several things.
const CANDIDATES: usize = 5;
/// Digits by which a number may be named.
const MIN_DIGITS: usize = 7;

/// Only the newest 200,000 rows are searched by the end of their id or number: older things are
/// named in full.
struct Table {
    exact: &'static str,
    suffix: &'static str,
}

macro_rules! noun {
    ($table:literal) => {
        Table {
            exact: concat!("SELECT id FROM ", $table, " WHERE id = $1"),
            suffix: concat!(
                "SELECT id FROM (SELECT id FROM ",
                $table,
                " ORDER BY id DESC LIMIT 200000) AS t WHERE id % $1 = $2 ORDER BY id DESC LIMIT 6"
            ),
        }
    };
}

fn table(noun: Noun) -> Option<Table> {
    Some(match noun {
        Noun::Lead => noun!("lead"),
        Noun::Call => noun!("call"),
        Noun::Job => noun!("job"),
        Noun::Fault => noun!("fault"),
        Noun::Webhook => noun!("webhook"),
        Noun::Import => noun!("import"),
        Noun::Appointment => noun!("appointment"),
        Noun::Message => noun!("message"),
        Noun::Client => noun!("client"),
        Noun::Template | Noun::Event | Noun::Audit | Noun::Daemon => return None,
    })
}

/// The refusal of a kind of thing that is not opened.
pub(super) fn unknown(kind: &str) -> Refusal {
    let known: Vec<&str> = Noun::OPENABLE.iter().map(|noun| noun.word()).collect();
    Refusal::invalid("kind", format!("“{kind}” is not known: {}", known.join(", ")))
}

/// The id of the `noun` that `text` names.
///
/// # Errors
/// `not_found` when there is none, `conflict` with up to five candidates when there are several,
/// `invalid` for an unknown noun; otherwise as the store fails.
pub fn resolve(tx: &mut Tx<'_>, noun: Noun, text: &str) -> Result<i64> {
    let text = text.trim();
    let table = table(noun).ok_or_else(|| unknown(noun.word()))?;
    if noun == Noun::Client
        && let Some(id) = tx.optional("SELECT id FROM client WHERE key = $1", params![text], |r| r.get(0))?
    {
        return Ok(id);
    }
    if text.len() == ID_CHARS
        && let Ok(whole) = text.parse::<frontdesk_shared::RowId>()
        && let Some(id) = tx.optional(table.exact, params![whole], |r| r.get(0))?
    {
        return Ok(id);
    }
    let mut found: Vec<i64> = Vec::new();
    if let Some((value, modulus)) = id::parse_suffix(text) {
        found = tx.all(table.suffix, params![modulus, value], |r| r.get(0))?;
    }
    if noun == Noun::Lead {
        found.extend(by_phone(tx, text)?);
    }
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Err(not_found(noun, text)),
        [id] => Ok(*id),
        several => Err(ambiguous(tx, noun, text, several)?),
    }
}

/// The lead that `text` names, of one client where that is told.
///
/// # Errors
/// As [`resolve`].
pub fn lead_of(tx: &mut Tx<'_>, text: &str, client: Option<ClientId>) -> Result<i64> {
    let Some(client) = client else { return resolve(tx, Noun::Lead, text) };
    let mut own = Vec::new();
    for id in by_phone(tx, text.trim())? {
        let of = tx.one("SELECT client_id FROM lead WHERE id = $1", params![id], |r| r.get::<ClientId>(0))?;
        own.extend((of == client).then_some(id));
    }
    match own.as_slice() {
        [id] => Ok(*id),
        _ => resolve(tx, Noun::Lead, text),
    }
}

fn by_phone(tx: &mut Tx<'_>, text: &str) -> Result<Vec<i64>> {
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let (plus, digits) = plain.strip_prefix('+').map_or((false, plain.as_str()), |rest| (true, rest));
    if digits.len() < MIN_DIGITS || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    if plus {
        return tx.all(
            "SELECT id FROM lead WHERE identity = $1 ORDER BY id DESC LIMIT 6",
            params![&plain],
            |r| r.get(0),
        );
    }
    // A number as dialed at home has a trunk zero that its international form has not.
    let tail = digits.trim_start_matches('0');
    if tail.len() < MIN_DIGITS {
        return Ok(Vec::new());
    }
    let pattern = format!("%{tail}");
    tx.all(
        "SELECT id FROM (SELECT id, identity FROM lead ORDER BY id DESC LIMIT 200000) AS t \
         WHERE identity LIKE $1 ORDER BY id DESC LIMIT 6",
        params![&pattern],
        |r| r.get(0),
    )
}

fn not_found(noun: Noun, text: &str) -> Error {
    let shown = clip(text.to_owned(), 40);
    let how = noun.naming();
    Refusal::not_found(format!("there is no {noun} “{shown}” (give {how})")).into()
}

fn ambiguous(tx: &mut Tx<'_>, noun: Noun, text: &str, found: &[i64]) -> Result<Error> {
    let mut names = Vec::new();
    for id in found.iter().rev().take(CANDIDATES) {
        let mut name = id::encode(*id);
        if noun == Noun::Lead {
            // One person may be a lead of several clients: the key tells them apart.
            let client: Option<String> = tx.optional(
                "SELECT k.key FROM lead l JOIN client k ON k.id = l.client_id WHERE l.id = $1",
                params![*id],
                |r| r.get(0),
            )?;
            name.push_str(&client.map(|key| format!(" of {key}")).unwrap_or_default());
        }
        names.push(name);
    }
    let more = if found.len() > CANDIDATES { ", …" } else { "" };
    Ok(Refusal::conflict(format!(
        "“{}” may be any of these: {}{more}",
        clip(text.to_owned(), 40),
        names.join(", ")
    ))
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::testing::{Seed, each};

    fn refusal(result: Result<i64>) -> Refusal {
        match result {
            Err(Error::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn things_are_found_by_what_people_type() {
        each(async |store| {
            store
                .write(|tx| {
                    tx.client(1, "acme")?;
                    tx.client(2, "bolt")?;
                    let low = 0x0123_4567_89ab_cdef;
                    tx.lead(low, 1, "+447700900123", "queued", "")?;
                    tx.lead(low + (1 << 40), 2, "+447700900123", "queued", "")?;
                    tx.lead(77, 1, "+447700900456", "queued", "")?;
                    let whole = id::encode(low);
                    assert_eq!(resolve(tx, Noun::Lead, &whole)?, low);
                    assert_eq!(resolve(tx, Noun::Lead, &id::encode(77)[ID_CHARS - 5..])?, 77);
                    assert_eq!(resolve(tx, Noun::Lead, " +44 7700 900-456 ")?, 77);
                    assert_eq!(resolve(tx, Noun::Lead, "07700900456")?, 77);
                    assert_eq!(resolve(tx, Noun::Client, "bolt")?, 2);
                    let both = refusal(resolve(tx, Noun::Lead, &whole[ID_CHARS - 6..]));
                    assert_eq!(both.code, "conflict");
                    assert!(both.text.contains(&format!("{whole} of acme")), "{both}");
                    assert!(both.text.contains(" of bolt"));
                    assert!(refusal(resolve(tx, Noun::Lead, "+447700900123")).text.contains("any of these"));
                    assert_eq!(lead_of(tx, "07700 900123", Some(ClientId(2)))?, low + (1 << 40));
                    assert_eq!(lead_of(tx, "00447700900123", Some(ClientId(1)))?, low);
                    let none = refusal(resolve(tx, Noun::Job, "zzzzz"));
                    assert_eq!((none.code, none.text.contains("no job “zzzzz”")), ("not_found", true));
                    assert_eq!(refusal(resolve(tx, Noun::Daemon, "1")).code, "invalid");
                    for noun in Noun::OPENABLE
                        .iter()
                        .copied()
                        .filter(|noun| !matches!(noun, Noun::Lead | Noun::Template))
                    {
                        assert_eq!(refusal(resolve(tx, noun, "0000000000001zz")).code, "not_found");
                        assert_eq!(refusal(resolve(tx, noun, "abcde")).code, "not_found");
                        assert_eq!(refusal(resolve(tx, noun, &id::encode(9))).code, "not_found");
                    }
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    }
}
