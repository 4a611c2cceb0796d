//! Parameters: the few kinds of value both engines understand.

use bytes::BytesMut;
use frontdesk_shared::Millis;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{self, IsNull, ToSql, Type, to_sql_checked};

/// One parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// NULL of any type.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// BOOLEAN.
    Bool(bool),
    /// TEXT.
    Text(&'a str),
    /// BYTEA.
    Bytes(&'a [u8]),
    /// Many of one kind, which only PostgreSQL takes as one parameter.
    List(&'a [Value<'a>]),
}

/// What a column holds, where a statement takes whole columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Bool,
    Text,
    Bytes,
}

impl Kind {
    /// The type's name in SQL.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Int => "bigint",
            Self::Bool => "boolean",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }
}

/// Rows as columns.
pub(crate) fn columns<'v, const WIDTH: usize>(rows: &[[Value<'v>; WIDTH]]) -> Vec<Vec<Value<'v>>> {
    (0..WIDTH).map(|i| rows.iter().map(|row| row[i]).collect()).collect()
}

macro_rules! from {
    ($($t:ty: |$v:ident| $e:expr;)*) => { $(
        impl<'a> From<$t> for Value<'a> { fn from($v: $t) -> Self { $e } }
    )* };
}

from! {
    i64: |v| Self::Int(v);
    i32: |v| Self::Int(v.into());
    u32: |v| Self::Int(v.into());
    Millis: |v| Self::Int(v.0);
    f64: |v| Self::Real(v);
    bool: |v| Self::Bool(v);
    &'a str: |v| Self::Text(v);
    &'a String: |v| Self::Text(v);
    &'a [u8]: |v| Self::Bytes(v);
    &'a Vec<u8>: |v| Self::Bytes(v);
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

macro_rules! from_id {
    ($($t:ident),*) => { $(
        impl From<frontdesk_shared::$t> for Value<'_> {
            fn from(id: frontdesk_shared::$t) -> Self { Self::Int(id.0) }
        }
    )* };
}
from_id!(
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

/// The parameters of a statement, `$1` first.
#[macro_export]
macro_rules! params {
    ($($e:expr),* $(,)?) => { &[$($crate::Value::from($e)),*] as &[$crate::Value<'_>] };
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Int(i) => ValueRef::Integer(i),
            Self::Real(f) => ValueRef::Real(f),
            Self::Bool(b) => ValueRef::Integer(b.into()),
            Self::Text(s) => ValueRef::Text(s.as_bytes()),
            Self::Bytes(b) => ValueRef::Blob(b),
            Self::List(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("a list is no value".into()));
            }
        }))
    }
}

impl Value<'_> {
    /// The type to declare when a statement is sent without being prepared. UNKNOWN lets the
    /// server infer what a NULL is.
    pub(crate) fn pg_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Int(_) => Type::INT8,
            Self::Real(_) => Type::FLOAT8,
            Self::Bool(_) => Type::BOOL,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) => Type::BYTEA,
            Self::List(values) => match values.iter().find(|v| !matches!(v, Self::Null)) {
                Some(Self::Int(_)) => Type::INT8_ARRAY,
                Some(Self::Real(_)) => Type::FLOAT8_ARRAY,
                Some(Self::Bool(_)) => Type::BOOL_ARRAY,
                Some(Self::Text(_)) => Type::TEXT_ARRAY,
                Some(Self::Bytes(_)) => Type::BYTEA_ARRAY,
                Some(Self::Null | Self::List(_)) | None => Type::UNKNOWN,
            },
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (*self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(i), &Type::INT4) => i32::try_from(i)?.to_sql(ty, out),
            (Self::Int(i), &Type::INT8) => i.to_sql(ty, out),
            (Self::Real(f), &Type::FLOAT8) => f.to_sql(ty, out),
            (Self::Bool(b), &Type::BOOL) => b.to_sql(ty, out),
            (Self::Text(s), &Type::TEXT | &Type::VARCHAR | &Type::NAME) => s.to_sql(ty, out),
            (Self::Bytes(b), &Type::BYTEA) => b.to_sql(ty, out),
            (Self::List(values), ty) if matches!(ty.kind(), types::Kind::Array(_)) => values.to_sql(ty, out),
            (_, ty) => Err(format!("a parameter does not fit {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
