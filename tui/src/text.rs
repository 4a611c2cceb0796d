//! Text by the columns it takes on a screen: cutting, padding, wrapping, cleaning.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text with nothing in it that could steer the terminal, or show it in another order than
/// it is written: line ends and tabs are blanks, every other such character is its escape.
#[must_use]
pub fn clean(text: &str) -> String {
    if !text.contains(steers) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if steers(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Text that is typed or pasted: what cannot be typed becomes blanks.
#[must_use]
pub fn typeable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// JSON, valid as before, with the characters that would change how the rest is shown as escapes.
#[must_use]
pub fn clean_json(json: &str) -> String {
    if !json.contains(|c: char| steers(c) && c != '\n') {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if c == '\n' || !steers(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Controls, marks of direction, and what takes no room and shows nothing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The text in at most `room` columns, ending in `…` where something was left out. What is
/// written as one character is never cut.
#[must_use]
pub fn clip(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let w = width(cluster);
        if used + w + 1 > room {
            break;
        }
        used += w;
        out.push_str(cluster);
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
        .grapheme_indices(true)
        .find(|(i, cluster)| {
            used += width(cluster);
            *i > 0 && used > room
        })
        .map_or(text.len(), |(i, _)| i);
    text.split_off(cut)
}

/// The part of a text that fits into `room` columns at its beginning, and the rest.
#[must_use]
pub fn split(text: &str, room: usize) -> (&str, &str) {
    let mut used = 0;
    let cut = text.grapheme_indices(true).find(|(_, cluster)| {
        used += width(cluster);
        used > room
    });
    text.split_at(cut.map_or(text.len(), |(at, _)| at))
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
        assert_eq!(clean("a\x1b[2Jb\n"), "a\\u{1b}[2Jb ");
        assert_eq!(clean("+44\u{202e}123\u{202c}"), "+44\\u{202e}123\\u{202c}");
        assert_eq!(clean("क्षि 👨\u{200d}👩\u{200d}👧 שלום"), "क्षि 👨\u{200d}👩\u{200d}👧 שלום");
        assert_eq!(typeable("a\tb"), "a b");
        let json = serde_json::json!({ "name": "a\u{202e}b\u{e0041}" }).to_string();
        let safe = clean_json(&json);
        assert!(safe.is_ascii(), "{safe}");
        let back: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back["name"], "a\u{202e}b\u{e0041}");
    }

    #[test]
    fn what_is_one_character_is_never_cut() {
        let family = "👨\u{200d}👩\u{200d}👧";
        for room in 0..8 {
            let cut = clip(&format!("{family}{family} क्षि Hindi"), room);
            assert!(width(&cut) <= room, "{room}: {cut}");
            assert!(!cut.contains('👩') || cut.contains(family), "{cut}");
        }
        assert_eq!(split("🇩🇪ab", 3), ("🇩🇪a", "b"));
        assert_eq!(wrap(&format!("{family}{family}"), 2), [family, family]);
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
