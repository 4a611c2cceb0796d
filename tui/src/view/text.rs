//! A text over a list: everything about one thing, or an explanation.

use super::{draw, span, style};
use crate::doc;
use crate::layout::Areas;
use crate::model::text_view::TextView;
use crate::model::{LinkState, Model};
use crate::screens;
use crate::text::{clip, width};
use crate::theme::Role;
use crate::update;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws the text in front.
pub(super) fn render(model: &Model, areas: &Areas, buf: &mut Buffer) {
    let Some(view) = model.stack.last() else { return };
    let lines = update::front_lines(model);
    let mut names = vec![screens::title(model.list).to_owned()];
    names.extend(model.stack.iter().map(TextView::name));
    let right = match lines.len() {
        0 => String::new(),
        n => format!(" {}/{n} ", view.cursor + 1),
    };
    let room = usize::from(areas.title.width);
    let found = if view.find.is_empty() { String::new() } else { format!(" · find: {} (n, N)", view.find) };
    let left = crate::text::clean(&format!("─ {}{found} ", names.join(" › ")));
    let left = clip(&left, room.saturating_sub(width(&right) + 2));
    let rule = "─".repeat(room.saturating_sub(width(&left) + width(&right) + 1));
    let title = vec![
        span(model, left, Role::Strong),
        span(model, rule, Role::Dim),
        span(model, format!("{right}─"), Role::Strong),
    ];
    draw(buf, areas.title, &Line::from(title));
    if lines.is_empty() {
        let (text, role) = match (&view.error, &model.link) {
            (Some(error), _) => (crate::text::clean(error), Role::Bad),
            (None, LinkState::Down(since, _)) => {
                (format!("daemon unreachable since {}", model.options.zone.seconds(*since)), Role::Warn)
            }
            (None, _) => ("loading…".to_owned(), Role::Dim),
        };
        let y = areas.body.y + areas.body.height / 3;
        let area = Rect::new(areas.body.x + 2, y, areas.body.width.saturating_sub(4), 1);
        draw(buf, area, &Line::from(span(model, text, role)));
    }
    for (n, y) in (areas.body.top()..areas.body.bottom()).enumerate() {
        let at = view.offset + n;
        let Some(content) = lines.get(at) else { break };
        let area = Rect::new(areas.body.x + 1, y, areas.body.width.saturating_sub(2), 1);
        draw(buf, area, &line(model, content, &view.find));
        if at == view.cursor {
            buf.set_style(Rect::new(areas.body.x, y, areas.body.width, 1), model.options.theme.selected());
        }
    }
}

/// A line with its label and with the words looked for underlined.
pub(super) fn line(model: &Model, line: &doc::Line, find: &str) -> Line<'static> {
    let base = style(model, line.role);
    let (label, rest) = crate::text::split(&line.text, line.label);
    let mut spans = vec![span(model, label, Role::Dim)];
    let at = if find.is_empty() { None } else { rest.to_lowercase().find(&find.to_lowercase()) };
    match at
        .and_then(|at| Some((rest.get(..at)?, rest.get(at..at + find.len())?, rest.get(at + find.len()..)?)))
    {
        Some((before, hit, after)) => {
            spans.push(Span::styled(before.to_owned(), base));
            spans
                .push(Span::styled(hit.to_owned(), base.add_modifier(Modifier::UNDERLINED | Modifier::BOLD)));
            spans.push(Span::styled(after.to_owned(), base));
        }
        None => spans.push(Span::styled(rest.to_owned(), base)),
    }
    Line::from(spans)
}
