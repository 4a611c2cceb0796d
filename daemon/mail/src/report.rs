//! Reports about a mail of ours: delivered or not (RFC 3464), read (RFC 8098), complained about
//! (RFC 5965), and the notices of servers that know none of these.
//!
//! Must not live here: what follows for the address or the message.

mod class;

use crate::headers::{Headers, mailboxes, one_line};
use crate::limits::{MAX_IDS, MAX_RECIPIENTS, MAX_REPORT};
use crate::note::Note;
use crate::parts::Part;
pub use class::Failure;

/// The mail a report is about, as far as it comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// Its `Message-ID`s, without brackets; several where only the text names them.
    pub ids: Vec<String>,
    /// Addresses it came from or returned to, in lower case: a token of ours may be in one.
    pub senders: Vec<String>,
    /// Its subject.
    pub subject: Option<String>,
}

/// What happened to one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address it failed at, in lower case; empty where the report names none.
    pub address: String,
    /// The address we wrote to, where it was forwarded from there.
    pub original: Option<String>,
    /// `5.1.1` (RFC 3463); none where the report gives none.
    pub status: Option<String>,
    /// What the server said, on one line; none where the report says nothing.
    pub diagnostic: Option<String>,
    /// What kind of failure; none for what is no failure.
    pub failure: Option<Failure>,
}

/// What a report says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// Not delivered to these.
    Failed(Vec<Recipient>),
    /// Still being tried.
    Delayed(Vec<Recipient>),
    /// Delivered, or handed to a server that sends no reports.
    Delivered(Vec<Recipient>),
    /// Shown to a person, or deleted unread: the disposition as sent, in lower case.
    Disposed(String),
    /// A complaint; the feedback's type in lower case: `abuse`, `not-spam`, `auth-failure`, ….
    Feedback {
        /// The type.
        kind: String,
        /// Who complained, where the service says so.
        recipients: Vec<String>,
    },
}

/// The report in a mail, with the mail it is about.
pub(crate) fn find(mail: &Part<'_>, notes: &mut Vec<Note>) -> Option<(Report, Original)> {
    let all = mail.all();
    let of = |mimes: &[&str]| all.iter().find(|part| mimes.contains(&part.mime.as_str())).copied();
    let kind = mail.param("report-type").unwrap_or_default().to_ascii_lowercase();
    let original = original(&all, mail, notes);
    if let Some(part) = of(&["message/feedback-report"]) {
        return Some((feedback(part, &original, notes), original));
    }
    if let Some(part) = of(&["message/disposition-notification"]) {
        let (fields, _) = Headers::read(&part.bytes(MAX_REPORT, notes));
        let word = fields.plain("disposition").unwrap_or_default().to_ascii_lowercase();
        let word = word.rsplit(';').next().unwrap_or_default().trim().to_owned();
        let mut original = original;
        original.ids.splice(0..0, fields.ids("original-message-id"));
        return Some((Report::Disposed(word), original));
    }
    if let Some(part) = of(&["message/delivery-status", "message/global-delivery-status"]) {
        let body = part.bytes(MAX_REPORT, notes);
        if let Some(report) = delivery(&body, mail) {
            return Some((report, original));
        }
    }
    match kind.as_str() {
        "disposition-notification" => return Some((Report::Disposed(String::new()), original)),
        "feedback-report" => {
            return Some((Report::Feedback { kind: "abuse".to_owned(), recipients: Vec::new() }, original));
        }
        _ => {}
    }
    unstructured(mail, &all, kind == "delivery-status", notes).map(|report| (report, original))
}

fn feedback(part: &Part<'_>, original: &Original, notes: &mut Vec<Note>) -> Report {
    let (fields, _) = Headers::read(&part.bytes(MAX_REPORT, notes));
    let kind = fields.keyword("feedback-type").unwrap_or_else(|| "abuse".to_owned());
    let mut recipients: Vec<String> = ["original-rcpt-to", "removal-recipient"]
        .iter()
        .flat_map(|f| fields.addresses(f))
        .map(|m| m.address)
        .collect();
    recipients.retain(|address| !address.is_empty() && !original.senders.contains(address));
    recipients.dedup();
    Report::Feedback { kind, recipients }
}

/// One block about the message, then one about each recipient, with blank lines between.
fn delivery(body: &[u8], mail: &Part<'_>) -> Option<Report> {
    let mut rest = body;
    let mut recipients: Vec<(String, Recipient)> = Vec::new();
    for _ in 0..=MAX_RECIPIENTS {
        while let Some(next) = rest.strip_prefix(b"\n").or_else(|| rest.strip_prefix(b"\r\n")) {
            rest = next;
        }
        if rest.is_empty() {
            break;
        }
        let (fields, at) = Headers::read(rest);
        rest = if at == 0 { &[] } else { &rest[at..] };
        let action = fields.keyword("action");
        let typed = |name| fields.plain(name).map(|v| bare_address(&v));
        let address = typed("final-recipient").or_else(|| typed("original-recipient"));
        if action.is_none() && address.is_none() {
            continue;
        }
        let status = fields.keyword("status").and_then(|s| class::status(&s));
        let diagnostic = fields
            .plain("diagnostic-code")
            .map(|d| one_line(without_type(&d), 500))
            .filter(|d| !d.is_empty());
        let action = action.unwrap_or_else(|| match status.as_deref().and_then(|s| s.chars().next()) {
            Some('4') => "delayed".to_owned(),
            Some('2') => "delivered".to_owned(),
            _ => "failed".to_owned(),
        });
        let failure = (action == "failed").then(|| class::of(status.as_deref(), diagnostic.as_deref()));
        let original = typed("original-recipient").filter(|o| Some(o) != address.as_ref());
        let address = address.unwrap_or_default();
        recipients.push((action, Recipient { address, original, status, diagnostic, failure }));
    }
    if recipients.is_empty() {
        return None;
    }
    let of = |wanted: &str| -> Vec<Recipient> {
        recipients.iter().filter(|(action, _)| action == wanted).map(|(_, r)| r.clone()).collect()
    };
    let (failed, delayed) = (of("failed"), of("delayed"));
    // Some servers report a delay as a failure and say so in the subject only.
    let announced = failed.iter().all(|r| r.status.as_deref().is_some_and(|s| s.starts_with('4')))
        && class::says_delayed(&mail.headers.text("subject").unwrap_or_default());
    Some(match (failed.is_empty(), delayed.is_empty()) {
        (false, _) if announced => Report::Delayed(failed),
        (false, _) => Report::Failed(failed),
        (true, false) => Report::Delayed(delayed),
        (true, true) => Report::Delivered(recipients.into_iter().map(|(_, r)| r).collect()),
    })
}

/// `rfc822; ann@mail.example` to the address.
fn bare_address(value: &str) -> String {
    let address = without_type(value);
    let inner =
        mailboxes(address.as_bytes()).into_iter().next().map(|m| m.address).filter(|a| a.contains('@'));
    inner.unwrap_or_else(|| one_line(address.trim_matches(['<', '>', ' ']), 320).to_lowercase())
}

fn without_type(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if !kind.contains('@') && kind.len() < 20 => rest.trim(),
        _ => value.trim(),
    }
}

/// A notice in words alone: from a mail system, or with its list of failed recipients.
fn unstructured(
    mail: &Part<'_>,
    all: &[&Part<'_>],
    says_report: bool,
    notes: &mut Vec<Note>,
) -> Option<Report> {
    let headers = &mail.headers;
    let named: Vec<String> =
        headers.addresses("x-failed-recipients").into_iter().map(|m| m.address).collect();
    let system = headers
        .addresses("from")
        .first()
        .is_some_and(|from| class::is_mail_system(&from.address, &from.name));
    if named.is_empty() && !system && !says_report {
        return None;
    }
    let text = all
        .iter()
        .find(|p| p.mime.starts_with("text/"))
        .map(|p| p.text(MAX_REPORT, notes))
        .unwrap_or_default();
    let subject = headers.text("subject").unwrap_or_default();
    let delayed = class::says_delayed(&subject) || class::says_delayed_in_text(&text);
    // Whoever runs a mail server may write to us too.
    if named.is_empty() && !says_report && !delayed && !class::says_failed(&subject, &text) {
        return None;
    }
    // What comes back below the notice is our own mail.
    let notice = class::notice(&text);
    let status = class::status_in(notice);
    let mut addresses = if named.is_empty() { class::addresses_in(notice) } else { named };
    addresses.truncate(MAX_RECIPIENTS);
    if addresses.is_empty() {
        addresses.push(String::new());
    }
    let said = class::diagnostic_in(notice);
    let recipients = addresses
        .into_iter()
        .map(|address| Recipient {
            address,
            original: None,
            status: status.clone(),
            diagnostic: said.clone(),
            failure: (!delayed).then(|| class::of(status.as_deref(), said.as_deref().or(Some(notice)))),
        })
        .collect();
    Some(if delayed { Report::Delayed(recipients) } else { Report::Failed(recipients) })
}

/// What came back of our mail: its header as a part, or as text below the notice.
fn original(all: &[&Part<'_>], mail: &Part<'_>, notes: &mut Vec<Note>) -> Original {
    let mut found = Original::default();
    let returned = [
        "message/rfc822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
    ];
    let part = all.iter().skip(1).find(|p| returned.contains(&p.mime.as_str()));
    let mut bytes = part.map(|p| p.bytes(MAX_REPORT, &mut Vec::new())).unwrap_or_default();
    if part.is_none() {
        bytes = header_in_text(all, notes);
    }
    let (headers, _) = Headers::read(&bytes);
    found.ids = headers.ids("message-id");
    found.subject = headers.text("subject").filter(|s| !s.is_empty());
    for name in ["return-path", "reply-to", "from", "sender"] {
        found.senders.extend(headers.addresses(name).into_iter().map(|m| m.address));
    }
    found.senders.retain(|address| address.contains('@'));
    found.senders.dedup();
    for name in ["in-reply-to", "references"] {
        let more = mail.headers.ids(name);
        found.ids.extend(more.into_iter().filter(|id| !found.ids.contains(id)).collect::<Vec<_>>());
    }
    found.ids.truncate(MAX_IDS);
    found
}

/// From the first line of the text that is a header field of the returned mail.
fn header_in_text(all: &[&Part<'_>], notes: &mut Vec<Note>) -> Vec<u8> {
    for part in all.iter().filter(|p| p.mime.starts_with("text/") && p.mime != "text/html") {
        let text = part.text(MAX_REPORT, notes);
        let mut at = 0;
        let mut begin = None;
        for line in text.split_inclusive('\n') {
            let lower =
                line.trim_start_matches(['>', ' ']).get(..12).unwrap_or_default().to_ascii_lowercase();
            if lower.trim_end().is_empty() || !line.contains(':') && !line.starts_with([' ', '\t']) {
                begin = None;
            } else if begin.is_none() && !line.starts_with([' ', '\t']) {
                begin = Some(at);
            }
            at += line.len();
            if lower.starts_with("message-id:") {
                let from = begin.unwrap_or(at - line.len());
                return text[from..].to_owned().into_bytes();
            }
        }
    }
    Vec::new()
}
