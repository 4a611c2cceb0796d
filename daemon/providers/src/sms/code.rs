//! The numbers by which a carrier says what went wrong, sorted by what has to be done.
//!
//! They come at once, as an answer of the API, or minutes later as `ErrorCode` of a status
//! callback; 21610 comes either way. Source: Twilio's error dictionary, whose numbers SignalWire
//! uses too. Must not live here: HTTP statuses, retries.

use crate::outcome::{Refusal, RefusalClass};

/// What a carrier's number asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextClass {
    /// The carrier knows that this person opted out.
    OptedOut,
    /// The number cannot take texts. The person did not opt out and may be called.
    Recipient,
    /// The phone is off or out of reach.
    Handset,
    /// The text or the sender's registration displeases a carrier: ten of them are one incident.
    Content,
    /// Too fast, or a queue is full.
    Rate,
    /// The day's allowance of the sender is used up.
    DailyCap,
    /// The sender is not there or not fit.
    Sender,
    /// The account, its key or its settings are not fit.
    Account,
    /// The recipient's country is closed to us.
    Region,
    /// The request itself is wrong: a fault of ours.
    Request,
    /// Its validity ended before it could be delivered.
    Expired,
    /// Half of an allowance is used: the text was not held up.
    Warning,
    /// A number not known here, or one that says that nobody knows.
    Unknown,
}

impl TextClass {
    /// The stable word stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OptedOut => "opted-out",
            Self::Recipient => "recipient",
            Self::Handset => "handset",
            Self::Content => "content",
            Self::Rate => "rate",
            Self::DailyCap => "daily-cap",
            Self::Sender => "sender",
            Self::Account => "account",
            Self::Region => "region",
            Self::Request => "request",
            Self::Expired => "expired",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
        }
    }

    /// What to do about it, for the operator.
    pub const fn action(self) -> &'static str {
        match self {
            Self::OptedOut => "suppress this person's texts, never try again",
            Self::Recipient => "mark the number as unfit for texts, use another channel",
            Self::Handset => "try at most twice more, hours apart, while the text is still useful",
            Self::Content => "change the wording or register the sender; do not try again as it is",
            Self::Rate => "send more slowly",
            Self::DailyCap => "pause this sender until tomorrow",
            Self::Sender => "hold this sender and check its settings",
            Self::Account => "hold everything of this account and check its settings",
            Self::Region => "open the recipient's country in the account's permissions",
            Self::Request => "report this: the request is wrong",
            Self::Expired => "nothing: the text was of no use any more",
            Self::Warning => "nothing yet: a daily allowance is half used",
            Self::Unknown => "look the text up before anything else",
        }
    }

    /// The class of a refusal that this folder made.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal.code.map(class_of_code) {
            Some(class) if class != Self::Unknown => class,
            _ => of_refusal_class(refusal.class),
        }
    }

    /// The nearest of the classes that all providers share; `None` for what is no refusal: too
    /// fast, not known.
    pub(super) const fn refusal_class(self) -> Option<RefusalClass> {
        match self {
            Self::OptedOut => Some(RefusalClass::OptedOut),
            Self::Recipient => Some(RefusalClass::Recipient),
            Self::DailyCap => Some(RefusalClass::DailyLimit),
            Self::Sender | Self::Content => Some(RefusalClass::Sender),
            Self::Account => Some(RefusalClass::Access),
            Self::Region => Some(RefusalClass::Config),
            Self::Handset | Self::Request | Self::Expired | Self::Warning => Some(RefusalClass::Invalid),
            Self::Rate | Self::Unknown => None,
        }
    }
}

const fn of_refusal_class(class: RefusalClass) -> TextClass {
    match class {
        RefusalClass::Recipient => TextClass::Recipient,
        RefusalClass::OptedOut => TextClass::OptedOut,
        RefusalClass::DailyLimit => TextClass::DailyCap,
        RefusalClass::OverConcurrency => TextClass::Rate,
        RefusalClass::Billing | RefusalClass::Access | RefusalClass::Config | RefusalClass::Clock => {
            TextClass::Account
        }
        RefusalClass::Sender => TextClass::Sender,
        RefusalClass::Invalid => TextClass::Request,
        RefusalClass::Assistant | RefusalClass::NotFound => TextClass::Unknown,
    }
}

/// Whether the number says that the account does not pay or is closed.
pub(super) const fn is_about_money(code: u32) -> bool {
    matches!(code, 20_005 | 30_002)
}

/// The class of a carrier's number.
pub const fn class_of_code(code: u32) -> TextClass {
    match code {
        21_610 => TextClass::OptedOut,
        21_211 | 21_214 | 21_217 | 21_614 | 21_635 | 30_005 | 30_006 => TextClass::Recipient,
        30_003 | 30_008 => TextClass::Handset,
        30_004 | 30_007 | 30_011 | 30_018 | 30_019 | 30_032 | 30_034 | 30_035 => TextClass::Content,
        20_429 | 21_611 | 30_001 | 30_017 | 30_022 => TextClass::Rate,
        30_023 | 30_027 => TextClass::DailyCap,
        21_212 | 21_606 | 21_703..=21_705 | 30_024 => TextClass::Sender,
        // A trial account reaches only numbers it has verified: a matter of setting up, not of
        // the person. An address for callbacks that is refused spoils every text alike.
        20_003 | 20_005 | 20_006 | 20_008 | 20_010 | 20_404 | 21_210 | 21_219 | 21_608 | 21_609 | 30_002 => {
            TextClass::Account
        }
        // 21612 speaks of a pair of sender and country, so the number stays good.
        21_215 | 21_216 | 21_408 | 21_612 => TextClass::Region,
        21_602..=21_604 | 21_617 | 21_624 | 30_010 | 30_012 | 30_045 | 35_100..=35_199 | 90_007 => {
            TextClass::Request
        }
        30_036 => TextClass::Expired,
        30_025 | 30_026 => TextClass::Warning,
        _ => TextClass::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextClass::*;

    #[test]
    fn s_every_code_has_its_class() {
        let table: [(&[u32], TextClass); 11] = [
            (&[21610], OptedOut),
            (&[21211, 21214, 21217, 21614, 21635, 30005, 30006], Recipient),
            (&[30003, 30008], Handset),
            (&[30004, 30007, 30018, 30019, 30032, 30034, 30035], Content),
            (&[20429, 21611, 30001, 30017, 30022], Rate),
            (&[30023, 30027], DailyCap),
            (&[21606, 21212, 21703, 21704, 21705, 30024], Sender),
            (&[20003, 30002, 20404, 21609, 21608, 21219, 21210], Account),
            (&[21408, 21215, 21216], Region),
            (&[21602, 21603, 21604, 21617, 35111, 35114, 35115, 35118, 35125], Request),
            (&[20500, 20503, 30410, 0, 99999, u32::MAX], Unknown),
        ];
        for (codes, class) in table {
            for code in codes {
                assert_eq!(class_of_code(*code), class, "{code}");
            }
        }
        assert_eq!(class_of_code(30036), Expired);
        assert_eq!([30025, 30026].map(class_of_code), [Warning; 2], "the text was not held up");
    }

    #[test]
    fn s8_an_unregistered_sender_is_no_bad_number() {
        assert_eq!(class_of_code(30034).refusal_class(), Some(RefusalClass::Sender));
    }

    #[test]
    fn a_refusals_number_counts_before_its_class() {
        let mut refusal = Refusal::ours(RefusalClass::Config, "closed");
        assert_eq!(TextClass::of(&refusal), Account);
        refusal.code = Some(21408);
        assert_eq!(TextClass::of(&refusal), Region);
        refusal.code = Some(99999);
        assert_eq!(TextClass::of(&refusal), Account);
    }
}
