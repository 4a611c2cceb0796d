//! Actions on the house: from a key to a preview, to a confirmation, to what was done.

use crate::link::{CallError, Reply, Request};
use crate::model::list::Want;
use crate::model::overlay::{Confirm, Item, MANY, Overlay};
use crate::model::{Batch, Model, Purpose};
use crate::msg::Cmd;
use crate::permit::{self, Wish};
use crate::text::grouped;
use frontdesk_shared::action::{Action, ActionSpec, Danger, Preview};

/// How often an action is sent when the connection breaks; it is done once all the same.
const MOST_TRIES: u32 = 3;

/// A key for an action was pressed.
pub(super) fn begin(model: &mut Model, spec: &'static ActionSpec, cmds: &mut Vec<Cmd>) {
    match permit::wish(model, spec) {
        Err(reason) => model.say(format!("{}: {reason}", spec.label)),
        Ok(Wish::Pause(scopes, chosen)) => {
            let input = crate::input::Input::default();
            model.overlay = Some(Overlay::Reason { input, scopes, chosen });
        }
        Ok(Wish::Ask(things)) => {
            model.overlay = Some(Overlay::Ask { spec, input: crate::input::Input::default(), things });
        }
        Ok(Wish::Settle(jobs)) => model.overlay = Some(Overlay::Happened(jobs)),
        Ok(Wish::Actions(actions)) => confirm(model, spec, actions, cmds),
    }
}

/// Asks the daemon what would happen, and then, unless it is harmless, the operator.
pub(super) fn confirm(
    model: &mut Model,
    spec: &'static ActionSpec,
    actions: Vec<(String, Action, Option<String>)>,
    cmds: &mut Vec<Cmd>,
) {
    let actions = together(actions);
    if spec.danger == Danger::Harmless {
        for (_, action, _) in actions.into_iter().filter(|(.., refusal)| refusal.is_none()) {
            ask(model, Request::Preview(action.clone()), Purpose::Straight(Box::new(action)), cmds);
        }
        model.state_mut().marks.clear();
        return;
    }
    let serial = model.next_serial();
    let mut items = Vec::new();
    for (index, (label, action, refusal)) in actions.into_iter().enumerate() {
        if refusal.is_none() {
            ask(model, Request::Preview(action.clone()), Purpose::Preview(serial, index), cmds);
        }
        items.push(Item { label, action, preview: refusal.map(Err) });
    }
    let typed = crate::input::Input::default();
    model.overlay = Some(Overlay::Confirm(Confirm { serial, spec, items, typed, offset: 0, hint: None }));
}

/// Many things are previewed, confirmed and done in one request, with one summary.
fn together(actions: Vec<(String, Action, Option<String>)>) -> Vec<(String, Action, Option<String>)> {
    if actions.len() <= MANY {
        return actions;
    }
    let label = format!("{} things", grouped(actions.len() as u64));
    let actions = actions.into_iter().map(|(_, action, _)| action).collect();
    vec![(label, Action::Many { actions }, None)]
}

/// The operator confirmed.
pub(super) fn confirmed(model: &mut Model, confirm: Confirm, cmds: &mut Vec<Cmd>) {
    let refused: Vec<String> = confirm.items.iter().filter_map(Item::refusal).map(str::to_owned).collect();
    let serial = model.next_serial();
    let label = confirm.spec.label;
    let total = confirm.items.len();
    model.batches.push(Batch { serial, label, total, done: Vec::new(), failed: refused });
    for item in confirm.items {
        if let Some(preview) = item.possible() {
            let token = preview.token.clone();
            send(model, serial, item.action, token, cmds);
        }
    }
    let state = model.state_mut();
    state.marks.clear();
    state.anchor = None;
    report(model, serial);
}

/// A harmless action's preview came.
pub(super) fn straight(
    model: &mut Model,
    action: Action,
    answer: Result<Preview, String>,
    cmds: &mut Vec<Cmd>,
) {
    let label = action.spec().label;
    match answer {
        Ok(Preview { refused: None, token, .. }) => {
            let serial = model.next_serial();
            model.batches.push(Batch { serial, label, total: 1, done: Vec::new(), failed: Vec::new() });
            send(model, serial, action, token, cmds);
        }
        Ok(Preview { refused: Some(reason), .. }) => model.complain(format!("{label}: {reason}")),
        Err(text) => model.complain(format!("{label}: {text}")),
    }
}

fn send(model: &mut Model, batch: u64, action: Action, token: String, cmds: &mut Vec<Cmd>) {
    // Each confirmation of each item has a name of its own, so that repeating it is harmless.
    let serial = model.next_serial();
    let request_id = format!("{}-{serial}", model.options.session);
    let request = Request::Act { action, token, request_id };
    ask(model, request.clone(), Purpose::Act(batch, Box::new(request), 1), cmds);
}

/// Asks the daemon and remembers who wanted to know.
pub(super) fn ask(model: &mut Model, request: Request, purpose: Purpose, cmds: &mut Vec<Cmd>) -> u64 {
    let id = model.next_serial();
    model.pending.insert(id, purpose);
    cmds.push(Cmd::Call(id, request));
    id
}

/// An action was done, or not.
pub(super) fn acted(
    model: &mut Model,
    batch: u64,
    request: Request,
    tries: u32,
    answer: Result<Reply, CallError>,
    cmds: &mut Vec<Cmd>,
) {
    let outcome = match answer {
        Ok(Reply::Receipt(receipt)) => Ok(receipt.text),
        Ok(_) => Err("the daemon answered something else".to_owned()),
        Err(e) if e.lost && tries < MOST_TRIES => {
            return match model.server() {
                Some(_) => {
                    let purpose = Purpose::Act(batch, Box::new(request.clone()), tries + 1);
                    ask(model, request, purpose, cmds);
                }
                None => model.resend.push((batch, request, tries)),
            };
        }
        Err(e) if e.lost => Err(format!("{}; not known whether it was done", e.text)),
        Err(e) => Err(e.text),
    };
    if let Some(batch) = model.batches.iter_mut().find(|b| b.serial == batch) {
        match outcome {
            Ok(text) => batch.done.push(text),
            Err(text) => batch.failed.push(text),
        }
    }
    report(model, batch);
}

/// Sends again what was under way when the connection broke.
pub(super) fn resend(model: &mut Model, cmds: &mut Vec<Cmd>) {
    for (batch, request, tries) in std::mem::take(&mut model.resend) {
        ask(model, request.clone(), Purpose::Act(batch, Box::new(request), tries + 1), cmds);
    }
}

/// Says what became of a batch once all of it is known.
fn report(model: &mut Model, serial: u64) {
    let whole = |b: &Batch| b.serial == serial && b.done.len() + b.failed.len() >= b.total;
    let Some(at) = model.batches.iter().position(whole) else { return };
    let batch = model.batches.remove(at);
    let (done, failed) = (batch.done.len(), batch.failed.len());
    match (batch.done.last(), batch.failed.first()) {
        (Some(text), None) if done == 1 => model.say(text.clone()),
        (_, None) => model.say(format!("{}: {done} done", batch.label)),
        (None, Some(text)) if failed == 1 => model.complain(format!("{}: {text}", batch.label)),
        (_, Some(text)) => {
            model.complain(format!("{}: {done} done, {failed} not, the first because: {text}", batch.label));
        }
    }
    let state = model.state_mut();
    state.want = state.want.max(Want::Now);
    for view in &mut model.stack {
        view.stale = true;
    }
}
