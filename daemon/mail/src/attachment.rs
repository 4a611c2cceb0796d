//! Attachments, named: what came along, and how large. Their content is never looked into.
//!
//! Must not live here: anything that opens one.

use crate::charset;
use crate::limits::{MAX_ATTACHMENTS, MAX_FIELD, MAX_NAME};
use crate::note::Note;
use crate::parts::Part;
use crate::{body, headers};
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Safe to show and to store under: no folders, no control characters, never empty.
    pub name: String,
    /// `type/subtype` as the sender says, in lower case.
    pub mime: String,
    /// Bytes without the transfer encoding.
    pub size: usize,
    /// It belongs into the text, as pictures in a page do.
    pub inline: bool,
    /// Its name ends like that of a program or a page that runs one, whatever its type says.
    pub runs: bool,
}

/// Endings of files that run something when opened.
const RUNS: &[&str] = &[
    "exe",
    "scr",
    "com",
    "bat",
    "cmd",
    "pif",
    "msi",
    "msp",
    "jar",
    "js",
    "jse",
    "vbs",
    "vbe",
    "wsf",
    "wsh",
    "ps1",
    "hta",
    "cpl",
    "lnk",
    "reg",
    "iso",
    "img",
    "vhd",
    "app",
    "apk",
    "dmg",
    "pkg",
    "sh",
    "html",
    "htm",
    "shtml",
    "svg",
    "xhtml",
    "docm",
    "xlsm",
    "pptm",
    "xlam",
    "one",
    "url",
    "chm",
    "gadget",
    "library-ms",
    "appref-ms",
];

/// The attachments of a mail, in their order.
pub(crate) fn list(mail: &Part<'_>, notes: &mut Vec<Note>) -> Vec<Attachment> {
    let mut found = Vec::new();
    for part in mail.all() {
        let container = !part.parts.is_empty() || part.mime.starts_with("multipart/");
        let report = matches!(
            part.mime.as_str(),
            "message/delivery-status" | "message/feedback-report" | "message/disposition-notification"
        );
        if container || report || body::is_text(part) || part.mime == "text/calendar" && part.name.is_none() {
            continue;
        }
        if found.len() >= MAX_ATTACHMENTS {
            notes.push(Note::PartsCut);
            break;
        }
        let name = name(part);
        let ending = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
        found.push(Attachment {
            runs: RUNS.contains(&ending.as_str()),
            name,
            mime: headers::one_line(&part.mime, 100),
            size: part.size(),
            inline: !part.attached && part.headers.has("content-id"),
        });
    }
    found
}

fn name(part: &Part<'_>) -> String {
    let sent = part.name.as_deref().map(decoded).or_else(|| {
        // A forwarded mail is known by its subject.
        let (headers, _) = headers::Headers::read(part.body);
        (part.mime == "message/rfc822").then(|| headers.text("subject").map(|s| format!("{s}.eml"))).flatten()
    });
    let safe = safe(&sent.unwrap_or_default());
    if safe.is_empty() {
        let ending = part.mime.rsplit('/').next().unwrap_or_default();
        let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
        return if ending.is_empty() { "file".to_owned() } else { format!("file.{ending}") };
    }
    safe
}

/// Names in encoded words, against the standard and very common (RFC 2047 5, RFC 2231).
fn decoded(name: &str) -> String {
    if !name.contains("=?") {
        return charset::guess(name.as_bytes());
    }
    let line = format!("{}\n", headers::one_line(name, 1000));
    match MessageStream::new(line.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => name.to_owned(),
    }
}

/// The last step of a path, without what a file system or a terminal takes as an order.
fn safe(name: &str) -> String {
    let line = headers::one_line(name, MAX_FIELD);
    let last = line.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String =
        last.chars()
            .map(|c| {
                if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|' | '$' | '`' | '\u{0}') {
                    '_'
                } else {
                    c
                }
            })
            .filter(|c| !crate::line::is_invisible(*c))
            .collect();
    let shown = shown.trim_matches(['.', ' ', '~']).trim_start_matches(['-', '=', '+', '@']);
    let count = shown.chars().count();
    if count <= MAX_NAME {
        return shown.to_owned();
    }
    // The end says what kind of file it is.
    let begin: String = shown.chars().take(MAX_NAME - 21).collect();
    let end: String = shown.chars().skip(count - 20).collect();
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_to_store_under() {
        for (sent, shown) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\gate photo.jpg", "gate photo.jpg"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nb: c.txt", "a b_ c.txt"),
            ("...", ""),
            ("-rf", "rf"),
            ("=cmd|x.csv", "cmd_x.csv"),
        ] {
            assert_eq!(safe(sent), shown);
        }
        let long = safe(&("a".repeat(500) + ".pdf"));
        assert!(long.ends_with(".pdf") && long.chars().count() == MAX_NAME);
        assert_eq!(decoded("=?utf-8?B?w6Ryemgu?= =?utf-8?Q?pdf?="), "ärzh.pdf");
    }
}
