//! Text by the columns it takes on a screen: cutting, padding, wrapping, cleaning.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text without control characters, which could otherwise steer the terminal.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The text in at most `room` columns, ending in `…` where something was left out.
#[must_use]
pub fn clip(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > room {
            break;
        }
        used += w;
        out.push(c);
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// The text in exactly `room` columns.
#[must_use]
pub fn pad(text: &str, room: usize, right: bool) -> String {
    let mut out = clip(text, room);
    let gap = " ".repeat(room.saturating_sub(width(&out)));
    if right {
        out.insert_str(0, &gap);
    } else {
        out.push_str(&gap);
    }
    out
}

/// The text in lines of at most `room` columns, broken at spaces where there are any. A line's
/// indentation stays, also on its further lines.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let text = paragraph.trim_start_matches(' ');
        let indent = " ".repeat((paragraph.len() - text.len()).min(room / 2));
        let room = room - indent.len();
        let begun = lines.len();
        let mut line = String::new();
        for word in text.split(' ') {
            let mut word = clean(word);
            if !line.is_empty() && width(&line) + 1 + width(&word) > room {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            while width(&word) > room {
                let rest = split_at_width(&mut word, room);
                if rest.is_empty() {
                    break;
                }
                lines.push(std::mem::replace(&mut word, rest));
            }
            line.push_str(&word);
        }
        lines.push(line);
        for line in &mut lines[begun..] {
            line.insert_str(0, &indent);
        }
    }
    lines
}

/// Leaves at most `room` columns (at least one character) in `text` and returns the rest.
fn split_at_width(text: &mut String, room: usize) -> String {
    let mut used = 0;
    let cut = text
        .char_indices()
        .find(|(i, c)| {
            used += c.width().unwrap_or(0);
            *i > 0 && used > room
        })
        .map_or(text.len(), |(i, _)| i);
    text.split_off(cut)
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count with its noun: `1 row`, `2 rows`.
#[must_use]
pub fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// Bytes in the largest fitting unit: `412 B`, `6.1 KiB`, `38 MiB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_keeps_within_the_room() {
        assert_eq!(clip("hello", 5), "hello");
        assert_eq!(clip("hello", 4), "hel…");
        assert_eq!(clip("hello", 1), "…");
        assert_eq!(clip("hello", 0), "");
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(pad("7", 3, true), "  7");
        assert_eq!(pad("日本語", 4, false), "日… ");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_inside_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("日本", 1), ["日", "本"]);
    }

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\n"), "a [2Jb ");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(bytes(412), "412 B");
        assert_eq!(bytes(6_200), "6.1 KiB");
        assert_eq!(bytes(40_000_000), "38 MiB");
    }
}
