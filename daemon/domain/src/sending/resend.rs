//! A message once more, because a person says so: a new intent that stands on its own, with its
//! wording made and the gate asked when it is sent.
//!
//! Must not live here: what is tried again by itself (`settle`).

use super::Message;
use crate::job::{Job, NewJob, SendMessage};
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::records::Booking;
use crate::unit::Unit;
use frontdesk_shared::JobId;
use frontdesk_shared::message::{AppointmentStatus, MessageDirection, MessageStatus};

/// What is known about a message that is to be sent once more.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The message.
    pub message: &'a Message,
    /// The job that sent it, while it is kept.
    pub job: Option<&'a Job>,
    /// The job that sends it once more already, if one does.
    pub successor: Option<JobId>,
    /// The appointment it is about.
    pub appointment: Option<&'a Booking>,
}

/// The identity of sending a message once more: once, whoever asks.
pub fn once_more_key(message: &Message) -> String {
    format!("message:again:{}", message.id)
}

/// Why a message is not sent once more, where it is not.
///
/// # Errors
/// The reason in words.
pub fn may_resend(sent: Sent<'_>) -> Result<SendMessage, String> {
    let message = sent.message;
    if message.direction == MessageDirection::Inbound {
        return Err("it came in: nobody sent it from here".to_owned());
    }
    match message.status {
        MessageStatus::Failed | MessageStatus::Undelivered | MessageStatus::Refused => {}
        MessageStatus::Uncertain | MessageStatus::Sending => {
            return Err("nobody knows yet whether it was sent: settle its job first".to_owned());
        }
        status => return Err(format!("it is {status}: only what did not arrive is sent once more")),
    }
    if let Some(job) = sent.successor {
        return Err(format!("it is sent once more already, by job {job}"));
    }
    if sent.job.is_some_and(|job| !job.state.is_final()) {
        return Err("its own job tries it again".to_owned());
    }
    let wanted = wanted(sent)?;
    if let (Some(booking), Some(kind)) = (sent.appointment, Kind::parse(&wanted.message)) {
        let about_the_end = super::compose::is_about_the_end(kind);
        if booking.sequence != wanted.sequence {
            return Err("the appointment changed since: what it said is not true any more".to_owned());
        }
        if !about_the_end && booking.status != AppointmentStatus::Booked {
            return Err(format!("the appointment is {}", booking.status));
        }
    } else if wanted.appointment.is_some() {
        return Err("its appointment is gone".to_owned());
    }
    Ok(wanted)
}

/// What is to be sent: as its job had it, but for whom it answered, which was then.
fn wanted(sent: Sent<'_>) -> Result<SendMessage, String> {
    let message = sent.message;
    if Kind::parse(&message.kind).is_none() {
        return Err(format!("this version knows no message {:?}", message.kind));
    }
    let as_planned = sent.job.and_then(|job| SendMessage::of(job).ok());
    Ok(match as_planned {
        Some(wanted) => SendMessage { answers: None, ..wanted },
        None => SendMessage {
            message: message.kind.clone(),
            channel: message.channel,
            appointment: message.appointment,
            sequence: message.sequence,
            episode: 0,
            moved_from: None,
            answers: None,
        },
    })
}

/// Plans it for this moment.
pub fn resend(
    unit: &mut Unit<'_>,
    message: &Message,
    wanted: &SendMessage,
    (lead, appointment): (&Lead, Option<&Booking>),
) -> JobId {
    let id = JobId(unit.id());
    let wanted = SendMessage { episode: lead.episode, ..wanted.clone() };
    let mut job = wanted.job(id, message.client, message.who.clone(), unit.now);
    if let Some(booking) = appointment {
        job.useful_until = job.useful_until.map(|until| until.min(booking.starts_at));
    }
    unit.enqueue(NewJob { lead: Some(lead.id), dedupe: Some(once_more_key(message)), ..job });
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::contact::{Channel, Purpose};
    use frontdesk_shared::{AppointmentId, ClientId, LeadId, MessageId, Millis};

    fn message(status: MessageStatus) -> Message {
        Message {
            id: MessageId(1),
            client: ClientId(1),
            lead: Some(LeadId(1)),
            appointment: Some(AppointmentId(1)),
            job: Some(JobId(1)),
            direction: MessageDirection::Outbound,
            channel: Channel::Sms,
            kind: Kind::Reminder24h.word().to_owned(),
            purpose: Purpose::Informational,
            provider: "twilio".to_owned(),
            provider_id: None,
            mail_id: None,
            address: "+447700900123".to_owned(),
            sender: "+442079460000".to_owned(),
            who: "Ann".to_owned(),
            status,
            code: String::new(),
            why: String::new(),
            sequence: 2,
            segments: 1,
            cost_micros: 0,
            lookups: 0,
            sandbox: false,
            created_at: Millis(0),
            updated_at: Millis(0),
        }
    }

    fn booking(sequence: i64, status: AppointmentStatus) -> Booking {
        Booking {
            id: AppointmentId(1),
            client: ClientId(1),
            lead: Some(LeadId(1)),
            call: None,
            who: "Ann".to_owned(),
            starts_at: Millis(9),
            ends_at: Millis(10),
            status,
            note: String::new(),
            sequence,
            made_by: String::new(),
            created_at: Millis(0),
            updated_at: Millis(0),
            by_staff: false,
        }
    }

    #[test]
    fn only_what_did_not_arrive_is_sent_once_more() {
        let booked = booking(2, AppointmentStatus::Booked);
        for status in MessageStatus::ALL.iter().copied() {
            let message = message(status);
            let sent = Sent { message: &message, job: None, successor: None, appointment: Some(&booked) };
            let lost = [MessageStatus::Failed, MessageStatus::Undelivered, MessageStatus::Refused];
            assert_eq!(may_resend(sent).is_ok(), lost.contains(&status), "{status}");
            let twice = Sent { successor: Some(JobId(7)), ..sent };
            assert!(may_resend(twice).is_err(), "{status}");
        }
    }

    #[test]
    fn what_is_not_true_any_more_is_not_sent() {
        let message = message(MessageStatus::Failed);
        let about = |booking: Option<&Booking>| {
            may_resend(Sent { message: &message, job: None, successor: None, appointment: booking })
        };
        assert!(about(Some(&booking(2, AppointmentStatus::Booked))).is_ok());
        assert!(about(Some(&booking(3, AppointmentStatus::Booked))).unwrap_err().contains("changed"));
        assert!(about(Some(&booking(2, AppointmentStatus::Cancelled))).unwrap_err().contains("cancelled"));
        assert!(about(None).unwrap_err().contains("gone"));
    }
}
