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

    /// Stored bytes that are no JSON. Nothing tells where in them a person stands, so those who
    /// only watch see of a form its fields and how it went, and of anything else nothing.
    pub(super) fn raw(self, text: &str) -> String {
        if self.open || text.is_empty() {
            return text.to_owned();
        }
        let fields: Vec<_> = text.trim().split('&').map(|part| part.split_once('=')).collect();
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !fields.iter().all(|field| field.is_some_and(|(name, _)| is_name(name))) {
            return HIDDEN.to_owned();
        }
        let shown = |(name, value): (&str, &str)| {
            let is_plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            let value = if value.is_empty() || (is_plain && is_harmless(name)) { value } else { "•••" };
            format!("{name}={value}")
        };
        fields.into_iter().flatten().map(shown).collect::<Vec<_>>().join("&")
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
                        } else if let Value::Number(number) = &value
                            && !self.open
                            && names_a_number(&key)
                        {
                            Value::String(mask_numbers(&number.to_string()))
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
        || matches!(key.as_str(), "body" | "html" | "utterance")
}

/// Fields of JSON in which digits without quotes are a number and no count or instant.
fn names_a_number(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["phone", "number", "mobile", "msisdn", "caller", "callee"].iter().any(|word| key.contains(word))
        || matches!(key.as_str(), "from" | "to")
}

/// Fields of a form that say what happened and nothing of the person.
fn is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["sid", "status", "code", "segments", "media", "version", "type"].iter().any(|end| name.ends_with(end))
        && !name.contains("zip")
}

/// Hides what people can be reached at: every run of digits that could be a phone number (`+`,
/// also as forms write it, and at least seven digits, or ten to fifteen digits, in both cases with
/// the usual separators between them), and of every email address all but its host.
pub fn mask_numbers(text: &str) -> String {
    let text = text.replace("%2B", "+").replace("%2b", "+").replace("%40", "@");
    let chars: Vec<char> = mask_mails(&text).chars().collect();
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

/// Hides the part of email addresses that names a person.
fn mask_mails(text: &str) -> String {
    let belongs = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let kept = before.trim_end_matches(belongs);
        let is_address = kept.len() < before.len() && after.starts_with(char::is_alphanumeric);
        out.push_str(if is_address { kept } else { before });
        out.push_str(if is_address { "•••@" } else { "@" });
        rest = after;
    }
    out.push_str(rest);
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
            ("To=%2B447700900123", "To=+44•••••••123"),
            ("written to ann.lee@example.com twice", "written to •••@example.com twice"),
            ("at @ noon, a@ b", "at @ noon, a@ b"),
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
    fn of_a_form_those_who_watch_see_how_it_went_and_of_other_text_nothing() {
        let form = "MessageSid=SM1f&MessageStatus=delivered&To=%2B447700900123&From=07700900124&Body=See+you&FromZip=";
        let watching = Mask { open: false };
        let seen = "MessageSid=SM1f&MessageStatus=delivered&To=•••&From=•••&Body=•••&FromZip=";
        assert_eq!(watching.raw(form), seen);
        assert_eq!(Mask { open: true }.raw(form), form);
        for other in
            ["<Response><Message>See you</Message></Response>", "Call me on 07700 900123", "{\"to\": "]
        {
            assert_eq!(watching.raw(other), HIDDEN);
        }
        let masked =
            watching.json(json!({"customer": {"phone": 447_700_900_123_u64}, "at": 1_750_064_400_000_u64}));
        assert_eq!(masked["customer"]["phone"], "447••••••123");
        assert_eq!(masked["at"], 1_750_064_400_000_u64);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clip("äöü".into(), 2), "äö…");
        assert_eq!(clip("äöü".into(), 3), "äöü");
    }
}
