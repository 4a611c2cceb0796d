//! Where things are on a screen of some size. Pure; both drawing and scrolling ask here.

use crate::model::{LinkState, Model};
use crate::view::header;
use ratatui::layout::Rect;

/// How much can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line with the most important counts.
    Line,
    /// One column.
    Narrow,
    /// Columns.
    Normal,
    /// Columns, and a pane beside them.
    Wide,
}

/// The shape of a screen.
#[must_use]
pub fn shape(size: (u16, u16)) -> Shape {
    match size {
        (w, h) if w < 40 || h < 8 => Shape::Line,
        (w, h) if w < 60 || h < 12 => Shape::Narrow,
        (w, _) if w < 140 => Shape::Normal,
        _ => Shape::Wide,
    }
}

/// Parts of the screen, from top to bottom. A part without room has no height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Name, mode, link, tabs, clock.
    pub header: Rect,
    /// What must not be overlooked.
    pub banner: Rect,
    /// Name of the list or text.
    pub title: Rect,
    /// Headings of the columns.
    pub columns: Rect,
    /// Rows or lines.
    pub body: Rect,
    /// The pane beside the rows.
    pub pane: Rect,
    /// The last message.
    pub message: Rect,
    /// Keys.
    pub footer: Rect,
}

/// Divides the screen.
#[must_use]
pub fn areas(model: &Model) -> Areas {
    let (width, height) = model.size;
    let mut top = 0;
    let mut take = |lines: u16| {
        let lines = lines.min(height.saturating_sub(top));
        let area = Rect::new(0, top, width, lines);
        top += lines;
        area
    };
    let shape = shape(model.size);
    if shape == Shape::Line {
        return Areas { header: take(1), ..Areas::default() };
    }
    let header = take(u16::try_from(header::lines(model, width).len()).unwrap_or(1));
    let banner = take(u16::from(header::banner(model).is_some()));
    let title = take(1);
    let text = !model.stack.is_empty();
    let columns = take(u16::from(!text && shape != Shape::Narrow));
    let used = header.height + banner.height + title.height + columns.height;
    let mut body = take(height.saturating_sub(used + 2));
    let message = take(1);
    let footer = take(1);
    let mut pane = Rect::default();
    let mut columns = columns;
    if shape == Shape::Wide && !text {
        let share = (width * 2 / 5).clamp(50, 90);
        let left = width - share;
        pane = Rect::new(left, title.bottom(), share, columns.height + body.height);
        body.width = left - 1;
        columns.width = left - 1;
    }
    Areas { header, banner, title, columns, body, pane, message, footer }
}

/// Whether something on the screen changes with every second.
#[must_use]
pub fn ticks(model: &Model) -> bool {
    use crate::rows::Row;
    use frontdesk_shared::job::JobState;
    use frontdesk_shared::time::MINUTE;
    if matches!(model.link, LinkState::Down(..)) || model.is_late() {
        return true;
    }
    if !model.stack.is_empty() || shape(model.size) == Shape::Line {
        return false;
    }
    let Some(state) = model.state() else { return false };
    let now = model.server_now();
    let visible = state.offset..state.offset + usize::from(areas(model).body.height);
    visible.filter_map(|at| state.row(at)).any(|row| match row {
        Row::Call(call) => call.started_at.is_some() && call.ended_at.is_none(),
        Row::Job(job) => job.state == JobState::Ready && (0..=MINUTE).contains(&job.run_at.since(now)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_change_at_their_limits() {
        assert_eq!(shape((1, 1)), Shape::Line);
        assert_eq!(shape((39, 50)), Shape::Line);
        assert_eq!(shape((40, 8)), Shape::Narrow);
        assert_eq!(shape((60, 11)), Shape::Narrow);
        assert_eq!(shape((80, 24)), Shape::Normal);
        assert_eq!(shape((140, 40)), Shape::Wide);
    }
}
