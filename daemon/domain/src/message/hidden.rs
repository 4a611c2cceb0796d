//! Characters that cannot be seen and change what is: in names and notes they are an attack on whoever
//! reads them.
//!
//! Must not live here: how texts, mails and calendar files are written.

/// Whether a character shows nothing of itself, or turns the direction of what stands behind it.
/// Joiners stay: letters of some scripts and signs of several parts need them.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of what can be seen: breaks and other control characters become blanks.
pub fn one_line(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_hidden(*c));
    let flat: String =
        seen.map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    flat.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same with its line breaks, as an address has them.
pub fn lines(text: &str) -> String {
    text.lines().map(one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(one_line("Ada\u{202e}nnA\u{7}\r\nBcc: x"), "AdannA Bcc: x");
        assert_eq!(lines("1 Quay\r\n\nHarbour\u{202e}"), "1 Quay\nHarbour");
        assert_eq!(one_line("  first\tvisit\u{200b} "), "first visit");
        assert_eq!(one_line("👩\u{200d}⚕️ à la carte"), "👩\u{200d}⚕️ à la carte");
    }
}
