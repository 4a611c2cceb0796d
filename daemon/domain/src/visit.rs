//! A visit to the page behind a link about an appointment: what it finds there and what it may
//! still do. A message speaks of the appointment as it was when it was written; once that changed,
//! its link only shows.
//!
//! Must not live here: tokens and nonces (`link`), what a change does (`appointment`), wording.

use crate::message::kinds::Kind;
use crate::records::Booking;
use crate::sending::Message;
use frontdesk_shared::Millis;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::DAY;

/// How long after an appointment's end its links show anything.
pub const SHOWN_FOR_MS: i64 = 30 * DAY;

/// What a link finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is to come and stands as the message has it: it can be cancelled and moved.
    Open,
    /// It is to come, and changed since the message was written.
    Changed,
    /// It was given back; `undo` where this is the news of the person's own cancellation.
    Cancelled {
        /// Whether it may be taken again, where its time is still free.
        undo: bool,
    },
    /// It has begun, or what became of it is known.
    Past,
    /// It is over for so long that nothing is shown.
    Expired,
    /// It is to come, and the business no longer takes anything by this way.
    Closed,
}

/// What a message's link finds of its appointment.
pub fn standing(message: &Message, booking: &Booking, now: Millis) -> Standing {
    if now.since(booking.ends_at) > SHOWN_FOR_MS {
        return Standing::Expired;
    }
    let is_current = message.sequence == booking.sequence;
    match booking.status {
        AppointmentStatus::Attended | AppointmentStatus::NoShow => Standing::Past,
        AppointmentStatus::Booked | AppointmentStatus::Cancelled if booking.starts_at <= now => {
            Standing::Past
        }
        AppointmentStatus::Cancelled => {
            Standing::Cancelled { undo: is_current && Kind::parse(&message.kind) == Some(Kind::Cancelled) }
        }
        AppointmentStatus::Booked if is_current => Standing::Open,
        AppointmentStatus::Booked => Standing::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::contact::{Channel, Purpose};
    use frontdesk_shared::message::{MessageDirection, MessageStatus};
    use frontdesk_shared::time::HOUR;
    use frontdesk_shared::{AppointmentId, ClientId, MessageId};

    const START: Millis = Millis(1_790_000_000_000);

    fn booking(status: AppointmentStatus, sequence: i64) -> Booking {
        Booking {
            id: AppointmentId(1),
            client: ClientId(1),
            lead: None,
            call: None,
            who: String::new(),
            starts_at: START,
            ends_at: START + HOUR,
            status,
            note: String::new(),
            sequence,
            made_by: "vapi".into(),
            created_at: Millis(0),
            updated_at: Millis(0),
            by_staff: false,
        }
    }

    fn message(kind: Kind, sequence: i64) -> Message {
        Message {
            id: MessageId(1),
            client: ClientId(1),
            lead: None,
            appointment: Some(AppointmentId(1)),
            job: None,
            direction: MessageDirection::Outbound,
            channel: Channel::Email,
            kind: kind.word().into(),
            purpose: Purpose::Informational,
            provider: "smtp".into(),
            provider_id: None,
            mail_id: None,
            address: String::new(),
            sender: String::new(),
            who: String::new(),
            status: MessageStatus::Sent,
            code: String::new(),
            why: String::new(),
            sequence,
            segments: 0,
            cost_micros: 0,
            lookups: 0,
            sandbox: false,
            created_at: Millis(0),
            updated_at: Millis(0),
        }
    }

    #[test]
    fn a3_every_state_is_told_apart() {
        use AppointmentStatus::{Attended, Booked, Cancelled, NoShow};
        let before = START - HOUR;
        let found = |kind: Kind, written: i64, status, sequence: i64, now: Millis| {
            standing(&message(kind, written), &booking(status, sequence), now)
        };
        let reminder =
            |written, status, sequence, now| found(Kind::Reminder24h, written, status, sequence, now);
        assert_eq!(reminder(2, Booked, 2, before), Standing::Open);
        assert_eq!(reminder(1, Booked, 2, before), Standing::Changed);
        assert_eq!(reminder(1, Cancelled, 2, before), Standing::Cancelled { undo: false });
        assert_eq!(found(Kind::Cancelled, 2, Cancelled, 2, before), Standing::Cancelled { undo: true });
        assert_eq!(found(Kind::Cancelled, 2, Cancelled, 4, before), Standing::Cancelled { undo: false });
        let by_business = found(Kind::CancelledByBusiness, 2, Cancelled, 2, before);
        assert_eq!(by_business, Standing::Cancelled { undo: false });
        for status in [Booked, Cancelled, Attended, NoShow] {
            assert_eq!(reminder(2, status, 2, START), Standing::Past, "{status:?}");
            let end = START + HOUR + SHOWN_FOR_MS;
            assert_eq!(reminder(2, status, 2, end), Standing::Past, "{status:?}");
            assert_eq!(reminder(2, status, 2, end + 1), Standing::Expired, "{status:?}");
        }
        assert_eq!(reminder(2, Attended, 2, before), Standing::Past);
    }
}
