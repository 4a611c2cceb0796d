//! Makes a provider's words fit to be kept: no phone numbers, addresses, keys or link paths.
//!
//! Must not live here: decisions. It errs on the side of hiding too much.

/// Longest text kept of anything a provider says, in characters.
const KEEP: usize = 300;
/// A run of letters and digits this long is taken for a key.
const KEY_CHARS: usize = 24;
/// A run with this many digits is taken for a phone number.
const PHONE_DIGITS: usize = 7;

/// One line of at most 300 characters without numbers, addresses, keys, or what follows the
/// host of a link.
pub fn redact(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace().take(KEEP) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&redact_word(word));
    }
    let out = hide_numbers(&out);
    match out.char_indices().nth(KEEP) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}

fn redact_word(word: &str) -> String {
    if let Some(at) = word.find("://") {
        let start = word[..at].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |i| i + 1);
        let rest = &word[at + 3..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-:@".contains(c)));
        let authority = &rest[..end.unwrap_or(rest.len())];
        let host = authority.rsplit('@').next().unwrap_or_default();
        let tail = if end.is_some() { "/…" } else { "" };
        return format!("{}{host}{tail}", &word[start..at + 3]);
    }
    if let Some((before, after)) = word.split_once('@')
        && !before.is_empty()
        && after.contains('.')
    {
        return "[email]".to_owned();
    }
    hide_keys(word)
}

/// Hyphens end a run, so that UUIDs, which help support, survive.
fn hide_keys(word: &str) -> String {
    let is_key_char = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let run = rest.find(|c: char| !is_key_char(c)).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(run);
        if head.len() >= KEY_CHARS && head.bytes().any(|b| b.is_ascii_digit()) {
            out.push_str("[secret]");
        } else {
            out.push_str(head);
        }
        let skip = tail.chars().next().map_or(0, char::len_utf8);
        out.push_str(&tail[..skip]);
        rest = &tail[skip..];
    }
    out
}

fn hide_numbers(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before: Option<char> = None;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        if run == 0 {
            out.push(first);
            before = Some(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (head, tail) = rest.split_at(run);
        let digits = head.bytes().filter(u8::is_ascii_digit).count();
        // Digits glued to letters on either side belong to an id or an instant.
        let glued = before.is_some_and(|c| c.is_ascii_alphanumeric()) && !head.starts_with(' ')
            || tail.starts_with(|c: char| c.is_ascii_alphanumeric()) && !head.ends_with([' ', '.']);
        if digits >= PHONE_DIGITS && !glued {
            let lead = if head.starts_with(' ') { " " } else { "" };
            let end = if head.ends_with(' ') { " " } else { "" };
            out.push_str(lead);
            out.push_str("[number]");
            out.push_str(end);
        } else {
            out.push_str(head);
        }
        before = head.chars().last();
        rest = tail;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn hides_what_must_not_be_kept() {
        let cases = [
            ("call +14155550100 failed", "call [number] failed"),
            ("call +1 (415) 555-0100.", "call [number]"),
            ("number=4155550100", "number=[number]"),
            ("ada@example.com is no number", "[email] is no number"),
            ("key sk_live_0123456789abcdef0123 is wrong", "key [secret] is wrong"),
            ("see https://u:p@host.vapi.ai/a/b?c=d now", "see https://host.vapi.ai/… now"),
            ("error at line 12 column 7", "error at line 12 column 7"),
            (
                "call 7420f27a-30fd-4f49-a995-5549ae7cc00d gone",
                "call 7420f27a-30fd-4f49-a995-5549ae7cc00d gone",
            ),
            ("two\nlines\tand tabs", "two lines and tabs"),
        ];
        for (text, wanted) in cases {
            assert_eq!(redact(text), wanted);
        }
    }

    #[test]
    fn is_bounded() {
        assert_eq!(redact(&"wörd ".repeat(10_000)).chars().count(), 301);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_never_shows_a_bare_number(text in "\\PC*", n in 1_000_000_000u64..9_999_999_999) {
            redact(&text);
            let out = redact(&format!("to +{n} failed"));
            proptest::prop_assert!(!out.contains(&n.to_string()));
        }
    }
}
