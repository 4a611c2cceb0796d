//! A list: title, columns, rows; and on wide screens the pane beside it.

use super::{draw, span, style};
use crate::layout::{Areas, Shape, shape};
use crate::model::list::ListState;
use crate::model::{LinkState, Model};
use crate::rows::Row;
use crate::table::{Column, fit};
use crate::text::{clean, clip, count, grouped, pad, width};
use crate::theme::Role;
use crate::{doc, screens, update};
use frontdesk_shared::page::{COUNTED, List};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws the list in front.
pub(super) fn render(model: &Model, areas: &Areas, buf: &mut Buffer) {
    let Some(state) = model.state() else { return };
    draw(buf, areas.title, &title(model, state, areas.title.width));
    let columns = screens::of(state.list).columns;
    let room = areas.body.width.saturating_sub(2);
    let mut fitted = fit(columns, room);
    if shape(model.size) == Shape::Narrow {
        let kept: Vec<Column> =
            columns.iter().filter(|c| c.rank <= 1).map(|c| Column { flex: c.rank == 0, ..*c }).collect();
        let at: Vec<usize> = (0..columns.len()).filter(|i| columns[*i].rank <= 1).collect();
        fitted = fit(&kept, room).into_iter().map(|(i, w)| (at[i], w)).collect();
    }
    if !areas.columns.is_empty() {
        draw(buf, areas.columns, &heads(model, state, columns, &fitted));
    }
    if state.is_empty() {
        empty(model, state, areas.body, buf);
    }
    for (line, y) in (areas.body.top()..areas.body.bottom()).enumerate() {
        let at = state.offset + line;
        let Some(row) = state.row(at) else { break };
        let area = Rect::new(areas.body.x, y, areas.body.width, 1);
        draw(buf, area, &cells(model, state, at, row, columns, &fitted));
        if at == state.cursor {
            buf.set_style(area, model.options.theme.selected());
        }
    }
    pane(model, areas.pane, buf);
}

fn title(model: &Model, state: &ListState, room: u16) -> Line<'static> {
    let room = usize::from(room);
    let mut parts = vec![screens::title(state.list).to_owned()];
    if state.list == List::Health
        && let Some(report) = model.health()
    {
        parts.push(screens::health::summary(report));
    }
    if !state.filter.trim().is_empty() {
        parts.push(format!("filter: {}", clean(state.filter.trim())));
    }
    let order = match state.sort {
        Some(sort) => {
            let column = screens::of(state.list).columns.get(sort.column).map_or("", |c| c.title);
            let arrow = if sort.reverse { "down" } else { "up" };
            format!("sorted by {column}, {arrow}")
        }
        None => screens::of(state.list).order.to_owned(),
    };
    if !order.is_empty() {
        parts.push(order);
    }
    if !state.is_current() && state.fetched_at.is_some() && state.error.is_none() {
        parts.push("asking…".to_owned());
    }
    if state.frozen {
        parts.push(format!("FROZEN, {} waiting", count(state.waiting, "change")));
    }
    if !state.follow && screens::of(state.list).newest_first() {
        parts.push("not following".to_owned());
    }
    let right = numbers(state);
    let left = clip(&format!("─ {} ", parts.join(" · ")), room.saturating_sub(width(&right) + 2));
    let rule = "─".repeat(room.saturating_sub(width(&left) + width(&right) + 1));
    Line::from(vec![
        span(model, left, Role::Strong),
        span(model, rule, Role::Dim),
        span(model, format!("{right}─"), Role::Strong),
    ])
}

/// Which row of how many, and how many match.
fn numbers(state: &ListState) -> String {
    if state.fetched_at.is_none() || state.list == List::Health {
        return String::new();
    }
    let more = |n: u64| n >= COUNTED && !state.exact;
    let capped = |n: u64| format!("{}{}", grouped(n), if more(n) { "+" } else { "" });
    let at = grouped(state.number());
    if state.filter.trim().is_empty() {
        format!(" {at}/{} ", capped(state.total))
    } else {
        format!(" {at}/{} of {} ", capped(state.matching), capped(state.total))
    }
}

fn heads(model: &Model, state: &ListState, columns: &[Column], fitted: &[(usize, u16)]) -> Line<'static> {
    let mut spans = vec![Span::raw("  ")];
    for (index, room) in fitted {
        let column = &columns[*index];
        let sorted = state.sort.filter(|sort| sort.column == *index);
        let arrow = sorted.map_or("", |sort| if sort.reverse { "↓" } else { "↑" });
        let text = format!("{}{arrow}", column.title);
        let text = format!("{} ", pad(&text, usize::from(*room), column.right));
        spans.push(Span::styled(text, style(model, Role::Dim).add_modifier(Modifier::UNDERLINED)));
    }
    Line::from(spans)
}

fn cells(
    model: &Model,
    state: &ListState,
    at: usize,
    row: Row<'_>,
    columns: &[Column],
    fitted: &[(usize, u16)],
) -> Line<'static> {
    let marked = state.id(at).is_some_and(|id| state.marks.contains(id));
    let ranged =
        state.anchor.is_some_and(|from| (from.min(state.cursor)..=from.max(state.cursor)).contains(&at));
    let (mark, role) = match (marked, ranged) {
        (true, _) => ("* ", Role::Warn),
        (false, true) => ("+ ", Role::Warn),
        (false, false) => ("  ", Role::Plain),
    };
    let mut spans = vec![span(model, mark, role)];
    let cells = (screens::of(state.list).cells)(row, model.look());
    for (index, room) in fitted {
        let Some(cell) = cells.get(*index) else { continue };
        let text = format!("{} ", pad(&cell.text, usize::from(*room), columns[*index].right));
        spans.push(span(model, text, cell.role));
    }
    Line::from(spans)
}

/// Why there are no rows: four different reasons, four different texts.
fn empty(model: &Model, state: &ListState, area: Rect, buf: &mut Buffer) {
    let filter = state.filter.trim();
    let (text, role) = match (&model.link, &state.error) {
        (LinkState::Down(since, _), _) if state.fetched_at.is_none() => {
            (format!("daemon unreachable since {}", model.options.zone.seconds(*since)), Role::Warn)
        }
        (_, Some(error)) => (clean(error), Role::Bad),
        _ if state.fetched_at.is_none() => ("loading…".to_owned(), Role::Dim),
        _ if !filter.is_empty() => {
            (format!("0 of {} match “{}” — esc clears", grouped(state.total), clean(filter)), Role::Plain)
        }
        _ if state.total > 0 => ("loading…".to_owned(), Role::Dim),
        _ => (screens::of(state.list).nothing.to_owned(), Role::Plain),
    };
    let y = area.y + area.height / 3;
    let text = clip(&text, usize::from(area.width.saturating_sub(4)));
    let hint = (state.fetched_at.is_none() && matches!(model.link, LinkState::Down(..)))
        .then(|| format!("start it with `frontdeskd serve`; its socket is {}", model.options.socket));
    for (line, y) in [(Some(text), y), (hint, y + 2)] {
        if let Some(line) = line
            && y < area.bottom()
        {
            draw(
                buf,
                Rect::new(area.x + 2, y, area.width.saturating_sub(4), 1),
                &Line::from(span(model, line, role)),
            );
        }
    }
}

/// Everything about the selected row, beside the list.
fn pane(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    for y in area.top()..area.bottom() {
        let edge = Rect::new(area.x.saturating_sub(1), y, 1, 1);
        draw(buf, edge, &Line::from(span(model, "│", Role::Dim)));
    }
    let room = usize::from(area.width.saturating_sub(2));
    let loaded = model.pane.view.as_ref().filter(|view| view.is_loaded());
    let content = loaded.map(|view| view.content.clone()).or_else(|| update::selected_fields(model));
    let lines = content.map(|content| doc::lines(&content, room, model.look())).unwrap_or_default();
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        let inner = Rect::new(area.x + 1, y, area.width.saturating_sub(2), 1);
        draw(buf, inner, &super::text::line(model, line, ""));
    }
}
