//! A file of separated values: encoding, separator, columns, rows.

use super::intake;

/// The first line holds options, the rest is the file.
pub fn csv_import(data: &[u8]) {
    intake::file(data, "text/csv");
}
