//! Values in HTML: escaping, and the places where a value may stand at all.
//!
//! Not here: sanitising HTML that somebody wrote; the wording is the operator's, the values are
//! everybody's.

/// Escapes a value for text and quoted attributes; line breaks become `<br>`.
pub(super) fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
}

/// Where the end of some HTML stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Between tags.
    Text,
    /// In the quoted value of an attribute that is no address and no program.
    Quoted,
    /// At the beginning of an `href` or `src`.
    Address,
    /// Further inside an `href` or `src`.
    InAddress,
    /// In a tag, a program, a style or a comment, where a value could become markup.
    Unsafe,
}

/// The place at the end of `source`.
pub(super) fn place(source: &str) -> Place {
    let lower = source.to_ascii_lowercase();
    for (open, close) in [("<script", "</script"), ("<style", "</style"), ("<!--", "-->")] {
        let opened = lower.rfind(open);
        if opened.is_some_and(|at| lower.rfind(close).is_none_or(|closed| closed < at)) {
            return Place::Unsafe;
        }
    }
    let Some(tag) = lower.rfind('<').and_then(|at| lower.get(at..)) else { return Place::Text };
    let mut quote = None;
    let mut value_from = 0;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return Place::Text,
            (None, '"' | '\'') => (quote, value_from) = (Some(c), at),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    if quote.is_none() {
        return Place::Unsafe;
    }
    let (before, value) =
        (tag.get(..value_from).unwrap_or_default(), tag.get(value_from + 1..).unwrap_or_default());
    let name = before.trim_end().trim_end_matches('=').trim_end().rsplit(|c: char| c.is_whitespace()).next();
    match name.unwrap_or_default() {
        "href" | "src" if value.trim().is_empty() => Place::Address,
        "href" | "src" => Place::InAddress,
        name if name.starts_with("on") || matches!(name, "style" | "srcdoc" | "action" | "formaction") => {
            Place::Unsafe
        }
        _ => Place::Quoted,
    }
}

/// The first `href` or `src` in wording that leads to a program or a file.
pub(super) fn bad_address(source: &str) -> Option<usize> {
    let lower = source.to_ascii_lowercase();
    ["href", "src"].iter().flat_map(|name| lower.match_indices(name)).find_map(|(at, name)| {
        let value = lower.get(at + name.len()..)?.trim_start().strip_prefix('=')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']).trim_start();
        let good = ["https://", "http://", "mailto:", "tel:", "{{", "#", "cid:"];
        (!good.iter().any(|start| value.starts_with(start))).then_some(at)
    })
}
