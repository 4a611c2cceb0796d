//! What can go wrong in the store, told apart by what the caller can do about it.

/// Result of a transaction.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a transaction did not commit.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A unique key is taken.
    #[error("already there: {0}")]
    Conflict(String),
    /// Another constraint does not hold.
    #[error("constraint: {0}")]
    Constraint(String),
    /// Lost a race; the store repeats the closure by itself before it says so.
    #[error("busy, try again: {0}")]
    Retry(String),
    /// The queue of waiting transactions is full: shed load.
    #[error("the store has more work waiting than it may hold")]
    Overloaded,
    /// The database cannot be written or reached: full disk, lost connection, shut down.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row that must exist does not.
    #[error("no such row")]
    NoRow,
    /// The caller's request makes no sense against the present state; nothing was changed.
    #[error("{0}")]
    Refused(Refusal),
    /// A defect: SQL or types are wrong.
    #[error("database: {0}")]
    Database(String),
}

/// Why a request was refused, for the person who made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// Stable word: `not_found`, `invalid`, `conflict`, `forbidden`.
    pub code: &'static str,
    /// The field at fault, where there is one.
    pub field: Option<String>,
    /// In words.
    pub text: String,
}

impl Refusal {
    /// A field of the request is wrong.
    pub fn invalid(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code: "invalid", field: Some(field.into()), text: text.into() }
    }

    /// A text holds a NUL character, which no engine stores; only a caller can have put it there.
    pub(crate) fn nul() -> Self {
        Self::invalid("text", "a text may not hold a NUL character")
    }

    /// What was named does not exist.
    pub fn not_found(text: impl Into<String>) -> Self {
        Self { code: "not_found", field: None, text: text.into() }
    }

    /// It exists and its state forbids the request.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self { code: "conflict", field: None, text: text.into() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Error {
    /// Whether the same transaction may succeed later without anybody changing it.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Overloaded | Self::Unavailable(_) | Self::Retry(_))
    }

    /// Names the file a person must look at, where it is the file that cannot be used.
    pub(crate) fn about_file(self, path: Option<&str>) -> Self {
        match (self, path) {
            (Self::Unavailable(text), Some(path)) if !text.contains(path) => {
                Self::Unavailable(format!("{path}: {text}"))
            }
            (other, _) => other,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        let rusqlite::Error::SqliteFailure(failure, message) = &e else {
            return match e {
                rusqlite::Error::QueryReturnedNoRows => Self::NoRow,
                other => Self::Database(other.to_string()),
            };
        };
        let message = message.clone().unwrap_or_else(|| e.to_string());
        match (failure.extended_code, failure.extended_code & 0xff) {
            (
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID,
                _,
            ) => Self::Conflict(message),
            (_, ffi::SQLITE_CONSTRAINT) => Self::Constraint(message),
            (_, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => Self::Retry(message),
            // A reader that took too many steps.
            (_, ffi::SQLITE_INTERRUPT) => Self::Overloaded,
            (
                _,
                ffi::SQLITE_FULL
                | ffi::SQLITE_IOERR
                | ffi::SQLITE_CANTOPEN
                | ffi::SQLITE_READONLY
                | ffi::SQLITE_CORRUPT
                | ffi::SQLITE_NOTADB,
            ) => Self::Unavailable(message),
            _ => Self::Database(message),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(e: tokio_postgres::Error) -> Self {
        let Some(db) = e.as_db_error() else {
            let cause = std::error::Error::source(&e).map(|s| format!(": {s}")).unwrap_or_default();
            let text = format!("{e}{cause}");
            // Without an answer from the server it is the connection that failed, unless the
            // driver refused a value or a column by itself; it tells these apart only in words.
            let own =
                ["error serializing", "error deserializing", "error encoding", "invalid column", "expected "];
            return if own.iter().any(|start| text.starts_with(start)) {
                Self::Database(text)
            } else {
                Self::Unavailable(text)
            };
        };
        match db.code().code() {
            "23505" => Self::Conflict(db.constraint().unwrap_or("unique key").to_owned()),
            // Text with a NUL in it: all else that is not UTF-8 is no Rust string either.
            "22021" => Refusal::nul().into(),
            code if code.starts_with("23") => Self::Constraint(db.message().to_owned()),
            "40001" | "40P01" | "55P03" => Self::Retry(db.message().to_owned()),
            // A statement prepared before a migration: prepared again it works.
            "0A000" if db.message().contains("cached plan") => Self::Retry(db.message().to_owned()),
            // A statement that took too long, most likely because the server's disk does.
            "57014" => Self::Overloaded,
            code if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
                Self::Unavailable(db.message().to_owned())
            }
            code => Self::Database(format!("{code} {}", db.message())),
        }
    }
}
