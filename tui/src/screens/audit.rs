//! Audit: what operators did, newest first.

use super::Screen;
use crate::rows::Row;
use crate::table::{Cell, Column, Look};
use crate::theme::Role;
use frontdesk_shared::Noun;
use frontdesk_shared::page::{AuditRow, List};

/// How the list is shown.
pub const SCREEN: Screen = Screen {
    list: List::Audit,
    title: "Audit",
    order: "newest first",
    nothing: "no operator has done anything yet",
    command: Some("What operators did, newest first."),
    columns: COLUMNS,
    cells: |row, look| match row {
        Row::Audit(r) => cells(r, look),
        _ => Vec::new(),
    },
    touched_by: &[
        Noun::Lead,
        Noun::Job,
        Noun::Webhook,
        Noun::Import,
        Noun::Fault,
        Noun::Appointment,
        Noun::Client,
        Noun::Daemon,
    ],
    leads: false,
};

const COLUMNS: &[Column] = &[
    Column::new("time", 12, 2).sorts(),
    Column::new("who", 12, 1).sorts(),
    Column::new("did", 18, 0).sorts(),
    Column::new("on", 20, 3),
    Column::new("client", 12, 5).sorts(),
    Column::new("detail", 16, 4).flex(),
];

fn cells(r: &AuditRow, look: Look<'_>) -> Vec<Cell> {
    vec![
        look.at(r.at),
        Cell::new(&r.actor),
        Cell::new(&r.action),
        Cell::new(&r.subject),
        Cell::new(&r.client),
        Cell::of(&r.detail, Role::Dim),
    ]
}
