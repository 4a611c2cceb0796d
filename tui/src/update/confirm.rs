//! Keys in a confirmation. Cancel has the focus: only `y`, or the typed number, confirms.

use super::act;
use crate::input::Input;
use crate::keys::Key;
use crate::model::Model;
use crate::model::overlay::{Confirm, Overlay};
use crate::msg::Cmd;

/// A key was pressed.
pub(super) fn press(model: &mut Model, mut confirm: Confirm, key: Key, cmds: &mut Vec<Cmd>) {
    let decided = confirm.is_ready() && confirm.count() > 0;
    let typed = confirm.is_typed();
    match key {
        Key::Esc => return model.say(format!("{}: nothing was done", confirm.spec.label)),
        Key::Down | Key::PageDown => confirm.offset += 1,
        Key::Up | Key::PageUp => confirm.offset = confirm.offset.saturating_sub(1),
        Key::Enter if typed && decided && !confirm.typed.text.is_empty() => {
            if confirm.typed.text.trim() == confirm.count().to_string() {
                return act::confirmed(model, confirm, cmds);
            }
            confirm.hint = Some(format!("that is not {}", confirm.count()));
            confirm.typed = Input::default();
        }
        Key::Char('y') if !typed && decided => return act::confirmed(model, confirm, cmds),
        Key::Enter | Key::Char('n' | 'q') if !typed => {
            return model.say(format!("{}: nothing was done", confirm.spec.label));
        }
        Key::Enter => return model.say(format!("{}: nothing was done", confirm.spec.label)),
        Key::Char(c) if typed && !c.is_ascii_digit() => {
            confirm.hint = Some("type the number, or esc".to_owned());
        }
        key if typed => {
            confirm.typed.key(key);
            confirm.hint = None;
        }
        _ => {}
    }
    model.overlay = Some(Overlay::Confirm(confirm));
}
