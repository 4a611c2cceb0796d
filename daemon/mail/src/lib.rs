//! x
pub mod limits;
mod charset;
mod headers;
mod note;
mod parts;
pub use note::Note;
/// A name and an address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// In lower case; may be empty.
    pub address: String,
}
mod line;
mod html;
mod quotes;
