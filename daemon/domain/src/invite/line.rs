//! Lines of a calendar file: escaping, parameters, and folding at 75 octets.
//!
//! Must not live here: which properties a file has.

/// Longest line in octets without its ending (RFC 5545, 3.1).
pub(super) const LINE_OCTETS: usize = 75;

/// A file that grows line by line, each folded and ended with CRLF.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds one content line. What ends lines must have been escaped or taken out before.
    pub(super) fn push(&mut self, line: &str) {
        let mut room = LINE_OCTETS;
        for c in line.chars() {
            // Counted in octets, cut between characters: half a character is damage.
            if c.len_utf8() > room {
                self.0.push_str("\r\n ");
                // The blank that marks a continued line is one of its octets.
                room = LINE_OCTETS - 1;
            }
            self.0.push(c);
            room -= c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// A text value: its own syntax escaped, line breaks of every kind as `\n`, other control
/// characters gone.
pub(super) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("\\n");
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(' '),
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The inside of a quoted parameter, which has no escapes of its own: a quotation mark becomes
/// an apostrophe, and a caret is doubled, because RFC 6868 gives it a meaning.
pub(super) fn parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.trim().chars() {
        match c {
            '"' => out.push('\''),
            '^' => out.push_str("^^"),
            '\r' | '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// An address as `mailto:` (RFC 6068); `None` for what is no address.
pub(super) fn mailto(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let fits = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_control() || c.is_whitespace());
    if !fits(local) || !fits(domain) || address.len() > 320 || local.contains('@') {
        return None;
    }
    let mut out = String::from("mailto:");
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'*+@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(out)
}
