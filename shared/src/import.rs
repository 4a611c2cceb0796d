//! Imports: files and requests that bring leads, with a verdict for every row.

use crate::words::words;
use crate::{ImportId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// Where an import stands.
    ImportStatus {
        /// Bytes are arriving.
        Receiving = "receiving",
        /// Rows are being judged and committed.
        Running = "running",
        /// Every row has its verdict.
        Done = "done",
        /// It could not go on; the reason says why. Rows judged before stay.
        Failed = "failed",
        /// What it brought is being closed.
        Undoing = "undoing",
        /// What it brought is closed, as far as nobody was contacted.
        Undone = "undone",
    }
}

impl ImportStatus {
    /// Whether nothing more happens to it by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Undone)
    }
}

/// What is known about a file before its first row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSpec {
    /// Key of the client.
    pub client: String,
    /// File name or other label shown in lists.
    pub label: String,
    /// Judge every row and commit none.
    #[serde(default)]
    pub dry_run: bool,
    /// One statement of consent for all rows: who attests it, when, and the wording shown.
    #[serde(default)]
    pub attest: Option<String>,
    /// ISO 3166 country for numbers without a prefix; the client's country where absent.
    #[serde(default)]
    pub country: Option<String>,
    /// Column header → field, over what is guessed.
    #[serde(default)]
    pub mapping: BTreeMap<String, String>,
    /// A name for where the leads come from; the label where absent.
    #[serde(default)]
    pub source: Option<String>,
    /// Leads given one at a time, by API or form: they are called at once, while the leads of a file
    /// wait a moment in which the file can be undone.
    #[serde(default)]
    pub single: bool,
}

/// Fields a column can be mapped to, by their words.
pub const FIELDS: [&str; 34] = [
    "phone",
    "phone_dnc",
    "do_not_call",
    "do_not_text",
    "do_not_email",
    "status",
    "dial_code",
    "name",
    "first_name",
    "last_name",
    "email",
    "source",
    "country",
    "timezone",
    "state",
    "postcode",
    "external_id",
    "score",
    "consent",
    "consent_ai_voice",
    "consent_sms",
    "consent_email",
    "consent_channels",
    "consent_purpose",
    "consent_text",
    "consent_at",
    "consent_evidence",
    "opt_in",
    "opt_in_ai",
    "consent_revoked",
    "consent_expires",
    "consent_other",
    "variable",
    "ignore",
];

/// A mapping as people type it: `Header=field`, several with commas. A header may hold commas itself.
///
/// # Errors
/// What is no `Header=field`.
pub fn parse_mapping(typed: &str) -> Result<BTreeMap<String, String>, String> {
    let mut mapping = BTreeMap::new();
    let mut pending = String::new();
    for part in typed.split(',') {
        if !pending.is_empty() {
            pending.push(',');
        }
        pending.push_str(part);
        let pair = pending.rsplit_once('=').map(|(header, field)| (header.trim(), field.trim()));
        if let Some((header, field)) = pair.filter(|(h, f)| !h.is_empty() && FIELDS.contains(f)) {
            mapping.insert(header.to_owned(), field.to_owned());
            pending.clear();
        }
    }
    if pending.trim().is_empty() {
        return Ok(mapping);
    }
    Err(format!("“{}” is not Header=field", pending.trim()))
}

/// The first mapping that a refusal of a file suggests, as header and field.
pub fn suggested_mapping(refusal: &str) -> Option<(String, String)> {
    if let Some((_, json)) = refusal.split_once("{\"") {
        let (header, rest) = json.split_once("\": \"")?;
        let field = rest.split('"').next()?;
        return FIELDS.contains(&field).then(|| (header.to_owned(), field.to_owned()));
    }
    let after = refusal.split_once("map=")?.1;
    let ends = FIELDS.iter().filter_map(|field| {
        let at = after.find(&format!("={field}"))?;
        // `do_not_call` and not the `do` of anything.
        let behind = after[at + 1 + field.len()..].chars().next();
        behind.is_none_or(|c| !c.is_alphanumeric() && c != '_').then_some((at, *field))
    });
    let (at, field) = ends.min()?;
    Some((after[..at].to_owned(), field.to_owned()))
}

/// Counts of an import, all in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Rows judged.
    pub rows: u64,
    /// Rows that became (or re-opened) leads to be called.
    pub accepted: u64,
    /// Rows that became leads which wait for something.
    pub held: u64,
    /// Rows with a usable number.
    pub valid: u64,
    /// Rows refused.
    pub invalid: u64,
    /// Rows whose person is in the file twice, already known, or was contacted lately.
    pub duplicates: u64,
    /// Rows whose person opted out.
    pub opted_out: u64,
    /// Rows accepted with a warning.
    pub warnings: u64,
}

/// One refused row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Row number in the file; the header is row 1.
    pub row: u64,
    /// The field at fault.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One import as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// Key of the client.
    pub client: String,
    /// File name or other label.
    pub label: String,
    /// Where it stands.
    pub status: ImportStatus,
    /// Whether it only judged.
    pub dry_run: bool,
    /// Counts so far.
    pub counts: ImportCounts,
    /// Bytes in the file, once it is received.
    pub bytes: u64,
    /// Bytes judged so far.
    pub bytes_done: u64,
    /// Who started it.
    pub actor: String,
    /// Why it failed, or what else is worth saying.
    pub note: String,
    /// When it started.
    pub created_at: Millis,
    /// When the last row had its verdict.
    pub finished_at: Option<Millis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_typed_as_pairs() {
        let read = parse_mapping("Opted out: a, b=do_not_email, Cell = phone").unwrap();
        let wanted = [("Cell", "phone"), ("Opted out: a, b", "do_not_email")];
        assert_eq!(read, wanted.map(|(h, f)| (h.to_owned(), f.to_owned())).into());
        assert_eq!(parse_mapping(" "), Ok(BTreeMap::new()));
        for wrong in ["Cell", "Cell=telephon", "=phone", "Cell=phone, x"] {
            assert!(parse_mapping(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refusal_of_a_file_says_what_would_help() {
        let first = |text: &str| suggested_mapping(text).map(|(h, f)| format!("{h} is {f}"));
        let cases = [
            (
                "Say what it is: for example map=Photo: a=b=do_not_call (a yes forbids)",
                Some("Photo: a=b is do_not_call"),
            ),
            ("map one, for example {\"Nummer\": \"phone\"}", Some("Nummer is phone")),
            ("say so, for example map=column 3=phone, or add a header row", Some("column 3 is phone")),
            ("the file is empty", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(first(text).as_deref(), wanted, "{text}");
        }
    }
}
