//! Understanding an incoming mail: whose words stand in it, which conversation it belongs to, and
//! what it is: a person's, a robot's, a bounce, an answer to an invitation.
//!
//! Functions over bytes. No clock, no store, no network, and nothing in a mail is executed or
//! fetched. Must not live here: what follows from a mail.

mod attachment;
mod away;
mod body;
mod calendar;
mod charset;
mod headers;
mod html;
mod kind;
pub mod limits;
mod line;
mod machine;
mod note;
mod ours;
mod parts;
mod quotes;
mod reading;
mod report;
pub mod subject;
mod thread;

pub use attachment::Attachment;
pub use away::Day;
pub use calendar::{CalendarNote, Method, Participation};
pub use kind::Kind;
pub use machine::Sign;
pub use note::Note;
pub use ours::Ours;
pub use quotes::{Doubt, Words, typed_into};
pub use reading::{Reading, likeness, read};
pub use report::{Failure, Original, Recipient};
pub use thread::{Because, Belongs, Candidate, thread};

use std::fmt;

/// A name and an address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// In lower case; may be empty.
    pub address: String,
}

// People are not for logs.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

/// The words of a text that came without a mail around it, as services of hooks deliver it: plain,
/// or a page.
pub fn words_of(text: &str) -> Words {
    let text: String = text.chars().take(limits::MAX_TEXT).collect();
    let lines = if body::looks_like_html(&text) {
        html::lines(&text, limits::MAX_LINES)
    } else {
        line::plain(&text, false, false, limits::MAX_LINES)
    };
    quotes::divide(&lines)
}
