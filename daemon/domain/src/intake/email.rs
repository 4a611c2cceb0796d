//! Email addresses in cells.
//!
//! Lives here: the syntax that real mail systems take. Must not live here: whether the mailbox
//! exists.

use super::text::short;
use crate::message::is_hidden;
use unicode_normalization::UnicodeNormalization as _;

/// The address in a cell, its domain in lower case, and whether there were several. Letters that only
/// look different (full width, ligatures) are the usual ones, so that an address is the same
/// whichever way it was typed; what cannot be seen is refused.
pub(crate) fn read(cell: &str) -> Result<(String, bool), String> {
    let usual: String = cell.nfkc().collect();
    let cell = usual.as_str();
    if cell.chars().any(is_hidden) {
        return Err(format!(
            "{} is not an email address: it has characters that cannot be seen",
            short(cell, 60)
        ));
    }
    let mut parts = cell.split([',', ';']).map(str::trim).filter(|p| !p.is_empty());
    let first = parts.next().unwrap_or_default();
    let several = parts.next().is_some();
    let bare = match (first.rfind('<'), first.rfind('>')) {
        (Some(open), Some(close)) if open < close => &first[open + 1..close],
        _ => first,
    };
    let bare = bare.trim();
    let bare = bare.strip_prefix("mailto:").unwrap_or(bare);
    let wrong = |what: &str| format!("{} is not an email address: {what}", short(cell, 60));
    let (user, host) = bare.rsplit_once('@').ok_or_else(|| wrong("it has no @"))?;
    if user.is_empty() || user.len() > 64 || bare.len() > 254 {
        return Err(wrong("the part before the @ is missing, or it is too long"));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@\"(),:;<>[]\\".contains(c);
    if user.contains(odd) || user.starts_with('.') || user.ends_with('.') || user.contains("..") {
        return Err(wrong("the part before the @ has a character or dot out of place"));
    }
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    if !host.contains('.') || !host.split('.').all(label) || top.chars().all(|c| c.is_ascii_digit()) {
        return Err(wrong("the part after the @ is not a domain"));
    }
    Ok((format!("{user}@{}", host.to_lowercase()), several))
}

/// One plain address and nothing beside it, as a business gives its own: answers go there.
///
/// # Errors
/// What is wrong with it.
pub fn plain(text: &str) -> Result<String, String> {
    let (address, several) = read(text)?;
    let wrong = |what: &str| format!("{} is not one plain email address: {what}", short(text, 60));
    if several {
        return Err(wrong("there are several"));
    }
    if !text.is_ascii() {
        return Err(wrong("it has letters that mail servers do not take"));
    }
    if !address.eq_ignore_ascii_case(text) {
        return Err(wrong("leave out everything but the address"));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_gives_one_plain_address() {
        assert_eq!(plain("Owner@Elm.example"), Ok("Owner@elm.example".to_owned()));
        for odd in [
            "",
            "owner@elm.example, desk@elm.example",
            "owner@elm.example;",
            "Elm <owner@elm.example>",
            "mailto:owner@elm.example",
            "owner@elm.example\r\nBcc: all@x.example",
            "owner@@elm.example",
            "own\u{e9}r@elm.example",
            "owner@\u{ff45}lm.example",
            "owner@elm",
        ] {
            assert!(plain(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn addresses() {
        let cases = [
            ("bob@example.com", "bob@example.com", false),
            ("Bob.O'Neil+x@Example.CO.uk", "Bob.O'Neil+x@example.co.uk", false),
            ("Bob <bob@example.com>", "bob@example.com", false),
            ("mailto:bob@example.com", "bob@example.com", false),
            ("a@x.com; b@x.com", "a@x.com", true),
            ("zoë@bücher.de", "zoë@bücher.de", false),
            ("zoe\u{308}@b\u{fc}cher.de", "zoë@bücher.de", false),
            ("\u{ff42}\u{ff4f}\u{ff42}@example.com", "bob@example.com", false),
        ];
        for (cell, want, several) in cases {
            assert_eq!(read(cell), Ok((want.to_string(), several)), "{cell}");
        }
        for cell in [
            "bob",
            "@x.com",
            "bob@",
            "bob@x",
            "a b@x.com",
            "a@@x.com",
            "a@x..com",
            "a..b@x.com",
            "a@-x.com",
            "a@1.2.3.4",
            ",",
            "a@x.com>",
            "bob\u{202e}@example.com",
            "bob@exam\u{200b}ple.com",
        ] {
            assert!(read(cell).is_err(), "{cell}");
        }
    }
}
