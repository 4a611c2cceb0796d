//! Mails for the tests, from a few lines.
#![allow(dead_code, unreachable_pub, clippy::expect_used)] // each test program uses its own part

use frontdesk_mail::{Ours, Reading, read};

/// What is ours in every test.
pub fn ours() -> Ours {
    Ours {
        addresses: vec!["bookings@desk.example".into(), "bounce@desk.example".into()],
        id_domains: vec!["desk.example".into()],
        marker: Some("x-desk-mark".into()),
        lists: vec!["info.trade.example".into()],
    }
}

/// A recorded mail.
pub fn recorded(name: &str) -> Reading {
    let path = format!("{}/../../tests/fixtures/inbound/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    read(&std::fs::read(&path).expect("a recorded mail"), &ours())
}

/// A mail with header fields and a body; a sender, a date and an identifier are added where the
/// fields bring none.
pub fn mail(fields: &str, body: &str) -> Reading {
    read(&raw(fields, body), &ours())
}

pub fn raw(fields: &str, body: &str) -> Vec<u8> {
    let mut head = String::new();
    let lower = fields.to_lowercase();
    for (name, value) in [
        ("From", "Dana Whitfield <dana@customer.example>"),
        ("To", "bookings@desk.example"),
        ("Date", "Fri, 20 Nov 2026 18:12:31 +0000"),
        ("Message-ID", "<m1@customer.example>"),
    ] {
        if !lower.lines().any(|line| line.starts_with(&format!("{}:", name.to_lowercase()))) {
            head.push_str(&format!("{name}: {value}\n"));
        }
    }
    format!("{head}{fields}\n\n{body}").replace('\n', "\r\n").into_bytes()
}

/// What a person said in plain text.
pub fn said(body: &str) -> String {
    mail("Content-Type: text/plain; charset=utf-8", body).words.said
}

/// What a person said in a page.
pub fn said_html(body: &str) -> String {
    mail("Content-Type: text/html; charset=utf-8", body).words.said
}

/// A report of a mail server about one recipient.
pub fn report(fields: &str, per_recipient: &str, returned: &str) -> Reading {
    mail(
        &format!(
            "Return-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n{fields}"
        ),
        &format!(
            "--b\nContent-Type: text/plain\n\nA notice.\n\n--b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.other.example\n\n{per_recipient}\n\n--b\nContent-Type: text/rfc822-headers\n\n{returned}\n--b--\n"
        ),
    )
}
