//! JSON as providers really send it: halves of surrogate pairs, bytes that are no UTF-8, control
//! characters and byte order marks inside it. What can be read is read, damage becomes U+FFFD.
//!
//! Must not live here: what the fields mean.

use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Reads a body, mended where it is damaged.
///
/// # Errors
/// As `serde_json`, of the mended text.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => match mended(bytes) {
            Some(mended) => serde_json::from_slice(mended.as_bytes()),
            None => Err(error),
        },
    }
}

/// The text without its damage; `None` where nothing was to be mended.
fn mended(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let whole = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let changed = matches!(text, Cow::Owned(_)) || whole.len() != text.len();
    let mut out = String::with_capacity(whole.len() + 8);
    let mut inside = false;
    let mut rest = whole;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' if inside => escape(rest, &mut out),
            c if inside && c < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
                1
            }
            c => {
                inside ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    (changed || out != whole).then_some(out)
}

/// Copies an escape at the beginning of `rest`, with U+FFFD for half of a pair; its length.
fn escape(rest: &str, out: &mut String) -> usize {
    const UNIT: usize = 6;
    match (unit(rest), rest.get(UNIT..).and_then(unit)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
            out.push_str(&rest[..2 * UNIT]);
            2 * UNIT
        }
        (Some(0xD800..=0xDFFF), _) => {
            out.push('\u{fffd}');
            UNIT
        }
        _ => {
            let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..length]);
            length
        }
    }
}

/// The code unit of `\uXXXX` at the beginning of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn text(bytes: &[u8]) -> String {
        read::<Value>(bytes).expect("readable")["t"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn damage_becomes_a_mark_and_the_rest_is_read() {
        let fffd = '\u{fffd}';
        assert_eq!(text(br#"{"t": "Hello \ud83d"}"#), format!("Hello {fffd}"));
        assert_eq!(text(br#"{"t": "\ude00 and \uD83D\uD83D\uDE00"}"#), format!("{fffd} and {fffd}😀"));
        assert_eq!(text(br#"{"t": "\\ud83d \" \ud83d\\"}"#), format!("\\ud83d \" {fffd}\\"));
        assert_eq!(text(b"{\"t\": \"a\xffb\"}"), format!("a{fffd}b"));
        assert_eq!(text(b"{\"t\": \"line\nbreak\ttab\x01\"}"), "line\nbreak\ttab\u{1}");
        assert_eq!(text("\u{feff}{\"t\": \"marked\"}".as_bytes()), "marked");
        assert_eq!(text(br#"{"a": "\ud83d", "t": "\u00e9\n"}"#), "é\n");
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bytes in
            [&b"{\"t\": \"\\ud83d"[..], b"", b"{", br#"{"t": "\x"}"#, br#"{"t": "\ud8"}"#, b"\\ud83d"]
        {
            assert!(read::<Value>(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_with_any_half_anywhere_is_read(before in ".*", unit in 0xD800_u32..0xE000, after in ".*") {
            let quoted = |text: &str| {
                let quoted = json!(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            };
            let body = format!("{{\"t\": \"{}\\u{unit:04x}{}\"}}", quoted(&before), quoted(&after));
            prop_assert_eq!(text(body.as_bytes()), format!("{before}\u{fffd}{after}"));
        }

        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read::<Value>(&bytes);
            let _ = mended(&bytes);
        }
    }
}
