//! What operators do with messages and the jobs that send them, in words and in fact.

use super::Shown;
use crate::flows::{Ctx, messages as flow, planning};
use frontdesk_domain::job::{LANE_EMAIL, LANE_SMS};
use frontdesk_domain::planning::{Approach, Stage, judge_approach};
use frontdesk_domain::sending::{Message, once_more_key};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::explain::Answer;
use frontdesk_shared::message::MessageStatus;
use frontdesk_shared::{ClientId, LeadId};
use frontdesk_store::jobs::{self, Job};
use frontdesk_store::{Refusal, Result, Tx, clients, leads};

/// Whether a job sends a message.
pub(super) fn is_sending(job: &Job) -> bool {
    job.lane == LANE_SMS || job.lane == LANE_EMAIL
}

/// Why the job of a message is not run again, where it is not: somebody would read it twice.
pub(super) fn not_again(tx: &mut Tx<'_>, job: &Job) -> Result<Option<String>> {
    let Some(message) = flow::of_job(tx, job)? else { return Ok(None) };
    let why = match message.status {
        MessageStatus::Sending | MessageStatus::Uncertain => {
            "nobody knows whether it was sent: settle it instead".to_owned()
        }
        MessageStatus::Refused | MessageStatus::Failed | MessageStatus::Undelivered => {
            let Some(other) = jobs::of_key(tx, &once_more_key(&message))? else { return Ok(None) };
            format!("it is sent once more already, by job {other}")
        }
        status => format!("its message is {status}"),
    };
    Ok(Some(why))
}

/// What settling the job of a message by hand means.
pub(super) fn settle_shown(happened: bool) -> String {
    if happened {
        "You say that it was sent: it counts, and nothing is sent again.".to_owned()
    } else {
        "You say that it was not sent: it is sent again, as far as it still is of use.".to_owned()
    }
}

/// Says what happened to the message of a job whose result is unknown.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    job: &Job,
    happened: bool,
    actor: &str,
) -> Result<(String, ClientId)> {
    let unknown = flow::of_job(tx, job)?.filter(|message| message.status == MessageStatus::Uncertain);
    let Some(message) = unknown else {
        return Err(Refusal::conflict("the provider has answered meanwhile").into());
    };
    Ok((flow::by_hand(tx, ctx, job, message.id, happened, actor)?, job.client))
}

/// What sending a message once more would do, and why it would not.
pub(super) fn resend_shown(tx: &mut Tx<'_>, ctx: &Ctx, message: &Message) -> Result<Shown> {
    let way = if message.channel == Channel::Email { "email" } else { "text" };
    let lines = vec![
        format!("{} to {} goes out once more, by {way}, worded anew.", message.kind, message.who),
        "The gate is asked again before anything is sent.".to_owned(),
    ];
    let refused = match message.lead {
        None => Some("it is to no lead".to_owned()),
        Some(id) => match flow::may_resend(tx, message)? {
            Err(why) => Some(why),
            Ok(_) => barred(tx, ctx, id, message)?,
        },
    };
    Ok((lines, refused))
}

/// Why the gate would not let a message through, whatever the hour.
fn barred(tx: &mut Tx<'_>, ctx: &Ctx, id: LeadId, message: &Message) -> Result<Option<String>> {
    let Some(lead) = leads::by_id(tx, id)? else { return Ok(Some("the lead is gone".to_owned())) };
    let Some(client) = clients::by_id(tx, lead.client)? else { return Ok(None) };
    let standing = planning::standing(tx, &lead)?;
    let policy = &ctx.house.rules(&client).policy;
    let approach = Approach { channel: message.channel, purpose: message.purpose, answers: None };
    let asked = (Stage::Plan, approach);
    let report = judge_approach(&ctx.house, &client, policy, &lead, &standing, ctx.now(), asked);
    Ok((report.answer == Answer::Never).then_some(report.reason))
}

/// Sends it once more.
pub(super) fn resend(tx: &mut Tx<'_>, ctx: &Ctx, message: &Message) -> Result<(String, ClientId)> {
    let job = flow::resend(tx, ctx, message)?;
    Ok((format!("{} to {} is sent once more, by job {job}", message.kind, message.who), message.client))
}
