//! Composing: the words of one message from what is known at the moment it is sent, in the
//! client's own wording where it has one.
//!
//! Must not live here: the default wording (`message::defaults`), links' secrets, requests.

use super::settings;
use super::{Line, Lines, Message, MessageText};
use crate::client::Client;
use crate::installation::Installation;
use crate::invite::{Invite, Method, Party};
use crate::job::SendMessage;
use crate::lead::Lead;
use crate::link::{APPOINTMENT, UNSUBSCRIBE};
use crate::message::clock::{Clock, Locale};
use crate::message::defaults;
use crate::message::kinds::Kind;
use crate::message::name;
use crate::message::segments;
use crate::message::template::Values;
use crate::message::wording::{Source, Wording};
use crate::message::{lines, one_line};
use crate::phone;
use crate::records::Booking;
use crate::unit::Unit;
use crate::zones;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::time::MINUTE;
use frontdesk_shared::{AppointmentId, MessageId, Millis};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// The one answer to a refusal goes out within this, as the rule on confirmations has it
/// (47 CFR 64.1200(a)(12)).
const CONFIRMED_WITHIN_MS: i64 = 5 * MINUTE;

/// What a message is written from.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    /// The present.
    pub(crate) now: Millis,
    /// For whom.
    pub(crate) client: &'a Client,
    /// To whom.
    pub(crate) lead: &'a Lead,
    /// About which appointment.
    pub(crate) appointment: Option<&'a Booking>,
    /// When the appointment was before, where it moved.
    pub(crate) moved_from: Option<Millis>,
    /// The rules.
    pub(crate) house: &'a Installation,
    /// The line it leaves by.
    pub(crate) line: &'a Line,
    /// The message's own number.
    pub(crate) id: MessageId,
}

/// Words, and what they cost.
#[derive(Clone, Debug)]
pub(crate) struct Worded {
    /// The words.
    pub(crate) text: MessageText,
    /// Parts of a text; 0 for an email.
    pub(crate) segments: i64,
}

/// The language and manners a client writes in.
pub fn locale(client: &Client) -> Locale {
    let own = settings::own(client, "locale").and_then(Locale::of_tag);
    own.unwrap_or(if client.country == "US" { Locale::EnUs } else { Locale::EnGb })
}

/// Wording as it is written, and whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Whether the client wrote it.
    pub own: bool,
    /// Of a mail.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Of a mail, where it has one.
    pub html: String,
}

impl Written {
    /// All of it as one text.
    pub fn text(&self) -> String {
        let parts = [&self.subject, &self.body, &self.html].into_iter().filter(|part| !part.is_empty());
        parts.cloned().collect::<Vec<_>>().join("\n\n")
    }
}

/// The wording of a kind as it is written, whether it can be read or not.
pub fn written(client: &Client, kind: Kind, channel: Channel) -> Written {
    let (own, source) = source(client, kind, channel);
    source.map_or_else(Written::default, |source| Written {
        own,
        subject: source.subject.unwrap_or_default().to_owned(),
        body: source.text.to_owned(),
        html: source.html.unwrap_or_default().to_owned(),
    })
}

/// Whose wording is taken, and which it is; `None` where the kind is not sent that way.
fn source(client: &Client, kind: Kind, channel: Channel) -> (bool, Option<Source<'_>>) {
    let templates = client.settings.get("messages").and_then(|own| own.get("templates"));
    let own = templates.and_then(|own| own.get(kind.word())).and_then(|own| own.get(channel.word()));
    match own {
        Some(Json::String(text)) => (true, Some(Source { subject: None, text, html: None })),
        Some(Json::Object(parts)) => {
            let part = |name: &str| parts.get(name).and_then(Json::as_str);
            let text = part("text").unwrap_or_default();
            (true, Some(Source { subject: part("subject"), text, html: part("html") }))
        }
        _ => (false, defaults::default(kind, channel, locale(client))),
    }
}

/// The wording of a kind: the client's own, else the one that comes along.
///
/// # Errors
/// What is wrong with the client's own, naming kind, channel and place.
pub fn wording(client: &Client, kind: Kind, channel: Channel) -> Result<Wording, String> {
    let (_, source) = source(client, kind, channel);
    let source = source.ok_or_else(|| format!("{kind} is not sent by {channel}"))?;
    Wording::parse(kind, channel, source).map_err(|e| e.to_string())
}

/// Writes a message.
///
/// # Errors
/// What is missing or wrong, naming template and variable.
pub(crate) fn write(kind: Kind, channel: Channel, occasion: &Occasion<'_>) -> Result<Worded, String> {
    let wording = wording(occasion.client, kind, channel)?;
    let values = values(kind, occasion);
    let missing = wording.missing(&values);
    if !missing.is_empty() {
        return Err(format!("{kind} by {channel}: nothing is known for {}", missing.join(", ")));
    }
    let rendered = wording.render(&values).map_err(|e| e.to_string())?;
    if channel == Channel::Sms && rendered.invites_reply() && !can_reply(occasion.line) {
        return Err(format!("{kind} asks for a reply, and the sender is a name that cannot receive one"));
    }
    let segments = match channel {
        Channel::Sms => i64::try_from(segments::count(&rendered.text).segments).unwrap_or(i64::MAX),
        Channel::Email | Channel::AiVoice => 0,
    };
    let text = MessageText {
        subject: rendered.subject.unwrap_or_default(),
        body: rendered.text,
        html: rendered.html.unwrap_or_default(),
    };
    Ok(Worded { text, segments })
}

/// A message as a person would get it if it were sent now; one that tells of a move says that the
/// appointment moved from where it is. Nothing follows from it: `id` names no message, so that the
/// links in it lead nowhere.
///
/// # Errors
/// What is missing or wrong, naming template and variable.
pub fn specimen(
    house: &Installation,
    (client, lead, appointment): (&Client, &Lead, Option<&Booking>),
    (kind, channel): (Kind, Channel),
    (now, id): (Millis, MessageId),
) -> Result<MessageText, String> {
    let line = house
        .lines
        .of(client, channel)
        .ok_or_else(|| format!("{kind} by {channel}: no account and sender are set up"))?;
    let moved_from = appointment.map(|booking| booking.starts_at);
    let occasion = Occasion { now, client, lead, appointment, moved_from, house, line: &line, id };
    write(kind, channel, &occasion).map(|worded| worded.text)
}

/// Writes a message as it would be written now, to see whether it can be.
///
/// # Errors
/// As [`write()`].
pub(crate) fn try_out(
    unit: &Unit<'_>,
    client: &Client,
    lead: &Lead,
    appointment: Option<&Booking>,
    wanted: &SendMessage,
) -> Result<(), String> {
    let kind = Kind::parse(&wanted.message).ok_or("there is no such message")?;
    let line = unit.house.lines.of(client, wanted.channel).ok_or("no account and sender are set up")?;
    let occasion = Occasion {
        now: unit.now,
        client,
        lead,
        appointment,
        moved_from: wanted.moved_from,
        house: unit.house,
        line: &line,
        id: MessageId(0),
    };
    write(kind, wanted.channel, &occasion).map(drop)
}

/// Names of letters cannot receive; numbers, short codes and services can.
fn can_reply(line: &Line) -> bool {
    let sender = &line.sender;
    sender.starts_with('+') || sender.bytes().all(|b| b.is_ascii_digit()) || sender.starts_with("MG")
}

fn values(kind: Kind, o: &Occasion<'_>) -> Values {
    let setting = |name: &str| settings::own(o.client, name);
    let phone = Some(o.client.phone.as_str()).filter(|phone| !phone.trim().is_empty());
    let mut values = Values::new()
        .with("business_name", one_line(&o.client.name))
        .with_some("business_phone", phone)
        .with_some("business_address", setting("address").map(one_line))
        .with_some("booking_link", setting("booking_link"))
        .with_some("first_name", name::greeting(&one_line(&o.lead.name)))
        .with_some("can_reply", can_reply(o.line).then_some("yes"));
    if kind.purpose() == Purpose::Marketing {
        let way_out = if can_reply(o.line) { "Reply STOP to opt out".to_owned() } else { String::new() };
        values = values
            .with("opt_out", way_out)
            .with_some("unsubscribe_link", link(o.id, UNSUBSCRIBE, &o.house.lines));
    }
    if let Some(booking) = o.appointment {
        let rules = o.house.rules(o.client);
        let zone = rules.booking.time_zone().unwrap_or(TimeZone::UTC);
        let readers = readers(o.lead);
        let clock = Clock { locale: locale(o.client), zone: &zone, readers: &readers };
        let service = Some(one_line(&booking.note)).filter(|note| !note.is_empty());
        values = values
            .with("when", clock.seen_from(o.now, booking.starts_at))
            .with("moment", clock.moment(booking.starts_at))
            .with("date", clock.date(booking.starts_at))
            .with("time", clock.time(booking.starts_at))
            .with_some("service", service)
            .with_some("old_moment", o.moved_from.map(|at| clock.moment(at)))
            .with_some("manage_link", link(o.id, APPOINTMENT, &o.house.lines));
    }
    values
}

/// Every zone the person may be in.
pub fn readers(lead: &Lead) -> Vec<TimeZone> {
    let Some(Ok(phone)) = lead.phone.as_deref().map(|e164| phone::normalise(e164, None)) else {
        return Vec::new();
    };
    let zones = zones::candidates(&phone, lead.zone.as_deref(), lead.state.as_deref()).zones;
    zones.iter().filter_map(|zone| TimeZone::get(&zone.name).ok()).collect()
}

/// The page behind a link of a message; `None` while nobody outside can reach us or no secret
/// signs it.
fn link(id: MessageId, page: &str, lines: &Lines) -> Option<String> {
    let (base, secret) = (lines.public_url.as_deref()?, lines.link_secret.as_ref()?);
    Some(format!("{base}/m/{page}/{}", crate::link::token(secret, page, id)))
}

/// Where a mail that sells is ended with one click.
pub fn unsubscribe_url(message: &Message, lines: &Lines) -> Option<String> {
    (message.purpose == Purpose::Marketing).then(|| link(message.id, UNSUBSCRIBE, lines))?
}

/// Our own name for an email, which answers and bounces carry back.
pub(crate) fn mail_id(id: MessageId, bits: u64, sender: &str) -> String {
    let domain = sender.rsplit_once('@').map_or("frontdesk.invalid", |(_, domain)| domain);
    format!("<{id}.{bits:016x}@{domain}>")
}

/// The calendar file of a mail about an appointment, and whether it takes the appointment back.
pub fn invite(message: &Message, client: &Client, lead: &Lead, booking: &Booking) -> Option<(bool, String)> {
    let kind = Kind::parse(&message.kind)?;
    if matches!(kind, Kind::Reminder24h | Kind::Reminder1h) || kind.purpose() == Purpose::Marketing {
        return None;
    }
    let cancels = booking.status == AppointmentStatus::Cancelled;
    let invite = Invite {
        uid: uid(booking.id, &message.sender),
        sequence: u32::try_from(booking.sequence).unwrap_or(0),
        method: if cancels { Method::Cancel } else { Method::Request },
        stamp: message.created_at,
        start: booking.starts_at,
        end: booking.ends_at,
        organizer: Party { name: one_line(&client.name), address: message.sender.clone() },
        attendee: Party { name: one_line(&lead.name), address: message.address.clone() },
        summary: format!("Appointment with {}", one_line(&client.name)),
        description: lines(&booking.note),
        location: lines(settings::own(client, "address").unwrap_or_default()),
        url: String::new(),
    };
    Some((cancels, invite.write().ok()?))
}

/// One name for an appointment's whole life.
fn uid(id: AppointmentId, sender: &str) -> String {
    let domain = sender.rsplit_once('@').map_or("frontdesk.invalid", |(_, domain)| domain);
    format!("{id}@{domain}")
}

/// Whether a kind tells that an appointment is off.
pub(crate) fn is_about_the_end(kind: Kind) -> bool {
    matches!(kind, Kind::Cancelled | Kind::CancelledByBusiness)
}

/// Whether a planned job is a step of a sequence, which ends when the person answers.
pub(crate) fn is_follow_up(payload: &Json) -> bool {
    kind_of(payload).is_some_and(|kind| kind.purpose() == Purpose::Marketing)
}

/// The appointment that a planned job is about, where it sends a message.
pub(crate) fn appointment_of(payload: &Json) -> Option<AppointmentId> {
    kind_of(payload)?;
    payload.get("appointment")?.as_str()?.parse().ok()
}

fn kind_of(payload: &Json) -> Option<Kind> {
    payload.get("message")?.as_str().and_then(Kind::parse)
}

/// Whether it is the one word that says a refusal was heard, in time.
pub(crate) fn answers_opt_out(wanted: &SendMessage, now: Millis) -> bool {
    wanted.message == Kind::OptOutConfirmed.word()
        && wanted.answers.is_some_and(|act| (0..=CONFIRMED_WITHIN_MS).contains(&now.since(act)))
}
