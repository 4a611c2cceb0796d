//! How much is written about one appointment. That it is called off is always told; this is against
//! going round in circles, not against changes.

use super::Message;
use crate::job::SendMessage;
use crate::message::kinds::Kind;
use frontdesk_shared::Millis;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::time::DAY;

/// What was sent about one state of an appointment by one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentAbout {
    /// The state, as appointments count theirs.
    pub sequence: i64,
    /// Text or email.
    pub channel: Channel,
    /// How many.
    pub count: u32,
    /// The last of them.
    pub last_at: Millis,
}

impl SentAbout {
    /// One message.
    pub fn one(message: &Message) -> Self {
        Self { sequence: message.sequence, channel: message.channel, count: 1, last_at: message.created_at }
    }
}

/// Why no more is written, where enough was: `most` about one state by one channel, and as many moves
/// in a day. Reminders of where an appointment stands are never used up by its moves.
pub(super) fn spent(
    sent: &[SentAbout],
    wanted: &SendMessage,
    kind: Kind,
    most: u32,
    now: Millis,
) -> Option<&'static str> {
    let same = || sent.iter().filter(|s| s.channel == wanted.channel);
    let about_this: u32 = same().filter(|s| s.sequence == wanted.sequence).map(|s| s.count).sum();
    if about_this >= most {
        return Some("enough was written about this appointment as it stands");
    }
    let told_today = same().filter(|s| s.sequence > 0 && now.since(s.last_at) < DAY);
    let mut moves: Vec<i64> = told_today.map(|s| s.sequence).collect();
    moves.sort_unstable();
    moves.dedup();
    let many = u32::try_from(moves.len()).is_ok_and(|moves| moves >= most);
    (kind == Kind::Moved && many)
        .then_some("the appointment was moved too often today: only its reminders are sent")
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::time::HOUR;

    const NOW: Millis = Millis(1_750_000_000_000);

    fn wanted(channel: Channel, sequence: i64) -> SendMessage {
        SendMessage {
            message: String::new(),
            channel,
            appointment: None,
            sequence,
            episode: 1,
            moved_from: None,
            answers: None,
        }
    }

    fn sent(sequence: i64, channel: Channel, count: u32, ago: i64) -> SentAbout {
        SentAbout { sequence, channel, count, last_at: NOW - ago }
    }

    #[test]
    fn moves_do_not_use_up_reminders_nor_texts_emails() {
        let both: Vec<SentAbout> = (0..5)
            .flat_map(|n| [Channel::Sms, Channel::Email].map(|channel| sent(n, channel, 1, HOUR)))
            .collect();
        for kind in [Kind::Moved, Kind::Reminder24h, Kind::Reminder1h] {
            assert_eq!(spent(&both, &wanted(Channel::Sms, 5), kind, 6, NOW), None, "{kind}");
        }
        let again = [sent(0, Channel::Sms, 6, HOUR)];
        assert!(spent(&again, &wanted(Channel::Sms, 0), Kind::Reminder1h, 6, NOW).is_some());
        assert_eq!(spent(&again, &wanted(Channel::Email, 0), Kind::Reminder1h, 6, NOW), None);
    }

    #[test]
    fn a_calendar_that_goes_in_circles_is_heard_of_six_times_a_day() {
        let moves = |ago: i64| (1..7).map(|n| sent(n, Channel::Email, 1, ago)).collect::<Vec<_>>();
        let next = wanted(Channel::Email, 7);
        assert!(spent(&moves(HOUR), &next, Kind::Moved, 6, NOW).is_some());
        assert_eq!(spent(&moves(HOUR), &next, Kind::Reminder24h, 6, NOW), None);
        assert_eq!(spent(&moves(DAY), &next, Kind::Moved, 6, NOW), None);
    }
}
