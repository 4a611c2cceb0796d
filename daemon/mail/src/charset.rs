//! From bytes to text, whatever set of characters they say they are in.
//!
//! Labels in mail are wrong often enough that the bytes have a say: text that is valid UTF-8 is
//! UTF-8, and text that is not cannot be. Must not live here: the transfer encodings (`parts`).

use crate::note::Note;
use encoding_rs::{Encoding, GBK, ISO_2022_JP, REPLACEMENT, UTF_8, WINDOWS_1252, X_USER_DEFINED};

/// Text of a header or of anything without a label: UTF-8, else the set most western programs
/// mean when they say nothing.
pub(crate) fn guess(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => unlabelled(bytes).0,
    }
}

/// Text with the label that came with it.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>, notes: &mut Vec<Note>) -> String {
    let text = read(bytes, label, notes);
    // Neither belongs into anything that is shown, and a NUL cannot be stored everywhere.
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r')).collect()
}

fn read(bytes: &[u8], label: Option<&str>, notes: &mut Vec<Note>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    let label = label.map(|l| l.trim().trim_matches(['"', '\'']).to_ascii_lowercase()).unwrap_or_default();
    if bytes.is_ascii() && looks_like_escapes(bytes) {
        return decoded(ISO_2022_JP, bytes, notes);
    }
    if label.is_empty() || label == "us-ascii" || label == "ascii" || label.starts_with("unknown") {
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => wrong(bytes, notes),
        };
    }
    let Some(encoding) = Encoding::for_label(label.as_bytes()).filter(usable) else {
        if let Some(decoder) = mail_parser::decoders::charsets::map::charset_decoder(label.as_bytes())
            && label.contains("utf")
        {
            return decoder(bytes);
        }
        notes.push(Note::CharsetUnknown);
        return guess(bytes);
    };
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => wrong(bytes, notes),
        };
    }
    // Several letters of another set rarely form valid UTF-8 by chance.
    if encoding.is_ascii_compatible() && !bytes.is_ascii() && encoding.is_single_byte() {
        if let Ok(text) = std::str::from_utf8(bytes) {
            notes.push(Note::CharsetWrong);
            return text.to_owned();
        }
    } else if encoding != ISO_2022_JP
        && let (text, true) = encoding.decode_without_bom_handling(bytes)
    {
        if let Ok(own) = std::str::from_utf8(bytes) {
            notes.push(Note::CharsetWrong);
            return own.to_owned();
        }
        notes.push(Note::CharsetBroken);
        return text.into_owned();
    }
    decoded(encoding, bytes, notes)
}

fn decoded(encoding: &'static Encoding, bytes: &[u8], notes: &mut Vec<Note>) -> String {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken {
        notes.push(Note::CharsetBroken);
    }
    text.into_owned()
}

/// `x-user-defined` maps to private characters, the replacement encoding to nothing at all.
fn usable(encoding: &&'static Encoding) -> bool {
    *encoding != REPLACEMENT && *encoding != X_USER_DEFINED
}

fn looks_like_escapes(bytes: &[u8]) -> bool {
    let escapes: [&[u8]; 3] = [b"\x1b$B", b"\x1b$@", b"\x1b(J"];
    bytes.contains(&0x1b) && bytes.windows(3).any(|w| escapes.contains(&w))
}

fn wrong(bytes: &[u8], notes: &mut Vec<Note>) -> String {
    let (text, broken) = unlabelled(bytes);
    notes.push(if broken { Note::CharsetBroken } else { Note::CharsetWrong });
    text
}

/// Not valid UTF-8: is it UTF-8 with a flaw, Chinese, or western? With whether anything was lost.
fn unlabelled(bytes: &[u8]) -> (String, bool) {
    let (mut valid, mut flaws) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        flaws += usize::from(!chunk.invalid().is_empty());
    }
    if valid > flaws {
        return (String::from_utf8_lossy(bytes).into_owned(), true);
    }
    // Pairs of high bytes throughout are an East Asian text; western letters stand alone.
    let high = bytes.iter().filter(|b| **b >= 0x80).count();
    let pairs = bytes.windows(2).filter(|w| w[0] >= 0xa1 && w[1] >= 0xa1).count();
    if high > 7
        && pairs * 10 > high * 8
        && let (text, false) = GBK.decode_without_bom_handling(bytes)
    {
        return (text.into_owned(), false);
    }
    (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), false)
}
