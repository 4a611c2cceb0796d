//! The mask: what looks like a telephone number or a key does not reach the log.
//!
//! A backstop behind the rule that neither is logged. It would rather mask too much: an id
//! says which lead or call a line is about. Must not live here: anything about one provider's
//! messages.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

const SECRET: &str = "[secret]";
const PHONE: &str = "[phone]";

/// Digits from which a number after `+` is somebody's telephone.
const PHONE_DIGITS: usize = 8;
/// Configured secrets shorter than this are not searched for: they would mask plain words.
const KNOWN_CHARACTERS: usize = 8;
/// Letters and digits in a row, mixed, from which they are a key and not a word.
const RANDOM_CHARACTERS: usize = 32;
/// Hexadecimal digits in a row from which they are a key and not an id.
const HEX_CHARACTERS: usize = 48;

/// Ends of names whose values are secret.
const NAMES: [&str; 15] = [
    "secret",
    "secrets",
    "token",
    "password",
    "passwd",
    "authorization",
    "signature",
    "api_key",
    "api-key",
    "apikey",
    "private_key",
    "admin_key",
    "master_key",
    "signing_key",
    "_pass",
];

/// How keys of known makers begin.
const PREFIXES: [&str; 9] = ["sk_", "sk-", "re_", "whsec_", "PSK", "xoxb-", "xoxp-", "ghp_", "AIza"];

/// Whether a field or header of that name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "pass" || NAMES.iter().any(|end| name.ends_with(end))
}

/// Masks text. Knows the configured secrets and the looks of others.
#[derive(Clone, Default)]
pub struct Mask {
    known: Vec<SecretString>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} known)", self.known.len())
    }
}

impl Mask {
    /// A mask that knows these secrets; very short ones are left out.
    pub fn new(secrets: &[SecretString]) -> Self {
        let long = |s: &&SecretString| s.expose_secret().len() >= KNOWN_CHARACTERS;
        Self { known: secrets.iter().filter(long).cloned().collect() }
    }

    /// A field's value, by its name and its look.
    pub fn field<'t>(&self, name: &str, value: &'t str) -> Cow<'t, str> {
        if is_secret_name(name) && !value.is_empty() {
            return Cow::Borrowed(SECRET);
        }
        if is_phone_name(name) && digits(value) >= PHONE_DIGITS {
            return Cow::Borrowed(PHONE);
        }
        self.text(value)
    }

    /// A number in a field: only the name can tell.
    pub(super) fn number(&self, name: &str, value: Value) -> Value {
        let hidden = if is_secret_name(name) && value.is_number() {
            SECRET
        } else if is_phone_name(name) && digits(&value.to_string()) >= PHONE_DIGITS {
            PHONE
        } else {
            return value;
        };
        Value::String(hidden.to_owned())
    }

    /// Free text.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for secret in &self.known {
            if out.contains(secret.expose_secret()) {
                out = Cow::Owned(out.replace(secret.expose_secret(), SECRET));
            }
        }
        match by_look(&out) {
            Some(masked) => Cow::Owned(masked),
            None => out,
        }
    }
}

fn is_phone_name(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    matches!(name, "phone" | "phone_number" | "number" | "msisdn" | "to" | "from" | "caller")
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// What was found at a place: how many bytes stay, how many are masked, and by what.
struct Hit {
    keep: usize,
    hide: usize,
    by: &'static str,
}

/// Goes over the text once; `None` when there is nothing to mask.
fn by_look(text: &str) -> Option<String> {
    let mut out: Option<String> = None;
    let (mut at, mut done) = (0, 0);
    let mut before = ' ';
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        // What is masked already stays as it is.
        let fresh = |hit: &Hit| rest.get(hit.keep..).is_some_and(|hidden| !hidden.starts_with(SECRET));
        if let Some(hit) = look(rest, c, before).filter(fresh) {
            let out = out.get_or_insert_with(String::new);
            out.push_str(text.get(done..at + hit.keep).unwrap_or_default());
            out.push_str(hit.by);
            at += hit.keep + hit.hide;
            done = at;
            before = ']';
            continue;
        }
        // A word is looked at once, from its start.
        at += if is_word(c) { word(rest).len() } else { c.len_utf8() };
        before = c;
    }
    if let Some(out) = &mut out {
        out.push_str(text.get(done..).unwrap_or_default());
    }
    out
}

fn look(rest: &str, c: char, before: char) -> Option<Hit> {
    match c {
        '+' => phone(rest, 1),
        '%' if rest.get(..3).is_some_and(|p| p.eq_ignore_ascii_case("%2b")) => phone(rest, 3),
        ':' if rest.starts_with("://") => userinfo(rest),
        '-' if rest.starts_with("-----BEGIN") => pem(rest),
        '0' if !is_word(before) => local_phone(rest),
        _ => None,
    }
    .or_else(|| if is_word(c) { secret_word(rest) } else { None })
}

/// `+44 7700 900123`: digits with the usual separators between them.
fn phone(rest: &str, lead: usize) -> Option<Hit> {
    let (mut digits, mut end) = (0, 0);
    for (i, b) in rest.bytes().enumerate().skip(lead) {
        match b {
            b'0'..=b'9' => {
                digits += 1;
                end = i + 1;
            }
            b' ' | b'-' | b'.' | b'(' | b')' if i < end + 3 || end == 0 => {}
            _ => break,
        }
    }
    (digits >= PHONE_DIGITS).then_some(Hit { keep: 0, hide: end, by: PHONE })
}

/// `07700900123`: a number as it is dialed inside a country.
fn local_phone(rest: &str) -> Option<Hit> {
    let run = word(rest);
    let all = run.bytes().all(|b| b.is_ascii_digit());
    (all && (10..=15).contains(&run.len())).then_some(Hit { keep: 0, hide: run.len(), by: PHONE })
}

/// `scheme://user:password@host`.
fn userinfo(rest: &str) -> Option<Hit> {
    let after = rest.get(3..)?;
    let end = after.find(|c: char| c == '/' || c == '?' || c == '"' || c.is_whitespace());
    let at = after.get(..end.unwrap_or(after.len()))?.rfind('@')?;
    Some(Hit { keep: 3, hide: at, by: SECRET })
}

fn pem(rest: &str) -> Option<Hit> {
    let head = rest.get(..rest.len().min(80)).unwrap_or(rest);
    if !head.contains("PRIVATE KEY") {
        return None;
    }
    let hide = rest.find("-----END").map_or(rest.len(), |end| {
        let tail = rest.get(end + 8..).unwrap_or_default();
        tail.find("-----").map_or(rest.len(), |close| end + 8 + close + 5)
    });
    Some(Hit { keep: 0, hide, by: SECRET })
}

/// A word that is a key, or the name of one with its value behind it.
fn secret_word(rest: &str) -> Option<Hit> {
    let run = word(rest);
    if looks_random(run) {
        // A JSON Web Token goes on behind its dots.
        let more =
            rest.get(run.len()..)?.bytes().take_while(|b| *b == b'.' || is_word(char::from(*b))).count();
        let more = if run.starts_with("eyJ") { more } else { 0 };
        return Some(Hit { keep: 0, hide: run.len() + more, by: SECRET });
    }
    let after = rest.get(run.len()..)?;
    if run == "hooks" && after.starts_with(".slack.com/services/") {
        let keep = run.len() + ".slack.com/services/".len();
        return Some(Hit { keep, hide: value(rest.get(keep..)?), by: SECRET });
    }
    if run.eq_ignore_ascii_case("bearer") || run.eq_ignore_ascii_case("basic") {
        let spaces = after.bytes().take_while(|b| *b == b' ').count();
        let hide = value(after.get(spaces..)?);
        // “Basic information” is a word, a credential has a digit or a sign in it.
        let plain = after.get(spaces..spaces + hide)?.bytes().all(|b| b.is_ascii_alphabetic());
        let needed = if plain && run.eq_ignore_ascii_case("basic") { usize::MAX } else { 8 };
        return (spaces > 0 && hide >= needed).then_some(Hit { keep: run.len() + spaces, hide, by: SECRET });
    }
    if is_secret_name(run) { assigned(run, after) } else { None }
}

/// `name=value`, `"name": "value"`. After a colon a plain word is taken for prose.
fn assigned(name: &str, after: &str) -> Option<Hit> {
    let mut sign = None;
    let mut lead = 0;
    for b in after.bytes() {
        match b {
            b'=' | b':' if sign.is_none() => sign = Some(b),
            b' ' | b'"' | b'\'' | b'\\' => {}
            _ => break,
        }
        lead += 1;
    }
    let sign = sign?;
    let rest = after.get(lead..)?;
    let mut hide = value(rest);
    let first = rest.get(..hide)?;
    let certain = sign == b'=' || (hide >= 8 && first.bytes().any(|b| b.is_ascii_digit()));
    if first.eq_ignore_ascii_case("bearer") || first.eq_ignore_ascii_case("basic") {
        hide += 1 + value(rest.get(hide + 1..).unwrap_or_default());
    } else if !certain || hide == 0 {
        return None;
    }
    Some(Hit { keep: name.len() + lead, hide: hide.min(rest.len()), by: SECRET })
}

/// Bytes up to what ends a value.
fn value(rest: &str) -> usize {
    rest.find(|c: char| c.is_whitespace() || "\"'\\,;)}]>&<".contains(c)).unwrap_or(rest.len())
}

fn looks_random(run: &str) -> bool {
    let has = |test: fn(&u8) -> bool| run.bytes().any(|b| test(&b));
    let digit = has(u8::is_ascii_digit);
    if run.len() >= 16 && digit && PREFIXES.iter().any(|prefix| run.starts_with(prefix)) {
        return true;
    }
    if run.starts_with("eyJ") && run.len() >= 16 {
        return true;
    }
    let mixed = digit && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let hex = run.len() >= HEX_CHARACTERS && run.bytes().all(|b| b.is_ascii_hexdigit());
    hex || (run.len() >= RANDOM_CHARACTERS && mixed)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The word at the start of `rest`.
fn word(rest: &str) -> &str {
    rest.get(..rest.find(|c| !is_word(c)).unwrap_or(rest.len())).unwrap_or(rest)
}
