//! Drawing: from the model to cells, without changing anything.

mod diary;
pub mod footer;
pub mod header;
mod import;
mod list;
mod popup;
mod text;

use crate::layout::{self, Shape};
use crate::model::Model;
use crate::theme::Role;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

/// Draws the whole screen. The buffer must have the model's size.
pub fn render(model: &Model, buf: &mut Buffer) {
    if buf.area.is_empty() {
        return;
    }
    if layout::shape(model.size) == Shape::Line {
        draw(buf, Rect { height: 1, ..buf.area }, &header::one_line(model));
        return;
    }
    let areas = layout::areas(model);
    for (line, y) in header::lines(model, areas.header.width).iter().zip(areas.header.top()..) {
        draw(buf, Rect::new(0, y, areas.header.width, 1), line);
    }
    if let Some(banner) = header::banner(model) {
        let text = crate::text::pad(&format!(" {banner}"), usize::from(areas.banner.width), false);
        draw(buf, areas.banner, &Line::styled(text, style(model, Role::Banner)));
    }
    if model.stack.is_empty() {
        if !model.in_diary() || !diary::render(model, &areas, buf) {
            list::render(model, &areas, buf);
        }
    } else {
        text::render(model, &areas, buf);
    }
    draw(buf, areas.message, &footer::message(model, areas.message.width));
    draw(buf, areas.footer, &footer::keys(model, areas.footer.width));
    popup::render(model, buf);
}

/// How a role looks in this model's theme.
fn style(model: &Model, role: Role) -> Style {
    model.options.theme.style(role)
}

/// A piece of text in a role.
fn span(model: &Model, text: impl Into<String>, role: Role) -> Span<'static> {
    Span::styled(text.into(), style(model, role))
}

/// Writes a line at the beginning of an area, cut at its end.
fn draw(buf: &mut Buffer, area: Rect, line: &Line<'_>) {
    let area = area.intersection(buf.area);
    if !area.is_empty() {
        buf.set_line(area.x, area.y, line, area.width);
    }
}

/// Text being typed, with a block where the next letter goes.
fn typed(model: &Model, input: &crate::input::Input, room: usize) -> Vec<Span<'static>> {
    let (before, after) = input.halves();
    let (before, after) = (crate::text::clean(before), crate::text::clean(after));
    // A long text shows the part around the cursor.
    let mut start = before.as_str();
    while crate::text::width(start) + 1 > room.max(2) {
        let first = start.graphemes(true).next().map_or(0, str::len);
        start = &start[first..];
    }
    let first = after.graphemes(true).next().map_or(0, str::len);
    let (under, rest) = after.split_at(first);
    vec![
        Span::raw(start.to_owned()),
        Span::styled(if under.is_empty() { " " } else { under }.to_owned(), model.options.theme.selected()),
        Span::raw(rest.to_owned()),
    ]
}
