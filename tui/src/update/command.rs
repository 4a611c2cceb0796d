//! The console's own commands.

use super::act::ask;
use super::{front_lines, open, selected_fields};
use crate::keys::Command;
use crate::layout;
use crate::link::Request;
use crate::model::import::Wizard;
use crate::model::list::{ListState, Want};
use crate::model::overlay::Overlay;
use crate::model::text_view::Content;
use crate::model::{Model, Purpose};
use crate::msg::Cmd;
use crate::permit;
use crate::screens::{self, TABS};
use frontdesk_shared::page::{List, Query};

/// Runs a command.
pub(super) fn run(model: &mut Model, command: Command, cmds: &mut Vec<Cmd>) {
    let page = isize::from(i16::try_from(layout::areas(model).body.height.max(1)).unwrap_or(i16::MAX));
    if command != Command::Quit {
        model.quit_asked = false;
    }
    match command {
        Command::Tab(n) => show(model, TABS.get(usize::from(n)).copied().unwrap_or(List::Live)),
        Command::NextTab => turn(model, 1),
        Command::PrevTab => turn(model, TABS.len() - 1),
        Command::Down => step(model, 1),
        Command::Up => step(model, -1),
        Command::PageDown => step(model, page),
        Command::PageUp => step(model, -page),
        Command::HalfDown => step(model, (page / 2).max(1)),
        Command::HalfUp => step(model, -(page / 2).max(1)),
        Command::First => end(model, false),
        Command::Last => end(model, true),
        Command::Open => enter(model),
        Command::Back => back(model),
        Command::Filter => {
            let before = model.state_mut().filter.clone();
            model.overlay = Some(Overlay::Filter { input: crate::input::Input::with(&before), before });
        }
        Command::Find => model.overlay = Some(Overlay::Find(crate::input::Input::default())),
        Command::FindNext => find(model, true),
        Command::FindPrev => find(model, false),
        Command::Sort => {
            let sort = model.state_mut().sort;
            let at = |column| screens::of(model.list).sortable().position(|(at, _)| at == column);
            let cursor = sort.and_then(|sort| at(sort.column)).map_or(0, |at| at + 1);
            model.overlay = Some(Overlay::Sort { cursor });
        }
        Command::Reverse => reverse(model),
        Command::Mark => {
            if let Some(reason) = permit::stale(model) {
                return model.say(reason);
            }
            let state = model.state_mut();
            state.toggle_mark(state.cursor);
            state.select(state.cursor + 1);
        }
        Command::Range => range(model),
        Command::MarkAll => mark_all(model, cmds),
        Command::ClearMarks => {
            let state = model.state_mut();
            state.marks.clear();
            state.anchor = None;
        }
        Command::Follow => follow(model),
        Command::Freeze => freeze(model),
        Command::Diary => {
            model.diary = model.diary.next();
            if model.in_diary() && model.selected().is_none() {
                model.say("no appointment is there to show its week");
            }
        }
        Command::CopyId => copy_id(model, cmds),
        Command::CopyRow => copy_row(model, cmds),
        Command::Why => match permit::lead_at_hand(model) {
            Some(lead) => open(model, Content::Why(lead, None)),
            None => model.say("no lead is selected"),
        },
        Command::WhyIdle => open(model, Content::WhyIdle(model.client.clone(), None)),
        Command::Import => begin_import(model, cmds),
        Command::Palette => {
            model.overlay = Some(Overlay::Palette { input: crate::input::Input::default(), cursor: 0 });
        }
        Command::Messages => {
            model.messages.acknowledge();
            model.overlay = Some(Overlay::Messages { offset: 0 });
        }
        Command::Help => {
            model.overlay = Some(Overlay::Help { input: crate::input::Input::default(), offset: 0 });
        }
        Command::Redraw => cmds.push(Cmd::Redraw),
        Command::Suspend => cmds.push(Cmd::Suspend),
        Command::Quit => quit(model, cmds),
        Command::QuitNow => quit_now(model, cmds),
    }
}

/// Puts a list in front; its place is kept from the last time.
pub(super) fn show(model: &mut Model, list: List) {
    model.stack.clear();
    model.list = list;
    let state = model.lists.entry(list).or_insert_with(|| ListState::new(list));
    state.want = state.want.max(Want::Soon);
}

fn turn(model: &mut Model, by: usize) {
    let next = model.tab().map_or(0, |tab| (tab + by) % TABS.len());
    show(model, TABS[next]);
}

fn step(model: &mut Model, by: isize) {
    let move_to = |at: usize| at.saturating_add_signed(by);
    if let Some(view) = model.stack.last_mut() {
        view.cursor = move_to(view.cursor);
    } else {
        let state = model.state_mut();
        state.select(move_to(state.cursor));
    }
}

/// To the first or the last line; of a list of which more is known than was fetched, the whole
/// list's.
fn end(model: &mut Model, last: bool) {
    let by = if last { isize::MAX } else { isize::MIN };
    if model.stack.is_empty() {
        let state = model.state_mut();
        if if last { state.has_more() } else { state.has_before() } {
            state.jump(last);
        }
    }
    step(model, by);
}

fn enter(model: &mut Model) {
    let link = match model.stack.last() {
        Some(view) => front_lines(model).get(view.cursor).and_then(|line| line.link.clone()),
        None => model.selected().and_then(|row| row.subject()),
    };
    match link {
        Some(subject) => open(model, Content::Detail(subject, None)),
        None if model.stack.is_empty() => {
            if let Some(fields) = selected_fields(model) {
                open(model, fields);
            }
        }
        None => {}
    }
}

/// One step back: message, then marks, then filter, then the text in front. Never quits.
fn back(model: &mut Model) {
    if model.messages.acknowledge() {
        return;
    }
    if let Some(view) = model.stack.last_mut() {
        if view.find.is_empty() {
            model.stack.pop();
        } else {
            view.find.clear();
        }
        return;
    }
    let state = model.state_mut();
    if state.anchor.take().is_some() {
        return;
    }
    if !state.marks.is_empty() {
        state.marks.clear();
    } else if !state.filter.is_empty() {
        state.filter.clear();
        state.select(0);
        state.ask_anew();
    } else {
        model.say("q quits");
    }
}

/// Moves to the next or previous line with the words looked for.
pub(super) fn find(model: &mut Model, forward: bool) {
    let lines = front_lines(model);
    let Some(view) = model.stack.last_mut() else { return };
    let needle = view.find.to_lowercase();
    if needle.is_empty() || lines.is_empty() {
        return;
    }
    let count = lines.len();
    let found = (1..=count)
        .map(|step| if forward { (view.cursor + step) % count } else { (view.cursor + count - step) % count })
        .find(|at| lines[*at].text.to_lowercase().contains(&needle));
    match found {
        Some(at) => view.cursor = at,
        None => model.say(format!("“{needle}” is not in this text")),
    }
}

fn reverse(model: &mut Model) {
    let state = model.state_mut();
    match &mut state.sort {
        Some(sort) => {
            sort.reverse = !sort.reverse;
            sorted(model);
        }
        None => model.say("not sorted — s picks a column"),
    }
}

/// The order of the list in front changed.
pub(super) fn sorted(model: &mut Model) {
    let (now, zone) = (model.server_now(), model.options.zone.clone());
    let whole = screens::of(model.list).is_whole();
    let state = model.state_mut();
    if whole {
        state.arrange(crate::table::Look { now, zone: &zone, exact: false });
    } else {
        state.select(0);
        state.offset = 0;
        state.ask_anew();
    }
}

fn range(model: &mut Model) {
    if let Some(reason) = permit::stale(model) {
        return model.say(reason);
    }
    let state = model.state_mut();
    match state.anchor.take() {
        Some(from) => state.mark_range(from, state.cursor),
        None => {
            state.anchor = Some(state.cursor);
            model.say("range begins here — v again marks up to there");
        }
    }
}

/// Marks every row of the whole list that matches; the daemon names those not fetched.
fn mark_all(model: &mut Model, cmds: &mut Vec<Cmd>) {
    if let Some(reason) = permit::stale(model) {
        return model.say(reason);
    }
    let list = model.list;
    let client = model.client.clone().filter(|_| list != List::Clients);
    let state = model.state_mut();
    if !state.has_more() && !state.has_before() {
        return state.mark_range(0, state.len().saturating_sub(1));
    }
    let query = Query { client, filter: state.filter.trim().to_owned(), ..Query::first(list, 1) };
    let generation = state.generation;
    ask(model, Request::Ids(query), Purpose::Ids(list, generation), cmds);
}

fn follow(model: &mut Model) {
    if !screens::of(model.list).newest_first() {
        return model.say("this list does not come newest first");
    }
    let state = model.state_mut();
    state.follow = !state.follow;
    let follows = state.follow;
    if follows {
        state.select(0);
    }
    model.say(if follows { "following the newest row" } else { "no longer following" });
}

fn freeze(model: &mut Model) {
    let state = model.state_mut();
    state.frozen = !state.frozen;
    if !state.frozen {
        state.waiting = 0;
        state.want = Want::Now;
    }
}

fn copy_id(model: &mut Model, cmds: &mut Vec<Cmd>) {
    let id = match model.stack.last() {
        Some(view) => view.subject().map(|s| s.id),
        None => model.selected().map(|row| row.id()),
    };
    match id {
        Some(id) => copy(model, id, cmds),
        None => model.say("nothing to copy"),
    }
}

fn copy_row(model: &mut Model, cmds: &mut Vec<Cmd>) {
    if !model.stack.is_empty() {
        let lines: Vec<String> = front_lines(model).into_iter().map(|line| line.text).collect();
        return copy(model, lines.join("\n"), cmds);
    }
    let elsewhere = model.state_mut().marked_elsewhere().count() as u64;
    if elsewhere > 0 {
        return model
            .say(format!("{} marked and not fetched: not copied", crate::text::count(elsewhere, "row")));
    }
    let rows: Vec<String> = model.state_mut().chosen().iter().map(|row| row.json().to_string()).collect();
    if rows.is_empty() {
        return model.say("nothing to copy");
    }
    copy(model, rows.join("\n"), cmds);
}

/// Most bytes of base64 that terminals take in one go.
const COPY_BYTES: usize = 74_994;

fn copy(model: &mut Model, text: String, cmds: &mut Vec<Cmd>) {
    if text.len().div_ceil(3) * 4 > COPY_BYTES {
        return model.complain(format!(
            "too much to copy: {} are more than terminals take",
            crate::text::bytes(text.len() as u64)
        ));
    }
    let what = text.lines().next().unwrap_or_default().to_owned();
    model.say(format!("copied {}", crate::text::clip(&what, 60)));
    cmds.push(Cmd::Copy(text));
}

fn begin_import(model: &mut Model, cmds: &mut Vec<Cmd>) {
    if let Some(reason) = import_refusal(model) {
        return model.say(reason);
    }
    model.overlay = Some(Overlay::Import(Box::<Wizard>::default()));
    cmds.push(Cmd::Names(String::new()));
}

/// Why nothing can be imported now.
#[must_use]
pub fn import_refusal(model: &Model) -> Option<String> {
    use frontdesk_shared::action::Role;
    let Some(server) = model.server() else { return Some("the daemon is away".to_owned()) };
    if model.options.read_only {
        return Some("disabled: read-only".to_owned());
    }
    if server.role < Role::Operate {
        return Some(format!("disabled: needs the role “{}”, you have “{}”", Role::Operate, server.role));
    }
    model.import.is_some().then(|| "a file is being imported; one after the other".to_owned())
}

fn quit(model: &mut Model, cmds: &mut Vec<Cmd>) {
    if model.stack.pop().is_some() {
        return;
    }
    let sending = model.import.as_ref().is_some_and(|run| run.row.is_none());
    if sending && !model.quit_asked {
        model.quit_asked = true;
        return model.say("a file is still being sent: q again drops it and quits");
    }
    cmds.push(Cmd::Quit);
}

/// Leaves, whatever is open.
pub(super) fn quit_now(_model: &mut Model, cmds: &mut Vec<Cmd>) {
    cmds.push(Cmd::Quit);
}
