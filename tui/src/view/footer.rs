//! The last two lines: what was said or is being typed, and the keys of this place.

use super::{span, typed};
use crate::keys::{self, BINDINGS, Command};
use crate::model::Model;
use crate::model::import::Stage;
use crate::model::overlay::Overlay;
use crate::permit;
use crate::text::{clean, clip, width};
use crate::theme::Role;
use ratatui::text::{Line, Span};

/// The message line.
#[must_use]
pub fn message(model: &Model, room: u16) -> Line<'static> {
    let room = usize::from(room);
    let prompt = match &model.overlay {
        Some(Overlay::Filter { input, .. }) => Some((" filter: ", input)),
        Some(Overlay::Find(input)) => Some((" find: ", input)),
        _ => None,
    };
    if let Some((label, input)) = prompt {
        let mut line = vec![span(model, label, Role::Strong)];
        line.extend(typed(model, input, room.saturating_sub(width(label))));
        return Line::from(line);
    }
    let unread = model.messages.unread;
    let hint = match unread {
        0 => String::new(),
        1 => "  (esc: seen) ".to_owned(),
        n => format!("  {n} errors (! shows all, esc: seen) "),
    };
    let (text, role) = match model.messages.current(model.now) {
        Some(m) if m.error => (m.text.clone(), Role::Bad),
        Some(m) => (m.text.clone(), Role::Plain),
        None => match under_way(model) {
            nothing if nothing.is_empty() => return Line::default(),
            text => (text, Role::Info),
        },
    };
    let text = clip(&format!(" {}", clean(&text)), room.saturating_sub(width(&hint)));
    let gap = room.saturating_sub(width(&text) + width(&hint));
    let gap = if hint.is_empty() { 0 } else { gap };
    Line::from(vec![span(model, text, role), Span::raw(" ".repeat(gap)), span(model, hint, Role::Dim)])
}

/// What is going on by itself.
fn under_way(model: &Model) -> String {
    if let Some(run) = &model.import {
        return run.line();
    }
    match model.batches.first() {
        Some(batch) if batch.total > 1 => {
            format!("{}: {} of {}", batch.label, batch.done.len() + batch.failed.len(), batch.total)
        }
        Some(batch) => format!("{}…", batch.label),
        None => String::new(),
    }
}

/// The keys of this place, made from the tables; what is not possible now is dim.
#[must_use]
pub fn keys(model: &Model, room: u16) -> Line<'static> {
    let room = usize::from(room);
    let mut parts: Vec<(String, String, bool)> = Vec::new();
    if let Some(overlay) = &model.overlay {
        parts.extend(overlay_keys(overlay).iter().map(|(k, l)| ((*k).to_owned(), (*l).to_owned(), true)));
    } else {
        let place = model.place();
        // What needs a capital letter is rare: it comes last, and only while it is possible.
        let rare = |spec: &&frontdesk_shared::action::ActionSpec| spec.key.is_uppercase();
        for spec in keys::actions(place).filter(|spec| !rare(spec)) {
            parts.push((spec.key.to_string(), spec.label.to_owned(), permit::wish(model, spec).is_ok()));
        }
        let mut bindings: Vec<_> =
            BINDINGS.iter().filter(|b| b.footer.is_some() && place.has(b.scope)).collect();
        bindings.sort_by_key(|b| b.footer);
        let back = !model.stack.is_empty() || has_something_to_clear(model);
        for binding in bindings.into_iter().filter(|b| b.command != Command::Back || back) {
            let key = binding.keys.first().map(ToString::to_string).unwrap_or_default();
            parts.push((key, binding.label.to_owned(), true));
        }
        for spec in keys::actions(place).filter(rare) {
            let possible = permit::wish(model, spec).is_ok();
            if possible {
                parts.push((spec.key.to_string(), spec.label.to_owned(), true));
            }
        }
    }
    // Help is always offered; what else fits comes before it.
    let help = parts.iter().position(|(key, ..)| key == "?").map(|at| parts.remove(at));
    let need = |(key, label, _): &(String, String, bool)| width(key) + 1 + width(label) + 2;
    let room = room.saturating_sub(help.as_ref().map_or(0, need));
    let mut line = vec![Span::raw(" ")];
    let mut used = 1;
    let marked = model.state().map_or(0, |state| state.marks.len());
    if marked > 0 && model.stack.is_empty() {
        let text = format!("{marked} marked  ");
        used += width(&text);
        line.push(span(model, text, Role::Warn));
    }
    let mut shown = Vec::new();
    for part in parts {
        if used + need(&part) <= room + 2 {
            used += need(&part);
            shown.push(part);
        }
    }
    for (key, label, possible) in shown.into_iter().chain(help) {
        line.push(span(model, key, if possible { Role::Strong } else { Role::Dim }));
        line.push(span(model, format!(" {label}  "), Role::Dim));
    }
    Line::from(line)
}

fn has_something_to_clear(model: &Model) -> bool {
    model.messages.unread > 0
        || model.state().is_some_and(|s| !s.marks.is_empty() || !s.filter.is_empty() || s.anchor.is_some())
}

fn overlay_keys(overlay: &Overlay) -> &'static [(&'static str, &'static str)] {
    match overlay {
        Overlay::Help { .. } => &[("type", "search"), ("up/down", "scroll"), ("esc", "close")],
        Overlay::Palette { .. } => {
            &[("type", "search"), ("up/down", "choose"), ("enter", "do it"), ("esc", "close")]
        }
        Overlay::Filter { .. } => &[("enter", "keep"), ("esc", "undo")],
        Overlay::Find(_) => &[("enter", "find"), ("esc", "close")],
        Overlay::Sort { .. } => &[("j/k", "choose"), ("enter", "sort"), ("esc", "close")],
        Overlay::Messages { .. } => &[("j/k", "scroll"), ("esc", "close")],
        Overlay::Happened(_) => &[("h", "it happened"), ("n", "it did not"), ("esc", "cancel")],
        Overlay::Reason { .. } => &[("tab", "whose"), ("enter", "go on"), ("esc", "cancel")],
        Overlay::Ask { .. } => &[("type", "it"), ("enter", "go on"), ("esc", "cancel")],
        Overlay::Confirm(confirm) if confirm.is_ready() && confirm.count() == 0 => &[("enter/esc", "close")],
        Overlay::Confirm(confirm) if confirm.is_typed() => &[("number, enter", "confirm"), ("esc", "cancel")],
        Overlay::Confirm(_) => &[("y", "confirm"), ("enter/esc", "cancel")],
        Overlay::Import(wizard) => match wizard.stage {
            Stage::Path => &[("tab", "complete"), ("enter", "go on"), ("esc", "cancel")],
            Stage::Client => &[("j/k", "choose"), ("enter", "go on"), ("esc", "back")],
            Stage::Options => &[("tab", "next field"), ("enter", "judge the file"), ("esc", "back")],
            Stage::Judging => &[("esc", "stop")],
            Stage::Verdict if wizard.only_judge => &[("enter", "close"), ("esc", "back")],
            Stage::Verdict => &[("y", "import for real"), ("enter", "close"), ("esc", "back")],
        },
    }
}
