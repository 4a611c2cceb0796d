//! Intake parsing: the bytes of a CSV or JSON file → one verdict per row, in constant memory.
//!
//! Lives here: encodings, separators, columns, fields, and what is wrong with them; duplicates
//! inside a file; the duplicate window. Must not live here: the store, a runtime, the clock,
//! phone normalisation (`desk::phone`), or any decision whether a lead may be contacted.
//!
//! A file passes through `encoding` → `source` → `records` or `json_split` → `header` →
//! `draft`. Problems are of two kinds: a `FileProblem` ends the reading, a `Reject` concerns one
//! row and the next row is read as if nothing had happened.

mod answer;
pub mod attest;
pub mod consent;
pub mod country;
pub mod csv_rows;
mod dates;
pub mod draft;
pub mod email;
mod encoding;
mod evidence;
pub mod fields;
pub mod forms;
pub mod header;
mod headerless;
mod json_cells;
pub mod json_rows;
mod json_split;
pub mod keys;
mod owner;
pub mod problem;
mod propstream;
mod raw_phone;
mod records;
mod remark;
mod safety;
mod safety_words;
mod separator;
mod source;
mod statement;
mod statement_words;
mod text;
mod urlencoded;
mod wording;
mod zone_names;

#[cfg(test)]
mod tests_cases;
#[cfg(test)]
mod tests_csv;
#[cfg(test)]
mod tests_json;
#[cfg(test)]
mod tests_random;

pub use consent::{ConsentDraft, DATE_NOT_STATED};
pub use csv_rows::CsvRows;
pub use draft::{LeadDraft, Objection};
pub use fields::Field;
pub use header::Columns;
pub use json_rows::JsonRows;
pub use keys::{Seen, SeenPhones};
pub use problem::{FileProblem, RowProblem};
pub use text::mask;

use frontdesk_shared::Millis;
use frontdesk_shared::import::{ImportSpec, Reject};
use source::Source;
use std::io::Read;

/// The verdict on one row.
#[derive(Clone, Debug, PartialEq, Eq)]
// Nearly every row is a draft: a box would cost an allocation for each of a million rows.
#[allow(clippy::large_enum_variant)]
pub enum Row {
    /// A usable row.
    Draft(LeadDraft),
    /// Everything that is wrong with it; never empty.
    Rejected(Vec<Reject>),
}

/// A file's bytes, from wherever they come.
pub type Bytes = Box<dyn Read + Send>;

/// The rows of a file, whatever its format.
// One exists per import.
#[allow(clippy::large_enum_variant)]
pub enum Rows {
    /// Separated values.
    Csv(CsvRows<Bytes>),
    /// JSON in any of its shapes.
    Json(JsonRows<Bytes>),
}

/// Opens a file for a client whose country is not known.
pub fn open(
    reader: Bytes,
    content_type: Option<&str>,
    spec: &ImportSpec,
    now: Millis,
) -> Result<Rows, FileProblem> {
    open_for(reader, content_type, spec, None, now)
}

/// Opens a file. A content type that names CSV or JSON decides; otherwise the content does, as
/// browsers and `curl` send other types for both, and forms send one line of `name=value&…`.
/// `home` is the client's country, where neither the import nor the file says another; `now` is
/// when the import was started, also when it is resumed.
pub fn open_for(
    reader: Bytes,
    content_type: Option<&str>,
    spec: &ImportSpec,
    home: Option<&str>,
    now: Millis,
) -> Result<Rows, FileProblem> {
    let source = Source::open(reader)?;
    let first = source.rest().iter().find(|b| !b.is_ascii_whitespace()).copied();
    let kind =
        content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let named = match kind.as_str() {
        "text/csv" | "text/tab-separated-values" | "application/csv" => Some(false),
        kind if kind.contains("json") => Some(true),
        _ => None,
    };
    if named != Some(false)
        && source.ended()
        && let Some(json) = urlencoded::lead(source.rest())
    {
        let source = Source::open(Box::new(std::io::Cursor::new(json)) as Bytes)?;
        return Ok(Rows::Json(JsonRows::from_source(source, spec, home, now)?));
    }
    Ok(match named.unwrap_or(matches!(first, Some(b'{' | b'['))) {
        true => Rows::Json(JsonRows::from_source(source, spec, home, now)?),
        false => Rows::Csv(CsvRows::from_source(source, spec, home, now)?),
    })
}

impl Rows {
    /// Columns of the file; for JSON those of the element judged last.
    pub fn columns(&self) -> &Columns {
        match self {
            Self::Csv(rows) => rows.columns(),
            Self::Json(rows) => rows.columns(),
        }
    }

    /// Whether rows may say that somebody must not be contacted; JSON may anywhere.
    pub fn may_refuse(&self) -> bool {
        match self {
            Self::Csv(rows) => rows.columns().has_safety(),
            Self::Json(_) => true,
        }
    }

    /// Bytes of the file judged so far.
    pub fn bytes_done(&mut self) -> u64 {
        match self {
            Self::Csv(rows) => rows.bytes_done(),
            Self::Json(rows) => rows.bytes_done(),
        }
    }

    /// Passes over rows so that the next verdict is on `row` or a later one.
    pub fn skip_to(&mut self, row: u64) -> Result<(), FileProblem> {
        match self {
            Self::Csv(rows) => rows.skip_to(row),
            Self::Json(rows) => rows.skip_to(row),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, FileProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Json(rows) => rows.next(),
        }
    }
}
