//! Sample values: a person and an appointment that do not exist, with which wording is shown and
//! tried before anybody gets it.
//!
//! Must not live here: real people, and whether a sample is sent (`test_send`).

use super::compose::{self, Occasion, Worded};
use super::{Line, TWILIO};
use crate::client::Client;
use crate::installation::Installation;
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::phone;
use crate::records::Booking;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::{DAY, HOUR};
use frontdesk_shared::{AppointmentId, LeadId, MessageId, Millis};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

/// A number of nobody (Ofcom's range for drama).
const NUMBER: &str = "+447700900123";
/// Who the sample is.
const NAME: &str = "Alex Example";

/// A person of nowhere and their appointment tomorrow at ten, where the client is.
pub fn sample(house: &Installation, client: &Client, now: Millis) -> Option<(Lead, Booking)> {
    let phone = phone::normalise(NUMBER, None).ok()?;
    // Without a number, since its country would add the reader's own time to each time.
    let mut lead = Lead { phone: None, ..Lead::of_caller(LeadId(0), client.id, &phone, now) };
    NAME.clone_into(&mut lead.name);
    let zone = house.rules(client).booking.time_zone().unwrap_or(TimeZone::UTC);
    let starts_at = tomorrow(now, &zone).unwrap_or(now + DAY);
    let booking = Booking {
        id: AppointmentId(0),
        client: client.id,
        lead: Some(lead.id),
        call: None,
        who: lead.name.clone(),
        starts_at,
        ends_at: starts_at + HOUR / 2,
        status: AppointmentStatus::Booked,
        note: client.services.first().cloned().unwrap_or_default(),
        sequence: 0,
        by_staff: false,
        made_by: "sample".into(),
        created_at: now,
        updated_at: now,
    };
    Some((lead, booking))
}

fn tomorrow(now: Millis, zone: &TimeZone) -> Option<Millis> {
    let today = zone.to_datetime(jiff::Timestamp::from_millisecond(now.0).ok()?).date();
    let at = today.checked_add(1.day()).ok()?.at(10, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Millis(at.timestamp().as_millisecond()))
}

/// A message of a kind with sample values, as a client would send it. Where no account is set up it
/// is worded as for a number that can be answered.
///
/// # Errors
/// What is missing or wrong, naming template and variable.
pub fn sampled(
    house: &Installation,
    client: &Client,
    (kind, channel): (Kind, Channel),
    (now, id): (Millis, MessageId),
) -> Result<Sampled, String> {
    let stand_in = || Line { provider: TWILIO, sender: NUMBER.to_owned(), own_account: false };
    let line = house.lines.of(client, channel).unwrap_or_else(stand_in);
    let (lead, booking) = sample(house, client, now).ok_or("there is no sample")?;
    let Worded { text, segments } =
        word(house, client, (kind, channel), (&lead, &booking, &line), (now, id))?;
    Ok(Sampled { text, segments })
}

/// A message with sample values.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// What it says.
    pub text: super::MessageText,
    /// Parts of a text; 0 for an email.
    pub segments: i64,
}

pub(super) fn word(
    house: &Installation,
    client: &Client,
    (kind, channel): (Kind, Channel),
    (lead, booking, line): (&Lead, &Booking, &Line),
    (now, id): (Millis, MessageId),
) -> Result<Worded, String> {
    let moved_from = Some(booking.starts_at + DAY);
    let occasion = Occasion { now, client, lead, appointment: Some(booking), moved_from, house, line, id };
    compose::write(kind, channel, &occasion)
}
