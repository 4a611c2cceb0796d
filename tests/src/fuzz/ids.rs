//! Identifiers, cursors and instants as people and clients write them.

use frontdesk_shared::event::Cursor;
use frontdesk_shared::id::{ID_CHARS, MIN_SUFFIX, parse_suffix};
use frontdesk_shared::time::short_duration;
use frontdesk_shared::{CallId, ClientId, ImportId, JobId, LeadId, Millis, WebhookId};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// All the bytes are one text.
pub fn ids(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    id::<LeadId>(text, |id| id.0);
    id::<CallId>(text, |id| id.0);
    id::<JobId>(text, |id| id.0);
    id::<ClientId>(text, |id| id.0);
    id::<ImportId>(text, |id| id.0);
    id::<WebhookId>(text, |id| id.0);
    suffix(text);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    instant(text);
}

fn id<T>(text: &str, number: fn(T) -> i64)
where
    T: FromStr + Display + Debug + PartialEq + Copy + serde::Serialize + serde::de::DeserializeOwned,
{
    let quoted = serde_json::to_string(text).expect("any text is JSON");
    let read = text.parse::<T>().ok();
    assert_eq!(serde_json::from_str::<T>(&quoted).ok(), read, "JSON reads another id");
    let Some(id) = read else { return };
    assert!(number(id) >= 0, "{id:?}");
    let written = id.to_string();
    assert_eq!(written.len(), ID_CHARS);
    assert_eq!(written.parse::<T>().ok(), Some(id));
    // Only letters that are easily misread may differ from what was typed.
    let plain = |c: char| match c.to_ascii_lowercase() {
        'i' | 'l' => '1',
        'o' => '0',
        c => c,
    };
    assert_eq!(text.chars().map(plain).collect::<String>(), written);
}

fn suffix(text: &str) {
    let Some((rest, modulus)) = parse_suffix(text) else { return };
    assert!((MIN_SUFFIX..ID_CHARS).contains(&text.len()), "{text}");
    assert!(0 <= rest && rest < modulus, "{text}: {rest} of {modulus}");
    let whole: LeadId = format!("{}{text}", "0".repeat(ID_CHARS - text.len())).parse().expect("a whole id");
    assert_eq!(whole.0 % modulus, rest);
}

fn instant(text: &str) {
    if let Some(at) = Millis::from_iso(text) {
        assert_eq!(Millis::from_iso(&at.iso()), Some(at), "{}", at.iso());
    }
    if let Ok(ms) = text.parse::<i64>() {
        let iso = Millis(ms).iso();
        assert!(Millis::from_iso(&iso).is_some(), "{iso}");
        assert!(short_duration(ms).len() < 32);
    }
}
