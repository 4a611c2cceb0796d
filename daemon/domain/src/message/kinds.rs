//! The kinds of message, what each is for and which variables it may use.
//!
//! Not here: the wording (`defaults`, or a client's own), when one is due.

use super::template::{Holds, Variable};
use frontdesk_shared::contact::{Channel, Purpose};
use std::fmt;

/// A kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An appointment was booked.
    Confirmation,
    /// The first reminder.
    Reminder24h,
    /// The second reminder.
    Reminder1h,
    /// An appointment is at another time.
    Moved,
    /// The person called it off.
    Cancelled,
    /// The business called it off.
    CancelledByBusiness,
    /// After a call nobody answered: the first step, a text.
    NoAnswer1,
    /// The second, a mail.
    NoAnswer2,
    /// The third, a text.
    NoAnswer3,
    /// After a voicemail: the first step, a text.
    Voicemail1,
    /// The second, a mail.
    Voicemail2,
    /// Long after a no to the offer: a mail, where a client switches it on.
    NotInterested1,
    /// The one answer to an opt-out.
    OptOutConfirmed,
    /// The answer to HELP.
    Help,
    /// A reply could not be understood and a person looks at it.
    CannotRead,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Confirmation,
        Self::Reminder24h,
        Self::Reminder1h,
        Self::Moved,
        Self::Cancelled,
        Self::CancelledByBusiness,
        Self::NoAnswer1,
        Self::NoAnswer2,
        Self::NoAnswer3,
        Self::Voicemail1,
        Self::Voicemail2,
        Self::NotInterested1,
        Self::OptOutConfirmed,
        Self::Help,
        Self::CannotRead,
    ];

    /// The word it is stored under, for ever.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Reminder24h => "reminder-24h",
            Self::Reminder1h => "reminder-1h",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
            Self::CancelledByBusiness => "cancelled-by-business",
            Self::NoAnswer1 => "follow-up.no-answer.1",
            Self::NoAnswer2 => "follow-up.no-answer.2",
            Self::NoAnswer3 => "follow-up.no-answer.3",
            Self::Voicemail1 => "follow-up.voicemail.1",
            Self::Voicemail2 => "follow-up.voicemail.2",
            Self::NotInterested1 => "follow-up.not-interested.1",
            Self::OptOutConfirmed => "opt-out-confirmed",
            Self::Help => "help",
            Self::CannotRead => "cannot-read",
        }
    }

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What it is for: follow-ups sell, everything else is about what was agreed or asked.
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::NoAnswer1
            | Self::NoAnswer2
            | Self::NoAnswer3
            | Self::Voicemail1
            | Self::Voicemail2
            | Self::NotInterested1 => Purpose::Marketing,
            _ => Purpose::Informational,
        }
    }

    /// The channels it is written for, the usual one first.
    pub const fn channels(self) -> &'static [Channel] {
        match self {
            Self::NoAnswer1 | Self::NoAnswer3 | Self::Voicemail1 | Self::Help | Self::CannotRead => {
                &[Channel::Sms]
            }
            Self::NoAnswer2 | Self::Voicemail2 | Self::NotInterested1 => &[Channel::Email],
            _ => &[Channel::Sms, Channel::Email],
        }
    }

    /// The variables its wording may use.
    pub const fn variables(self) -> &'static [Variable] {
        match self {
            Self::OptOutConfirmed | Self::Help | Self::CannotRead => &BUSINESS,
            Self::Moved => &MOVED,
            _ if matches!(self.purpose(), Purpose::Marketing) => &FOLLOW_UP,
            _ => &APPOINTMENT,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The person's first name, cleaned; may be missing.
const FIRST_NAME: Variable = Variable { name: "first_name", holds: Holds::Words(30) };
/// The business as its customers know it.
const BUSINESS_NAME: Variable = Variable { name: "business_name", holds: Holds::Words(40) };
/// A number that is answered.
const BUSINESS_PHONE: Variable = Variable { name: "business_phone", holds: Holds::Exact };
/// The postal address; marketing mail to the United States must have one (16 CFR 316.2(p)).
const BUSINESS_ADDRESS: Variable = Variable { name: "business_address", holds: Holds::Words(80) };
/// Whether an answer to this sender arrives.
const CAN_REPLY: Variable = Variable { name: "can_reply", holds: Holds::Flag };
/// The appointment as seen from now, behind "is": `tomorrow at 14:30`.
const WHEN: Variable = Variable { name: "when", holds: Holds::Exact };
/// The appointment with its day: `Tuesday 24 November at 14:30`.
const MOMENT: Variable = Variable { name: "moment", holds: Holds::Exact };
/// Its day.
const DATE: Variable = Variable { name: "date", holds: Holds::Exact };
/// Its time, with the zone's place where the reader's differs.
const TIME: Variable = Variable { name: "time", holds: Holds::Exact };
/// What the appointment is for; may be missing.
const SERVICE: Variable = Variable { name: "service", holds: Holds::Words(40) };
/// A page on which it can be moved or called off; may be missing.
const MANAGE_LINK: Variable = Variable { name: "manage_link", holds: Holds::Link };
/// When a moved appointment was before, as `moment`.
const OLD_MOMENT: Variable = Variable { name: "old_moment", holds: Holds::Exact };
/// A page on which an appointment can be booked.
const BOOKING_LINK: Variable = Variable { name: "booking_link", holds: Holds::Link };
/// How texts are ended: `Reply STOP to opt out`, or a link where nobody can reply.
const OPT_OUT: Variable = Variable { name: "opt_out", holds: Holds::Exact };
/// A page that ends mails.
const UNSUBSCRIBE_LINK: Variable = Variable { name: "unsubscribe_link", holds: Holds::Link };

const BUSINESS: [Variable; 5] = [FIRST_NAME, BUSINESS_NAME, BUSINESS_PHONE, BUSINESS_ADDRESS, CAN_REPLY];
const APPOINTMENT: [Variable; 12] = [
    FIRST_NAME,
    BUSINESS_NAME,
    BUSINESS_PHONE,
    BUSINESS_ADDRESS,
    CAN_REPLY,
    WHEN,
    MOMENT,
    DATE,
    TIME,
    SERVICE,
    MANAGE_LINK,
    BOOKING_LINK,
];
const MOVED: [Variable; 13] = [
    FIRST_NAME,
    BUSINESS_NAME,
    BUSINESS_PHONE,
    BUSINESS_ADDRESS,
    CAN_REPLY,
    WHEN,
    MOMENT,
    DATE,
    TIME,
    SERVICE,
    MANAGE_LINK,
    BOOKING_LINK,
    OLD_MOMENT,
];
const FOLLOW_UP: [Variable; 9] = [
    FIRST_NAME,
    BUSINESS_NAME,
    BUSINESS_PHONE,
    BUSINESS_ADDRESS,
    CAN_REPLY,
    SERVICE,
    BOOKING_LINK,
    OPT_OUT,
    UNSUBSCRIBE_LINK,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_their_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.word()), Some(kind));
        }
        assert_eq!(Kind::parse("follow-up.no-answer.4"), None);
    }

    #[test]
    fn only_follow_ups_sell() {
        for kind in Kind::ALL {
            let sells = kind.purpose() == Purpose::Marketing;
            assert_eq!(sells, kind.word().starts_with("follow-up."), "{kind}");
            assert!(!kind.channels().is_empty());
        }
    }
}
