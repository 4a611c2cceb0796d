//! Whether an action is possible here and now, and which actions a key press means. Pure.

use crate::keys;
use crate::model::Model;
use crate::model::text_view::Content;
use crate::rows::Row;
use frontdesk_shared::action::{Action, ActionSpec};
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::detail::About;
use frontdesk_shared::import::ImportStatus;
use frontdesk_shared::job::JobState;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::message::{AppointmentStatus, MessageStatus};
use frontdesk_shared::{Millis, Noun};

/// What a key press on an action leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// These, each by label and with the reason why it cannot be done, if there is one. At least
    /// one can.
    Actions(Vec<(String, Action, Option<String>)>),
    /// A pause of dialing of one of these, and of which unless another is chosen: a client's, or
    /// with `None` the whole installation's. The reason is to be typed.
    Pause(Vec<Option<String>>, usize),
    /// Settling these jobs; it is to be said whether the effect took place.
    Settle(Vec<(String, String)>),
    /// Something for which one more thing is to be typed, done to these, each by label.
    Ask(Vec<(String, String)>),
}

/// Why the operator may not do this at all, whatever is selected.
pub fn forbidden(model: &Model, spec: &ActionSpec) -> Option<String> {
    let Some(server) = model.server() else { return Some("the daemon is away".to_owned()) };
    if model.options.read_only {
        return Some("disabled: read-only".to_owned());
    }
    (server.role < spec.role)
        .then(|| format!("disabled: needs the role “{}”, you have “{}”", spec.role, server.role))
}

/// What the action would be done to, or why it cannot be done.
pub fn wish(model: &Model, spec: &'static ActionSpec) -> Result<Wish, String> {
    if let Some(reason) = forbidden(model, spec) {
        return Err(reason);
    }
    if !keys::applies(spec, model.place().list()) {
        let lists: Vec<&str> = spec.lists.iter().map(|l| l.word()).collect();
        return Err(format!("works on {}", lists.join(", ")));
    }
    match spec.name {
        "pause_dialing" => {
            let mut scopes = vec![None];
            scopes.extend(clients_at_hand(model).into_iter().map(Some));
            scopes.retain(|scope| !model.badges.pauses.iter().any(|pause| pause.client == *scope));
            if scopes.is_empty() {
                return Err("dialing is already paused".to_owned());
            }
            // As the header says whose things are shown, so it is on every screen.
            let chosen = scopes.iter().position(|scope| *scope == model.client).unwrap_or(0);
            return Ok(Wish::Pause(scopes, chosen));
        }
        "resume_dialing" => {
            let client = paused_scope(model).ok_or_else(|| "dialing is not paused".to_owned())?;
            let label = scope_words(client.as_deref());
            return Ok(Wish::Actions(vec![(label, Action::ResumeDialing { client }, None)]));
        }
        _ => {}
    }
    let targets = targets(model, spec)?;
    if spec.name == "settle_job" {
        let possible = targets.into_iter().filter(|target| target.refusal.is_none());
        return Ok(Wish::Settle(possible.map(|target| (target.label, target.id)).collect()));
    }
    if argument(spec.name).is_some() {
        let possible = targets.into_iter().filter(|target| target.refusal.is_none());
        let things: Vec<(String, String)> = possible.map(|target| (target.label, target.id)).collect();
        match spec.name {
            "reschedule_appointment" if things.len() > 1 => {
                return Err("one appointment at a time".to_owned());
            }
            "withdraw_opt_out" if things.len() > 1 => return Err("one person at a time".to_owned()),
            "test_send" if things.len() > 1 => return Err("one client at a time".to_owned()),
            _ => {}
        }
        return Ok(Wish::Ask(things));
    }
    let wanted = |t: Target| Some((t.label, action(spec.name, t.id)?, t.refusal));
    Ok(Wish::Actions(targets.into_iter().filter_map(wanted).collect()))
}

/// What resuming resumes, the same on every screen: what the banner says; else, where nothing
/// else is paused, the selected client.
fn paused_scope(model: &Model) -> Option<Option<String>> {
    if let Some(pause) = model.badges.pauses.first() {
        return Some(pause.client.clone());
    }
    if model.badges.paused {
        return Some(None);
    }
    match model.selected()? {
        Row::Client(client) if model.stack.is_empty() && client.status == ClientStatus::Paused => {
            Some(Some(client.key.clone()))
        }
        _ => None,
    }
}

/// The client whose things are shown, and the selected one.
fn clients_at_hand(model: &Model) -> Vec<String> {
    let mut clients: Vec<String> = model.client.iter().cloned().collect();
    if let Some(Row::Client(client)) = model.selected().filter(|_| model.stack.is_empty())
        && !clients.contains(&client.key)
    {
        clients.push(client.key.clone());
    }
    clients
}

/// Whose dialing it is, so that nobody takes one for the other.
#[must_use]
pub fn scope_words(client: Option<&str>) -> String {
    client.map_or_else(
        || "the whole installation, all clients".to_owned(),
        |key| format!("the client {key} only"),
    )
}

/// Why nothing is done to the rows of the list in front: they are not the answer to its question.
#[must_use]
pub fn stale(model: &Model) -> Option<String> {
    let state = model.state().filter(|_| model.stack.is_empty())?;
    if let Some(error) = &state.error {
        return Some(error.clone());
    }
    (!state.is_current()).then(|| "the list is being asked for; once more when it is there".to_owned())
}

/// One thing an action is for.
struct Target {
    label: String,
    id: String,
    refusal: Option<String>,
}

/// What is selected or marked; an error when nothing of it can be acted on.
fn targets(model: &Model, spec: &ActionSpec) -> Result<Vec<Target>, String> {
    if let Some(view) = model.stack.last() {
        let subject = view.subject().ok_or_else(|| "nothing is selected".to_owned())?;
        if let Content::Detail(_, Some(detail)) = &view.content
            && let Some(refusal) =
                row_of(&detail.about).and_then(|row| row_refusal(spec.name, row, model.now))
        {
            return Err(refusal);
        }
        return Ok(vec![Target { label: subject.kind.word().to_owned(), id: subject.id, refusal: None }]);
    }
    if let Some(reason) = stale(model) {
        return Err(reason);
    }
    let state = model.state().ok_or_else(|| "nothing is selected".to_owned())?;
    let chosen = state.chosen();
    let target = |row: Row<'_>| Target {
        label: row.label(),
        id: target_id(spec.name, row),
        refusal: row_refusal(spec.name, row, model.now),
    };
    let mut targets: Vec<Target> = chosen.into_iter().map(target).collect();
    // What was marked and is not fetched is judged by the daemon alone.
    let elsewhere = state.marked_elsewhere();
    targets.extend(elsewhere.map(|id| Target { label: id.clone(), id: id.clone(), refusal: None }));
    if targets.is_empty() {
        return Err("nothing is selected".to_owned());
    }
    match targets.iter().map(|t| t.refusal.as_ref()).collect::<Option<Vec<_>>>() {
        Some(refusals) => Err(refusals.first().map(ToString::to_string).unwrap_or_default()),
        None => Ok(targets),
    }
}

/// The row a detail is about, as lists show it.
fn row_of(about: &About) -> Option<Row<'_>> {
    Some(match about {
        About::Lead(d) => Row::Lead(&d.row),
        About::Call(d) => Row::Call(&d.row),
        About::Job(d) => Row::Job(&d.row),
        About::Webhook(d) => Row::Webhook(&d.row),
        About::Import(d) => Row::Import(&d.row),
        About::Fault(d) => Row::Fault(&d.row),
        About::Appointment(d) => Row::Appointment(&d.row),
        About::Message(d) => Row::Message(&d.row),
        About::Client(d) => Row::Client(&d.row),
        About::Template(d) => Row::Template(&d.row),
    })
}

/// What the daemon is to be told for a row: a person is better named by the lead than by a call.
fn target_id(name: &str, row: Row<'_>) -> String {
    match (name, row) {
        ("opt_out", Row::Call(call)) => call.lead.map_or_else(|| call.phone.clone(), |lead| lead.to_string()),
        _ => row.id(),
    }
}

/// Why an action is senseless for a row in the state in which it was last seen.
fn row_refusal(name: &str, row: Row<'_>, now: Millis) -> Option<String> {
    let refuse = |words: String| Some(words);
    match (name, row) {
        ("retry_job", Row::Job(j)) if matches!(j.state, JobState::Running | JobState::Done) => {
            refuse(format!("the job is {}", j.state))
        }
        ("retry_job", Row::Job(j)) if j.state == JobState::Uncertain => {
            refuse("the job is uncertain: settle it first (e)".to_owned())
        }
        ("retry_job", Row::Job(j)) if matches!(j.state, JobState::Cancelled | JobState::Expired) => {
            refuse(format!("the job is {}: only what failed is tried again", j.state))
        }
        ("retry_job", Row::Job(j)) if j.state == JobState::Ready && j.attempt == 0 && j.run_at > now => {
            refuse("the job did not fail: it waits for its time".to_owned())
        }
        ("cancel_job", Row::Job(j)) if !matches!(j.state, JobState::Ready | JobState::Dead) => {
            refuse(format!(
                "only a job that waits can be cancelled, or one that was given up put aside; this one is {}",
                j.state
            ))
        }
        ("settle_job", Row::Job(j)) if j.state != JobState::Uncertain => {
            refuse(format!("only an uncertain job is settled; this one is {}", j.state))
        }
        ("end_call", Row::Call(c)) if !c.status.is_open() => refuse("the call is over".to_owned()),
        ("end_call", Row::Call(c)) if c.status == CallStatus::Placing => {
            refuse("the call is still being placed".to_owned())
        }
        ("call_now", Row::Lead(l)) if matches!(l.status, LeadStatus::OptedOut | LeadStatus::Calling) => {
            refuse(format!("the lead is {}", l.status))
        }
        ("opt_out", Row::Lead(l)) if l.status == LeadStatus::OptedOut => {
            refuse("the lead has already opted out".to_owned())
        }
        ("withdraw_opt_out", Row::Lead(l)) if l.status != LeadStatus::OptedOut => {
            refuse("the lead has not opted out".to_owned())
        }
        ("cancel_appointment" | "reschedule_appointment", Row::Appointment(a))
            if a.status != AppointmentStatus::Booked.word() =>
        {
            refuse(format!("the appointment is {}", a.status))
        }
        ("mark_attended" | "mark_no_show", Row::Appointment(a))
            if a.status == AppointmentStatus::Cancelled.word() =>
        {
            refuse("the appointment was cancelled".to_owned())
        }
        ("resend_message", Row::Message(m)) => match m.status {
            MessageStatus::Failed | MessageStatus::Undelivered | MessageStatus::Refused => None,
            MessageStatus::Uncertain => refuse("the message is uncertain: settle its job first".to_owned()),
            status => refuse(format!("the message is {status}")),
        },
        ("undo_import", Row::Import(i)) if i.dry_run => {
            refuse("it was a dry run: it brought nothing".to_owned())
        }
        ("undo_import", Row::Import(i)) if !matches!(i.status, ImportStatus::Done | ImportStatus::Failed) => {
            refuse(format!("the import is {}", i.status))
        }
        ("ack_fault", Row::Fault(f)) if f.acked_by.is_some() => refuse("already acknowledged".to_owned()),
        ("run_schedule", Row::Part(_)) => refuse("only a scheduled job can be run".to_owned()),
        _ => None,
    }
}

/// What is to be typed for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Before what is typed.
    pub label: &'static str,
    /// What is expected.
    pub hint: &'static str,
    /// Whether it may stay empty.
    pub optional: bool,
}

/// What is to be typed for an action, for those that want something.
#[must_use]
pub fn argument(name: &str) -> Option<Argument> {
    Some(match name {
        "cancel_appointment" => Argument {
            label: "reason:",
            hint: "The person is told that it is off, not why; the reason may stay empty.",
            optional: true,
        },
        "withdraw_opt_out" => Argument {
            label: "mistake:",
            hint: "What shows that the person did not refuse; it is kept with your name.",
            optional: false,
        },
        "test_send" => Argument {
            label: "test to:",
            hint: "Such as sms +447700900123, or email me@here.example reminder-24h; your own, not a lead's.",
            optional: false,
        },
        "reschedule_appointment" => Argument {
            label: "new time:",
            hint: "Such as 2026-12-24T10:00 in the client's time, or with an offset as +01:00.",
            optional: false,
        },
        _ => return None,
    })
}

/// The action of a name on one thing, with what was typed for it.
#[must_use]
pub fn argued(name: &str, id: String, typed: &str) -> Option<Action> {
    let typed = typed.trim().to_owned();
    Some(match name {
        "cancel_appointment" => Action::CancelAppointment { appointment: id, reason: typed },
        "reschedule_appointment" => Action::RescheduleAppointment { appointment: id, to: typed },
        "withdraw_opt_out" => Action::WithdrawOptOut { who: id, reason: typed },
        "test_send" => test_send(id, &typed),
        _ => return None,
    })
}

/// What is typed for a test: how, to whom, and which message where it is no confirmation. A number
/// may have blanks in it; without a word of the way an address says it itself.
fn test_send(client: String, typed: &str) -> Action {
    let mut words: Vec<&str> = typed.split_whitespace().collect();
    let way = words.first().and_then(|word| Channel::parse(word));
    if way.is_some() {
        words.remove(0);
    }
    let channel = way.unwrap_or(if typed.contains('@') { Channel::Email } else { Channel::Sms });
    let is_kind = |word: &&str| word.starts_with(char::is_alphabetic) && !word.contains('@');
    let template = words.pop_if(|word| is_kind(&&**word)).unwrap_or_default().to_owned();
    Action::TestSend { client, channel, address: words.join(" "), template }
}

/// The action of a name on one thing.
fn action(name: &str, id: String) -> Option<Action> {
    Some(match name {
        "retry_job" => Action::RetryJob { job: id },
        "cancel_job" => Action::CancelJob { job: id },
        "replay_webhook" => Action::ReplayWebhook { webhook: id },
        "call_now" => Action::CallNow { lead: id },
        "opt_out" => Action::OptOut { who: id },
        "end_call" => Action::EndCall { call: id },
        "mark_attended" => Action::MarkAttended { appointment: id },
        "mark_no_show" => Action::MarkNoShow { appointment: id },
        "resend_message" => Action::ResendMessage { message: id },
        "undo_import" => Action::UndoImport { import: id },
        "ack_fault" => Action::AckFault { fault: id },
        "run_schedule" => Action::RunSchedule { name: id },
        "deactivate_client" => Action::DeactivateClient { client: id },
        _ => return None,
    })
}

/// The lead at hand, for `w`.
#[must_use]
pub fn lead_at_hand(model: &Model) -> Option<String> {
    if let Some(view) = model.stack.last() {
        let subject = view.subject().into_iter().chain(view.related()).find(|s| s.kind == Noun::Lead);
        return subject.map(|s| s.id);
    }
    match model.selected()? {
        Row::Lead(l) => Some(l.id.to_string()),
        Row::Call(c) => c.lead.map(|id| id.to_string()),
        Row::Message(m) => m.lead.map(|id| id.to_string()),
        Row::Step(s) => s.lead.map(|id| id.to_string()),
        Row::Job(j) => j.lead.map(|id| id.to_string()),
        Row::Appointment(a) => a.lead.map(|id| id.to_string()),
        _ => None,
    }
}
