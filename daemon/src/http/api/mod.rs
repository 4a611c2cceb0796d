//! The API, one file per noun.

pub(super) mod appointments;
pub mod clients;
pub(super) mod fanout;
pub(super) mod house;
pub(super) mod imports;
pub(super) mod keys;
pub(super) mod leads;
pub(super) mod realtime;
pub(super) mod screening;
pub(super) mod test_message;

use super::ApiError;
use axum::body::Bytes;

/// A JSON body, or an error that says where it breaks.
fn body<T: serde::de::DeserializeOwned>(bytes: &Bytes) -> Result<T, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|e| ApiError::invalid("body", format!("not the JSON wanted here: {e}")))
}
