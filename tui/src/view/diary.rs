//! The diary drawn: a line for each time, a column for each day, the selected appointment reversed.

use super::{draw, span, style};
use crate::diary::{Diary, Entry, Grid};
use crate::layout::Areas;
use crate::model::Model;
use crate::text::{clean, clip, pad, width};
use crate::theme::Role;
use frontdesk_shared::time::MINUTE;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Columns of the time, with the blank behind it.
const TIME: usize = 7;

/// Draws the grid; `false` where there is nothing to make one of, so that the list is shown.
pub(super) fn render(model: &Model, areas: &Areas, buf: &mut Buffer) -> bool {
    let full = Rect { width: model.size.0, ..areas.body };
    let Some(state) = model.state() else { return false };
    let Some(grid) = Grid::of(state, model.diary, usize::from(full.height)) else { return false };
    let room = usize::from(full.width).saturating_sub(TIME) / grid.days.len().max(1);
    if room < 4 {
        return false;
    }
    draw(buf, areas.title, &title(model, &grid, usize::from(areas.title.width)));
    if !areas.columns.is_empty() {
        let heads = grid.days.iter().map(|day| pad(&day.strftime("%a %d %b").to_string(), room, false));
        let text = format!("{:TIME$}{}", "", heads.collect::<String>());
        draw(buf, Rect { width: full.width, ..areas.columns }, &Line::from(span(model, text, Role::Dim)));
    }
    let visible = usize::from(full.height);
    let last = grid.rows.len().saturating_sub(visible);
    let offset = grid.selected_row().saturating_sub(visible / 2).min(last);
    for (row, y) in grid.rows.iter().skip(offset).zip(full.top()..full.bottom()) {
        let mut spans = vec![span(model, format!(" {:02}:{:02} ", row / 60, row % 60), Role::Dim)];
        for day in &grid.days {
            spans.push(cell(model, &grid, &grid.cell(*day, *row), *row, room));
        }
        draw(buf, Rect { y, height: 1, ..full }, &Line::from(spans));
    }
    true
}

fn title(model: &Model, grid: &Grid<'_>, room: usize) -> Line<'static> {
    let what = match (model.diary, grid.days.first()) {
        (Diary::Day, Some(day)) => day.strftime("%A %d %B %Y").to_string(),
        (_, Some(monday)) => format!("week of {}", monday.strftime("%d %B %Y")),
        (_, None) => String::new(),
    };
    let filter = model.state().map(|state| state.filter.trim()).filter(|filter| !filter.is_empty());
    let filter = filter.map(|filter| format!(" · filter: {}", clean(filter))).unwrap_or_default();
    let left = format!("─ Appointments of {} · {what} · {}{filter} ", clean(grid.client), clean(grid.zone));
    let right = format!(" {} here ─", grid.entries.len());
    let left = clip(&left, room.saturating_sub(width(&right) + 1));
    let rule = "─".repeat(room.saturating_sub(width(&left) + width(&right)));
    Line::from(vec![
        span(model, left, Role::Strong),
        span(model, rule, Role::Dim),
        span(model, right, Role::Strong),
    ])
}

fn cell(model: &Model, grid: &Grid<'_>, found: &[&Entry<'_>], row: i64, room: usize) -> Span<'static> {
    let Some(entry) = found.first() else { return Span::raw(format!("{:room$}", "·")) };
    let others = if found.len() > 1 { format!(" +{}", found.len() - 1) } else { String::new() };
    let begins = entry.from >= row;
    let words = if begins { words(model, entry) } else { "|".to_owned() };
    // A blank parts it from the next day, whatever is cut.
    let text = clip(&words, room.saturating_sub(1 + width(&others)));
    let text = pad(&format!("{text}{others}"), room.saturating_sub(1), false);
    let role = match entry.row.status.as_str() {
        "booked" | "attended" => Role::Good,
        "no-show" => Role::Warn,
        _ => Role::Dim,
    };
    let look = if entry.at == grid.selected { model.options.theme.selected() } else { style(model, role) };
    Span::styled(format!("{text} "), look)
}

/// The name with a sign of what became of it, so that it is not told by colour alone; in the day there
/// is room for the words.
fn words(model: &Model, entry: &Entry<'_>) -> String {
    let row = entry.row;
    let sign = match row.status.as_str() {
        "booked" => "",
        "attended" => "+",
        "no-show" => "-",
        _ => "x",
    };
    let who = clean(&row.who);
    if model.diary == Diary::Day {
        let minutes = row.ends_at.since(row.starts_at) / MINUTE;
        return format!("{sign}{who}, {minutes} min, {}", clean(&row.status));
    }
    format!("{sign}{who}")
}
