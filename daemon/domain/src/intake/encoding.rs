//! Bytes of unknown encoding → UTF-8, in chunks and constant memory.
//!
//! Lives here: recognising the encoding and what is no text at all, and transcoding. Must not
//! live here: anything about rows.
//!
//! The rule, decided on the first 64 KiB: a byte order mark wins. Without one, valid UTF-8 is
//! UTF-8; where it is broken, the whole file is Windows-1252, because old spreadsheet exports
//! are — unless there are as many well-formed multi-byte characters as broken ones, which
//! Windows-1252 text practically never shows. UTF-8 is passed on unchecked: a byte that breaks
//! later is repaired (as Windows-1252) in its own row only, by whoever reads rows, so that one
//! pasted cell cannot garble a million others.

use super::problem::FileProblem;
use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{ErrorKind, Read};

/// Bytes looked at before the encoding is decided.
const HEAD: usize = 64 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// How a file's bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The Western European code page of Windows.
    Windows1252,
}

/// A reader's bytes as UTF-8.
pub(super) struct Text<R> {
    inner: R,
    scratch: Vec<u8>,
    head: Vec<u8>,
    encoding: Encoding,
    mark: usize,
    decoder: Option<Decoder>,
    raw: u64,
    ended: bool,
}

impl<R: Read> Text<R> {
    /// Reads the head, decides the encoding, refuses what is not text.
    pub(super) fn open(mut inner: R) -> Result<Self, FileProblem> {
        let mut head = Vec::new();
        let mut ended = false;
        let mut scratch = vec![0; CHUNK];
        while head.len() < HEAD && !ended {
            let n = read_some(&mut inner, &mut scratch)?;
            head.extend_from_slice(&scratch[..n]);
            ended = n == 0;
        }
        let (encoding, mark) = sniff(&head, ended)?;
        let decoder = match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            Encoding::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
        };
        let raw = head.len() as u64;
        Ok(Self { inner, scratch, head, encoding, mark, decoder, raw, ended })
    }

    /// The encoding found.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bytes taken from the reader so far.
    pub(super) fn raw_bytes(&self) -> u64 {
        self.raw
    }

    /// Bytes of the byte order mark, 0 where there is none.
    pub(super) fn mark(&self) -> usize {
        self.mark
    }

    /// Appends the next piece of text to `out`; `false` once nothing is left.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) -> Result<bool, FileProblem> {
        let head = std::mem::take(&mut self.head);
        let chunk = if head.is_empty() {
            let n = if self.ended { 0 } else { read_some(&mut self.inner, &mut self.scratch)? };
            self.raw += n as u64;
            if n == 0 {
                self.ended = true;
                return Ok(self.flush(out));
            }
            &self.scratch[..n]
        } else {
            head.get(self.mark..).unwrap_or_default()
        };
        match &mut self.decoder {
            None => out.extend_from_slice(chunk),
            Some(decoder) => decode(decoder, chunk, false, out),
        }
        Ok(true)
    }

    /// Lets the decoder say what an incomplete last character stands for.
    fn flush(&mut self, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        if let Some(mut decoder) = self.decoder.take() {
            decode(&mut decoder, &[], true, out);
        }
        out.len() > before
    }
}

fn decode(decoder: &mut Decoder, mut input: &[u8], last: bool, out: &mut Vec<u8>) {
    loop {
        let room = decoder.max_utf8_buffer_length(input.len()).unwrap_or(input.len() * 3 + 16);
        let start = out.len();
        out.resize(start + room, 0);
        let (result, read, written, _) = decoder.decode_to_utf8(input, &mut out[start..], last);
        out.truncate(start + written);
        input = &input[read..];
        if result == encoding_rs::CoderResult::InputEmpty {
            return;
        }
    }
}

/// Reads once into `scratch`, which is kept so that short reads do not pay for clearing it;
/// 0 at the end.
fn read_some(inner: &mut impl Read, scratch: &mut [u8]) -> Result<usize, FileProblem> {
    loop {
        match inner.read(scratch) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(FileProblem::Read(e.to_string())),
            Ok(n) => return Ok(n.min(scratch.len())),
        }
    }
}

/// A cell that is not UTF-8, read as Windows-1252.
pub(super) fn from_windows_1252(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

fn sniff(head: &[u8], whole: bool) -> Result<(Encoding, usize), FileProblem> {
    refuse_known_binaries(head)?;
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        refuse_nul(&head[3..])?;
        return Ok((Encoding::Utf8, 3));
    }
    if head.starts_with(&[0xFF, 0xFE]) {
        return Ok((Encoding::Utf16Le, 2));
    }
    if head.starts_with(&[0xFE, 0xFF]) {
        return Ok((Encoding::Utf16Be, 2));
    }
    refuse_nul(head)?;
    let (mut good, mut broken) = (0usize, 0usize);
    let mut rest = head;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                good += multi_byte(text);
                break;
            }
            Err(e) => {
                let (valid, after) = rest.split_at(e.valid_up_to());
                good += std::str::from_utf8(valid).map_or(0, multi_byte);
                // A character cut by the end of the head, or of the file, says nothing.
                let Some(len) = e.error_len() else {
                    broken += usize::from(whole && good == 0 && broken > 0);
                    break;
                };
                broken += 1;
                rest = after.get(len..).unwrap_or_default();
            }
        }
    }
    Ok((if good >= broken { Encoding::Utf8 } else { Encoding::Windows1252 }, 0))
}

fn multi_byte(text: &str) -> usize {
    if text.is_ascii() { 0 } else { text.chars().filter(|c| !c.is_ascii()).count() }
}

const EXPORT: &str = "export it as CSV (UTF-8) and send that";

fn refuse_known_binaries(head: &[u8]) -> Result<(), FileProblem> {
    const MAGIC: [(&[u8], &str, &str); 14] = [
        (b"PK\x03\x04", "an Excel workbook (.xlsx) or another ZIP archive", EXPORT),
        (b"PK\x05\x06", "an empty ZIP archive", EXPORT),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook (.xls)", EXPORT),
        (b"%PDF", "a PDF document", EXPORT),
        (b"\x1F\x8B", "a gzip archive", "unpack it first"),
        (b"7z\xBC\xAF", "a 7-Zip archive", "unpack it first"),
        (b"Rar!", "a RAR archive", "unpack it first"),
        (b"\x28\xB5\x2F\xFD", "a Zstandard archive", "unpack it first"),
        (b"\x89PNG", "a PNG picture", EXPORT),
        (b"\xFF\xD8\xFF", "a JPEG picture", EXPORT),
        (b"GIF8", "a GIF picture", EXPORT),
        (b"SQLite format 3", "an SQLite database", EXPORT),
        (b"{\\rtf", "a rich text document", EXPORT),
        (b"\xFF\xFE\x00\x00", "UTF-32 text", "save it as UTF-8"),
    ];
    for (magic, looks_like, advice) in MAGIC {
        if head.starts_with(magic) {
            return Err(FileProblem::NotText { looks_like, advice });
        }
    }
    let start: Vec<u8> = head.iter().skip_while(|b| b.is_ascii_whitespace()).take(14).copied().collect();
    let lower = start.to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") || lower.starts_with(b"<table") {
        return Err(FileProblem::NotText { looks_like: "a web page", advice: EXPORT });
    }
    if lower.starts_with(b"<?xml") {
        return Err(FileProblem::NotText { looks_like: "an XML document", advice: EXPORT });
    }
    Ok(())
}

fn refuse_nul(head: &[u8]) -> Result<(), FileProblem> {
    let nul_at = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (nul_at(0), nul_at(1));
    if even + odd == 0 {
        return Ok(());
    }
    // Western text in UTF-16 has a NUL in nearly every second byte and none beside it.
    let (most, least) = (even.max(odd), even.min(odd));
    let (looks_like, advice) = if most * 4 > head.len() && least * 20 < most {
        ("UTF-16 text without a byte order mark", "save it as UTF-8")
    } else {
        ("binary data (it contains NUL bytes)", EXPORT)
    };
    Err(FileProblem::NotText { looks_like, advice })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Encoding, String), FileProblem> {
        let mut text = Text::open(bytes)?;
        let mut out = Vec::new();
        while text.fill(&mut out)? {}
        assert_eq!(text.raw_bytes(), bytes.len() as u64);
        Ok((text.encoding(), String::from_utf8_lossy(&out).into_owned()))
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let mark = if little { vec![0xFF, 0xFE] } else { vec![0xFE, 0xFF] };
        let units = text.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() });
        mark.into_iter().chain(units).collect()
    }

    #[test]
    fn encodings_are_recognised_and_read() {
        let long = "naïve £5 – “x”,".repeat(9_000);
        let cases = [
            ("é".as_bytes().to_vec(), Encoding::Utf8, "é".to_string()),
            (b"\xEF\xBB\xBFphone".to_vec(), Encoding::Utf8, "phone".to_string()),
            (utf16("Zoë,£", true), Encoding::Utf16Le, "Zoë,£".to_string()),
            (utf16("Zoë,£", false), Encoding::Utf16Be, "Zoë,£".to_string()),
            (utf16(&long, true), Encoding::Utf16Le, long.clone()),
            (b"Andr\xE9,\xA310,x".to_vec(), Encoding::Windows1252, "André,£10,x".to_string()),
            (b"\x93hi\x94 \x80".to_vec(), Encoding::Windows1252, "“hi” €".to_string()),
        ];
        for (bytes, encoding, text) in cases {
            assert_eq!(read(&bytes), Ok((encoding, text)));
        }
    }

    #[test]
    fn a_character_cut_by_the_end_does_not_change_the_encoding() {
        assert_eq!(read(b"caf\xC3\xA9,caf\xC3").map(|r| r.0), Ok(Encoding::Utf8));
        let cut = [vec![b'a'; HEAD - 1], "é".as_bytes().to_vec()].concat();
        assert_eq!(read(&cut).map(|r| r.0), Ok(Encoding::Utf8));
        assert_eq!(read(&utf16("ab", true)[..5]).map(|r| r.1), Ok("a\u{FFFD}".to_string()));
    }

    #[test]
    fn one_broken_cell_among_many_good_ones_stays_utf8() {
        let text = [&"Zoë,".repeat(50).into_bytes()[..], b"Andr\xE9,x"].concat();
        assert_eq!(read(&text).map(|r| r.0), Ok(Encoding::Utf8));
    }

    #[test]
    fn what_is_not_text_is_named() {
        let cases: [(&[u8], &str); 6] = [
            (b"PK\x03\x04\x14\x00", "Excel workbook (.xlsx)"),
            (b"%PDF-1.7", "PDF"),
            (b"phone\x00,\x01", "NUL"),
            (b"p\0h\0o\0n\0e\0\n\0", "UTF-16"),
            (b" <!DOCTYPE html><p>", "web page"),
            (b"\xFF\xFE\x00\x00p\0\0\0", "UTF-32"),
        ];
        for (bytes, word) in cases {
            let text = read(bytes).expect_err("refused").to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
