//! Answers to invitations (RFC 5546, 6047): which appointment, who, and yes or no.
//!
//! Must not live here: whether the appointment is known, and what follows.

use crate::headers::one_line;
use crate::limits::MAX_REPORT;
use crate::note::Note;
use crate::parts::Part;

/// What a calendar file wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// An answer to our invitation.
    Reply,
    /// Another time is proposed: neither yes nor no.
    Counter,
    /// Somebody invites us.
    Request,
    /// Somebody calls an appointment off.
    Cancel,
    /// Anything else, as a published calendar.
    Other,
}

/// Whether somebody takes part (RFC 5545 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Participation {
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Passed on, or no answer.
    Other,
}

/// A calendar file in a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarNote {
    /// What it wants.
    pub method: Method,
    /// The appointment, as whoever invited named it.
    pub uid: String,
    /// The version it answers; a lower one than ours is an answer to an old invitation.
    pub sequence: i64,
    /// For a reply, what was said.
    pub participation: Option<Participation>,
    /// Who said it: an address in lower case. May be another one than the sender of the mail.
    pub attendee: Option<String>,
    /// Words that came with the answer.
    pub comment: String,
    /// Begin and end as written (RFC 5545 3.3.5), `TZID=…:` before local ones. For a counter, the
    /// times proposed.
    pub start: Option<String>,
    /// See `start`.
    pub end: Option<String>,
    /// The one appointment of a series that is meant, as written.
    pub recurrence: Option<String>,
}

/// The first calendar file of a mail. `sender` helps where several attendees stand in it.
pub(crate) fn find(mail: &Part<'_>, sender: Option<&str>, notes: &mut Vec<Note>) -> Option<CalendarNote> {
    let all = mail.all();
    let files = |exact: bool| all.iter().filter(move |part| is_calendar(part, exact));
    // The part in the body is the answer; a file beside it is a copy, or somebody's attachment.
    let part = files(true).next().or_else(|| files(false).next())?;
    let text = part.text(MAX_REPORT, notes);
    let method = part.param("method").map(str::to_owned);
    read(&text, method.as_deref(), sender)
}

fn is_calendar(part: &Part<'_>, exact: bool) -> bool {
    let named = part.name.as_ref().is_some_and(|name| name.to_ascii_lowercase().ends_with(".ics"));
    if exact { part.mime == "text/calendar" } else { part.mime == "application/ics" || named }
}

/// Reads one file. The method of the part is believed where the file names none.
fn read(text: &str, method: Option<&str>, sender: Option<&str>) -> Option<CalendarNote> {
    let mut note = CalendarNote {
        method: Method::Other,
        uid: String::new(),
        sequence: 0,
        participation: None,
        attendee: None,
        comment: String::new(),
        start: None,
        end: None,
        recurrence: None,
    };
    let mut word = method.unwrap_or_default().to_ascii_uppercase();
    let mut within: Vec<String> = Vec::new();
    let mut done = false;
    for line in unfolded(text) {
        let Some((name, params, value)) = property(&line) else { continue };
        match name.as_str() {
            "BEGIN" => {
                if within.len() < 8 {
                    within.push(value.to_ascii_uppercase());
                }
                continue;
            }
            "END" => {
                done |= matches!(within.pop().as_deref(), Some("VEVENT" | "VTODO"));
                continue;
            }
            "METHOD" if within.len() <= 1 => value.trim().to_ascii_uppercase().clone_into(&mut word),
            _ => {}
        }
        // Reminders and time zones within have properties of the same names.
        if done || !matches!(within.last().map(String::as_str), Some("VEVENT" | "VTODO")) {
            continue;
        }
        let time = || {
            let zone =
                params.iter().find(|(n, _)| n == "TZID").map(|(_, z)| format!("TZID={}:", one_line(z, 80)));
            Some(format!("{}{}", zone.unwrap_or_default(), one_line(value, 40)))
        };
        match name.as_str() {
            "UID" => note.uid = one_line(value, 255),
            "SEQUENCE" => note.sequence = value.trim().parse().unwrap_or(0),
            "DTSTART" => note.start = time(),
            "DTEND" => note.end = time(),
            "RECURRENCE-ID" => note.recurrence = time(),
            "COMMENT" if note.comment.len() < 4000 => {
                let text = unescaped(value);
                note.comment =
                    if note.comment.is_empty() { text } else { format!("{}\n{text}", note.comment) };
            }
            "ATTENDEE" => note.attend(&params, value, sender),
            _ => {}
        }
    }
    note.method = match word.as_str() {
        "REPLY" => Method::Reply,
        "COUNTER" => Method::Counter,
        "REQUEST" => Method::Request,
        "CANCEL" => Method::Cancel,
        _ => Method::Other,
    };
    (!note.uid.is_empty()).then_some(note)
}

impl CalendarNote {
    fn attend(&mut self, params: &[(String, String)], value: &str, sender: Option<&str>) {
        let value = value.trim();
        let address = match value.get(..7) {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &value[7..],
            _ => value,
        };
        let address = one_line(address, 320).to_lowercase();
        if self.attendee.is_some() && sender != Some(address.as_str()) {
            return;
        }
        let word = params.iter().find(|(n, _)| n == "PARTSTAT").map(|(_, v)| v.to_ascii_uppercase());
        self.participation = Some(match word.as_deref() {
            Some("ACCEPTED") => Participation::Accepted,
            Some("DECLINED") => Participation::Declined,
            Some("TENTATIVE") => Participation::Tentative,
            _ => Participation::Other,
        });
        self.attendee = Some(address);
    }
}

/// Lines with their continuations (RFC 5545 3.1).
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for raw in text.lines() {
        let raw = raw.trim_end_matches('\r');
        match (raw.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) if last.len() < 16 * 1024 => last.push_str(rest),
            _ => lines.push(raw.to_owned()),
        }
    }
    lines
}

/// Parameters of a property: name in upper case, and value.
type Params = Vec<(String, String)>;

/// Name, parameters and value; names in upper case.
fn property(line: &str) -> Option<(String, Params, &str)> {
    let mut quoted = false;
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut colon = None;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted && pieces.len() < 30 => {
                pieces.push(&line[from..at]);
                from = at + 1;
            }
            ':' if !quoted => {
                colon = Some(at);
                break;
            }
            _ => {}
        }
    }
    let colon = colon?;
    pieces.push(&line[from..colon]);
    let mut pieces = pieces.into_iter();
    let name = pieces.next()?.trim().to_ascii_uppercase();
    let params = pieces
        .filter_map(|piece| piece.split_once('='))
        .map(|(name, value)| (name.trim().to_ascii_uppercase(), value.trim_matches('"').to_owned()))
        .collect();
    Some((name, params, &line[colon + 1..]))
}

fn unescaped(value: &str) -> String {
    let mut out = String::new();
    let mut chars = value.chars().take(4000);
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_through_folds_and_reminders() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:bk-42@desk.exa\r\n mple\r\nSEQUENCE:3\r\n\
            BEGIN:VALARM\r\nUID:no\r\nEND:VALARM\r\nDTSTART;TZID=Europe/London:20261201T150000\r\n\
            ATTENDEE;CN=\"Ito; M\";PARTSTAT=DECLINED:mailto:M.Ito@Example.com\r\nCOMMENT:Ill\\, sorry\\nM\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        let note = read(text, None, None).expect("a note");
        assert_eq!((note.method, note.uid.as_str(), note.sequence), (Method::Reply, "bk-42@desk.example", 3));
        assert_eq!(note.participation, Some(Participation::Declined));
        assert_eq!(note.attendee.as_deref(), Some("m.ito@example.com"));
        assert_eq!(note.comment, "Ill, sorry\nM");
        assert_eq!(note.start.as_deref(), Some("TZID=Europe/London:20261201T150000"));
    }
}
