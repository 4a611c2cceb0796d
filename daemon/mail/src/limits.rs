//! How much of a mail is looked at, whatever it contains: the bounds that keep the work linear.
//!
//! What lies beyond a bound is left where it is, in the raw mail, and a `Note` says so. Must not
//! live here: what is done with the rest.

/// Bytes of a mail that are read; servers take 25 to 50 MB and what a person typed comes first.
pub const MAX_MAIL: usize = 32 * 1024 * 1024;
/// Header fields kept of one block.
pub const MAX_HEADERS: usize = 500;
/// Bytes kept of one header field, unfolded.
pub const MAX_FIELD: usize = 16 * 1024;
/// Addresses kept of one field.
pub const MAX_ADDRESSES: usize = 100;
/// Message identifiers kept of one field, from its end: the newest of a thread stand last.
pub const MAX_IDS: usize = 100;
/// Parts within parts. Forwards of forwards reach six.
pub const MAX_DEPTH: usize = 12;
/// Parts of one mail.
pub const MAX_PARTS: usize = 200;
/// Bytes decoded of one part with text, and characters kept of all text together.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;
/// Lines looked at when quotes are told from a person's own words.
pub const MAX_LINES: usize = 20_000;
/// Elements of HTML open at a time; deeper ones count as text of the innermost.
pub const MAX_OPEN: usize = 400;
/// Bytes decoded of a calendar file or of a report about a delivery.
pub const MAX_REPORT: usize = 256 * 1024;
/// Recipients one report is about.
pub const MAX_RECIPIENTS: usize = 100;
/// Attachments named.
pub const MAX_ATTACHMENTS: usize = 100;
/// Characters of an attachment's name.
pub const MAX_NAME: usize = 120;
/// Characters of a subject, and of a person's name.
pub const MAX_SUBJECT: usize = 500;
