//! Templates: the wording of each message of each client, whose it is, and whether it can be written.

use super::Screen;
use super::messages::by;
use crate::rows::Row;
use crate::sheet::Sheet;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::page::List;
use frontdesk_shared::template::{TemplateDetail, TemplateRow};

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Templates,
    title: "Templates",
    order: "by client",
    nothing: "no clients, so nobody's wording",
    command: Some("The wording of messages, with what is missing in it."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Template(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[Noun::Client],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("client", 14, 2),
    Column::new("kind", 26, 0),
    Column::new("by", 5, 1),
    Column::new("whose", 7, 3),
    Column::new("parts", 5, 4).right(),
    Column::new("length", 6, 6).right(),
    Column::new("version", 8, 7),
    Column::new("changed", 12, 8),
    Column::new("missing", 20, 5).flex(),
];

fn cells(r: &TemplateRow, look: Look<'_>) -> Vec<Cell> {
    let whose = if r.own { Cell::of("own", Role::Info) } else { Cell::of("default", Role::Dim) };
    vec![
        Cell::new(&r.client),
        Cell::new(&r.kind),
        Cell::new(by(r.channel)),
        whose,
        Cell::number(r.segments.cast_signed()),
        Cell::number(r.characters.cast_signed()),
        Cell::of(&r.version, Role::Dim),
        r.changed_at.map_or_else(|| Cell::of("-", Role::Dim), |at| look.at(at)),
        Cell::of(&r.problem, Role::Warn),
    ]
}

/// Everything about a template.
pub(super) fn sheet(d: &TemplateDetail, look: Look<'_>) -> Sheet {
    let r = &d.row;
    let mut sheet = Sheet::new(format!("{} by {} of {}", r.kind, by(r.channel), r.client));
    sheet.section("Template", |s| {
        s.add("client", &r.client)
            .add("kind", &r.kind)
            .add("by", by(r.channel))
            .add("wording", if r.own { "the client's own" } else { "the default" })
            .add("version", &r.version)
            .add("settings changed", look.when_some(r.changed_at))
            .add("parts", if r.segments > 0 { r.segments.to_string() } else { String::new() })
            .add("length", if r.characters > 0 { r.characters.to_string() } else { String::new() })
            .add("variables", d.variables.join(", "));
        if !r.problem.is_empty() {
            s.warn("missing", &r.problem);
        }
        if !d.sent {
            s.warn("sent", "not at present: its sequence is off, or no account is set up");
        }
    });
    sheet.section("With sample values", |s| {
        s.add("subject", &d.subject);
        for line in d.sample.lines() {
            s.add("", line);
        }
    });
    sheet.section("As it is written", |s| {
        for line in d.wording.lines() {
            s.add("", line);
        }
    });
    sheet
}
