//! Leads as JSON in any of its shapes.

use super::intake;

/// The first line holds options, the rest is the file.
pub fn json_import(data: &[u8]) {
    intake::file(data, "application/json");
}
