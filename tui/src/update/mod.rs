//! How the model changes: pure, without a clock. Time comes with each message, and everything
//! to be done outside goes out as commands.

mod act;
mod command;
mod confirm;
mod import;
mod link;
mod prompt;
mod pump;

pub use command::import_refusal;
pub use import::counts as import_counts;
pub use pump::next_wake;

use crate::diary::{self, Step};
use crate::keys::{self, Key, Meaning};
use crate::layout;
use crate::model::overlay::Overlay;
use crate::model::text_view::{Content, TextView};
use crate::model::{Dirty, Model};
use crate::msg::{Cmd, Msg};
use crate::{doc, screens, text};
use frontdesk_shared::Millis;

/// Applies a message that arrived at `now`.
pub fn update(model: &mut Model, msg: Msg, now: Millis) -> Vec<Cmd> {
    model.now = now;
    let mut cmds = Vec::new();
    match msg {
        Msg::Key(key) => {
            model.touch(Dirty::Input);
            press(model, key, &mut cmds);
        }
        Msg::Paste(pasted) => {
            model.touch(Dirty::Input);
            prompt::paste(model, &pasted, &mut cmds);
        }
        Msg::Resize(width, height) => {
            model.size = (width, height);
            model.touch(Dirty::Input);
        }
        Msg::Link(msg) => link::apply(model, msg, &mut cmds),
        Msg::Names(of, names) => import::names(model, &of, names),
        Msg::Tick => model.touch(Dirty::Data),
    }
    settle(model);
    pump::pump(model, &mut cmds);
    cmds
}

fn press(model: &mut Model, key: Key, cmds: &mut Vec<Cmd>) {
    if key == Key::Ctrl('c') {
        return command::quit_now(model, cmds);
    }
    // On a screen that shows one line nothing can be read, so nothing can be confirmed.
    if layout::shape(model.size) == layout::Shape::Line && !matches!(key, Key::Esc | Key::Char('q' | '!')) {
        return;
    }
    if let Some(overlay) = model.overlay.take() {
        return prompt::press(model, overlay, key, cmds);
    }
    if model.in_diary()
        && let Some(step) = in_diary(key)
    {
        return go(model, step);
    }
    match keys::lookup(key, model.place()) {
        Some(Meaning::Command(command)) => command::run(model, command, cmds),
        Some(Meaning::Action(spec)) => act::begin(model, spec, cmds),
        None => elsewhere(model, key),
    }
}

/// What arrows mean while the grid is in front.
fn in_diary(key: Key) -> Option<Step> {
    Some(match key {
        Key::Up | Key::Char('k') => Step::Earlier,
        Key::Down | Key::Char('j') => Step::Later,
        Key::Left | Key::Char('h') => Step::DayBefore,
        Key::Right | Key::Char('l') => Step::DayAfter,
        _ => return None,
    })
}

fn go(model: &mut Model, step: Step) {
    match model.state().and_then(|state| diary::step(state, step)) {
        Some(at) => model.state_mut().select(at),
        None => model.say("there is no appointment further on in this list"),
    }
}

/// A key without a meaning here says where it has one.
fn elsewhere(model: &mut Model, key: Key) {
    let Key::Char(c) = key else { return };
    let named = frontdesk_shared::action::ACTIONS.iter().find(|spec| spec.key == c);
    match named {
        Some(spec) => {
            let lists: Vec<&str> = spec.lists.iter().map(|l| screens::title(*l)).collect();
            model.say(format!("{c} is “{}” on {}", spec.label, lists.join(" and ")));
        }
        None => model.say(format!("{c} does nothing here — ? lists the keys")),
    }
}

/// Keeps cursors inside what there is and inside what is visible.
fn settle(model: &mut Model) {
    let areas = layout::areas(model);
    let height = usize::from(areas.body.height);
    let lines = front_lines(model).len();
    if let Some(view) = model.stack.last_mut() {
        view.cursor = view.cursor.min(lines.saturating_sub(1));
        let least = (view.cursor + 1).saturating_sub(height.max(1));
        view.offset =
            view.offset.clamp(least, view.cursor.max(least)).min(lines.saturating_sub(height).max(least));
    }
    model.state_mut().scroll(height);
    sync_pane(model);
}

/// The lines of the text in front.
#[must_use]
pub fn front_lines(model: &Model) -> Vec<doc::Line> {
    let width = usize::from(model.size.0.saturating_sub(2));
    model.stack.last().map(|view| doc::lines(&view.content, width, model.look())).unwrap_or_default()
}

/// The pane beside the list shows what is selected; the daemon is asked a moment after the
/// cursor came to rest.
fn sync_pane(model: &mut Model) {
    const REST_MS: i64 = 120;
    if layout::shape(model.size) != layout::Shape::Wide || !model.stack.is_empty() {
        return;
    }
    let subject = model.selected().and_then(|row| row.subject());
    let shown = model.pane.view.as_ref().and_then(TextView::subject);
    if subject == shown {
        return;
    }
    model.pane.view = subject.map(|subject| {
        let serial = model.next_serial();
        TextView::new(serial, Content::Detail(subject, None))
    });
    model.pane.due = Some(model.now + REST_MS);
}

/// The selected row as a text of labels and values.
#[must_use]
pub fn selected_fields(model: &Model) -> Option<Content> {
    let row = model.selected()?;
    let columns = screens::of(model.list).columns;
    let cells = (screens::of(model.list).cells)(row, model.look());
    let fields = columns.iter().zip(cells).filter(|(_, cell)| !cell.text.is_empty());
    let fields = fields.map(|(column, cell)| (column.title.to_owned(), cell.text)).collect();
    Some(Content::Fields(text::clean(&row.label()), fields))
}

/// Opens a text in front.
fn open(model: &mut Model, content: Content) {
    const DEEPEST: usize = 20;
    if model.stack.len() == DEEPEST {
        model.stack.remove(0);
    }
    let serial = model.next_serial();
    model.stack.push(TextView::new(serial, content));
}

/// Whether something lies over everything that wants letters.
#[must_use]
pub fn is_typing(model: &Model) -> bool {
    matches!(
        model.overlay,
        Some(
            Overlay::Help { .. }
                | Overlay::Palette { .. }
                | Overlay::Filter { .. }
                | Overlay::Find(_)
                | Overlay::Reason { .. }
                | Overlay::Import(_)
        )
    )
}
