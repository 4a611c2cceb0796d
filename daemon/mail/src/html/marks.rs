//! What mail programs write into the elements around a quote, an introduction or a signature.
//!
//! Only marks that enclose what was quoted are taken at their word; one that merely stands before
//! it says where to look. Must not live here: the words themselves.

use super::tags::Tag;

/// What is true of the text in an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) hidden: bool,
    pub(super) cited: bool,
    pub(super) indented: bool,
    pub(super) introduces: bool,
    pub(super) signature: bool,
    /// Within the element Gmail puts around quote and answers between.
    gmail: bool,
}

/// Elements that hold the quoted mail and nothing else: a part of their class or id.
const HOLDS_QUOTE: [&str; 12] = [
    "yahoo_quoted",
    "zmail_extra",
    "olk_src_body_section",
    "messagereplysection",
    "front-blockquote",
    "tutanota_quote",
    "ms-outlook-mobile-reference-message",
    "mail-quote-collapse",
    "gmail_quote_attribution",
    "reply-quote",
    "isforwardcontent",
    "quoted-content",
];

/// Block quotes of mail programs, not of a person who indents.
const QUOTING: [&str; 6] =
    ["gmail_quote", "protonmail_quote", "blockquote_zmail", "iosymail", "moz-cite", "tutanota_quote"];

/// Lines a mail program writes before a quote.
const INTRODUCES: [&str; 4] = ["gmail_attr", "moz-cite-prefix", "moz-email-headers-table", "reply-intro"];

/// Elements with a signature from the program's settings.
const SIGNATURE: [&str; 9] = [
    "gmail_signature",
    "moz-signature",
    "applemailsignature",
    "protonmail_signature_block",
    "ms-outlook-mobile-signature",
    "ymail_android_signature",
    "composer_signature",
    "lineBreakAtBeginningOfSignature",
    "signature_old",
];

/// Text of an element within one with other marks.
pub(super) fn of(tag: &Tag<'_>, parent: Marks) -> Marks {
    let mut marks = parent;
    let hidden =
        matches!(tag.name.as_str(), "style" | "script" | "title" | "template" | "head" | "xml" | "noframes");
    marks.hidden |= hidden || is_hidden(tag);
    let names = names(tag);
    let is = |known: &[&str]| known.iter().any(|k| names.iter().any(|n| n.contains(&k.to_ascii_lowercase())));
    if tag.name == "blockquote" {
        let cite = tag.attribute("type").is_some_and(|t| t.trim().eq_ignore_ascii_case("cite"));
        // Gmail gives what a person indents the class of its quotes, but not what encloses them.
        let formatted = !parent.gmail && names.iter().any(|n| n == "gmail_quote");
        if cite || is(&QUOTING) && !formatted {
            marks.cited = true;
        } else {
            marks.indented = true;
        }
    }
    marks.cited |= is(&HOLDS_QUOTE) || tag.attribute("name").is_some_and(|n| n.eq_ignore_ascii_case("quote"));
    marks.gmail |= tag.name != "blockquote" && names.iter().any(|n| n.starts_with("gmail_quote"));
    marks.introduces |= is(&INTRODUCES);
    marks.signature |= is(&SIGNATURE);
    marks
}

/// Whether the answered mail begins at this element and does not end with it.
pub(super) fn cuts(tag: &Tag<'_>) -> bool {
    let names = names(tag);
    // Outlook on the web puts `x_` before the names in what it quotes.
    names.iter().any(|n| {
        let n = n.trim_start_matches("x_");
        n == "divrplyfwdmsg" || n == "stopspelling" || n == "mailoriginal" || n == "_mailoriginal"
    })
}

/// Identifier and classes, in lower case.
fn names(tag: &Tag<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for value in ["id", "class", "data-marker", "data-smartmail"].iter().filter_map(|a| tag.attribute(a)) {
        names.extend(value.split_whitespace().take(12).map(str::to_ascii_lowercase));
    }
    names
}

/// Texts meant for the list of mails, not for whoever opens one.
fn is_hidden(tag: &Tag<'_>) -> bool {
    tag.style_has("display", &["none"])
        || tag.style_has("mso-hide", &["all"])
        || tag.style_has("visibility", &["hidden"])
        || tag.style_has("font-size", &["0", "0px", "0pt"]) && tag.style_has("line-height", &["0", "0px"])
        || tag.style_has("max-height", &["0", "0px"]) && tag.style_has("overflow", &["hidden"])
        || tag.name != "body" && tag.attribute("hidden").is_some()
}
