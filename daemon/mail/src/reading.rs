//! A mail, read: everything in one value.
//!
//! Must not live here: how any of it is found.

use crate::attachment::{self, Attachment};
use crate::calendar::{self, CalendarNote};
use crate::headers::Headers;
use crate::kind::{self, Kind};
use crate::limits::{MAX_IDS, MAX_MAIL};
use crate::machine::{self, Sign};
use crate::note::Note;
use crate::ours::Ours;
use crate::parts::Part;
use crate::quotes::Words;
use crate::{Mailbox, body, report, subject};
use std::fmt;

/// A mail, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// Who wrote it. Nothing vouches for it.
    pub from: Vec<Mailbox>,
    /// Where answers are to go, when elsewhere.
    pub reply_to: Vec<Mailbox>,
    /// Everybody it was sent to, and the addresses it was delivered at.
    pub to: Vec<Mailbox>,
    /// Tokens in addresses of ours it was sent to, those of delivery first; for a report, also of
    /// the mail it returns.
    pub tokens: Vec<String>,
    /// Tokens in addresses of ours that only its text names, as a forwarded mail of ours does.
    pub tokens_in_text: Vec<String>,
    /// Without brackets.
    pub message_id: Option<String>,
    /// What makes two copies one mail: identifier, sender and text. Hexadecimal.
    pub key: String,
    /// What copies without an identifier still share: sender, subject, words. Hexadecimal.
    pub likeness: String,
    /// The mails it answers, without brackets.
    pub in_reply_to: Vec<String>,
    /// The conversation's mails, oldest first.
    pub references: Vec<String>,
    /// Decoded, one line.
    pub subject: String,
    /// When its sender says it was written, in milliseconds since 1970; none where it cannot be.
    pub date_ms: Option<i64>,
    /// The text, divided into the person's own and other words.
    pub words: Words,
    /// All the text that can be seen.
    pub whole: String,
    /// What the other version of the text says, where two differ.
    pub other_version: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// A calendar file, whatever it wants.
    pub calendar: Option<CalendarNote>,
    /// A face sent in answer, and nothing else: confirms nothing.
    pub reaction: bool,
    /// What it is.
    pub kind: Kind,
    /// Signs of a machine, also those too weak to decide.
    pub signs: Vec<Sign>,
    /// What was wrong with it.
    pub notes: Vec<Note>,
}

// Neither people nor words.
impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("key", &self.key).field("notes", &self.notes).finish_non_exhaustive()
    }
}

/// Reads a mail. Every input is one: what cannot be read is left out, and `Reading::notes` says so.
pub fn read(raw: &[u8], ours: &Ours) -> Reading {
    let mut notes = Vec::new();
    if raw.len() > MAX_MAIL {
        notes.push(Note::MailCut);
    }
    let raw = &raw[..raw.len().min(MAX_MAIL)];
    let mail = Part::read(raw, &mut notes);
    let headers = &mail.headers;
    let from = headers.addresses("from");
    let sender = from.first().map(|m| m.address.clone()).unwrap_or_default();
    remark_on_people(&from, &mut notes);
    let message_id =
        headers.ids("message-id").into_iter().next().filter(|id| id.contains('@') && id.len() > 4);
    let date_ms = date(headers);
    for (missing, note) in [(message_id.is_none(), Note::NoMessageId), (date_ms.is_none(), Note::NoDate)] {
        if missing {
            notes.push(note);
        }
    }
    let to = recipients(headers);
    let mut tokens = ours.tokens(to.iter().map(|m| m.address.as_str()));
    if tokens.len() > 1 {
        notes.push(Note::SeveralTokens);
    }
    let text = body::read(&mail, &mut notes);
    if text.whole.is_empty() {
        let secret =
            mail.mime == "multipart/encrypted" || mail.all().iter().any(|p| p.mime.ends_with("pkcs7-mime"));
        notes.push(if secret { Note::Encrypted } else { Note::NoText });
    }
    let subject = headers.text("subject").unwrap_or_default();
    let calendar = calendar::find(&mail, Some(&sender), &mut notes);
    let signs = machine::signs(headers, &sender, &subject, &text.whole);
    let references = headers.ids("references");
    let in_reply_to = headers.ids("in-reply-to");
    let loops = !sender.is_empty() && ours.owns(&sender)
        || message_id.as_deref().is_some_and(|id| ours.made(id))
        || ours.marker.as_deref().is_some_and(|name| headers.has(name));
    let listed = |sign: &Sign| matches!(sign, Sign::List(name) if ours.lists.contains(name));
    let expected = !tokens.is_empty()
        || in_reply_to.iter().chain(&references).any(|id| ours.made(id))
        || signs.iter().any(listed);
    let report = report::find(&mail, &mut notes);
    let returned = report.iter().flat_map(|(_, original)| original.senders.iter());
    for token in ours.tokens(returned.map(String::as_str)) {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    let kind = kind::decide(kind::Seen {
        ours: loops,
        report,
        calendar: calendar.as_ref(),
        signs: &signs,
        expected,
        subject: &subject,
        said: &text.whole,
        answers: subject::is_answer(&subject),
    });
    let attachments = attachment::list(&mail, &mut notes);
    notes.sort_unstable();
    notes.dedup();
    Reading {
        key: digest(
            &[
                message_id.as_deref().unwrap_or_default(),
                &sender,
                if message_id.is_some() { "" } else { &subject },
                &text.whole,
            ],
            raw,
        ),
        likeness: likeness(&sender, &subject, &text.words.said),
        reply_to: headers.addresses("reply-to"),
        reaction: mail.all().iter().any(|p| p.mime == "text/vnd.google.email-reaction+json"),
        attachments,
        from,
        to,
        tokens_in_text: ours.tokens_in(&text.whole),
        tokens,
        message_id,
        in_reply_to,
        references,
        subject,
        date_ms,
        words: text.words,
        whole: text.whole,
        other_version: text.other,
        calendar,
        kind,
        signs,
        notes,
    }
}

impl Reading {
    /// Addresses of whoever wrote it, in lower case.
    pub fn senders(&self) -> impl Iterator<Item = &str> {
        self.from.iter().chain(&self.reply_to).map(|m| m.address.as_str()).filter(|a| !a.is_empty())
    }

    /// The subject of the conversation.
    pub fn conversation_subject(&self) -> String {
        subject::conversation(&self.subject)
    }

    /// Identifiers of the mail a report is about.
    pub fn returned(&self) -> &[String] {
        match &self.kind {
            Kind::Bounce { original, .. }
            | Kind::Delay { original, .. }
            | Kind::Receipt { original, .. }
            | Kind::Complaint { original, .. } => &original.ids,
            _ => &[],
        }
    }

    /// Whether an automatic answer may be sent at all (RFC 3834 2): to a person's mail only, and
    /// to an address that takes one.
    pub fn may_be_answered(&self) -> bool {
        let machine = |sign: &Sign| {
            matches!(sign, Sign::NullReturnPath | Sign::NoReply | Sign::List(_) | Sign::Bulk | Sign::Suppress)
        };
        matches!(self.kind, Kind::Person)
            && self.senders().next().is_some()
            && !self.signs.iter().any(machine)
    }

    /// Identifiers for an answer's `References`: theirs, what they answered, and this mail.
    pub fn references_of_answer(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in self.references.iter().chain(&self.in_reply_to).chain(&self.message_id) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids.split_off(ids.len().saturating_sub(MAX_IDS))
    }
}

/// What copies of a mail share though one of them lost its header: sender, subject, words.
pub fn likeness(sender: &str, subject: &str, said: &str) -> String {
    let words: String = said.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    digest(&[&sender.to_lowercase(), &subject::conversation(subject), &words], &[])
}

/// Lengths are part of it, so that no two lists of words give the same bytes.
fn digest(words: &[&str], raw: &[u8]) -> String {
    let mut hash = blake3::Hasher::new();
    for word in words {
        hash.update(&(word.len() as u64).to_le_bytes()).update(word.as_bytes());
    }
    // A mail of nothing is known by its bytes.
    if words.iter().all(|word| word.is_empty()) {
        hash.update(raw);
    }
    hash.finalize().to_hex()[..32].to_owned()
}

fn remark_on_people(from: &[Mailbox], notes: &mut Vec<Note>) {
    if !from.iter().any(|m| m.address.contains('@')) {
        notes.push(Note::NoSender);
    }
    if from.len() > 1 {
        notes.push(Note::SeveralSenders);
    }
}

fn recipients(headers: &Headers) -> Vec<Mailbox> {
    let mut found: Vec<Mailbox> = Vec::new();
    for name in [
        "delivered-to",
        "x-original-to",
        "envelope-to",
        "x-forwarded-to",
        "to",
        "cc",
        "resent-to",
        "apparently-to",
    ] {
        for mailbox in headers.addresses(name) {
            let known = found.iter_mut().find(|m| m.address == mailbox.address);
            match known {
                Some(known) if known.name.is_empty() => known.name = mailbox.name,
                Some(_) => {}
                None if mailbox.address.is_empty() => {}
                None => found.push(mailbox),
            }
        }
    }
    found
}

/// A date no mail can have is none: before mail was, or where four digits of a year end.
fn date(headers: &Headers) -> Option<i64> {
    let date = headers.date("date").filter(mail_parser::DateTime::is_valid)?;
    (1982..=9998).contains(&date.year).then(|| date.to_timestamp().checked_mul(1000)).flatten()
}
