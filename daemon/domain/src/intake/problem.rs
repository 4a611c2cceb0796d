//! What can be wrong: with a whole file, or with one field of one row.
//!
//! Lives here: the two problem types and the words a person reads. Must not live here: the
//! checks themselves.

use frontdesk_shared::import::Reject;

/// Why a file is not read, or not read any further. Rows handed out before stay valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// Nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// Not a text file at all.
    #[error("this looks like {looks_like}; {advice}")]
    NotText {
        /// What it seems to be.
        looks_like: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// More columns than a lead may carry.
    #[error("the file has {found} columns; at most {most} are read")]
    TooManyColumns {
        /// Columns in the first row.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// No column can be the phone number.
    #[error(
        "no column looks like a phone number (columns: {columns}); map one, for example {{\"{example}\": \"phone\"}}"
    )]
    NoPhone {
        /// The headers found.
        columns: String,
        /// A header for the example.
        example: String,
    },
    /// Columns about refusal or consent that are not understood.
    #[error(
        "“{columns}” may say who must not be contacted, and it is not understood. Say what it is: map it, for example map={example}=do_not_call (a yes forbids every contact), map={example}=do_not_text or map={example}=do_not_email (a yes forbids that), map={example}=consent (a no forbids), or map={example}=ignore when it is neither"
    )]
    Question {
        /// The headers.
        columns: String,
        /// One of them for the example.
        example: String,
    },
    /// A file without a header in which it is not clear which column holds phones.
    #[error(
        "the file has no header row, and it is not clear which column holds the phone numbers ({columns}); say so, for example map={example}=phone, or add a header row"
    )]
    WhichPhone {
        /// The columns in question.
        columns: String,
        /// One of them for the example.
        example: String,
    },
    /// The explicit column mapping cannot be followed.
    #[error("{0}")]
    Mapping(String),
    /// The file's country is none.
    #[error("country of the import: {0}")]
    Country(String),
    /// The statement of consent for the file cannot be taken.
    #[error("statement of consent: {0}")]
    Attest(String),
    /// JSON whose structure is broken, so that later rows cannot be told apart.
    #[error("broken JSON at byte {offset} (line {line}, column {column}): {reason}")]
    Json {
        /// Byte in the text, from 0.
        offset: u64,
        /// Line, from 1.
        line: u64,
        /// Byte in the line, from 1.
        column: u64,
        /// What was found or missing.
        reason: String,
    },
    /// The bytes stopped coming.
    #[error("reading stopped: {0}")]
    Read(String),
}

/// What is wrong with one field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The field at fault, by its field name or variable name.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl RowProblem {
    /// A problem with `field`.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }

    /// The same, placed in its row.
    pub fn at(self, row: u64) -> Reject {
        Reject { row, field: self.field, reason: self.reason }
    }
}
