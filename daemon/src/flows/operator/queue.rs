//! What operators do with jobs: tried again, taken back, put aside; in words and in fact.
//!
//! What was taken back stays taken back, and what waits for its time is not made early by being
//! tried again: only what failed is. Must not live here: settling what is uncertain
//! (`operator::messages`, `flows::calls`).

use super::{GRACE_MS, Shown, hold, messages, refusals, reopen, tell_job};
use crate::flows::{Ctx, planning};
use frontdesk_domain::job::{PlaceCall, SendMessage};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, Millis};
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::{Result, Tx, appointments, leads};

fn is_call(job: &Job) -> bool {
    job.kind == planning::PLACE_CALL.word
}

/// Which call, message or work it is, and to whom.
fn named(tx: &mut Tx<'_>, job: &Job) -> Result<String> {
    let lead = match job.lead {
        Some(id) => leads::by_ids(tx, &[id])?.into_iter().next(),
        None => None,
    };
    if let (true, Ok(call)) = (is_call(job), job.arguments::<PlaceCall>()) {
        let number = lead.and_then(|lead| lead.phone).map(|phone| refusals::masked(&phone));
        return Ok(format!("Call {} to {}{}", call.attempt, job.about, in_brackets(number)));
    }
    let Some(wanted) = messages::is_sending(job)
        .then(|| serde_json::from_value::<SendMessage>(job.payload.clone()).ok())
        .flatten()
    else {
        return Ok(format!("{} for {}", job.kind, job.about));
    };
    let (way, address) = match wanted.channel {
        Channel::Email => ("email", lead.map(|lead| lead.email).filter(|mail| !mail.is_empty())),
        Channel::Sms | Channel::AiVoice => ("text", lead.and_then(|lead| lead.phone)),
    };
    let address = address.map(|address| refusals::masked(&address));
    let mut text = format!("{} to {}{} by {way}", wanted.message, job.about, in_brackets(address));
    if let Some(id) = wanted.appointment
        && let Some(booking) = appointments::by_ids(tx, &[id])?.into_iter().next()
    {
        text.push_str(&format!(", about the appointment at {}", booking.starts_at.iso()));
    }
    Ok(text)
}

fn in_brackets(text: Option<String>) -> String {
    text.map(|text| format!(" ({text})")).unwrap_or_default()
}

/// What trying a job again would do, and why it would not.
pub(super) fn retry_shown(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job) -> Result<Shown> {
    let named = named(tx, job)?;
    if let Some(why) = not_retried(tx, job, ctx.now())? {
        return Ok((vec![format!("{named} stays as it is.")], Some(why)));
    }
    let mut lines = vec![format!("{named} is tried again in 5 s.")];
    if messages::is_sending(job) {
        lines.push("The gate is asked again before anything is sent.".into());
    }
    if is_call(job) {
        lines.push("The gate is asked again before anything rings.".into());
    }
    let tries = job.max_attempts.max(job.attempt + 1);
    let until = job.useful_until.map(|at| format!(", not after {}", at.iso())).unwrap_or_default();
    lines.push(format!("This is try {} of {tries}{until}.", job.attempt + 1));
    Ok((lines, None))
}

/// Why a job is not tried again.
fn not_retried(tx: &mut Tx<'_>, job: &Job, now: Millis) -> Result<Option<String>> {
    let (sends, calls) = (messages::is_sending(job), is_call(job));
    if job.state == JobState::Uncertain {
        let twice = if sends { "send" } else { "call" };
        let why = format!("its result is unknown: running it again might {twice} twice; settle it instead");
        return Ok(Some(why));
    }
    if sends && let Some(why) = messages::not_again(tx, job)? {
        return Ok(Some(why));
    }
    // What leads to a call now, if anybody wants one.
    let instead = if calls { "; “call” on the lead plans a new one through the gate" } else { "" };
    Ok(match job.state {
        JobState::Cancelled => {
            let why = if job.reason.is_empty() { "by hand" } else { &job.reason };
            Some(format!("it was taken back ({why}), and what is taken back is not tried again{instead}"))
        }
        JobState::Expired => Some(format!("it came too late to be of use and is over{instead}")),
        JobState::Ready if job.attempt == 0 && job.run_at > now => {
            let at = job.run_at.iso();
            Some(match (calls, sends) {
                (true, _) => format!("it did not fail, it is planned for {at}: “call” on the lead calls now"),
                (_, true) => format!("it did not fail, it is due at {at} and is not sent before"),
                _ => format!("it did not fail, it is due at {at}"),
            })
        }
        JobState::Ready | JobState::Dead if job.useful_until.is_some_and(|until| until <= now) => {
            let until = job.useful_until.map(Millis::iso).unwrap_or_default();
            Some(format!("it is of no use after {until}{instead}"))
        }
        JobState::Ready | JobState::Dead => match job.lead.filter(|_| calls) {
            Some(id) => {
                // A call that is placed has a job that is done.
                let live = leads::need(tx, id)?.status == LeadStatus::Calling;
                (live || jobs::other_call(tx, id, job.id)?)
                    .then(|| "another call to this lead is planned or under way already".to_owned())
            }
            None => None,
        },
        state => Some(format!("it is {state}")),
    })
}

/// Tries a job again; what was done, in words.
pub(super) fn retry(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, actor: &str) -> Result<(String, ClientId)> {
    let (now, why) = (ctx.now(), format!("retried by {actor}"));
    let named = named(tx, job)?;
    jobs::revive(tx, job.id, now + GRACE_MS, &why, now)?;
    if let Some(id) = job.lead.filter(|_| is_call(job)) {
        reopen(tx, ctx, id, actor)?;
    }
    tell_job(tx, ctx, job, JobState::Ready, &why, actor)?;
    Ok((format!("{named} is tried again in 5 s"), job.client))
}

/// What taking a job back would do, and why it would not.
pub(super) fn cancel_shown(tx: &mut Tx<'_>, job: &Job) -> Result<Shown> {
    let named = named(tx, job)?;
    Ok(match job.state {
        JobState::Ready => (vec![format!("{named} will not run.")], None),
        JobState::Dead => {
            let lines = vec![
                format!("{named} was given up: {}.", job.reason.trim_end_matches('.')),
                "It is put aside and no longer counts as stuck.".to_owned(),
            ];
            (lines, None)
        }
        state => {
            let why =
                format!("it is {state}: only what waits can be taken back, or put aside what was given up");
            (vec![format!("{named} stays as it is.")], Some(why))
        }
    })
}

/// Takes a job back, or puts a dead one aside; what was done, in words.
pub(super) fn cancel(tx: &mut Tx<'_>, ctx: &Ctx, job: &Job, actor: &str) -> Result<(String, ClientId)> {
    let named = named(tx, job)?;
    let (why, done) = match job.state {
        // Why it was given up stays what is told about it.
        JobState::Dead => (format!("put aside by {actor}; it was given up: {}", job.reason), "is put aside"),
        _ => (format!("cancelled by {actor}"), "is taken back"),
    };
    jobs::put(tx, job.id, JobState::Cancelled, None, &why, ctx.now())?;
    if let Some(id) = job.lead.filter(|_| is_call(job) && job.state != JobState::Dead) {
        hold(tx, ctx, id, &format!("its call was cancelled by {actor}"), actor)?;
    }
    tell_job(tx, ctx, job, JobState::Cancelled, &why, actor)?;
    Ok((format!("{named} {done}"), job.client))
}
