//! What an operator may see: numbers masked, speech hidden and secrets removed.
//!
//! Pure functions over text. Whether somebody may see numbers is decided elsewhere.

use frontdesk_shared::contact::mask_phone;
use serde_json::Value;

/// Longest single text in a row of a list, in characters.
pub(super) const ROW_TEXT: usize = 500;
/// In place of what a watching operator does not see.
pub(super) const HIDDEN: &str = "(hidden: you may watch, not listen)";
const SECRET: &str = "(secret)";

/// A viewer's rights over personal data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask {
    /// May see numbers and what was said.
    pub(super) open: bool,
}

impl Mask {
    pub(super) fn phone(self, phone: String) -> String {
        if self.open { phone } else { mask_phone(&phone) }
    }

    /// An email address; of it only the host for those who only watch.
    pub(super) fn email(self, email: String) -> String {
        if self.open {
            return email;
        }
        email.split_once('@').map_or_else(String::new, |(_, host)| format!("•••@{host}"))
    }

    /// Free text that may contain a number; bounded.
    pub(super) fn text(self, text: String) -> String {
        let text = clip(text, ROW_TEXT);
        if self.open { text } else { mask_numbers(&text) }
    }

    /// What was said: all or nothing.
    pub(super) fn speech(self, text: String) -> String {
        if self.open { text } else { String::new() }
    }

    /// JSON for reading: secrets always removed, numbers masked and speech hidden from those
    /// who only watch.
    pub(super) fn json(self, value: Value) -> Value {
        self.json_below(value, 0)
    }

    fn json_below(self, value: Value, depth: usize) -> Value {
        // serde_json reads at most 128 levels; this only bounds what a screen can use.
        if depth > 40 {
            return Value::String("…".into());
        }
        match value {
            Value::String(text) if !self.open => Value::String(mask_numbers(&text)),
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|v| self.json_below(v, depth + 1)).collect())
            }
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| {
                        let value = if is_secret(&key) && !value.is_null() {
                            Value::String(SECRET.into())
                        } else if !self.open && is_speech(&key) && !value.is_null() {
                            Value::String(HIDDEN.into())
                        } else {
                            self.json_below(value, depth + 1)
                        };
                        (key, value)
                    })
                    .collect(),
            ),
            other => other,
        }
    }
}

/// Fields that grant control to whoever reads them.
fn is_secret(key: &str) -> bool {
    let key: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    ["controlurl", "listenurl", "secret", "password", "authorization", "apikey", "privatekey", "authtoken"]
        .iter()
        .any(|word| key.contains(word))
        || key.ends_with("token")
}

/// Fields that hold what was said, in any provider's spelling.
fn is_speech(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["transcript", "messages", "summary", "recording", "content", "lastline", "last_line"]
        .iter()
        .any(|word| key.contains(word))
}

/// Hides every run of digits that could be a phone number: `+` and at least seven digits, or ten
/// to fifteen digits, in both cases with the usual separators between them.
pub(super) fn mask_numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        let inside_word = i > 0 && chars[i - 1].is_alphanumeric();
        if (c == '+' || c.is_ascii_digit()) && !inside_word {
            let (end, digits) = number_from(&chars, i);
            let alone = chars.get(end).is_none_or(|next| !next.is_alphabetic());
            if (c == '+' && digits >= 7) || (alone && (10..=15).contains(&digits)) {
                let run: String = chars[i..end].iter().filter(|c| **c == '+' || c.is_ascii_digit()).collect();
                out.push_str(&mask_phone(&run));
                i = end;
                continue;
            }
            out.extend(&chars[i..end.max(i + 1)]);
            i = end.max(i + 1);
            continue;
        }
        out.push(c);
        i += 1;
    }
    out
}

/// End of a number that begins at `start` (after its last digit), and its digits.
fn number_from(chars: &[char], start: usize) -> (usize, usize) {
    let (mut end, mut digits, mut gap) = (start, 0, 0);
    for (i, c) in chars.iter().enumerate().skip(start) {
        match c {
            '+' if i == start => end = i + 1,
            c if c.is_ascii_digit() => {
                digits += 1;
                gap = 0;
                end = i + 1;
            }
            ' ' | '-' | '.' | '(' | ')' if gap < 2 => gap += 1,
            _ => break,
        }
    }
    (end, digits)
}

/// At most `most` characters, with a sign that more was there.
pub(super) fn clip(mut text: String, most: usize) -> String {
    // Bytes bound characters from above, which makes the usual case free.
    if text.len() <= most {
        return text;
    }
    if let Some((at, _)) = text.char_indices().nth(most) {
        text.truncate(at);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_in_text_are_hidden_and_other_digits_stay() {
        let cases = [
            ("call +447700900123 back", "call +44•••••••123 back"),
            ("call +44 7700 900123.", "call +44•••••••123."),
            ("07700 900-123 rang", "077•••••123 rang"),
            ("at 2026-01-02T10:30:00Z", "at 2026-01-02T10:30:00Z"),
            ("attempt 2 of 4, code 503", "attempt 2 of 4, code 503"),
            ("id 0c7v1zk3m9q2d", "id 0c7v1zk3m9q2d"),
            ("+12", "+12"),
            ("", ""),
        ];
        for (given, wanted) in cases {
            assert_eq!(mask_numbers(given), wanted);
        }
    }

    #[test]
    fn an_address_keeps_its_host() {
        let watching = Mask { open: false };
        assert_eq!(watching.email("ann@example.com".into()), "•••@example.com");
        assert_eq!(watching.email(String::new()), "");
        assert_eq!(Mask { open: true }.email("ann@example.com".into()), "ann@example.com");
    }

    #[test]
    fn secrets_go_always_and_speech_for_those_who_watch() {
        let body = json!({"call": {"monitor": {"controlUrl": "https://x/y", "listenUrl": "wss://z"}, "id": "1"},
            "transcript": "AI: hello", "customer": {"number": "+447700900123"}, "tokens": 12});
        let open = Mask { open: true }.json(body.clone());
        assert_eq!(open["call"]["monitor"]["controlUrl"], SECRET);
        assert_eq!(open["call"]["monitor"]["listenUrl"], SECRET);
        assert_eq!((&open["transcript"], &open["tokens"]), (&json!("AI: hello"), &json!(12)));
        let masked = Mask { open: false }.json(body);
        assert_eq!(masked["transcript"], HIDDEN);
        assert_eq!(masked["customer"]["number"], "+44•••••••123");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clip("äöü".into(), 2), "äö…");
        assert_eq!(clip("äöü".into(), 3), "äöü");
    }
}
