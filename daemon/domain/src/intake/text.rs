//! Small text operations every field needs: cleaning, folding headers, words.
//!
//! Lives here: what is the same for all fields. Must not live here: what one field means.

use std::borrow::Cow;

/// `text` without surrounding white space and without control characters; line breaks and tabs
/// become spaces. Direction overrides go too: they let a name show as something else.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return Cow::Borrowed(text.trim_matches(' '));
    }
    if !text.chars().any(|c| c.is_control() || is_override(c)) {
        return Cow::Borrowed(text.trim());
    }
    let kept = text.chars().filter(|c| !is_override(*c)).filter_map(|c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    });
    Cow::Owned(kept.collect::<String>().trim().to_string())
}

fn is_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Words people write into a cell to say that it is empty.
pub(super) fn is_placeholder(text: &str) -> bool {
    const EMPTY: [&str; 12] =
        ["", "-", "--", "n/a", "na", "none", "null", "nil", "unknown", "undefined", "nan", "#n/a"];
    text.len() <= 9 && EMPTY.iter().any(|e| text.eq_ignore_ascii_case(e))
}

/// The words of a header: lower case, without accents or punctuation, `camelCase` divided.
pub(super) fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in header.chars() {
        if !c.is_alphanumeric() {
            // A combining accent belongs to its letter; everything else divides words.
            if !matches!(c, '\u{300}'..='\u{36F}' | '\'' | '’') {
                words.push(String::new());
                lower_before = false;
            }
            continue;
        }
        if c.is_uppercase() && lower_before {
            words.push(String::new());
        }
        lower_before = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            for low in c.to_lowercase() {
                fold(low, word);
            }
        }
    }
    words.retain(|w| !w.is_empty());
    words
}

/// All words of a header in one piece, for comparing.
pub(super) fn compact(header: &str) -> String {
    words(header).concat()
}

/// Appends a letter without its accent.
fn fold(c: char, out: &mut String) {
    let plain = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' => "t",
        'ù'..='ü' | 'ű' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '\u{300}'..='\u{36F}' => "",
        c => return out.push(c),
    };
    out.push_str(plain);
}

/// A header as the name of a variable: `Est. Value` → `est_value`, at most 64 characters.
/// Empty where nothing usable is in it.
pub(super) fn variable_name(header: &str) -> String {
    words(header).join("_").chars().take(64).collect::<String>().trim_end_matches('_').to_string()
}

/// The words of a text with what belongs together in one piece: `opt out`, `opted-out` and
/// `OptedOut` are `optout`; `do not`, `don't` are `donot`; `e-mail` is `email`.
pub(super) fn merged(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in words(text) {
        let before = out.last().map_or("", String::as_str);
        let whole = match (before, word.as_str()) {
            ("opt" | "opted" | "opts" | "opting", "out" | "outs") => "optout",
            ("opt" | "opted" | "opts" | "opting", "in" | "ins") => "optin",
            ("do" | "does" | "did" | "should" | "must" | "may" | "please", "not") => "donot",
            ("e", "mail") => "email",
            ("e", "mails") => "emails",
            ("whats", "app") => "whatsapp",
            ("black", "list") => "blacklist",
            ("black", "listed") => "blacklisted",
            ("block", "list") => "blocklist",
            ("un", "subscribed") => "unsubscribed",
            ("un", "subscribe") => "unsubscribe",
            (_, "dont" | "doesnt" | "shouldnt" | "mustnt" | "donot") => {
                out.push("donot".into());
                continue;
            }
            (_, "optedout" | "optsout" | "optout") => {
                out.push("optout".into());
                continue;
            }
            (_, "optedin" | "optsin" | "optin") => {
                out.push("optin".into());
                continue;
            }
            _ => {
                out.push(word);
                continue;
            }
        };
        if let Some(last) = out.last_mut() {
            *last = whole.to_string();
        }
    }
    out
}

/// `yes`, `x`, `1` … → true; `no`, `0`, `never` … → false; `None` for anything else. Only words
/// whose meaning hangs on the question alone.
pub(super) fn flag(text: &str) -> Option<bool> {
    const YES: [&str; 24] = [
        "yes", "y", "true", "t", "1", "x", "✓", "✔", "☑", "on", "checked", "active", "enabled", "ja", "oui",
        "si", "sí", "sim", "tak", "ano", "да", "はい", "是", "wahr",
    ];
    const NO: [&str; 22] = [
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "never",
        "unchecked",
        "inactive",
        "disabled",
        "not set",
        "nein",
        "non",
        "não",
        "nao",
        "nee",
        "nie",
        "ne",
        "нет",
        "いいえ",
        "否",
        "falsch",
    ];
    let text = text.trim();
    if text.len() > 16 {
        return None;
    }
    let lower = text.to_lowercase();
    let lower = lower.replace(['-', '_'], " ");
    match () {
        () if YES.contains(&lower.as_str()) => Some(true),
        () if NO.contains(&lower.as_str()) => Some(false),
        () => None,
    }
}

/// A phone number for showing in a message: enough to find it in the file, not enough to call.
pub fn mask(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let short_text = short(text.trim(), 40);
    if digits < 7 {
        return short_text;
    }
    let mut seen = 0;
    let hide = |c: char| match c {
        c if c.is_ascii_digit() => {
            seen += 1;
            if seen <= 3 || seen + 2 > digits { c } else { '•' }
        }
        c => c,
    };
    short_text.chars().map(hide).collect()
}

/// At most `n` characters of a text, for quoting it in a message.
pub(super) fn short(text: &str, n: usize) -> String {
    match text.char_indices().nth(n) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        let cases = [
            ("  Bob  ", "Bob"),
            ("a\u{0}b\u{7}", "ab"),
            ("line\r\nline", "line  line"),
            ("\u{A0}Zoë\u{A0}", "Zoë"),
            ("\u{FEFF}x\u{202E}y", "xy"),
        ];
        for (text, want) in cases {
            assert_eq!(clean(text), want);
        }
    }

    #[test]
    fn headers_fold() {
        let cases = [
            ("Phone Number", "phonenumber", "phone_number"),
            ("Téléphone", "telephone", "telephone"),
            ("Te\u{301}le\u{301}phone", "telephone", "telephone"),
            ("firstName", "firstname", "first_name"),
            ("Customer's Tel. No", "customerstelno", "customers_tel_no"),
            ("Straße", "strasse", "strasse"),
            ("!!", "", ""),
        ];
        for (header, one, name) in cases {
            assert_eq!(compact(header), one);
            assert_eq!(variable_name(header), name);
        }
    }

    #[test]
    fn flags() {
        for yes in ["yes", "Y", " TRUE ", "1", "x", "✓", "Oui"] {
            assert_eq!(flag(yes), Some(true), "{yes}");
        }
        for no in ["no", "N", "0", "Never"] {
            assert_eq!(flag(no), Some(false), "{no}");
        }
        // What these mean does not hang on the question.
        for neither in ["maybe", "opted out", "Opted-In"] {
            assert_eq!(flag(neither), None, "{neither}");
        }
    }

    #[test]
    fn what_belongs_together_is_one_word() {
        let cases = [
            ("Opt-Out", "optout"),
            ("HasOptedOutOfEmail", "has optout of email"),
            ("Don't call", "donot call"),
            ("Do not e-mail", "donot email"),
            ("black listed", "blacklisted"),
            ("Optician", "optician"),
        ];
        for (text, want) in cases {
            assert_eq!(merged(text).join(" "), want);
        }
    }

    #[test]
    fn masks() {
        assert_eq!(mask("07700900123"), "077••••••23");
        assert_eq!(mask("+44 7700 900123"), "+44 7••• ••••23");
        assert_eq!(mask("55"), "55");
    }
}
