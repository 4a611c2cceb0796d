//! A message and its checks: what people typed is cleaned, what we made ourselves is refused
//! when it is wrong.
//!
//! Nothing that reaches a header may end a line. Must not live here: MIME, a transport.

use super::class::{Class, No};
use frontdesk_shared::{MessageId, Millis};
use std::fmt;

/// Longest subject and name sent, in characters.
const SUBJECT_CHARS: usize = 250;
const NAME_CHARS: usize = 100;
/// Longest body or file, in bytes: servers take 10 MB and more, people read less.
const MAX_BODY: usize = 1024 * 1024;
/// Longest header value that is never folded, below SMTP's 998 octets a line.
const MAX_TOKEN: usize = 900;
/// Identifiers kept of a long thread: its beginning and its end.
const MAX_REFERENCES: usize = 20;
/// Where four digits of a year end: 9999-12-31T23:59:59Z.
const LAST_MS: i64 = 253_402_300_799_000;

/// A name and an address.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// `local@domain`.
    pub address: String,
}

/// What a calendar file asks for; the same word stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteMethod {
    /// A new or changed appointment.
    Request,
    /// One that does not take place.
    Cancel,
}

impl InviteMethod {
    /// The word in the file and in the part's `method` parameter.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// A calendar file that goes with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitePart {
    /// Must be the `METHOD` of the file.
    pub method: InviteMethod,
    /// The file (RFC 5545).
    pub ics: String,
}

/// Why a machine wrote this (RFC 3834). Every message of ours says so, so that machines do not
/// answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// By itself: confirmations, reminders, follow-ups, reports.
    Generated,
    /// In answer to a message.
    Replied,
}

/// One message to one person.
#[derive(Clone, PartialEq)]
pub struct Mail {
    /// Our own id: the idempotency key where the transport knows such keys.
    pub id: MessageId,
    /// `<left@right>`, kept by the caller before sending and the same in every try: two copies
    /// with one `Message-ID` are shown as one by most mail programs.
    pub message_id: String,
    /// When it was written; the same in every try.
    pub date: Millis,
    /// The account's own address, with the client's name: another domain fails DMARC.
    pub from: Mailbox,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Mailbox>,
    /// The one recipient.
    pub to: Mailbox,
    /// One line.
    pub subject: String,
    /// The plain text, always there.
    pub text: String,
    /// The same as HTML. Whoever fills a template escapes what goes into it.
    pub html: Option<String>,
    /// A calendar file.
    pub invite: Option<InvitePart>,
    /// The https link of one-click unsubscription (RFC 8058): on follow-ups, not on
    /// confirmations.
    pub unsubscribe_url: Option<String>,
    /// Why a machine wrote it.
    pub auto_submitted: AutoSubmitted,
    /// The `Message-ID` this answers.
    pub in_reply_to: Option<String>,
    /// The `Message-ID`s of the thread, oldest first.
    pub references: Vec<String>,
}

// Neither people nor words.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).field("invite", &self.invite).finish_non_exhaustive()
    }
}

impl fmt::Debug for InvitePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitePart").field("method", &self.method).finish_non_exhaustive()
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(…)")
    }
}

/// A message that can be sent as it stands: ASCII addresses, single lines, usable links.
pub(super) struct Checked<'a> {
    pub id: MessageId,
    pub date: Millis,
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
    pub to: Mailbox,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub invite: Option<&'a InvitePart>,
    pub message_id: &'a str,
    /// Headers both transports carry, `Message-ID` among them.
    pub headers: Vec<(&'static str, String)>,
}

/// What is told where answers cannot go anywhere.
pub(super) const REPLY_TO: &str =
    "the client's own email address, to which answers go, is not one plain mail address: correct it";

impl Mail {
    /// Cleans and checks everything.
    pub(super) fn checked(&self) -> Result<Checked<'_>, No> {
        let malformed = |why: &str| No::ours(Class::Malformed, why);
        let sender = || No::ours(Class::SenderRefused, "our own address is not a mail address");
        let from = clean(&self.from).ok_or_else(sender)?;
        let reply_to = match &self.reply_to {
            Some(mailbox) => Some(clean(mailbox).ok_or_else(|| No::ours(Class::ReplyTo, REPLY_TO))?),
            None => None,
        };
        let to = clean(&self.to)
            .ok_or_else(|| No::ours(Class::NoSuchAddress, "the recipient's address is not a mail address"))?;
        let answers = matches!(self.auto_submitted, AutoSubmitted::Replied);
        if answers && to.address.eq_ignore_ascii_case(&from.address) {
            return Err(malformed("an automatic answer to our own address"));
        }
        if !is_message_id(&self.message_id) {
            return Err(malformed("the Message-ID is not one"));
        }
        if !(0..=LAST_MS).contains(&self.date.0) {
            return Err(malformed("the date cannot be written"));
        }
        let ics = self.invite.as_ref().map_or(0, |invite| invite.ics.len());
        if self.text.len() + self.html.as_ref().map_or(0, String::len) + ics > MAX_BODY {
            return Err(No::ours(Class::TooBig, "the message is longer than we send"));
        }
        if let Some(invite) = &self.invite
            && !invite.ics.contains(&format!("\r\nMETHOD:{}\r\n", invite.method.word()))
        {
            return Err(malformed("the calendar file has another METHOD than its part"));
        }
        Ok(Checked {
            id: self.id,
            date: self.date,
            from,
            reply_to,
            to,
            subject: one_line(&self.subject, SUBJECT_CHARS),
            text: body(&self.text),
            html: self.html.as_deref().map(body),
            invite: self.invite.as_ref(),
            message_id: &self.message_id,
            headers: self.headers()?,
        })
    }

    fn headers(&self) -> Result<Vec<(&'static str, String)>, No> {
        let submitted = match self.auto_submitted {
            AutoSubmitted::Generated => "auto-generated",
            AutoSubmitted::Replied => "auto-replied",
        };
        let mut headers = vec![
            ("Message-ID", self.message_id.clone()),
            ("Auto-Submitted", submitted.to_owned()),
            // Exchange knows no RFC 3834. Bounces and receipts are wanted and stay allowed.
            ("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()),
        ];
        // These come from other people's mail: what is no identifier is left out.
        if let Some(id) = self.in_reply_to.as_ref().filter(|id| is_message_id(id)) {
            headers.push(("In-Reply-To", id.clone()));
        }
        let mut thread: Vec<&str> =
            self.references.iter().map(String::as_str).filter(|id| is_message_id(id)).collect();
        if thread.len() > MAX_REFERENCES {
            thread.drain(1..=thread.len() - MAX_REFERENCES);
        }
        if !thread.is_empty() {
            headers.push(("References", thread.join(" ")));
        }
        if let Some(url) = &self.unsubscribe_url {
            if !is_one_click(url) {
                return Err(No::ours(Class::Malformed, "the link to unsubscribe is not an https URL"));
            }
            headers.push(("List-Unsubscribe", format!("<{url}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        Ok(headers)
    }
}

fn clean(mailbox: &Mailbox) -> Option<Mailbox> {
    Some(Mailbox { name: one_line(&mailbox.name, NAME_CHARS), address: address(&mailbox.address)? })
}

/// An address every mail server takes: an ASCII local part without quoting, and a domain whose
/// other letters are written in ASCII (IDNA).
fn address(text: &str) -> Option<String> {
    let (local, domain) = text.trim().rsplit_once('@')?;
    let usual = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
    if local.len() > 64 || !local.bytes().all(usual) || !dots(local) {
        return None;
    }
    let domain = idna::domain_to_ascii(domain).ok()?;
    let host = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let fits = domain.len() <= 253 && dots(&domain) && domain.bytes().all(host);
    fits.then(|| format!("{local}@{domain}"))
}

/// One line: breaks become blanks, other control characters and those that turn the direction
/// of writing go. `=?` is broken up, for mail programs decode it even where they should not,
/// and a decoded name can pretend to be another.
fn one_line(text: &str, chars: usize) -> String {
    let flat: String = text
        .chars()
        .filter_map(|c| match c {
            '\r' | '\n' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if turns(c) => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    let words: Vec<&str> = flat.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").replace("=?", "= ?").chars().take(chars).collect()
}

/// Whether a character turns the direction of what stands behind it.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines that end in LF (the encoders make CRLF of it) and no control characters but tabs.
fn body(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || turns(*c))).collect()
}

/// `<left@right>` in printable ASCII.
fn is_message_id(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    inner.and_then(|inner| inner.split_once('@')).is_some_and(|(left, right)| {
        let fits = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>@\"\\(),;".contains(&b))
        };
        fits(left) && fits(right) && text.len() <= MAX_TOKEN
    })
}

fn is_one_click(url: &str) -> bool {
    let clean = url.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"".contains(&b));
    let parsed = reqwest::Url::parse(url).ok();
    // Plain http on this machine only, for rehearsals.
    let safe = parsed.is_some_and(|url| {
        url.scheme() == "https" || (url.scheme() == "http" && crate::http::is_loopback(&url))
    });
    clean && safe && url.len() <= MAX_TOKEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let good = [
            ("a@b.example", "a@b.example"),
            (" o'neil+x@mail.example ", "o'neil+x@mail.example"),
            ("x@bücher.example", "x@xn--bcher-kva.example"),
            ("root@localhost", "root@localhost"),
        ];
        for (text, wanted) in good {
            assert_eq!(address(text).as_deref(), Some(wanted), "{text}");
        }
        let bad = [
            "",
            "@",
            "<>",
            "a",
            "a@",
            "@b",
            "a b@c.d",
            "\"a b\"@c.d",
            "a@b@c.d",
            "a..b@c.d",
            "a@b..d",
            "a@b.d\r\nRCPT TO:<x@y.z>",
            "a@[127.0.0.1]",
            "zoë@c.d",
            "a@b.d>",
            "a\0@b.d",
        ];
        for text in bad {
            assert!(address(text).is_none() || text == "{text:?}");
        }
    }

    #[test]
    fn message_ids_and_links() {
        for good in ["<a@b>", "<0123.x-y@desk.example>"] {
            assert!(is_message_id(good), "{good}");
        }
        for bad in ["", "a@b", "<a>", "<a@b@c>", "<a b@c>", "<a@b>\r\nX: y", "<a@b> <c@d>", "<ä@b>"] {
            assert!(!is_message_id(bad), "{bad:?}");
        }
        assert!(is_one_click("https://desk.example/u/abc?x=1"));
        assert!(is_one_click("http://127.0.0.1:9/u"));
        for bad in
            ["http://desk.example/u", "mailto:a@b", "https://x/>,<mailto:a@b", "https://x/\r\nA: b", ""]
        {
            assert!(!is_one_click(bad), "{bad:?}");
        }
    }

    #[test]
    fn m7_single_lines_stay_single() {
        assert_eq!(one_line("Hi\r\nBcc: x@y.z\u{0}\u{202e}", 99), "Hi Bcc: x@y.z");
        assert_eq!(one_line("=?utf-8?b?eA==?=", 99), "= ?utf-8?b?eA== ?=");
        assert_eq!(one_line(&"ä".repeat(500), 3), "äää");
    }
}
