//! Popups: help, palette, sort, notices, confirmation, reason and what else is typed.

use super::{draw, import, span, typed};
use crate::help::{self, HelpLine};
use crate::model::Model;
use crate::model::overlay::{Confirm, Overlay};
use crate::palette;
use crate::permit;
use crate::screens;
use crate::text::{clean, clip, count, pad, width, wrap};
use crate::theme::Role;
use frontdesk_shared::action::ActionSpec;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

/// What a popup shows.
pub(super) struct Popup {
    /// Its name.
    pub title: String,
    /// Lines that stay, such as what is typed.
    pub top: Vec<Line<'static>>,
    /// Lines that scroll.
    pub lines: Vec<Line<'static>>,
    /// First visible line of those.
    pub offset: usize,
    /// The selected line, if one is.
    pub cursor: Option<usize>,
    /// Lines that stay below.
    pub bottom: Vec<Line<'static>>,
}

impl Popup {
    /// An empty popup.
    #[must_use]
    pub(super) fn new(title: impl Into<String>) -> Self {
        let title = title.into();
        Self { title, top: Vec::new(), lines: Vec::new(), offset: 0, cursor: None, bottom: Vec::new() }
    }
}

/// Columns inside the widest popup.
const WIDEST: u16 = 96;

/// Draws what lies over everything.
pub(super) fn render(model: &Model, buf: &mut Buffer) {
    let room = usize::from(buf.area.width.min(WIDEST).saturating_sub(4)).max(1);
    let popup = match &model.overlay {
        None | Some(Overlay::Filter { .. } | Overlay::Find(_)) => return,
        Some(Overlay::Help { input, offset }) => help_popup(model, input, *offset, room),
        Some(Overlay::Palette { input, cursor }) => palette_popup(model, input, *cursor, room),
        Some(Overlay::Sort { cursor }) => sort_popup(model, *cursor),
        Some(Overlay::Messages { offset }) => messages_popup(model, *offset, room),
        Some(Overlay::Happened(jobs)) => happened_popup(jobs, room),
        Some(Overlay::Ask { spec, input, things }) => ask_popup(model, spec, input, things, room),
        Some(Overlay::Reason { input, scopes, chosen }) => reason_popup(model, input, scopes, *chosen, room),
        Some(Overlay::Confirm(confirm)) => confirm_popup(model, confirm, room),
        Some(Overlay::Import(wizard)) => import::popup(model, wizard, room),
    };
    place(model, &popup, buf);
}

fn place(model: &Model, popup: &Popup, buf: &mut Buffer) {
    let whole = buf.area;
    let all = popup.top.iter().chain(&popup.lines).chain(&popup.bottom);
    let widest = all.map(Line::width).max().unwrap_or(0).max(width(&popup.title) + 2);
    let wide = u16::try_from(widest + 4).unwrap_or(u16::MAX).max(40).min(whole.width.min(WIDEST));
    let fixed = popup.top.len() + popup.bottom.len() + 2;
    let tall = u16::try_from(fixed + popup.lines.len()).unwrap_or(u16::MAX);
    let tall = tall.min(whole.height.saturating_sub(2).max(3)).min(whole.height);
    let area = Rect::new((whole.width - wide) / 2, (whole.height - tall) / 2, wide, tall);
    Clear.render(area, buf);
    let block = Block::bordered().border_type(BorderType::Plain).title(Line::from(span(
        model,
        format!(" {} ", popup.title),
        Role::Strong,
    )));
    let inner = block.inner(area);
    block.render(area, buf);
    let row = |y: u16| Rect::new(inner.x + 1, y, inner.width.saturating_sub(2), 1);
    let mut y = inner.y;
    for line in &popup.top {
        if y < inner.bottom() {
            draw(buf, row(y), line);
        }
        y += 1;
    }
    let last = inner.bottom().saturating_sub(u16::try_from(popup.bottom.len()).unwrap_or(0));
    let visible = usize::from(last.saturating_sub(y));
    let most = popup.lines.len().saturating_sub(visible);
    let offset = match popup.cursor {
        Some(cursor) => (cursor + 1).saturating_sub(visible),
        None => popup.offset.min(most),
    };
    for (at, line) in popup.lines.iter().enumerate().skip(offset).take(visible) {
        draw(buf, row(y), line);
        if popup.cursor == Some(at) {
            buf.set_style(row(y).intersection(buf.area), model.options.theme.selected());
        }
        y += 1;
    }
    if offset < most && visible > 0 {
        let more = format!(" {} more below ", popup.lines.len() - offset - visible);
        let x = area.right().saturating_sub(u16::try_from(width(&more) + 2).unwrap_or(0));
        draw(
            buf,
            Rect::new(x, area.bottom() - 1, area.width.saturating_sub(2), 1),
            &Line::from(span(model, more, Role::Dim)),
        );
    }
    for (line, y) in popup.bottom.iter().zip(last.max(inner.y)..inner.bottom()) {
        draw(buf, row(y), line);
    }
}

fn prompt(model: &Model, label: &str, input: &crate::input::Input, room: usize) -> Line<'static> {
    let mut spans = vec![span(model, format!("{label} "), Role::Strong)];
    spans.extend(typed(model, input, room.saturating_sub(width(label) + 1)));
    Line::from(spans)
}

fn help_popup(model: &Model, input: &crate::input::Input, offset: usize, room: usize) -> Popup {
    let mut popup = Popup::new("help");
    popup.top = vec![prompt(model, "search:", input, room)];
    for line in help::lines(model.place(), &input.text) {
        match line {
            HelpLine::Heading(text) => {
                popup.lines.push(Line::default());
                popup.lines.push(Line::from(span(model, text, Role::Strong)));
            }
            HelpLine::Keys(keys, text) => {
                let mut keys = pad(&keys, 14, false);
                for part in wrap(&text, room.saturating_sub(16)) {
                    let spans = vec![span(model, format!(" {keys} "), Role::Info), Span::raw(part)];
                    popup.lines.push(Line::from(spans));
                    keys = " ".repeat(14);
                }
            }
        }
    }
    popup.offset = offset;
    popup
}

fn palette_popup(model: &Model, input: &crate::input::Input, cursor: usize, room: usize) -> Popup {
    let mut popup = Popup::new("command");
    popup.top = vec![prompt(model, ":", input, room), Line::default()];
    let entries = palette::entries(model, &input.text);
    popup.cursor = (!entries.is_empty()).then(|| cursor.min(entries.len() - 1));
    for entry in entries {
        let role = if entry.disabled.is_some() { Role::Dim } else { Role::Plain };
        let text = entry.disabled.map_or(entry.help, |reason| format!("not now: {reason}"));
        let name = pad(&entry.name, 18, false);
        let key = pad(&entry.key, 9, false);
        let text = pad(&clean(&text), room.saturating_sub(29), false);
        popup.lines.push(Line::from(vec![
            span(model, format!("{name} "), role),
            span(model, format!("{key} "), Role::Info),
            span(model, text, Role::Dim),
        ]));
    }
    if popup.lines.is_empty() {
        popup.lines.push(Line::from(span(model, "nothing has such a name", Role::Dim)));
    }
    popup
}

fn sort_popup(model: &Model, cursor: usize) -> Popup {
    let mut popup = Popup::new("sort the whole list by");
    let own = match screens::of(model.list).order {
        "" => "the daemon's order".to_owned(),
        order => format!("the daemon's order ({order})"),
    };
    popup.lines = vec![Line::from(pad(&own, 36, false))];
    let columns = screens::of(model.list).sortable();
    popup.lines.extend(columns.map(|(_, c)| Line::from(pad(c.title, 36, false))));
    popup.cursor = Some(cursor);
    popup
}

fn messages_popup(model: &Model, offset: usize, room: usize) -> Popup {
    let mut popup = Popup::new("notices, newest first");
    for message in model.messages.newest_first() {
        let at = model.options.zone.seconds(message.at);
        let (word, role) = if message.error { ("error", Role::Bad) } else { ("info ", Role::Plain) };
        let mut lead = format!("{at} {word} ");
        let gap = width(&lead);
        for part in wrap(&message.text, room.saturating_sub(gap)) {
            popup.lines.push(Line::from(vec![span(model, lead.clone(), Role::Dim), span(model, part, role)]));
            lead = " ".repeat(gap);
        }
    }
    if popup.lines.is_empty() {
        popup.lines.push(Line::from(span(model, "nothing was said yet", Role::Dim)));
    }
    popup.offset = offset;
    popup
}

fn happened_popup(jobs: &[(String, String)], room: usize) -> Popup {
    let mut popup = Popup::new("settle");
    let what = match jobs {
        [(label, _)] => clip(&clean(label), room),
        jobs => count(jobs.len() as u64, "job"),
    };
    popup.lines = vec![
        Line::from(what),
        Line::default(),
        Line::from("Did it happen? Look at the provider's own list first."),
        Line::default(),
        Line::from("h  it happened: record it as done"),
        Line::from("n  it did not happen: it may be tried again"),
    ];
    popup
}

fn reason_popup(
    model: &Model,
    input: &crate::input::Input,
    scopes: &[Option<String>],
    chosen: usize,
    room: usize,
) -> Popup {
    let mut popup = Popup::new("pause dialing");
    let wide = room.min(70);
    popup.top = vec![Line::from(" ".repeat(wide))];
    popup.lines = vec![Line::from("No new calls, texts or emails; live calls go on. Whose?")];
    for (at, scope) in scopes.iter().enumerate() {
        let (mark, role) = if at == chosen { ("> ", Role::Strong) } else { ("  ", Role::Dim) };
        let words = clip(&clean(&permit::scope_words(scope.as_deref())), wide.saturating_sub(2));
        popup.lines.push(Line::from(span(model, format!("{mark}{words}"), role)));
    }
    popup.lines.push(Line::default());
    popup.lines.push(prompt(model, "reason:", input, wide));
    popup
}

fn ask_popup(
    model: &Model,
    spec: &ActionSpec,
    input: &crate::input::Input,
    things: &[(String, String)],
    room: usize,
) -> Popup {
    let mut popup = Popup::new(spec.label);
    let wide = room.min(70);
    popup.top = vec![Line::from(" ".repeat(wide))];
    let what = match things {
        [(label, _)] => clip(&clean(label), wide),
        things => count(things.len() as u64, "thing"),
    };
    popup.lines = vec![Line::from(what)];
    let Some(argument) = permit::argument(spec.name) else { return popup };
    popup.lines.extend(wrap(argument.hint, wide).into_iter().map(Line::from));
    popup.lines.push(Line::default());
    popup.lines.push(prompt(model, argument.label, input, wide));
    popup
}

fn confirm_popup(model: &Model, confirm: &Confirm, room: usize) -> Popup {
    // What is done to no row is done to what its name says, the installation or a client.
    let title = match confirm.items.as_slice() {
        [item] if confirm.spec.lists.is_empty() => clean(&format!("{}: {}", confirm.spec.label, item.label)),
        _ => confirm.spec.label.to_owned(),
    };
    let mut popup = Popup::new(title);
    let many = confirm.items.len() > 1;
    let indent = if many { "  " } else { "" };
    for item in &confirm.items {
        let label = clip(&clean(&item.label), room);
        let push = |popup: &mut Popup, text: &str, role| {
            for part in wrap(text, room.saturating_sub(2)) {
                popup.lines.push(Line::from(span(model, format!("{indent}{part}"), role)));
            }
        };
        match (&item.preview, item.possible()) {
            (None, _) => popup.lines.push(Line::from(span(model, format!("{label}: asking…"), Role::Dim))),
            (_, Some(preview)) => {
                if many {
                    popup.lines.push(Line::from(span(model, label, Role::Strong)));
                }
                let shown = if many { 1 } else { usize::MAX };
                for line in preview.lines.iter().take(shown) {
                    push(&mut popup, line, Role::Plain);
                }
            }
            (Some(_), None) => {
                popup.lines.push(Line::from(span(model, label, Role::Strong)));
                let text = format!("cannot be done: {}", item.refusal().unwrap_or_default());
                push(&mut popup, &text, Role::Warn);
            }
        }
    }
    popup.offset = confirm.offset;
    popup.bottom = vec![Line::default(), question(model, confirm)];
    popup
}

fn question(model: &Model, confirm: &Confirm) -> Line<'static> {
    if !confirm.is_ready() {
        return Line::from(span(model, "asking the daemon what would happen…", Role::Dim));
    }
    let cancel = Span::styled("[ cancel ]", model.options.theme.selected());
    let n = confirm.count();
    if n == 0 {
        return Line::from(vec![cancel]);
    }
    if confirm.is_typed() {
        let mut spans =
            vec![span(model, format!("type {n} and enter to {}: ", confirm.spec.label), Role::Strong)];
        spans.extend(typed(model, &confirm.typed, 12));
        if let Some(hint) = &confirm.hint {
            spans.push(span(model, format!("  {hint}"), Role::Warn));
        }
        return Line::from(spans);
    }
    Line::from(vec![cancel, span(model, format!("   y: {}", confirm.spec.label), Role::Strong)])
}
