//! A checked message as MIME bytes: the same message gives the same bytes in every try.
//!
//! ```text
//! mixed( alternative( text/plain, text/html, text/calendar; method=… ), invite.ics )
//! ```
//!
//! without the levels that would hold one part only. Must not live here: checks, a transport.

use super::class::{Class, No};
use super::message::{Checked, InvitePart, Mail, Mailbox, REPLY_TO};
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, Date, HeaderName, HeaderValue};
use lettre::message::{self, Attachment, Body, Message, MultiPart, MultiPartKind, SinglePart};
use std::time::{Duration, SystemTime};

/// Bytes for the wire, and the envelope around them.
pub(super) struct Composed {
    pub from: Address,
    pub to: Address,
    pub bytes: Vec<u8>,
}

/// Checks and writes a message.
pub(super) fn compose(mail: &Mail) -> Result<Composed, No> {
    let checked = mail.checked()?;
    let sender = |_| No::ours(Class::SenderRefused, "our own address is not a mail address");
    let from = mailbox(&checked.from).map_err(sender)?;
    let to = mailbox(&checked.to)
        .map_err(|_| No::ours(Class::NoSuchAddress, "the recipient's address is not a mail address"))?;
    let envelope = (from.email.clone(), to.email.clone());
    let written = SystemTime::UNIX_EPOCH + Duration::from_millis(checked.date.0.unsigned_abs());
    let mut builder =
        Message::builder().header(Date::new(written)).from(from).to(to).subject(checked.subject.as_str());
    if let Some(reply_to) = &checked.reply_to {
        let reply_to = mailbox(reply_to).map_err(|_| No::ours(Class::ReplyTo, REPLY_TO))?;
        builder = builder.reply_to(reply_to);
    }
    for (name, value) in &checked.headers {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.clone()));
    }
    let whole = match parts(&checked)? {
        Parts::One(part) => builder.singlepart(part),
        Parts::Many(parts) => builder.multipart(parts),
    };
    let whole = whole.map_err(|error| No::ours(Class::Malformed, error.to_string()))?;
    Ok(Composed { from: envelope.0, to: envelope.1, bytes: whole.formatted() })
}

fn mailbox(mailbox: &Mailbox) -> Result<message::Mailbox, lettre::address::AddressError> {
    let name = (!mailbox.name.is_empty()).then(|| mailbox.name.clone());
    Ok(message::Mailbox::new(name, mailbox.address.parse()?))
}

enum Parts {
    One(SinglePart),
    Many(MultiPart),
}

fn parts(checked: &Checked<'_>) -> Result<Parts, No> {
    let text = SinglePart::plain(checked.text.clone());
    if checked.html.is_none() && checked.invite.is_none() {
        return Ok(Parts::One(text));
    }
    let mut same = multipart(MultiPartKind::Alternative, "a", checked.message_id).singlepart(text);
    if let Some(html) = &checked.html {
        same = same.singlepart(SinglePart::html(html.clone()));
    }
    let Some(invite) = checked.invite else { return Ok(Parts::Many(same)) };
    // Without `method` in the type, or with another one than in the file, calendars ignore it.
    let inline = kind(&format!("text/calendar; charset=utf-8; method={}", invite.method.word()))?;
    let same = same.singlepart(SinglePart::builder().header(inline).body(file(invite)?));
    // Some programs offer only the attachment, and some only the part among the texts.
    let attached = Attachment::new("invite.ics".to_owned())
        .body(file(invite)?, kind("application/ics; name=\"invite.ics\"")?);
    let mixed = multipart(MultiPartKind::Mixed, "m", checked.message_id);
    Ok(Parts::Many(mixed.multipart(same).singlepart(attached)))
}

/// A boundary that depends on the message alone. `=_` stands in no encoded line, so no text can
/// hold it by chance; who guesses it would have to know the identifier beforehand.
fn multipart(kind: MultiPartKind, level: &str, message_id: &str) -> message::MultiPartBuilder {
    let hash = blake3::hash(message_id.as_bytes()).to_hex();
    MultiPart::builder().kind(kind).boundary(format!("=_{level}_{}", &hash[..32]))
}

fn kind(text: &str) -> Result<ContentType, No> {
    ContentType::parse(text).map_err(|_| No::ours(Class::Malformed, "a part's type cannot be written"))
}

/// Base64, so that no server on the way folds, trims or dots a line of the file.
fn file(invite: &InvitePart) -> Result<Body, No> {
    Body::new_with_encoding(invite.ics.clone().into_bytes(), ContentTransferEncoding::Base64)
        .map_err(|_| No::ours(Class::Malformed, "the calendar file cannot be encoded"))
}
