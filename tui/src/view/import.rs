//! The popup of the import: its questions and what was found.

use super::popup::Popup;
use super::{span, typed};
use crate::model::Model;
use crate::model::import::{FIELDS, Stage, Wizard};
use crate::text::{clean, clip, count, pad, wrap};
use crate::theme::Role;
use crate::update::import_counts;
use frontdesk_shared::rpc::ImportReport;
use ratatui::text::{Line, Span};

/// The popup at the wizard's stage.
pub(super) fn popup(model: &Model, wizard: &Wizard, room: usize) -> Popup {
    let mut popup = Popup::new("import leads");
    // The popup keeps its width while its content changes.
    popup.top = vec![Line::from(" ".repeat(room.min(76)))];
    match wizard.stage {
        Stage::Path => path(model, wizard, room, &mut popup),
        Stage::Client => client(model, wizard, room, &mut popup),
        Stage::Options => options(model, wizard, room, &mut popup),
        Stage::Judging => {
            let line = wizard.run.as_ref().map(|run| run.line().replacen("importing", "judging", 1));
            popup.lines.push(Line::from(clip(&line.unwrap_or_default(), room)));
            popup.lines.push(Line::from(span(model, "Nothing is imported yet.", Role::Dim)));
        }
        Stage::Verdict => {
            if let Some(report) = &wizard.report {
                verdict(model, wizard, report, room, &mut popup);
            }
        }
    }
    if let Some(suggestion) = wizard.suggestion.as_ref().filter(|_| wizard.stage == Stage::Options) {
        let text = clip(&format!("tab: take “{}”", clean(suggestion)), room);
        popup.bottom.push(Line::default());
        popup.bottom.push(Line::from(span(model, text, Role::Strong)));
    }
    if let Some(error) = &wizard.error {
        popup.bottom.push(Line::default());
        popup.bottom.extend(wrap(error, room).into_iter().map(|l| Line::from(span(model, l, Role::Bad))));
    }
    popup
}

fn path(model: &Model, wizard: &Wizard, room: usize, popup: &mut Popup) {
    let mut line = vec![span(model, "file: ", Role::Strong)];
    line.extend(typed(model, &wizard.path, room.saturating_sub(7)));
    popup.top.push(Line::from(line));
    popup.top.push(Line::default());
    const SHOWN: usize = 10;
    for name in wizard.names.iter().take(SHOWN) {
        popup.lines.push(Line::from(span(model, clip(&clean(name), room), Role::Dim)));
    }
    if wizard.names.len() > SHOWN {
        popup.lines.push(Line::from(span(
            model,
            format!("… {} more", wizard.names.len() - SHOWN),
            Role::Dim,
        )));
    }
    if wizard.names.is_empty() {
        popup.lines.push(Line::from(span(model, "no file begins like this", Role::Dim)));
    }
}

fn client(model: &Model, wizard: &Wizard, room: usize, popup: &mut Popup) {
    popup.top.push(Line::from("For which client?"));
    popup.top.push(Line::default());
    let clients = model.clients();
    popup.cursor = (!clients.is_empty()).then_some(wizard.client_cursor);
    for client in clients {
        let text = format!("{}  {} ({})", pad(&client.key, 18, false), client.name, client.status);
        popup.lines.push(Line::from(pad(&clean(&text), room.min(76), false)));
    }
    if popup.lines.is_empty() {
        let text = "no client yet — `frontdesk client add NAME` creates one";
        popup.lines.push(Line::from(span(model, text, Role::Warn)));
    }
}

fn options(model: &Model, wizard: &Wizard, room: usize, popup: &mut Popup) {
    popup.top.push(Line::from(clip(&format!("{} for {}", clean(&wizard.path.text), wizard.client), room)));
    popup.top.push(Line::default());
    let fields = format!(
        "which column is what, where it is not as guessed: Header=field, several with commas; fields: {}",
        frontdesk_shared::import::FIELDS.join(" ")
    );
    let hints = [
        "one statement for all rows: who attests it, when, the wording; empty: as the file says",
        "of numbers without a prefix, such as GB; empty: the client's",
        "where these leads come from; empty: the file's name",
        &fields,
        "space switches; yes: stop after judging",
    ];
    for (at, field) in FIELDS.iter().enumerate() {
        let mark = if at == wizard.field { "> " } else { "  " };
        let mut line = vec![span(model, format!("{mark}{} ", pad(field, 11, false)), Role::Strong)];
        let inputs = [&wizard.attest, &wizard.country, &wizard.source, &wizard.columns];
        let input = inputs.get(at).copied();
        match input {
            Some(input) if at == wizard.field => line.extend(typed(model, input, room.saturating_sub(15))),
            Some(input) => line.push(Span::raw(clip(&clean(&input.text), room.saturating_sub(15)))),
            None => line.push(Span::raw(if wizard.only_judge { "yes" } else { "no" })),
        }
        popup.lines.push(Line::from(line));
        if at == wizard.field {
            for part in wrap(hints[at], room.saturating_sub(14)) {
                popup.lines.push(Line::from(span(model, format!("{}{part}", " ".repeat(14)), Role::Dim)));
            }
        }
    }
}

fn verdict(model: &Model, wizard: &Wizard, report: &ImportReport, room: usize, popup: &mut Popup) {
    let head = import_counts(report.import.counts);
    for part in wrap(&format!("{}: {head}", report.import.label), room) {
        popup.top.push(Line::from(span(model, part, Role::Strong)));
    }
    if !report.columns.is_empty() {
        popup.lines.push(Line::default());
        popup.lines.push(Line::from(span(model, "Columns, as they were read", Role::Strong)));
        for (header, field) in &report.columns {
            let text = format!("  {}  {}", pad(&clean(header), 24, false), clean(field));
            popup.lines.push(Line::from(clip(&text, room)));
        }
    }
    for (rows, what) in [(&report.rejects, "refused"), (&report.remarks, "held or doubtful")] {
        if rows.is_empty() {
            continue;
        }
        popup.lines.push(Line::default());
        let n = rows.len() as u64;
        popup.lines.push(Line::from(span(model, format!("First {} {what}", count(n, "row")), Role::Strong)));
        for row in rows {
            let text = format!(
                "  row {:<6} {}  {}",
                row.row,
                pad(&clean(&row.field), 10, false),
                clean(&row.reason)
            );
            popup.lines.push(Line::from(span(model, clip(&text, room), Role::Warn)));
        }
    }
    if !report.import.note.is_empty() {
        popup.lines.push(Line::default());
        popup.lines.extend(wrap(&report.import.note, room).into_iter().map(Line::from));
    }
    popup.offset = wizard.offset;
    let cancel = Span::styled("[ close ]", model.options.theme.selected());
    let mut question = vec![cancel];
    if !wizard.only_judge {
        question.push(span(model, "   y: import for real", Role::Strong));
    }
    popup.bottom = vec![Line::default(), Line::from(question)];
}
