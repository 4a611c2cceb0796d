//! What became of a request to a provider: the one type every adapter answers with.
//!
//! Must not live here: anything a single vendor knows. The variants exist because each asks
//! for a different next step, and because "no answer" must never be mistaken for "no".

use std::fmt;

/// What became of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent<T> {
    /// The provider did it and said so.
    Done(T),
    /// The provider said no: nothing happened, and the same request would be refused again.
    Refused(Refusal),
    /// The provider is limiting us: nothing happened, the same request may succeed later.
    Busy {
        /// How long the provider asks us to wait, when it says.
        retry_after_ms: Option<i64>,
    },
    /// No connection came about, or it ended before the request was whole: nothing can have
    /// happened, and it is safe to send again.
    NotSent(String),
    /// The request may have been carried out and we do not know. Never send it again blindly:
    /// look it up at the provider.
    Unknown(String),
}

impl<T> Sent<T> {
    /// The same answer around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sent<U> {
        match self {
            Self::Done(value) => Sent::Done(f(value)),
            other => other.cast(),
        }
    }

    /// Continues with `f` when done, and keeps any other answer.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Sent<U>) -> Sent<U> {
        match self {
            Self::Done(value) => f(value),
            other => other.cast(),
        }
    }

    /// Whether the same request may be sent again without the risk of doing it twice.
    pub fn is_safe_to_resend(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::NotSent(_))
    }

    /// Any answer but `Done` holds no value, so it fits every type; `Done` cannot get here.
    fn cast<U>(self) -> Sent<U> {
        match self {
            Self::Refused(refusal) => Sent::Refused(refusal),
            Self::Busy { retry_after_ms } => Sent::Busy { retry_after_ms },
            Self::NotSent(reason) => Sent::NotSent(reason),
            Self::Unknown(reason) => Sent::Unknown(reason),
            Self::Done(_) => Sent::Unknown("an answer was lost inside the adapter".to_owned()),
        }
    }
}

/// A provider's "no", sorted by what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What to do about it.
    pub class: RefusalClass,
    /// HTTP status or SMTP reply code; 0 when the refusal was found before sending.
    pub status: u16,
    /// The provider's own number for it, of providers that have numbers.
    pub code: Option<u32>,
    /// The provider's words, redacted and shortened: fit for a log and for the operator.
    pub message: String,
}

impl Refusal {
    /// A refusal found on our side, before anything was sent.
    pub fn ours(class: RefusalClass, message: impl Into<String>) -> Self {
        Self { class, status: 0, code: None, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.class.word(), self.status, self.message)
    }
}

/// Why a provider refuses, by what has to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalClass {
    /// The lead's number or address is unusable: stop for this lead, go on with the others.
    Recipient,
    /// The provider knows that this person opted out.
    OptedOut,
    /// A cap per day on the sender is used up: hold that sender.
    DailyLimit,
    /// All places are taken at the moment: queue again.
    OverConcurrency,
    /// Money or the standing of the account: nobody's calls go out.
    Billing,
    /// The key or the address of the provider is wrong: nobody's calls go out.
    Access,
    /// Our clock is wrong: nothing that is signed by it is accepted, whoever signs.
    Clock,
    /// The assistant is not there or not fit: hold whoever uses it.
    Assistant,
    /// The number that is called from is not there or not fit: hold whoever uses it.
    Sender,
    /// Settings are wrong, and it does not say whose: hold those who have the same.
    Config,
    /// The named thing does not exist at the provider.
    NotFound,
    /// The request itself is wrong and no other class fits: stop for this lead.
    Invalid,
}

impl RefusalClass {
    /// The stable word stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::OptedOut => "opted-out",
            Self::DailyLimit => "daily-limit",
            Self::OverConcurrency => "over-concurrency",
            Self::Billing => "billing",
            Self::Access => "access",
            Self::Clock => "clock",
            Self::Assistant => "assistant",
            Self::Sender => "sender",
            Self::Config => "config",
            Self::NotFound => "not-found",
            Self::Invalid => "invalid",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_have_happened_is_safe_to_resend() {
        assert!(Sent::<()>::NotSent("refused".into()).is_safe_to_resend());
        assert!(Sent::<()>::Busy { retry_after_ms: None }.is_safe_to_resend());
        assert!(!Sent::<()>::Unknown("timeout".into()).is_safe_to_resend());
        assert!(!Sent::Done(()).is_safe_to_resend());
        let refused = Sent::<()>::Refused(Refusal::ours(RefusalClass::Config, "no key"));
        assert!(!refused.is_safe_to_resend());
    }

    #[test]
    fn mapping_keeps_the_answer() {
        assert_eq!(Sent::Done(2).map(|n| n + 1), Sent::Done(3));
        assert_eq!(Sent::<i32>::Unknown("x".into()).map(|n| n + 1), Sent::Unknown("x".into()));
        assert_eq!(Sent::Done(2).and_then(|_| Sent::<()>::NotSent("y".into())), Sent::NotSent("y".into()));
    }
}
