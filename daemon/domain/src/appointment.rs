//! Appointments: made, moved, given back, kept or missed, by whatever way somebody asks. What is
//! to be written about one is planned, moved and taken back in the same commit.
//!
//! Must not live here: whether a slot is free (`booking`), wording, who may ask.

use crate::booking::{self, BookingRules, Busy, Refused, Slot};
use crate::calendar;
use crate::client::Client;
use crate::follow_up;
use crate::installation::Installation;
use crate::job::SendMessage;
use crate::lead::Lead;
use crate::message::kinds::Kind;
use crate::message::reminders::{self, Planned, ReminderRules};
use crate::planning::{self, Approach, Stage, Standing};
use crate::records::{Booking, ErrorReport};
use crate::sending;
use crate::unit::{Decided, Unit};
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::explain::Answer;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::AppointmentStatus;
use frontdesk_shared::{AppointmentId, CallId, JobId, Millis};
use std::sync::PoisonError;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// An operator's name, `vapi`, `text`, `link`, `google`, `api:…`.
    pub actor: &'a str,
    /// When the person did it, where it was the person: then they are answered at any hour.
    pub act: Option<Millis>,
    /// Whether the business wants it, so that the person has to hear of it.
    pub by_business: bool,
}

/// An appointment to be made.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// When.
    pub slot: Slot,
    /// In which call it was made.
    pub call: Option<CallId>,
    /// With whom, in words.
    pub who: String,
    /// Anything said about it.
    pub note: String,
}

/// What is told at once about an appointment.
#[derive(Clone, Copy, Debug)]
struct Notice<'a> {
    kind: Kind,
    by: By<'a>,
    moved_from: Option<Millis>,
}

/// Times of a client that are taken, by appointments and in its calendar, but for one appointment's own.
///
/// # Errors
/// A missing fact.
pub fn busy(unit: &Unit<'_>, client: &Client, but: Option<AppointmentId>) -> Decided<Vec<Busy>> {
    let booked = unit.booked(client.id)?;
    let others = booked.into_iter().filter(|b| Some(b.id) != but);
    let mut busy: Vec<Busy> = others.map(|b| Busy { start: b.starts_at, end: b.ends_at }).collect();
    busy.extend(unit.taken(client.id)?);
    busy.sort_by_key(|b| b.start);
    Ok(busy)
}

/// Whether a start can be had, by the client's rules and calendar. An appointment that moves does
/// not stand in its own way.
///
/// # Errors
/// A missing fact.
pub fn check(
    unit: &Unit<'_>,
    client: &Client,
    start: Millis,
    moving: Option<AppointmentId>,
) -> Decided<Result<Slot, Refused>> {
    let mut busy = busy(unit, client, moving)?;
    if unit.planted("double-book") {
        busy.clear();
    }
    let rules = unit.house.rules(client);
    Ok(booking::check(&rules.booking, unit.now, start, &busy))
}

/// Whether somebody who gave a start back can have it again: as [`check`], but for the notice, which
/// they had kept when it was made.
///
/// # Errors
/// A missing fact.
pub fn check_again(unit: &Unit<'_>, client: &Client, start: Millis) -> Decided<Result<Slot, Refused>> {
    let busy = busy(unit, client, None)?;
    let rules = BookingRules { notice_minutes: 0, ..unit.house.rules(client).booking.clone() };
    Ok(booking::check(&rules, unit.now, start, &busy))
}

/// Makes an appointment in a slot that was checked.
///
/// # Errors
/// A missing fact.
pub fn book(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: Option<&Lead>,
    new: NewBooking,
    by: By<'_>,
) -> Decided<Booking> {
    let booking = Booking {
        id: AppointmentId(unit.id()),
        client: client.id,
        lead: lead.map(|lead| lead.id),
        call: new.call,
        who: new.who,
        starts_at: new.slot.start,
        ends_at: new.slot.end,
        status: AppointmentStatus::Booked,
        note: new.note,
        sequence: 0,
        by_staff: false,
        made_by: by.actor.to_owned(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    unit.book(booking.clone());
    let text = format!("appointment booked for {}", booking.starts_at.iso());
    if !unit.planted("forget-confirmation") {
        emit(unit, kind::APPOINTMENT_BOOKED, &booking, by, &text);
    }
    if let Some(lead) = lead {
        follow_up::stop(unit, lead, "an appointment was booked")?;
        plan(unit, client, lead, &booking, Notice { kind: Kind::Confirmation, by, moved_from: None })?;
    }
    calendar::tell(unit, client, &booking, by)?;
    Ok(booking)
}

/// Gives an appointment another time, in a slot that was checked.
///
/// # Errors
/// A missing fact.
pub fn reschedule(
    unit: &mut Unit<'_>,
    client: &Client,
    booking: &Booking,
    slot: Slot,
    by: By<'_>,
) -> Decided<Booking> {
    let was = booking.starts_at;
    let mut moved = booking.clone();
    (moved.starts_at, moved.ends_at) = (slot.start, slot.end);
    moved.by_staff = false;
    changed(unit, &mut moved);
    forget_reminders(unit, booking, "the appointment was moved")?;
    let text = format!("appointment of {} moved to {}", was.iso(), moved.starts_at.iso());
    emit(unit, kind::APPOINTMENT_MOVED, &moved, by, &text);
    unit.put_appointment(moved.clone());
    calendar::tell(unit, client, &moved, by)?;
    if let Some(lead) = moved.lead.map_or(Ok(None), |id| unit.lead(id))? {
        plan(unit, client, &lead, &moved, Notice { kind: Kind::Moved, by, moved_from: Some(was) })?;
    }
    Ok(moved)
}

/// Takes over a time that the business set itself, whatever the rules say. The person is told where
/// there is a new start that they can still keep; reminders go by the new time.
///
/// # Errors
/// A missing fact.
pub fn take_over(
    unit: &mut Unit<'_>,
    client: &Client,
    booking: &Booking,
    slot: Slot,
    all_day: bool,
    by: By<'_>,
) -> Decided<()> {
    let was = booking.starts_at;
    let mut moved = booking.clone();
    (moved.starts_at, moved.ends_at) = (slot.start, slot.end);
    moved.by_staff = true;
    let text = format!("appointment of {} moved to {} by the business", was.iso(), moved.starts_at.iso());
    if was == slot.start && !all_day {
        // What was planned about it is as right as before.
        moved.updated_at = unit.now;
        emit(unit, kind::APPOINTMENT_MOVED, &moved, by, &text);
        unit.put_appointment(moved);
        return Ok(());
    }
    changed(unit, &mut moved);
    forget_reminders(unit, booking, "the appointment was moved")?;
    emit(unit, kind::APPOINTMENT_MOVED, &moved, by, &text);
    unit.put_appointment(moved.clone());
    if all_day || moved.starts_at <= unit.now {
        return Ok(());
    }
    if let Some(lead) = moved.lead.map_or(Ok(None), |id| unit.lead(id))? {
        plan(unit, client, &lead, &moved, Notice { kind: Kind::Moved, by, moved_from: Some(was) })?;
    }
    Ok(())
}

/// Gives an appointment back. One that is over already stays as it is; whether it was.
///
/// # Errors
/// A missing fact.
pub fn cancel(unit: &mut Unit<'_>, client: &Client, booking: &Booking, by: By<'_>) -> Decided<bool> {
    cancel_because(unit, client, booking, by, "")
}

/// Gives an appointment back for a reason, which is kept with it and not told to the person.
///
/// # Errors
/// A missing fact.
pub fn cancel_because(
    unit: &mut Unit<'_>,
    client: &Client,
    booking: &Booking,
    by: By<'_>,
    why: &str,
) -> Decided<bool> {
    if booking.status != AppointmentStatus::Booked {
        return Ok(false);
    }
    let mut gone = booking.clone();
    gone.status = AppointmentStatus::Cancelled;
    changed(unit, &mut gone);
    if !unit.planted("forget-reminders") {
        forget_reminders(unit, booking, "the appointment was cancelled")?;
    }
    let whose = if by.by_business { "by the business" } else { "by the person" };
    let because = if why.is_empty() { String::new() } else { format!(": {why}") };
    let text = format!("appointment of {} cancelled {whose}{because}", booking.starts_at.iso());
    emit(unit, kind::APPOINTMENT_CANCELLED, &gone, by, &text);
    unit.put_appointment(gone.clone());
    calendar::tell(unit, client, &gone, by)?;
    let Some(mut lead) = gone.lead.map_or(Ok(None), |id| unit.lead(id))? else { return Ok(true) };
    let notice = if by.by_business { Kind::CancelledByBusiness } else { Kind::Cancelled };
    if gone.starts_at > unit.now {
        announce(unit, client, &lead, &gone, Notice { kind: notice, by, moved_from: None })?;
    }
    if lead.status == LeadStatus::Booked && unit.upcoming(lead.id)?.is_empty() {
        lead.rests(LeadStatus::Review);
        planning::move_lead(unit, lead, by.actor, "the appointment was cancelled: another one, or none?");
    }
    Ok(true)
}

/// Whether it may be told if the person came: nobody knows before it has begun.
pub fn has_begun(booking: &Booking, now: Millis) -> bool {
    booking.starts_at <= now
}

/// Notes whether the person came. Whatever was still planned about it goes.
///
/// # Errors
/// A missing fact.
pub fn mark(unit: &mut Unit<'_>, booking: &Booking, came: bool, by: By<'_>) -> Decided<()> {
    let mut marked = booking.clone();
    marked.status = if came { AppointmentStatus::Attended } else { AppointmentStatus::NoShow };
    changed(unit, &mut marked);
    forget_reminders(unit, booking, "whether the person came is known")?;
    emit(unit, kind::APPOINTMENT_MARKED, &marked, by, &format!("appointment {}", marked.status));
    unit.put_appointment(marked);
    Ok(())
}

/// Takes back whatever waits to be sent about an appointment.
///
/// # Errors
/// A missing fact.
pub fn forget_reminders(unit: &mut Unit<'_>, booking: &Booking, why: &str) -> Decided<u64> {
    let Some(lead) = booking.lead else { return Ok(0) };
    unit.take_back(lead, |job| sending::appointment_of(job.payload) == Some(booking.id), why)
}

fn changed(unit: &Unit<'_>, booking: &mut Booking) {
    booking.sequence += 1;
    booking.updated_at = unit.now;
}

fn emit(unit: &mut Unit<'_>, kind: &'static str, booking: &Booking, by: By<'_>, text: &str) {
    let data = Payload::Appointment {
        starts_at: booking.starts_at,
        call: booking.call,
        lead: booking.lead,
        status: booking.status,
    };
    let subject = ("appointment", booking.id.to_string());
    unit.emit(kind, booking.client, booking.lead, subject, by.actor, text, data);
}

/// Plans what is written about an appointment that stands: at once that it does, then reminders.
fn plan(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: &Lead,
    booking: &Booking,
    first: Notice<'_>,
) -> Decided<()> {
    let reached = announce(unit, client, lead, booking, first)?;
    if reached.is_empty() {
        if booking.starts_at > unit.now {
            unreachable_by_message(unit, client, lead, booking);
        }
        return Ok(());
    }
    for reminder in reminders_of(unit, client, lead, booking) {
        for channel in reached.iter().copied() {
            remind(unit, client, lead, booking, (channel, &reminder, ""));
        }
    }
    Ok(())
}

/// Plans the reminders of what a lead has booked anew, because what forbade them is over. Those that
/// wait already stay.
///
/// # Errors
/// A missing fact.
pub fn remind_again(unit: &mut Unit<'_>, client: &Client, lead: &Lead) -> Decided<()> {
    for booking in unit.upcoming(lead.id)? {
        let waiting: Vec<SendMessage> = unit
            .open_jobs(lead.id)?
            .iter()
            .filter_map(|job| SendMessage::of(job).ok())
            .filter(|wanted| wanted.appointment == Some(booking.id))
            .collect();
        let ways = welcome(unit, client, lead, None)?;
        let mark = format!(":{}", unit.id());
        for reminder in reminders_of(unit, client, lead, &booking) {
            let waits = |channel: Channel| {
                waiting.iter().any(|w| w.channel == channel && w.message == reminder.kind.word())
            };
            for channel in ways.iter().copied().filter(|channel| !waits(*channel)) {
                remind(unit, client, lead, &booking, (channel, &reminder, &mark));
            }
        }
    }
    Ok(())
}

fn reminders_of(unit: &Unit<'_>, client: &Client, lead: &Lead, booking: &Booking) -> Vec<Planned> {
    let rules = unit.house.rules(client);
    let known = planning::transactional_hours(&rules.policy, lead);
    let (zones, hours) = known.unzip();
    let defaults = ReminderRules::default();
    let rules_here = ReminderRules { hours: hours.unwrap_or_else(|| defaults.hours.clone()), ..defaults };
    let of = reminders::Appointment {
        start: booking.starts_at,
        booked_at: unit.now,
        zones: zones.as_deref().unwrap_or_default(),
        business_zone: &rules.booking.zone,
    };
    let mut windows = unit.house.windows.lock().unwrap_or_else(PoisonError::into_inner);
    reminders::plan(&of, unit.now, &rules_here, &mut windows).planned
}

fn remind(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: &Lead,
    booking: &Booking,
    (channel, reminder, mark): (Channel, &Planned, &str),
) {
    // A mail is read when its reader likes: the one an hour before would be read too late.
    if channel == Channel::Email && reminder.kind == Kind::Reminder1h {
        return;
    }
    let wanted = message(lead, booking, reminder.kind, channel);
    if !is_ready(unit, client, lead, booking, &wanted) {
        return;
    }
    let mut job = wanted.job(JobId(unit.id()), booking.client, about(booking), reminder.send_at);
    job.useful_until = Some(reminder.useful_until);
    job.lead = Some(lead.id);
    job.dedupe = Some(key(booking, reminder.kind, channel) + mark);
    unit.enqueue(job);
}

/// Writes of what just happened to an appointment on every channel the person has; which those are.
fn announce(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: &Lead,
    booking: &Booking,
    notice: Notice<'_>,
) -> Decided<Vec<Channel>> {
    let channels = welcome(unit, client, lead, notice.by.act)?;
    for channel in channels.iter().copied() {
        let wanted = SendMessage {
            moved_from: notice.moved_from,
            answers: notice.by.act,
            ..message(lead, booking, notice.kind, channel)
        };
        if !is_ready(unit, client, lead, booking, &wanted) {
            continue;
        }
        let mut job = wanted.job(JobId(unit.id()), booking.client, about(booking), unit.now);
        // Nobody needs to hear of it once it has begun.
        job.useful_until = job.useful_until.map(|until| until.min(booking.starts_at));
        job.lead = Some(lead.id);
        job.dedupe = Some(key(booking, notice.kind, channel));
        unit.enqueue(job);
    }
    Ok(channels)
}

/// Whether a message could be written as things are: what is missing is told now, not at night when
/// it is due.
fn is_ready(
    unit: &mut Unit<'_>,
    client: &Client,
    lead: &Lead,
    booking: &Booking,
    wanted: &SendMessage,
) -> bool {
    let Err(why) = sending::try_out(unit, client, lead, Some(booking), wanted) else { return true };
    unit.report(ErrorReport {
        kind: "message.not-ready".into(),
        service: format!("{} {}", wanted.message, wanted.channel),
        client: client.id,
        severity: Severity::Error,
        message: format!("not planned: {why}"),
        subject: ("appointment", booking.id.to_string()),
    });
    false
}

/// Channels on which this person can be written to and may be: what is refused already is not planned.
fn welcome(unit: &Unit<'_>, client: &Client, lead: &Lead, act: Option<Millis>) -> Decided<Vec<Channel>> {
    let all = channels(unit.house, client, lead);
    if all.is_empty() {
        return Ok(all);
    }
    let standing = Standing::of(unit, client, lead)?;
    Ok(allowed(unit.house, client, lead, &standing, (unit.now, act), all))
}

/// Those of `channels` on which the gate would let through what is written about an appointment.
pub fn allowed(
    house: &Installation,
    client: &Client,
    lead: &Lead,
    standing: &Standing,
    (now, answers): (Millis, Option<Millis>),
    mut channels: Vec<Channel>,
) -> Vec<Channel> {
    let policy = &house.rules(client).policy;
    // A doubt is decided by a person, and what was planned waits for that. Whatever was known of them
    // before, who has an appointment is booked; only a refusal stays one.
    let refuses = lead.status == LeadStatus::OptedOut;
    let status = if refuses { lead.status } else { LeadStatus::Booked };
    let decided = Lead { hold_rule: String::new(), status, ..lead.clone() };
    channels.retain(|channel| {
        let approach = Approach { channel: *channel, purpose: Purpose::Informational, answers };
        let asked = (Stage::Plan, approach);
        planning::judge_approach(house, client, policy, &decided, standing, now, asked).answer
            != Answer::Never
    });
    channels
}

/// Channels on which this person can be written to for this client.
pub fn channels(house: &Installation, client: &Client, lead: &Lead) -> Vec<Channel> {
    let has =
        |channel: &Channel| house.lines.of(client, *channel).is_some() && sending::reachable(lead, *channel);
    [Channel::Sms, Channel::Email].into_iter().filter(has).collect()
}

fn message(lead: &Lead, booking: &Booking, message: Kind, channel: Channel) -> SendMessage {
    SendMessage {
        message: message.word().to_owned(),
        channel,
        appointment: Some(booking.id),
        sequence: booking.sequence,
        episode: lead.episode,
        moved_from: None,
        answers: None,
    }
}

/// One of a kind, channel and state of an appointment, for ever.
fn key(booking: &Booking, message: Kind, channel: Channel) -> String {
    format!("message:{}:{}:{message}:{channel}", booking.id, booking.sequence)
}

fn about(booking: &Booking) -> String {
    if booking.who.is_empty() { format!("appointment {}", booking.id.short()) } else { booking.who.clone() }
}

/// Told when it is booked, while something can still be done about it.
fn unreachable_by_message(unit: &mut Unit<'_>, client: &Client, lead: &Lead, booking: &Booking) {
    if unit.house.lines.sms.is_none() && unit.house.lines.email.is_none() {
        // An installation that sends no messages at all knows that.
        return;
    }
    unit.report(ErrorReport {
        kind: "appointment.nobody-reminded".into(),
        service: "reminders".into(),
        client: client.id,
        severity: Severity::Warning,
        message: match channels(unit.house, client, lead).is_empty() {
            true => "there is no way to remind the person: neither a mobile number nor an email".into(),
            false => "the person is not reminded: what they refused, or did not receive, forbids it".into(),
        },
        subject: ("appointment", booking.id.to_string()),
    });
}
