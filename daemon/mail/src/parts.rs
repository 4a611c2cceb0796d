//! The parts of a mail (RFC 2045, 2046): the tree, and the bytes of a part without its transfer
//! encoding.
//!
//! The tree is walked here and not by `mail-parser`, whose depth grows with the input: a megabyte
//! of nested messages would end the process. Must not live here: what the parts say.

use crate::charset;
use crate::headers::{Headers, line_at};
use crate::limits::{MAX_DEPTH, MAX_PARTS};
use crate::note::Note;

/// One part, with the parts within it.
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers,
    /// `type/subtype` in lower case.
    pub(crate) mime: String,
    /// Parameters of the type: names in lower case.
    params: Vec<(String, String)>,
    /// `Content-Disposition: attachment`.
    pub(crate) attached: bool,
    /// The name of a file, as sent.
    pub(crate) name: Option<String>,
    encoding: Encoding,
    /// Still in its transfer encoding.
    pub(crate) body: &'a [u8],
    pub(crate) parts: Vec<Part<'a>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl<'a> Part<'a> {
    /// The tree of a mail.
    pub(crate) fn read(raw: &'a [u8], notes: &mut Vec<Note>) -> Self {
        let mut left = MAX_PARTS;
        part(raw, "text/plain", 0, &mut left, notes)
    }

    /// A parameter of the type. The name is in lower case.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All parts, outermost first, this one among them.
    pub(crate) fn all(&self) -> Vec<&Part<'a>> {
        let mut found = vec![self];
        let mut at = 0;
        while let Some(part) = found.get(at) {
            let within: Vec<&Part<'a>> = part.parts.iter().collect();
            found.extend(within);
            at += 1;
        }
        found
    }

    /// The bytes without transfer encoding, of at most `most` bytes of the body.
    pub(crate) fn bytes(&self, most: usize, notes: &mut Vec<Note>) -> Vec<u8> {
        if self.body.len() > most {
            notes.push(Note::TextCut);
        }
        let body = &self.body[..self.body.len().min(most)];
        match self.encoding {
            Encoding::Identity => body.to_vec(),
            Encoding::Base64 => {
                let (bytes, good) = base64(body);
                if !good {
                    notes.push(Note::EncodingBroken);
                }
                bytes
            }
            Encoding::QuotedPrintable => quoted_printable(body),
        }
    }

    /// The text of a part.
    pub(crate) fn text(&self, most: usize, notes: &mut Vec<Note>) -> String {
        let bytes = self.bytes(most, notes);
        let named = self.param("charset").map(str::to_owned);
        let label = named.or_else(|| (self.mime == "text/html").then(|| meta_charset(&bytes)).flatten());
        charset::decode(&bytes, label.as_deref(), notes)
    }

    /// How long the bytes are without transfer encoding, found without decoding them.
    pub(crate) fn size(&self) -> usize {
        match self.encoding {
            Encoding::Identity => self.body.len(),
            Encoding::Base64 => self.body.iter().filter(|b| is_base64(**b)).count() * 3 / 4,
            Encoding::QuotedPrintable => {
                let escapes = self.body.windows(2).filter(|w| w[0] == b'=').count();
                self.body.len().saturating_sub(escapes * 2)
            }
        }
    }
}

fn part<'a>(raw: &'a [u8], usual: &str, depth: usize, left: &mut usize, notes: &mut Vec<Note>) -> Part<'a> {
    *left = left.saturating_sub(1);
    let (headers, at) = Headers::read(raw);
    if headers.cut {
        notes.push(Note::HeadersCut);
    }
    let content = headers.content("content-type");
    let mime = content
        .as_ref()
        .and_then(|c| c.subtype.as_ref().map(|sub| format!("{}/{sub}", c.word)))
        .unwrap_or_else(|| usual.to_owned());
    let disposition = headers.content("content-disposition");
    let attached = disposition.as_ref().is_some_and(|d| d.word == "attachment");
    let named = disposition.as_ref().and_then(|d| d.param("filename")).map(str::to_owned);
    let name = named.or_else(|| content.as_ref().and_then(|c| c.param("name")).map(str::to_owned));
    let params = content.map(|c| c.params).unwrap_or_default();
    let encoding = match headers.keyword("content-transfer-encoding").as_deref() {
        Some("base64") => Encoding::Base64,
        Some("quoted-printable") => Encoding::QuotedPrintable,
        _ => Encoding::Identity,
    };
    let body = &raw[at..];
    let mut this = Part { headers, mime, params, attached, name, encoding, body, parts: Vec::new() };
    if this.mime.starts_with("multipart/") {
        this.divide(depth, left, notes);
    }
    this
}

impl Part<'_> {
    fn divide(&mut self, depth: usize, left: &mut usize, notes: &mut Vec<Note>) {
        let named = self.param("boundary").map(|b| b.trim_end().as_bytes().to_vec());
        let boundary = named.filter(|b| !b.is_empty()).or_else(|| first_boundary(self.body));
        let pieces = boundary.map(|b| pieces(self.body, &b, *left + 1)).unwrap_or_default();
        if pieces.is_empty() {
            // Whatever it is, a person may have written it.
            notes.push(Note::PartsBroken);
            "text/plain".clone_into(&mut self.mime);
            return;
        }
        let usual = if self.mime == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        for piece in pieces {
            if depth >= MAX_DEPTH || *left == 0 {
                notes.push(Note::PartsCut);
                break;
            }
            self.parts.push(part(piece, usual, depth + 1, left, notes));
        }
    }
}

/// Where no boundary is named, the first line that could be one.
fn first_boundary(body: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    for _ in 0..20 {
        let (line, next) = line_at(body, at);
        if line.len() > 4 && line.starts_with(b"--") && !line.contains(&b' ') {
            return Some(line[2..].to_vec());
        }
        at = next;
    }
    None
}

/// What stands between the lines of a boundary; the last piece may lack its end.
fn pieces<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    while at < body.len() && found.len() < most {
        let (line, next) = line_at(body, at);
        let rest =
            line.strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary)).map(<[u8]>::trim_ascii_end);
        if let Some(rest @ (b"" | b"--")) = rest {
            if let Some(start) = start {
                found.push(without_last_break(&body[start..at.max(start)]));
            }
            start = Some(next);
            if !rest.is_empty() {
                return found;
            }
        }
        at = next;
    }
    if let Some(start) = start.filter(|s| *s < body.len() && found.len() < most) {
        found.push(&body[start..]);
    }
    found
}

/// The break before a boundary belongs to the boundary (RFC 2046 5.1.1).
fn without_last_break(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Decodes what can be decoded, whatever stands between; with whether nothing strange did.
pub(crate) fn base64(body: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut count, mut good) = (0_u32, 0_u32, true);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                // Some programs end every line like this: begin anew.
                (bits, count) = (0, 0);
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => {
                good = false;
                continue;
            }
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 1;
        match count {
            2 => bytes.push((bits >> 4 & 0xff) as u8),
            3 => bytes.push((bits >> 2 & 0xff) as u8),
            4 => {
                bytes.push((bits & 0xff) as u8);
                (bits, count) = (0, 0);
            }
            _ => {}
        }
    }
    (bytes, good)
}

/// RFC 2045 6.7; an `=` that escapes nothing stays.
pub(crate) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        let rest = &body[at + 1..];
        if *byte != b'=' {
            bytes.push(*byte);
            at += 1;
            continue;
        }
        let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
        if let (Some(high), Some(low)) = (hex(rest.first()), hex(rest.get(1))) {
            bytes.push((high << 4 | low) as u8);
            at += 3;
            continue;
        }
        // A soft break; blanks before it came on the way.
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        if rest.get(blanks).is_some_and(|b| *b == b'\n') {
            at += blanks + 2;
        } else {
            if !rest.is_empty() {
                bytes.push(b'=');
            }
            at += 1;
        }
    }
    bytes
}

/// The set a page names in its own head.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let at = head.find("charset=")? + "charset=".len();
    let name: String = head[at..]
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_.:".contains(*c))
        .collect();
    (!name.is_empty()).then_some(name)
}
