//! The text of a mail: which parts hold it, and which of two versions to believe.
//!
//! Must not live here: telling quotes apart (`quotes`), attachments.

use crate::html;
use crate::limits::{MAX_LINES, MAX_TEXT};
use crate::line::{self, Line};
use crate::note::Note;
use crate::parts::Part;
use crate::quotes::{self, Words};
use std::collections::HashSet;

/// The text, divided, and all of it that can be seen.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) words: Words,
    pub(crate) whole: String,
    /// What the other version says, where the two differ.
    pub(crate) other: Option<String>,
}

/// The parts with text: as a reader of plain text and as one of HTML would see them.
#[derive(Default)]
struct Views<'p, 'a> {
    plain: Vec<&'p Part<'a>>,
    html: Vec<&'p Part<'a>>,
}

/// The text of the mail.
pub(crate) fn read(mail: &Part<'_>, notes: &mut Vec<Note>) -> Body {
    let mut views = views(mail);
    // A mail that is one text with a name is still a letter.
    if views.html.is_empty() && mail.parts.is_empty() && mail.mime.starts_with("text/") {
        views = Views { plain: vec![mail], html: vec![mail] };
    }
    let plain = divided(&views.plain, notes);
    let same = views.plain.len() == views.html.len()
        && views.plain.iter().zip(&views.html).all(|(a, b)| std::ptr::eq(*a, *b));
    if same {
        return plain;
    }
    let rich = divided(&views.html, notes);
    fuller(plain, rich, notes)
}

/// Whether a part is text of the mail and no file.
pub(crate) fn is_text(part: &Part<'_>) -> bool {
    !part.attached && part.name.is_none() && matches!(part.mime.as_str(), "text/plain" | "text/html")
}

fn views<'p, 'a>(part: &'p Part<'a>) -> Views<'p, 'a> {
    if is_text(part) {
        let plain = if part.mime == "text/plain" { vec![part] } else { Vec::new() };
        return Views { plain, html: vec![part] };
    }
    let each = part.parts.iter().map(views);
    let mut all = Views::default();
    if part.mime == "multipart/alternative" {
        for view in each {
            if all.plain.is_empty() {
                all.plain = view.plain;
            }
            let rich = view.html.iter().any(|p| p.mime == "text/html");
            if rich || all.html.is_empty() {
                all.html = view.html;
            }
        }
        return all;
    }
    let mut only_html = Vec::new();
    for view in each {
        if view.plain.is_empty() {
            only_html.extend(view.html.iter().copied());
        }
        all.plain.extend(view.plain);
        all.html.extend(view.html);
    }
    // A footer in plain text under a mail in HTML is not the mail in plain text.
    if !only_html.is_empty() && !all.plain.is_empty() {
        all.plain.clone_from(&all.html);
    }
    all
}

fn divided(parts: &[&Part<'_>], notes: &mut Vec<Note>) -> Body {
    let mut lines: Vec<Line> = Vec::new();
    let mut left = MAX_TEXT;
    for part in parts {
        let text = part.text(left, notes);
        left = left.saturating_sub(text.len());
        let most = MAX_LINES.saturating_sub(lines.len());
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        // Programs fill the plain field with a page too.
        let page = part.mime == "text/html" || looks_like_html(&text);
        let found = if page {
            html::lines(&text, most)
        } else {
            let has = |name, word: &str| part.param(name).is_some_and(|p| p.eq_ignore_ascii_case(word));
            line::plain(&text, has("format", "flowed"), has("delsp", "yes"), most)
        };
        if found.len() >= most {
            notes.push(Note::TextCut);
        }
        lines.extend(found);
    }
    let whole: Vec<&str> = lines.iter().map(|line| line.text.trim_end()).collect();
    Body { words: quotes::divide(&lines), whole: whole.join("\n").trim().to_owned(), other: None }
}

/// Whether text is a page, whatever it is labelled.
pub(crate) fn looks_like_html(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(200).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<body", "<div", "<p>", "<p ", "<head", "<meta ", "<table"]
        .iter()
        .any(|tag| head.starts_with(tag))
}

/// The version that says more; where both hold the same, the one whose quotes were marked.
fn fuller(plain: Body, rich: Body, notes: &mut Vec<Note>) -> Body {
    if rich.whole.is_empty() || plain.whole.is_empty() {
        return if rich.whole.is_empty() { plain } else { rich };
    }
    let (in_plain, in_rich) = (seen(&plain.words.said), seen(&rich.words.said));
    if in_plain == in_rich {
        return rich;
    }
    let (all_plain, all_rich) = (set(&plain.whole), set(&rich.whole));
    let absent = |said: &[String], all: &HashSet<String>| said.iter().filter(|w| !all.contains(*w)).count();
    let only_plain = absent(&in_plain, &all_rich);
    let only_rich = absent(&in_rich, &all_plain);
    if only_plain + only_rich > 0 {
        notes.push(Note::PartsDiffer);
        let (mut fuller, other) =
            if in_plain.len() > in_rich.len() && only_plain > 0 { (plain, rich) } else { (rich, plain) };
        fuller.other = Some(other.words.said);
        return fuller;
    }
    if rich.words.doubt.is_some() && plain.words.doubt.is_none() { plain } else { rich }
}

/// The words, without addresses of the web, which programs write out in one version only.
fn seen(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '*' | '_'))
        .filter(|word| !word.contains("://") && !word.starts_with("mailto:"))
        .map(|word| {
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
        })
        .filter(|word: &String| !word.is_empty())
        .collect()
}

fn set(text: &str) -> HashSet<String> {
    seen(text).into_iter().collect()
}
