//! What a mail server's refusal means and what to do about it.
//!
//! Decided by the reply code, the enhanced code (RFC 3463) in front of its words, the command it
//! answers, and, where servers give neither, the words. Must not live here: the conversation,
//! the retry itself.

use super::transport::Posted;
use crate::http::redact;
use crate::outcome::{Refusal, RefusalClass, Sent};
use frontdesk_shared::time::{HOUR, MINUTE};

/// First wait after greylisting: most servers let a second try pass after five minutes.
const GREYLIST_MS: i64 = 5 * MINUTE;
/// First wait after other passing troubles.
const LATER_MS: i64 = MINUTE;
/// Quotas count the last 24 hours.
const QUOTA_MS: i64 = 24 * HOUR;

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Too many connections, or the server is going down.
    Busy,
    /// Unknown senders have to come back later.
    Greylisted,
    /// Too many recipients at once.
    TooManyAtOnce,
    /// Any other passing trouble.
    Later,
    /// The login does not work right now.
    LoginLater,
    /// The login is wrong or not allowed.
    Login,
    /// No TLS, or none that can be trusted: nothing was sent in the clear.
    Tls,
    /// The server does not talk to us at all.
    GreetingRefused,
    /// We may not send from this address, or not to others through this server.
    SenderRefused,
    /// The address for answers is none: whose message it is has to correct it.
    ReplyTo,
    /// The account's quota is used up.
    Quota,
    /// There is no such mailbox.
    NoSuchAddress,
    /// The mailbox exists and is shut off.
    MailboxDisabled,
    /// The mailbox is full.
    MailboxFull,
    /// Content, reputation or authentication of the domain.
    Policy,
    /// Longer than the server takes.
    TooBig,
    /// The server, or our own check, says the message is wrongly made.
    Malformed,
    /// A final no without a reason we know.
    Rejected,
}

/// What may happen next to the message. Which try it is and when the message has lost its use
/// is the caller's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Never.
    Never,
    /// Again, not sooner than this; it used up a try.
    After {
        /// Milliseconds from now.
        ms: i64,
    },
    /// Again with fewer connections, not sooner than this; it used up no try.
    Slower {
        /// Milliseconds from now.
        ms: i64,
    },
    /// Nothing of this account is sent for so long; the message keeps its tries.
    AccountWaits {
        /// Milliseconds from now.
        ms: i64,
    },
    /// Nothing of this account is sent until somebody changed something; the message keeps its
    /// tries.
    AccountHeld,
    /// The same for nobody but the client whose message it is: what is wrong is its own.
    ClientHeld,
}

impl Class {
    /// The stable word stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Greylisted => "greylisted",
            Self::TooManyAtOnce => "too-many-at-once",
            Self::Later => "later",
            Self::LoginLater => "login-later",
            Self::Login => "login",
            Self::Tls => "tls",
            Self::GreetingRefused => "greeting-refused",
            Self::SenderRefused => "sender-refused",
            Self::ReplyTo => "reply-to",
            Self::Quota => "quota",
            Self::NoSuchAddress => "no-such-address",
            Self::MailboxDisabled => "mailbox-disabled",
            Self::MailboxFull => "mailbox-full",
            Self::Policy => "policy",
            Self::TooBig => "too-big",
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
        }
    }

    /// What may happen next.
    pub const fn retry(self) -> Retry {
        match self {
            Self::Busy => Retry::Slower { ms: LATER_MS },
            Self::Greylisted => Retry::After { ms: GREYLIST_MS },
            Self::TooManyAtOnce | Self::Later => Retry::After { ms: LATER_MS },
            Self::LoginLater => Retry::AccountWaits { ms: GREYLIST_MS },
            Self::Quota => Retry::AccountWaits { ms: QUOTA_MS },
            Self::Login | Self::Tls | Self::GreetingRefused | Self::SenderRefused => Retry::AccountHeld,
            Self::ReplyTo => Retry::ClientHeld,
            Self::NoSuchAddress
            | Self::MailboxDisabled
            | Self::MailboxFull
            | Self::Policy
            | Self::TooBig
            | Self::Malformed
            | Self::Rejected => Retry::Never,
        }
    }

    /// Whether the address is of no use any more; everything else leaves it good.
    pub const fn is_dead_address(self) -> bool {
        matches!(self, Self::NoSuchAddress)
    }

    /// Whether somebody has to look: it is not about this one recipient.
    pub const fn is_alarm(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::Tls
                | Self::GreetingRefused
                | Self::SenderRefused
                | Self::ReplyTo
                | Self::Quota
                | Self::Policy
                | Self::Malformed
        )
    }

    /// The class every provider shares; `None` where the same message may go later.
    const fn refusal(self) -> Option<RefusalClass> {
        Some(match self {
            Self::Busy | Self::Greylisted | Self::TooManyAtOnce | Self::Later | Self::LoginLater => {
                return None;
            }
            Self::Login | Self::GreetingRefused => RefusalClass::Access,
            Self::Tls => RefusalClass::Config,
            Self::SenderRefused | Self::ReplyTo => RefusalClass::Sender,
            Self::Quota => RefusalClass::DailyLimit,
            Self::NoSuchAddress | Self::MailboxDisabled | Self::MailboxFull => RefusalClass::Recipient,
            Self::Policy | Self::TooBig | Self::Malformed | Self::Rejected => RefusalClass::Invalid,
        })
    }
}

/// A refusal with its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    pub class: Class,
    /// The reply code or HTTP status; 0 when we refused ourselves.
    pub status: u16,
    /// Raw words; redacted on the way out.
    pub words: String,
    pub retry_after_ms: Option<i64>,
}

impl No {
    /// A refusal of our own, before anything was sent.
    pub(super) fn ours(class: Class, words: impl Into<String>) -> Self {
        Self { class, status: 0, words: words.into(), retry_after_ms: None }
    }

    /// What a reply says.
    pub(super) fn said(stage: Stage, status: u16, words: String) -> Self {
        Self { class: of_reply(stage, status, &words), status, words, retry_after_ms: None }
    }

    pub(super) fn posted<T>(self) -> Posted<T> {
        let sent = match self.class.refusal() {
            Some(class) => Sent::Refused(Refusal {
                class,
                status: self.status,
                code: None,
                message: redact(&self.words),
            }),
            None => {
                let own = match self.class.retry() {
                    Retry::After { ms } | Retry::Slower { ms } | Retry::AccountWaits { ms } => Some(ms),
                    Retry::Never | Retry::AccountHeld | Retry::ClientHeld => None,
                };
                Sent::Busy { retry_after_ms: self.retry_after_ms.or(own) }
            }
        };
        Posted { sent, class: Some(self.class) }
    }
}

/// What a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The connection itself, and EHLO.
    Greeting,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA, or the message.
    Content,
}

const CONNECTIONS: &[&str] =
    &["too many connection", "concurrent connection", "connection limit", "too many session"];
const QUOTA: &[&str] = &[
    "daily user sending",
    "daily sending",
    "daily limit",
    "daily message",
    "daily email",
    "daily quota",
    "sending limit",
    "sending quota",
    "message limit",
    "hourly limit",
    "rate limit exceeded",
    "message rate",
];
const FULL: &[&str] =
    &["mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded", "exceeded storage"];
const UNKNOWN: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such address",
    "no such mailbox",
    "does not exist",
    "doesn't exist",
    "recipient not found",
    "unknown recipient",
    "invalid recipient",
    "mailbox not found",
    "user not found",
    "unrouteable address",
    "unknown local part",
    "domain not found",
];
const SENDER: &[&str] = &[
    "sender address",
    "send as",
    "sendasdenied",
    "not owned by",
    "not allowed to send",
    "from address",
    "relay access denied",
    "relaying denied",
    "relay not permitted",
    "unable to relay",
    "not verified",
];

/// Sorts a negative reply.
fn of_reply(stage: Stage, code: u16, words: &str) -> Class {
    let text = words.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| text.contains(word));
    let tls = || text.contains("starttls") || text.contains("tls") || text.contains("encrypt");
    let detail = enhanced(words);
    match (stage, code) {
        (_, 421 | 432) => return Class::Busy,
        (_, 400..=499) if has(CONNECTIONS) => return Class::Busy,
        (Stage::Greeting, 400..=499) => return Class::Busy,
        (Stage::Greeting, _) => return Class::GreetingRefused,
        (Stage::Auth, 400..=499) | (_, 454) => return Class::LoginLater,
        (_, 530 | 538 | 523) if tls() => return Class::Tls,
        (Stage::Auth, _) | (_, 530 | 534 | 535 | 538) => return Class::Login,
        _ => {}
    }
    let (subject, number) = detail.unwrap_or((0, 0));
    if code < 500 {
        return match (subject, number) {
            _ if has(QUOTA) => Class::Quota,
            (2, 2) => Class::MailboxFull,
            (5, 3) => Class::TooManyAtOnce,
            (3 | 4, _) => Class::Later,
            _ if code == 452 && has(FULL) => Class::MailboxFull,
            _ if code == 452 && text.contains("too many") => Class::TooManyAtOnce,
            _ if matches!(code, 450 | 451 | 422)
                || text.contains("greylist")
                || text.contains("graylist") =>
            {
                Class::Greylisted
            }
            _ => Class::Later,
        };
    }
    match (subject, number) {
        // Addresses: whose is told by the command, or by the words.
        (1, 7 | 8) => Class::SenderRefused,
        _ if has(SENDER) => Class::SenderRefused,
        (4, 5) => Class::Quota,
        (2, 2) => Class::MailboxFull,
        _ if has(QUOTA) => Class::Quota,
        _ if stage == Stage::Sender && !matches!(code, 500..=504 | 552 | 554 | 555) && subject != 7 => {
            Class::SenderRefused
        }
        (1, 1 | 2 | 3 | 10) => Class::NoSuchAddress,
        (2, 1) => Class::MailboxDisabled,
        (3, 4) => Class::TooBig,
        (7, _) => Class::Policy,
        _ if code == 552 && has(FULL) => Class::MailboxFull,
        _ if code == 552 && (text.contains("size") || text.contains("large")) => Class::TooBig,
        _ if matches!(code, 550 | 551 | 553) && has(UNKNOWN) => Class::NoSuchAddress,
        _ if matches!(code, 500..=504 | 555) => Class::Malformed,
        _ if code == 554 => Class::Policy,
        _ => Class::Rejected,
    }
}

/// Subject and detail of the enhanced status code in front of the words (RFC 3463), also where
/// something is glued to it: `#5.1.1`, `(5.1.1)`.
fn enhanced(words: &str) -> Option<(u16, u16)> {
    words.split_whitespace().take(8).find_map(|token| {
        let token = token.trim_matches(|c: char| !c.is_ascii_digit());
        let mut parts = token.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let known = matches!(class, "4" | "5") && parts.next().is_none();
        let number = |part: &str| part.parse::<u16>().ok().filter(|n| *n < 1_000);
        known.then(|| Some((number(subject)?, number(detail)?)))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_as_servers_give_them() {
        use Class::*;
        use Stage::*;
        let cases = [
            (Greeting, 421, "4.3.2 Service not available", Busy),
            (Greeting, 554, "5.7.1 Client host rejected", GreetingRefused),
            (Greeting, 450, "try later", Busy),
            (Recipient, 432, "4.3.2 Concurrent connections limit exceeded", Busy),
            (Recipient, 451, "4.7.1 Greylisting in action, please come back later", Greylisted),
            (Recipient, 450, "4.2.0 <x>: Recipient address rejected: Greylisted", Greylisted),
            (Recipient, 422, "try again", Greylisted),
            (Recipient, 450, "4.2.1 The user is receiving mail at a rate that", Greylisted),
            (Recipient, 451, "4.3.0 Temporary lookup failure", Later),
            (Content, 451, "4.4.1 connection timed out", Later),
            (Recipient, 452, "4.2.2 The email account that you tried to reach is over quota", MailboxFull),
            (Recipient, 552, "5.2.2 Mailbox full", MailboxFull),
            (Content, 552, "Mailbox is full", MailboxFull),
            (Recipient, 452, "4.5.3 Your message has too many recipients", TooManyAtOnce),
            (Recipient, 452, "4.3.1 Insufficient system storage", Later),
            (Auth, 454, "4.7.0 Temporary authentication failure", LoginLater),
            (Auth, 535, "5.7.8 Username and Password not accepted", Login),
            (Auth, 534, "5.7.9 Application-specific password required", Login),
            (Auth, 535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", Login),
            (Auth, 504, "5.7.4 Unrecognized authentication type", Login),
            (Sender, 530, "5.7.0 Must issue a STARTTLS command first", Tls),
            (Sender, 530, "5.7.57 Client not authenticated to send mail", Login),
            (Recipient, 550, "5.1.1 The email account that you tried to reach does not exist", NoSuchAddress),
            (Recipient, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound", NoSuchAddress),
            (Recipient, 550, "5.1.2 Host unknown", NoSuchAddress),
            (Recipient, 550, "#5.1.1 bad address", NoSuchAddress),
            (Recipient, 550, "No such user here", NoSuchAddress),
            (Recipient, 550, "Requested action not taken: mailbox unavailable", Rejected),
            (Recipient, 550, "5.2.1 The email account is inactive", MailboxDisabled),
            (Recipient, 550, "5.4.5 Daily user sending limit exceeded", Quota),
            (Content, 550, "5.7.1 Daily message limit exceeded", Quota),
            (Content, 550, "5.7.26 This mail has been blocked because the sender is unauthenticated", Policy),
            (Content, 554, "5.7.1 Message rejected as spam", Policy),
            (Content, 554, "no", Policy),
            (Recipient, 554, "5.7.1 <x>: Relay access denied", SenderRefused),
            (Sender, 553, "5.7.1 <x>: Sender address rejected: not owned by user", SenderRefused),
            (Sender, 550, "5.1.0 Address rejected", SenderRefused),
            (Content, 554, "5.2.252 SendAsDenied; not allowed to send as", SenderRefused),
            (Content, 552, "5.3.4 Message size exceeds fixed limit", TooBig),
            (Recipient, 501, "5.5.4 Syntax error", Malformed),
            (Content, 521, "no", Rejected),
        ];
        for (stage, code, words, class) in cases {
            assert_eq!(of_reply(stage, code, words), class, "{code} {words}");
        }
    }

    #[test]
    fn m1_our_login_never_ends_a_message_or_an_address() {
        assert_eq!(Class::Login.retry(), Retry::AccountHeld);
        assert!(Class::Login.is_alarm() && !Class::Login.is_dead_address());
        let posted: Posted<()> = No::said(Stage::Auth, 535, "no".into()).posted();
        assert!(matches!(
            posted.sent,
            Sent::Refused(Refusal { class: RefusalClass::Access, status: 535, .. })
        ));
    }

    #[test]
    fn m2_greylisting_waits_for_five_minutes() {
        let posted: Posted<()> = No::said(Stage::Recipient, 451, "4.7.1 Greylisted".into()).posted();
        assert_eq!(posted.sent, Sent::Busy { retry_after_ms: Some(5 * MINUTE) });
        assert_eq!(posted.class, Some(Class::Greylisted));
    }

    #[test]
    fn a_full_mailbox_or_policy_leaves_the_address_good() {
        for class in [Class::MailboxFull, Class::Policy, Class::Rejected, Class::MailboxDisabled] {
            assert!(!class.is_dead_address() && class.retry() == Retry::Never, "{class:?}");
        }
        assert!(Class::NoSuchAddress.is_dead_address());
    }

    #[test]
    fn what_servers_say_is_redacted() {
        let posted: Posted<()> =
            No::said(Stage::Recipient, 550, "5.1.1 <ann@example.com> does not exist".into()).posted();
        let Sent::Refused(refusal) = posted.sent else { panic!() };
        assert!(!refusal.message.contains("ann@"), "{refusal}");
    }

    #[test]
    fn enhanced_codes_are_found_and_nothing_else() {
        assert_eq!(enhanced("5.1.1 no"), Some((1, 1)));
        assert_eq!(enhanced("<x> (5.1.10) no"), Some((1, 10)));
        assert_eq!(enhanced("version 2.0.0 of 1.2.3.4"), None);
        assert_eq!(enhanced("5.1"), None);
        assert_eq!(enhanced("5.99999.1"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_reply_has_a_class(code in 0u16..1_000, words in "\\PC*") {
            for stage in [Stage::Greeting, Stage::Auth, Stage::Sender, Stage::Recipient, Stage::Content] {
                let class = of_reply(stage, code, &words);
                // A passing trouble is never taken for the end of an address.
                proptest::prop_assert!(code >= 500 || !class.is_dead_address());
            }
        }
    }
}
