//! An import: its counts, how its columns were read, and the rows about which there is
//! something to say.

use super::Document;
use crate::ClientId;
use crate::import::{ImportRow, Reject};
use serde::{Deserialize, Serialize};

/// Everything about an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportDetail {
    /// As lists show it.
    pub row: ImportRow,
    /// Its client.
    pub client: ClientId,
    /// The first refused rows.
    pub rejects: Vec<Reject>,
    /// The first rows that are held or doubtful.
    pub remarks: Vec<Reject>,
    /// How its columns were read: header and field.
    pub columns: Vec<(String, String)>,
    /// What was asked.
    pub asked: Document,
}
