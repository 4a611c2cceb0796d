//! Importing a file: path, client, options, judged without effect, and then for real.

use crate::input::Input;
use crate::keys::Key;
use crate::link::Progress;
use crate::model::Model;
use crate::model::import::{COLUMNS, FIELDS, ImportRun, Stage, Wizard};
use crate::model::overlay::Overlay;
use crate::msg::Cmd;
use crate::text;
use frontdesk_shared::import::{ImportCounts, parse_mapping};

/// A key was pressed in the wizard.
pub(super) fn press(model: &mut Model, mut wizard: Box<Wizard>, key: Key, cmds: &mut Vec<Cmd>) {
    if key == Key::Esc && !step_back(model, &mut wizard, cmds) {
        return model.say("import: nothing was imported");
    }
    let open = match (wizard.stage, key) {
        (_, Key::Esc) => true,
        (Stage::Path, key) => {
            path(model, &mut wizard, key, cmds);
            true
        }
        (Stage::Client, key) => {
            client(model, &mut wizard, key);
            true
        }
        (Stage::Options, key) => {
            options(model, &mut wizard, key, cmds);
            true
        }
        (Stage::Judging, _) => true,
        (Stage::Verdict, key) => verdict(model, &mut wizard, key, cmds),
    };
    if open {
        model.overlay = Some(Overlay::Import(wizard));
    }
}

/// Text was pasted into the wizard.
pub(super) fn paste(wizard: &mut Wizard, pasted: &str, cmds: &mut Vec<Cmd>) {
    if let Some(input) = field(wizard) {
        input.paste(pasted);
    }
    if wizard.stage == Stage::Path {
        cmds.push(Cmd::Names(wizard.path.text.clone()));
    }
}

/// Names of files came.
pub(super) fn names(model: &mut Model, of: &str, names: Vec<String>) {
    if let Some(Overlay::Import(wizard)) = &mut model.overlay
        && wizard.path.text == of
    {
        wizard.names = names;
        model.touch(crate::model::Dirty::Input);
    }
}

/// A file being sent has something to tell.
pub(super) fn progress(model: &mut Model, id: u64, progress: Progress) {
    let judging =
        matches!(&model.overlay, Some(Overlay::Import(w)) if w.run.as_ref().is_some_and(|r| r.id == id));
    if judging {
        if let Some(Overlay::Import(wizard)) = &mut model.overlay {
            judged(wizard, progress);
        }
        return;
    }
    if model.import.as_ref().is_none_or(|run| run.id != id) {
        return;
    }
    let label = model.import.as_ref().map(|run| run.label.clone()).unwrap_or_default();
    match progress {
        Progress::Over(report) => {
            model.import = None;
            model.say(format!("imported {label}: {}", counts(report.import.counts)));
        }
        Progress::Failed(text) => {
            model.import = None;
            model.complain(format!("import of {label}: {text}"));
        }
        other => {
            if let Some(run) = &mut model.import {
                advance(run, other);
            }
        }
    }
}

/// Counts in words.
#[must_use]
pub fn counts(c: ImportCounts) -> String {
    let mut words = format!(
        "{}: {} accepted, {} held, {} invalid",
        text::count(c.rows, "row"),
        text::grouped(c.accepted),
        text::grouped(c.held),
        text::grouped(c.invalid)
    );
    for (n, what) in
        [(c.duplicates, "already known"), (c.opted_out, "opted out"), (c.warnings, "with a warning")]
    {
        if n > 0 {
            words.push_str(&format!(", {} {what}", text::grouped(n)));
        }
    }
    words
}

fn judged(wizard: &mut Wizard, progress: Progress) {
    match progress {
        Progress::Over(report) => {
            wizard.run = None;
            wizard.report = Some(report);
            wizard.stage = Stage::Verdict;
        }
        Progress::Failed(text) => {
            wizard.run = None;
            wizard.refused(text);
        }
        other => {
            if let Some(run) = &mut wizard.run {
                advance(run, other);
            }
        }
    }
}

fn advance(run: &mut ImportRun, progress: Progress) {
    match progress {
        Progress::Sent(sent, whole) => run.sent = (sent, whole),
        Progress::Judged(row) => run.row = Some(row),
        Progress::Over(_) | Progress::Failed(_) => {}
    }
}

/// Esc: one question back. `false` when there is none before.
fn step_back(model: &Model, wizard: &mut Wizard, cmds: &mut Vec<Cmd>) -> bool {
    wizard.error = None;
    wizard.offset = 0;
    wizard.stage = match wizard.stage {
        Stage::Path => return false,
        Stage::Client => Stage::Path,
        Stage::Options if only_client(model).is_some() => Stage::Path,
        Stage::Options => Stage::Client,
        Stage::Judging | Stage::Verdict => {
            if let Some(run) = wizard.run.take() {
                cmds.push(Cmd::DropUpload(run.id));
            }
            Stage::Options
        }
    };
    true
}

fn path(model: &Model, wizard: &mut Wizard, key: Key, cmds: &mut Vec<Cmd>) {
    match key {
        Key::Enter if wizard.path.text.trim().is_empty() => {}
        Key::Enter if wizard.path.text.ends_with('/') => {}
        Key::Enter => {
            wizard.error = None;
            match only_client(model) {
                Some(key) => {
                    wizard.client = key;
                    wizard.stage = Stage::Options;
                }
                None => wizard.stage = Stage::Client,
            }
        }
        Key::Tab => {
            if let Some(longer) = complete(&wizard.path.text, &wizard.names) {
                wizard.path = Input::with(&longer);
                cmds.push(Cmd::Names(longer));
            }
        }
        key => {
            if wizard.path.key(key) {
                cmds.push(Cmd::Names(wizard.path.text.clone()));
            }
        }
    }
}

/// The longest text all names begin with, where it is longer than what was typed.
#[must_use]
pub(super) fn complete(typed: &str, names: &[String]) -> Option<String> {
    let mut common = names.first()?.clone();
    for name in names {
        while !name.starts_with(&common) {
            common.pop();
        }
    }
    (common.len() > typed.len()).then_some(common)
}

/// The client there is no choice about: the one the console shows, or the only one.
fn only_client(model: &Model) -> Option<String> {
    if model.client.is_some() {
        return model.client.clone();
    }
    match model.clients().as_slice() {
        [client] => Some(client.key.clone()),
        _ => None,
    }
}

fn client(model: &Model, wizard: &mut Wizard, key: Key) {
    let clients = model.clients();
    let last = clients.len().saturating_sub(1);
    match key {
        Key::Down | Key::Char('j') => wizard.client_cursor = (wizard.client_cursor + 1).min(last),
        Key::Up | Key::Char('k') => wizard.client_cursor = wizard.client_cursor.saturating_sub(1),
        Key::Enter => {
            if let Some(client) = clients.get(wizard.client_cursor) {
                wizard.client.clone_from(&client.key);
                wizard.stage = Stage::Options;
            }
        }
        _ => {}
    }
}

fn field(wizard: &mut Wizard) -> Option<&mut Input> {
    match (wizard.stage, wizard.field) {
        (Stage::Path, _) => Some(&mut wizard.path),
        (Stage::Options, 0) => Some(&mut wizard.attest),
        (Stage::Options, 1) => Some(&mut wizard.country),
        (Stage::Options, 2) => Some(&mut wizard.source),
        (Stage::Options, COLUMNS) => Some(&mut wizard.columns),
        _ => None,
    }
}

fn options(model: &mut Model, wizard: &mut Wizard, key: Key, cmds: &mut Vec<Cmd>) {
    match key {
        Key::Enter => {
            if let Err(wrong) = parse_mapping(&wizard.columns.text) {
                wizard.field = COLUMNS;
                wizard.error = Some(wrong);
                return;
            }
            wizard.error = None;
            wizard.suggestion = None;
            wizard.report = None;
            wizard.stage = Stage::Judging;
            wizard.run = Some(upload(model, wizard, true, cmds));
        }
        Key::Tab if wizard.field == COLUMNS && wizard.take_suggestion() => {}
        Key::Tab | Key::Down => wizard.field = (wizard.field + 1) % FIELDS.len(),
        Key::BackTab | Key::Up => wizard.field = (wizard.field + FIELDS.len() - 1) % FIELDS.len(),
        Key::Char(' ') if wizard.field == COLUMNS + 1 => wizard.only_judge = !wizard.only_judge,
        key => {
            if let Some(input) = field(wizard) {
                input.key(key);
            }
        }
    }
}

/// Keys under what was found. `false` closes the wizard.
fn verdict(model: &mut Model, wizard: &mut Wizard, key: Key, cmds: &mut Vec<Cmd>) -> bool {
    match key {
        Key::Char('y') if !wizard.only_judge => {
            let run = upload(model, wizard, false, cmds);
            model.import = Some(run);
            return false;
        }
        Key::Enter | Key::Char('n' | 'q') => {
            model.say("import: judged only, nothing was imported");
            return false;
        }
        Key::Down | Key::Char('j') => wizard.offset += 1,
        Key::Up | Key::Char('k') => wizard.offset = wizard.offset.saturating_sub(1),
        _ => {}
    }
    true
}

fn upload(model: &mut Model, wizard: &Wizard, dry_run: bool, cmds: &mut Vec<Cmd>) -> ImportRun {
    let id = model.next_serial();
    let spec = wizard.spec(dry_run);
    let label = spec.label.clone();
    cmds.push(Cmd::Upload(id, wizard.path.text.trim().to_owned(), spec));
    ImportRun { id, label, sent: (0, 0), row: None }
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn completion_goes_as_far_as_all_names_agree() {
        let names = |n: &[&str]| n.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(complete("le", &names(&["leads.csv", "leads-2.csv"])), Some("leads".to_owned()));
        assert_eq!(complete("leads", &names(&["leads.csv", "leads-2.csv"])), None);
        assert_eq!(complete("x", &[]), None);
        assert_eq!(complete("", &names(&["é", "è"])), None);
    }
}
