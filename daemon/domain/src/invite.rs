//! Calendar files: one appointment as RFC 5545 text that calendars take as a new entry, a
//! change or a cancellation (RFC 5546).
//!
//! Must not live here: mail, the store, the wording of a summary. One file is one message to one
//! person: one `VEVENT`, one organizer, one attendee, times in UTC so that no zone table has to
//! travel with it.

mod line;

use frontdesk_shared::Millis;
use line::Lines;

/// The highest number a calendar has to understand (RFC 5545, 3.3.8).
const MAX_SEQUENCE: u32 = i32::MAX as u32;
/// Longest texts written, in characters; more is cut, since mail servers cut files that grow
/// beyond reason.
const SUMMARY_CHARS: usize = 250;
const LOCATION_CHARS: usize = 500;
const DESCRIPTION_CHARS: usize = 4_000;
const NAME_CHARS: usize = 100;
/// Longest link and identifier accepted, in bytes.
const MAX_LINK: usize = 2_000;
const MAX_UID: usize = 200;

/// What the file asks of the calendar that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A new appointment, or the new state of one.
    Request,
    /// The appointment does not take place.
    Cancel,
}

impl Method {
    /// The word in the file. The mail part that carries the file must name the same one in its
    /// `method` parameter, or calendars ignore both.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }

    const fn status(self) -> &'static str {
        match self {
            Self::Request => "CONFIRMED",
            Self::Cancel => "CANCELLED",
        }
    }
}

/// Somebody with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// May be empty.
    pub name: String,
    /// `local@domain`.
    pub address: String,
}

/// One appointment as it is told to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The same for every file about this booking.
    pub uid: String,
    /// Counts the files about this booking; see [`next_sequence`].
    pub sequence: u32,
    /// New, changed or cancelled.
    pub method: Method,
    /// When this file was made; of two files with one sequence the later stamp wins.
    pub stamp: Millis,
    /// The first instant of the appointment; written in whole seconds.
    pub start: Millis,
    /// The instant after its last.
    pub end: Millis,
    /// The mailbox the mail comes from, written as in its `From`: calendars refuse changes by
    /// anybody else.
    pub organizer: Party,
    /// The person the mail goes to.
    pub attendee: Party,
    /// The title of the entry.
    pub summary: String,
    /// More words; left out when empty. Its line breaks are kept.
    pub description: String,
    /// A place in words; left out when empty.
    pub location: String,
    /// An `http` or `https` link; left out when empty.
    pub url: String,
}

/// Why no calendar file can be made of these facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// An identifier is wanted: up to 200 printable ASCII characters.
    #[error("the booking has no usable identifier")]
    Uid,
    /// Calendars refuse entries that end before they begin.
    #[error("the appointment does not end after its start")]
    Times,
    /// A time that four digits of a year cannot say.
    #[error("a time lies outside the years 1 to 9999")]
    Range,
    /// Not `local@domain`.
    #[error("the organizer's address is not a mail address")]
    Organizer,
    /// Not `local@domain`.
    #[error("the attendee's address is not a mail address")]
    Attendee,
    /// Only `http` and `https` are written, without blanks.
    #[error("the link is not an http or https URL")]
    Url,
}

/// The number of the file that follows one with this number. It never goes down: a calendar
/// drops a file whose number is not above what it knows.
pub const fn next_sequence(sequence: u32) -> u32 {
    if sequence >= MAX_SEQUENCE { MAX_SEQUENCE } else { sequence + 1 }
}

impl Invite {
    /// The whole file, ready to be the body of a `text/calendar; charset=utf-8` part.
    ///
    /// # Errors
    /// [`Unwritable`] when a calendar would refuse the result.
    pub fn write(&self) -> Result<String, Unwritable> {
        let uid = self.uid.as_str();
        if uid.is_empty() || uid.len() > MAX_UID || !uid.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Unwritable::Uid);
        }
        if self.end.0.div_euclid(1_000) <= self.start.0.div_euclid(1_000) {
            return Err(Unwritable::Times);
        }
        let organizer = line::mailto(&self.organizer.address).ok_or(Unwritable::Organizer)?;
        let attendee = line::mailto(&self.attendee.address).ok_or(Unwritable::Attendee)?;

        let mut out = Lines::default();
        out.push("BEGIN:VCALENDAR");
        out.push("VERSION:2.0");
        out.push("PRODID:-//frontdesk//bookings//EN");
        out.push("CALSCALE:GREGORIAN");
        // Before the event: behind or inside it, calendars do not see it.
        out.push(&format!("METHOD:{}", self.method.word()));
        out.push("BEGIN:VEVENT");
        out.push(&format!("UID:{}", line::text(uid)));
        out.push(&format!("DTSTAMP:{}", utc(self.stamp)?));
        out.push(&format!("DTSTART:{}", utc(self.start)?));
        out.push(&format!("DTEND:{}", utc(self.end)?));
        out.push(&format!("SEQUENCE:{}", self.sequence.min(MAX_SEQUENCE)));
        out.push(&format!("STATUS:{}", self.method.status()));
        out.push("TRANSP:OPAQUE");
        out.push(&format!("SUMMARY:{}", line::text(cut(&self.summary, SUMMARY_CHARS))));
        out.push(&format!("ORGANIZER{}:{organizer}", common_name(&self.organizer)));
        // Nobody is asked to answer: the person booked, and an answer would reach a mailbox in
        // which it means nothing.
        let role = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE";
        out.push(&format!("ATTENDEE{};{role}:{attendee}", common_name(&self.attendee)));
        if !self.description.trim().is_empty() {
            out.push(&format!("DESCRIPTION:{}", line::text(cut(&self.description, DESCRIPTION_CHARS))));
        }
        if !self.location.trim().is_empty() {
            out.push(&format!("LOCATION:{}", line::text(cut(&self.location, LOCATION_CHARS))));
        }
        if !self.url.is_empty() {
            out.push(&format!("URL:{}", link(&self.url)?));
        }
        out.push("END:VEVENT");
        out.push("END:VCALENDAR");
        Ok(out.into_text())
    }
}

/// `;CN="…"`, or nothing for the nameless.
fn common_name(party: &Party) -> String {
    let name = line::parameter(cut(&party.name, NAME_CHARS));
    if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") }
}

fn cut(text: &str, chars: usize) -> &str {
    match text.char_indices().nth(chars) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn utc(at: Millis) -> Result<String, Unwritable> {
    let instant = jiff::Timestamp::from_millisecond(at.0).map_err(|_| Unwritable::Range)?;
    let civil = jiff::tz::Offset::UTC.to_datetime(instant);
    if civil.year() < 1 {
        return Err(Unwritable::Range);
    }
    let (date, time) = (civil.date(), civil.time());
    Ok(format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    ))
}

/// A link is written as it is, so it may hold nothing that ends a line.
fn link(url: &str) -> Result<&str, Unwritable> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let web = matches!(scheme.as_deref(), Some("http" | "https"));
    let clean = url.len() <= MAX_LINK && url.bytes().all(|b| b.is_ascii_graphic());
    if web && clean { Ok(url) } else { Err(Unwritable::Url) }
}

#[cfg(test)]
mod tests;
