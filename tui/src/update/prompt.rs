//! Keys while something lies over everything.

use super::{act, command, confirm, import};
use crate::input::Input;
use crate::keys::Key;
use crate::model::Model;
use crate::model::list::Sort;
use crate::model::overlay::Overlay;
use crate::msg::Cmd;
use crate::palette::{self, Pick};
use crate::permit;
use crate::screens;
use frontdesk_shared::action::{Action, ActionSpec, spec};

/// A key was pressed over `overlay`, which was taken away; it is put back unless it is done.
pub(super) fn press(model: &mut Model, overlay: Overlay, key: Key, cmds: &mut Vec<Cmd>) {
    match overlay {
        Overlay::Confirm(it) => confirm::press(model, it, key, cmds),
        Overlay::Import(wizard) => import::press(model, wizard, key, cmds),
        Overlay::Filter { input, before } => filter(model, input, before, key),
        Overlay::Find(input) => find(model, input, key),
        Overlay::Palette { input, cursor } => pick(model, input, cursor, key, cmds),
        Overlay::Reason { input, scopes, chosen } => reason(model, input, scopes, chosen, key, cmds),
        Overlay::Ask { spec, input, things } => ask(model, spec, input, things, key, cmds),
        Overlay::Happened(jobs) => happened(model, jobs, key, cmds),
        Overlay::Sort { cursor } => sort(model, cursor, key),
        Overlay::Help { mut input, offset } => match key {
            Key::Esc | Key::Enter => {}
            key => {
                let typed = input.key(key);
                let offset = if typed { 0 } else { scrolled(offset, key) };
                model.overlay = Some(Overlay::Help { input, offset });
            }
        },
        Overlay::Messages { offset } => match key {
            Key::Esc | Key::Enter | Key::Char('!' | 'q' | 'h') => {}
            key => model.overlay = Some(Overlay::Messages { offset: scrolled(offset, key) }),
        },
    }
}

/// Text was pasted.
pub(super) fn paste(model: &mut Model, pasted: &str, cmds: &mut Vec<Cmd>) {
    match &mut model.overlay {
        Some(Overlay::Filter { input, .. }) => {
            input.paste(pasted);
            let text = input.text.clone();
            set_filter(model, &text);
        }
        Some(
            Overlay::Help { input, .. }
            | Overlay::Palette { input, .. }
            | Overlay::Find(input)
            | Overlay::Reason { input, .. }
            | Overlay::Ask { input, .. },
        ) => input.paste(pasted),
        Some(Overlay::Import(wizard)) => import::paste(wizard, pasted, cmds),
        _ => model.say("nothing here takes pasted text"),
    }
}

fn scrolled(offset: usize, key: Key) -> usize {
    match key {
        Key::Down | Key::Char('j') => offset + 1,
        Key::Up | Key::Char('k') => offset.saturating_sub(1),
        Key::PageDown | Key::Char('d') => offset + 10,
        Key::PageUp | Key::Char('u') => offset.saturating_sub(10),
        Key::Home | Key::Char('g') => 0,
        _ => offset,
    }
}

fn filter(model: &mut Model, mut input: Input, before: String, key: Key) {
    match key {
        Key::Enter | Key::Down | Key::Up => {}
        Key::Esc => set_filter(model, &before),
        Key::Backspace if input.text.is_empty() => set_filter(model, ""),
        key => {
            input.key(key);
            set_filter(model, &input.text);
            model.overlay = Some(Overlay::Filter { input, before });
        }
    }
}

fn set_filter(model: &mut Model, text: &str) {
    let state = model.state_mut();
    if state.filter.trim() != text.trim() {
        state.ask_anew();
        state.marks.clear();
        state.select(0);
        state.offset = 0;
    }
    text.clone_into(&mut state.filter);
}

fn find(model: &mut Model, mut input: Input, key: Key) {
    match key {
        Key::Esc => {}
        Key::Enter => {
            if let Some(view) = model.stack.last_mut() {
                view.find = input.text;
                command::find(model, true);
            }
        }
        key => {
            input.key(key);
            model.overlay = Some(Overlay::Find(input));
        }
    }
}

fn pick(model: &mut Model, mut input: Input, cursor: usize, key: Key, cmds: &mut Vec<Cmd>) {
    let entries = palette::entries(model, &input.text);
    let last = entries.len().saturating_sub(1);
    let cursor = match key {
        Key::Esc => return,
        Key::Enter => {
            let Some(entry) = entries.get(cursor.min(last)) else { return };
            if let Some(reason) = &entry.disabled {
                let text = format!("{}: {reason}", entry.name);
                return model.say(text);
            }
            return match entry.pick {
                Pick::Command(command) => command::run(model, command, cmds),
                Pick::Action(spec) => act::begin(model, spec, cmds),
                Pick::List(list) => command::show(model, list),
                Pick::Client(client) => {
                    let client = client.map(str::to_owned);
                    only(model, client);
                }
            };
        }
        Key::Down | Key::Tab | Key::Ctrl('n') => (cursor + 1).min(last),
        Key::Up | Key::BackTab | Key::Ctrl('p') => cursor.min(last).saturating_sub(1),
        Key::PageDown => (cursor + 10).min(last),
        Key::PageUp => cursor.min(last).saturating_sub(10),
        key => {
            input.key(key);
            0
        }
    };
    model.overlay = Some(Overlay::Palette { input, cursor });
}

/// Shows only a client's things, or everyone's.
fn only(model: &mut Model, client: Option<String>) {
    model.say(match &client {
        Some(key) => format!("showing only {key}"),
        None => "showing all clients".to_owned(),
    });
    model.client = client;
    model.stack.clear();
    for state in model.lists.values_mut() {
        state.forget();
    }
}

fn reason(
    model: &mut Model,
    mut input: Input,
    scopes: Vec<Option<String>>,
    chosen: usize,
    key: Key,
    cmds: &mut Vec<Cmd>,
) {
    let chosen = match key {
        Key::Esc => return model.say("pause dialing: nothing was done"),
        Key::Enter if !input.text.trim().is_empty() => {
            let client = scopes.into_iter().nth(chosen).flatten();
            let label = permit::scope_words(client.as_deref());
            let action = Action::PauseDialing { client, reason: input.text.trim().to_owned() };
            return act::confirm(model, action.spec(), vec![(label, action, None)], cmds);
        }
        Key::Tab => (chosen + 1) % scopes.len().max(1),
        Key::BackTab => (chosen + scopes.len().saturating_sub(1)) % scopes.len().max(1),
        key => {
            input.key(key);
            chosen
        }
    };
    model.overlay = Some(Overlay::Reason { input, scopes, chosen });
}

fn ask(
    model: &mut Model,
    spec: &'static ActionSpec,
    mut input: Input,
    things: Vec<(String, String)>,
    key: Key,
    cmds: &mut Vec<Cmd>,
) {
    let optional = permit::argument(spec.name).is_some_and(|argument| argument.optional);
    match key {
        Key::Esc => return model.say(format!("{}: nothing was done", spec.label)),
        Key::Enter if optional || !input.text.trim().is_empty() => {
            let wanted =
                |(label, id)| permit::argued(spec.name, id, &input.text).map(|action| (label, action, None));
            let actions = things.into_iter().filter_map(wanted).collect();
            return act::confirm(model, spec, actions, cmds);
        }
        key => drop(input.key(key)),
    }
    model.overlay = Some(Overlay::Ask { spec, input, things });
}

fn happened(model: &mut Model, jobs: Vec<(String, String)>, key: Key, cmds: &mut Vec<Cmd>) {
    let happened = match key {
        Key::Char('h') => true,
        Key::Char('n') => false,
        Key::Esc | Key::Enter | Key::Char('q') => return model.say("settle: nothing was done"),
        _ => {
            model.overlay = Some(Overlay::Happened(jobs));
            return;
        }
    };
    let actions =
        jobs.into_iter().map(|(label, job)| (label, Action::SettleJob { job, happened }, None)).collect();
    if let Some(spec) = spec("settle_job") {
        act::confirm(model, spec, actions, cmds);
    }
}

fn sort(model: &mut Model, cursor: usize, key: Key) {
    let columns: Vec<usize> = screens::of(model.list).sortable().map(|(at, _)| at).collect();
    let cursor = match key {
        Key::Esc | Key::Char('q') => return,
        Key::Down | Key::Char('j') => (cursor + 1).min(columns.len()),
        Key::Up | Key::Char('k') => cursor.saturating_sub(1),
        Key::Enter | Key::Char('s') => {
            let column = cursor.checked_sub(1).and_then(|at| columns.get(at).copied());
            model.state_mut().sort = column.map(|column| Sort { column, reverse: false });
            return command::sorted(model);
        }
        _ => cursor,
    };
    model.overlay = Some(Overlay::Sort { cursor });
}
