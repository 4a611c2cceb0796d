//! Rows: typed access to columns, the same for both engines.

use crate::engine::error::{Error, Result};
use frontdesk_shared::Millis;
use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};

/// One row of a result.
#[derive(Debug)]
pub enum Row<'r> {
    /// From SQLite.
    Lite(&'r rusqlite::Row<'r>),
    /// From PostgreSQL.
    Pg(&'r tokio_postgres::Row),
}

/// In words what is wrong with a column.
type PgResult<T> = std::result::Result<T, String>;

fn pg<'r, T: FromSql<'r>>(row: &'r tokio_postgres::Row, i: usize) -> PgResult<T> {
    row.try_get(i).map_err(|e| match std::error::Error::source(&e) {
        Some(cause) => format!("{e}: {cause}"),
        None => e.to_string(),
    })
}

/// A type a column can be read as.
pub trait Column: Sized {
    /// Reads SQLite's value; `None` when it is of another type.
    fn from_lite(value: ValueRef<'_>) -> Option<Self>;
    /// Reads column `i` of a PostgreSQL row.
    ///
    /// # Errors
    /// When the column is of another type.
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self>;
}

impl Column for String {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        pg(row, i)
    }
}

impl Column for Vec<u8> {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().map(<[u8]>::to_vec)
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        pg(row, i)
    }
}

impl Column for bool {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().map(|i| i != 0)
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        pg(row, i)
    }
}

impl Column for i64 {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        // Bare literals and count(*) differ in width between the engines.
        if row.columns().get(i).is_some_and(|c| *c.type_() == Type::INT4) {
            return pg::<i32>(row, i).map(Self::from);
        }
        pg(row, i)
    }
}

impl Column for u64 {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().and_then(|i| Self::try_from(i).ok())
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        i64::from_pg(row, i).and_then(|v| Self::try_from(v).map_err(|e| format!("{v}: {e}")))
    }
}

impl Column for u32 {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().and_then(|i| Self::try_from(i).ok())
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        i64::from_pg(row, i).and_then(|v| Self::try_from(v).map_err(|e| format!("{v}: {e}")))
    }
}

impl Column for Millis {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok().map(Self)
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        i64::from_pg(row, i).map(Self)
    }
}

macro_rules! id_columns {
    ($($t:ident),*) => { $(
        impl Column for frontdesk_shared::$t {
            fn from_lite(value: ValueRef<'_>) -> Option<Self> { value.as_i64().ok().map(Self) }
            fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> { i64::from_pg(row, i).map(Self) }
        }
    )* };
}
id_columns!(
    ClientId,
    LeadId,
    ImportId,
    JobId,
    CallId,
    WebhookId,
    AppointmentId,
    FaultId,
    VerdictId,
    RowId,
    MessageId
);

/// Accepts any column and keeps only whether it is NULL.
struct IsNull(bool);

impl<'a> FromSql<'a> for IsNull {
    fn from_sql(
        _: &Type,
        _: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(false))
    }
    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(true))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}

impl<T: Column> Column for Option<T> {
    fn from_lite(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_lite(value).map(Some),
        }
    }
    fn from_pg(row: &tokio_postgres::Row, i: usize) -> PgResult<Self> {
        if pg::<IsNull>(row, i)?.0 { Ok(None) } else { T::from_pg(row, i).map(Some) }
    }
}

impl Row<'_> {
    /// Column `i`, counted from 0.
    ///
    /// # Errors
    /// [`Error::Database`] when the column does not exist or holds another type.
    pub fn get<T: Column>(&self, i: usize) -> Result<T> {
        match self {
            Self::Lite(row) => {
                let value = row.get_ref(i)?;
                T::from_lite(value).ok_or_else(|| {
                    Error::Database(format!(
                        "column {i} is {}, wanted {}",
                        value.data_type(),
                        std::any::type_name::<T>()
                    ))
                })
            }
            Self::Pg(row) => T::from_pg(row, i).map_err(|e| Error::Database(format!("column {i}: {e}"))),
        }
    }

    /// Column `i` as one of a closed vocabulary.
    ///
    /// # Errors
    /// [`Error::Database`] when the word is not known: the row was written by a newer version.
    pub fn word<T>(&self, i: usize, parse: fn(&str) -> Option<T>) -> Result<T> {
        let word: String = self.get(i)?;
        parse(&word).ok_or_else(|| Error::Database(format!("column {i}: unknown word “{word}”")))
    }

    /// Column `i` as JSON.
    ///
    /// # Errors
    /// [`Error::Database`] when it is not the JSON wanted.
    pub fn json<T: serde::de::DeserializeOwned>(&self, i: usize) -> Result<T> {
        let text: String = self.get(i)?;
        serde_json::from_str(&text).map_err(|e| Error::Database(format!("column {i}: {e}")))
    }
}
