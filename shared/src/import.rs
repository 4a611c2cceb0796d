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
