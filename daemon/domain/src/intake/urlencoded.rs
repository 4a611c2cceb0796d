//! The body of an HTML form → one lead as JSON.
//!
//! Lives here: recognising and decoding `name=value&…`. Must not live here: what the names mean.

use serde_json::{Map, Value};

/// Longest form taken for one.
const MAX_LEN: usize = 64 * 1024;
/// Most fields of a form.
const MAX_FIELDS: usize = 200;

/// One lead, as JSON text, if the bytes are a form's body: one line whose every part between the
/// `&` is a plain name, `=` and a value.
pub(super) fn lead(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > MAX_LEN {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.contains(['\n', '\r', '"', '{', '<']) || !text.contains('=') {
        return None;
    }
    let mut lead: Map<String, Value> = Map::new();
    let mut fields = 0;
    for pair in text.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let plain = |c: char| c.is_alphanumeric() || "_-.%+[]~*!'()".contains(c);
        if name.is_empty() || !name.chars().all(plain) || name.contains(',') {
            return None;
        }
        fields += 1;
        if fields > MAX_FIELDS {
            return None;
        }
        let (name, value) = (decoded(name), decoded(value));
        // `lead[phone]`, `contact[phone]`; `channels[]` comes once for each of its values.
        let name = name.trim_end_matches("[]").replace('[', ".").replace(']', "");
        match lead.get_mut(&name) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(&value);
            }
            _ => drop(lead.insert(name, Value::String(value))),
        }
    }
    (fields > 0).then(|| Value::Object(lead).to_string().into_bytes())
}

/// Percent signs and pluses undone; bytes that are no UTF-8 become the replacement character.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    let digit =
        |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    while let Some(byte) = bytes.get(i) {
        match (byte, digit(bytes.get(i + 1)), digit(bytes.get(i + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high * 16 + low);
                i += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(*byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        lead(text.as_bytes()).map(|b| String::from_utf8(b).expect("text"))
    }

    #[test]
    fn forms_are_read() {
        let cases = [
            ("phone=07700900101&name=Ada", r#"{"phone":"07700900101","name":"Ada"}"#),
            ("phone=%2B447700900101&name=Ada+O%27Neil\n", r#"{"phone":"+447700900101","name":"Ada O'Neil"}"#),
            ("tel=1&channels[]=sms&channels[]=email", r#"{"tel":"1","channels":"sms, email"}"#),
            ("lead%5Bphone%5D=1", r#"{"lead.phone":"1"}"#),
            ("a=%", r#"{"a":"%"}"#),
        ];
        for (text, want) in cases {
            let got: Value = serde_json::from_str(&read(text).expect(text)).expect("JSON");
            assert_eq!(got, serde_json::from_str::<Value>(want).expect("JSON"), "{text}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in
            ["name,phone\na=b,2", "phone", "", "{\"a\":\"b=c\"}", "name,a=b", "sep=;\na;b", "=x", "a b=c"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
