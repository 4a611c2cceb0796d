//! Mails made to hurt, and mails broken on the way: nothing panics, and the work stays in
//! proportion to the input.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // measures a duration only

mod support;

use frontdesk_mail::{Note, Ours, read, subject, words_of};
use proptest::prelude::*;
use std::time::{Duration, Instant};
use support::{ours, raw};

/// Far above what any of these takes, and far below what quadratic work would.
const LONGEST: Duration = Duration::from_secs(20);

fn timed(name: &str, raw: &[u8]) -> frontdesk_mail::Reading {
    let start = Instant::now();
    let reading = read(raw, &ours());
    let took = start.elapsed();
    assert!(took < LONGEST, "{name}: {took:?}");
    reading
}

#[test]
fn large_mails_are_read_in_bounds() {
    let large = raw("Content-Type: text/plain", &"a line of a letter, no more\n".repeat(1_200_000));
    assert!(large.len() > 30_000_000);
    let reading = timed("large text", &large);
    assert!(reading.notes.contains(&Note::TextCut));
    let file = format!(
        "--b\n\nhello\n--b\nContent-Type: image/png; name=x.png\nContent-Transfer-Encoding: base64\n\n{}\n--b--",
        "QUJD".repeat(18).repeat(400_000)
    );
    let reading = timed("large file", &raw("Content-Type: multipart/mixed; boundary=b", &file));
    assert_eq!((reading.words.said.as_str(), reading.attachments[0].size), ("hello", 18 * 3 * 400_000));
}

#[test]
fn bombs_do_not_go_off() {
    let headers = "X-A: b\n".repeat(200_000);
    assert!(timed("headers", &raw(&headers, "hi")).notes.contains(&Note::HeadersCut));
    timed("folds", &raw(&format!("Subject: a{}", "\n b".repeat(500_000)), "hi"));
    timed("words", &raw(&format!("Subject: {}", "=?utf-8?Q?a?= ".repeat(200_000)), "hi"));
    timed("addresses", &raw(&format!("To: {}", "(((((\"<a@b.example>,".repeat(100_000)), "hi"));
    timed("comments", &raw(&format!("From: {}", "(".repeat(1_000_000)), "hi"));
    timed("types", &raw(&format!("Content-Type: text/plain{}", "; a*0*=\"b".repeat(100_000)), "hi"));
    let nested: String =
        (0..20_000).map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n")).collect();
    assert!(timed("parts in parts", &raw(&nested, "hi")).notes.contains(&Note::PartsCut));
    let messages = "Content-Type: message/rfc822\n\n".repeat(300_000);
    timed("mails in mails", &raw(&messages, "hi"));
    let many = format!("{}--b--", "--b\nContent-Type: text/plain\n\nx\n".repeat(200_000));
    assert!(
        timed("many parts", &raw("Content-Type: multipart/mixed; boundary=b", &many))
            .notes
            .contains(&Note::PartsCut)
    );
    timed("marks", &raw("Content-Type: text/plain", &">".repeat(2_000_000)));
    timed("quotes", &raw("Content-Type: text/plain", &"> a\nOn 20/11/2026 12:58, X wrote:\n".repeat(60_000)));
    timed("labels", &raw("Content-Type: text/plain", &"From: a,\n".repeat(200_000)));
    timed("delimiters", &raw("Content-Type: text/plain", &"-- \na?\n".repeat(200_000)));
    for piece in [
        "<div>",
        "</div>",
        "<blockquote>",
        "<td>",
        "<a href=\"",
        "<!--",
        "&amp;",
        "<p>On 20/11/2026 12:58, X wrote:<blockquote type=cite>",
    ] {
        timed(piece, &raw("Content-Type: text/html", &piece.repeat(1_000_000 / piece.len())));
    }
    timed("calendar", &raw("Content-Type: text/calendar", &"BEGIN:VEVENT\n".repeat(100_000)));
    timed("report", &raw("Content-Type: message/delivery-status", &"Action: failed\n\n".repeat(100_000)));
    subject::conversation(&"Re: ".repeat(1_000_000));
    words_of(&"<".repeat(1_000_000));
}

#[test]
fn a_mail_of_nothing_is_one() {
    for raw in [
        &b""[..],
        b"\n",
        b"\r\n\r\n",
        b"x",
        b":",
        b"From",
        b"\0\0\0",
        b"--b",
        b"Content-Type: multipart/mixed; boundary=\n\n",
    ] {
        let reading = read(raw, &Ours::default());
        assert!(reading.from.is_empty() && !reading.key.is_empty());
        assert!(reading.notes.contains(&Note::NoSender) && reading.notes.contains(&Note::NoMessageId));
    }
}

fn recorded() -> Vec<Vec<u8>> {
    let folder = format!("{}/../../tests/fixtures/inbound", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a mail")).collect()
}

/// A way a mail is broken.
#[derive(Clone, Debug)]
enum Break {
    Cut(usize),
    Put(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Double(usize, usize),
}

fn breaks() -> impl Strategy<Value = Vec<Break>> {
    let piece = prop_oneof![
        Just(b"=".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"--".to_vec()),
        Just(b"<blockquote>".to_vec()),
        Just(b"=?utf-8?B?".to_vec()),
        Just(b"\xff\xfe".to_vec()),
        Just(b"> ".to_vec()),
        Just("\u{202e}ß漢".as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    let one = prop_oneof![
        1 => any::<usize>().prop_map(Break::Cut),
        4 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Break::Put(at, byte)),
        4 => (any::<usize>(), piece).prop_map(|(at, piece)| Break::Insert(at, piece)),
        2 => (any::<usize>(), 0..200_usize).prop_map(|(at, n)| Break::Remove(at, n)),
        2 => (any::<usize>(), 0..400_usize).prop_map(|(at, n)| Break::Double(at, n)),
    ];
    proptest::collection::vec(one, 1..12)
}

fn broken(mut mail: Vec<u8>, breaks: &[Break]) -> Vec<u8> {
    for one in breaks {
        let length = mail.len().max(1);
        match one {
            Break::Cut(at) => mail.truncate(at % length),
            Break::Put(at, byte) => {
                if let Some(place) = mail.get_mut(at % length) {
                    *place = *byte;
                }
            }
            Break::Insert(at, piece) => {
                let at = (at % length).min(mail.len());
                mail.splice(at..at, piece.iter().copied());
            }
            Break::Remove(at, n) => {
                let at = (at % length).min(mail.len());
                mail.drain(at..(at + n).min(mail.len()));
            }
            Break::Double(at, n) => {
                let at = (at % length).min(mail.len());
                let piece = mail[at..(at + n).min(mail.len())].to_vec();
                mail.splice(at..at, piece);
            }
        }
    }
    mail
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn broken_mails_are_read(which in 0..16_usize, breaks in breaks()) {
        let mails = recorded();
        let raw = broken(mails[which % mails.len()].clone(), &breaks);
        let reading = read(&raw, &ours());
        prop_assert_eq!(&reading, &read(&raw, &ours()));
        prop_assert!(!reading.subject.contains('\n'));
        prop_assert!(reading.attachments.iter().all(|a| !a.name.is_empty() && !a.name.contains(['/', '\\', '\n'])));
    }

    #[test]
    fn any_text_is_divided_and_nothing_of_it_is_lost(text in "[a-z>:<@. \n-]{0,300}") {
        let words = words_of(&text);
        let all = format!("{} {} {}", words.said, words.quoted, words.signature);
        let letters = |text: &str| { let mut l: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect(); l.sort_unstable(); l };
        if !text.contains('<') {
            prop_assert_eq!(letters(&all), letters(&text));
        }
    }
}
