//! The header: name, mode, instance, connection, tabs with counts, clock; and the banner for
//! what must not be overlooked.

use super::span;
use crate::model::{LinkState, Model};
use crate::screens::{self, TABS};
use crate::text::width;
use crate::theme::Role;
use frontdesk_shared::action::Role as OperatorRole;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::health::HealthState;
use frontdesk_shared::page::{List, Pause};
use frontdesk_shared::time::short_duration;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// The header's lines: one where everything fits side by side, else two.
#[must_use]
pub fn lines(model: &Model, room: u16) -> Vec<Line<'static>> {
    let room = usize::from(room);
    let who = identity(model);
    let clock = format!("{} ", model.options.zone.minutes(model.now));
    let full = tabs(model, 0);
    if columns(&who) + 3 + columns(&full) + width(&clock) < room {
        let mut line = who;
        line.push(Span::raw(" │ "));
        line.extend(full);
        return vec![spread(line, clock, room)];
    }
    let short = (0..4).map(|cut| tabs(model, cut)).find(|t| columns(t) <= room);
    vec![spread(who, clock, room), Line::from(short.unwrap_or_else(|| tabs(model, 3)))]
}

/// Everything in one line, for a screen that has no more.
#[must_use]
pub fn one_line(model: &Model) -> Line<'static> {
    let (text, role) = link(model);
    let mut line = vec![span(model, format!("{text} "), role)];
    if let Some(server) = model.server().filter(|s| !is_prod(&s.mode)) {
        line.insert(0, span(model, format!("{} ", server.mode), Role::Banner));
    }
    let b = &model.badges;
    line.push(Span::raw(format!("{} {}", b.live, if b.live == 1 { "call" } else { "calls" })));
    for (n, what) in [(b.errors, "errors"), (b.stuck_jobs, "stuck jobs"), (b.bad_webhooks, "bad webhooks")] {
        if n > 0 {
            line.push(span(model, format!(", {n} {what}"), Role::Bad));
        }
    }
    if b.away_since.is_some() {
        line.push(span(model, " DATABASE AWAY", Role::Banner));
    }
    if !b.pauses.is_empty() {
        line.push(span(model, " PAUSED", Role::Banner));
    }
    Line::from(line)
}

/// What must not be overlooked: no daemon, no dialing.
#[must_use]
pub fn banner(model: &Model) -> Option<String> {
    let zone = &model.options.zone;
    if let LinkState::Down(since, why) = &model.link {
        let data = match model.heard_at {
            Some(at) => format!("showing data from {}", zone.seconds(at)),
            None => "nothing to show yet".to_owned(),
        };
        let since = zone.seconds(*since);
        return Some(crate::text::clean(&format!("DAEMON UNREACHABLE since {since}, {data} — {why}")));
    }
    if let Some(since) = model.badges.away_since {
        let waiting = match model.badges.spooled {
            0 => String::new(),
            1 => ", 1 webhook waits in the spool".to_owned(),
            n => format!(", {n} webhooks wait in the spool"),
        };
        return Some(format!("DATABASE AWAY since {}{waiting} — Health tells why", zone.seconds(since)));
    }
    let paused: Vec<String> = model.badges.pauses.iter().map(|pause| in_words(model, pause)).collect();
    (!paused.is_empty()).then(|| format!("DIALING IS PAUSED {} — U resumes", paused.join("; and ")))
}

/// Of whom dialing is paused, by whom, since when and why.
fn in_words(model: &Model, pause: &Pause) -> String {
    let whom = match &pause.client {
        Some(key) => format!("for client {key} only"),
        None => "for all clients".to_owned(),
    };
    crate::text::clean(&format!("{whom}{}", screens::paused(pause, model.look())))
}

fn identity(model: &Model) -> Vec<Span<'static>> {
    let mut line = vec![span(model, " frontdesk ", Role::Strong)];
    if let Some(server) = model.server() {
        let sandbox = !is_prod(&server.mode);
        let role = if sandbox { Role::Banner } else { Role::Strong };
        line.push(Span::raw(" "));
        line.push(span(
            model,
            if sandbox { format!(" {} ", server.mode) } else { server.mode.clone() },
            role,
        ));
        line.push(Span::raw(format!(" {}", server.instance)));
    }
    let (text, role) = link(model);
    line.push(Span::raw("  "));
    line.push(span(model, text, role));
    if let Some(server) = model.server() {
        let may = match server.role {
            _ if model.options.read_only => " (read-only)",
            OperatorRole::Watch => " (may only watch)",
            _ => "",
        };
        line.push(span(model, format!("  {}{may}", server.operator), Role::Dim));
    }
    if let Some(client) = &model.client {
        line.push(span(model, crate::text::clean(&format!("  only {client}")), Role::Warn));
    }
    line
}

/// Whether real phones ring.
fn is_prod(mode: &str) -> bool {
    mode.eq_ignore_ascii_case("prod")
}

/// The connection in words. An age is shown only when it matters, so that a quiet screen stays
/// quiet.
fn link(model: &Model) -> (String, Role) {
    match &model.link {
        LinkState::Connecting => ("connecting…".to_owned(), Role::Info),
        LinkState::Up(_) if model.is_late() => {
            let silent = model.heard_at.map_or(0, |at| model.now.since(at));
            (format!("silent {}", short_duration(silent / 1000 * 1000)), Role::Warn)
        }
        LinkState::Up(_) => ("live".to_owned(), Role::Good),
        LinkState::Down(since, _) => {
            let away = model.now.since(*since) / 1000;
            (
                if away == 0 { "away".to_owned() } else { format!("away {}", short_duration(away * 1000)) },
                Role::Bad,
            )
        }
    }
}

/// The tabs; `cut` 1 leaves out the blanks between them, 2 the ends of long names, 3 the names of
/// those not in front. Where it is narrow a count hangs on its tab, so that nobody takes it for the
/// number of the next.
fn tabs(model: &Model, cut: u8) -> Vec<Span<'static>> {
    let mut out = Vec::new();
    for (n, list) in TABS.iter().enumerate() {
        let front = *list == model.list;
        let gap = if cut == 0 { "  " } else { " " };
        out.push(Span::raw(if n == 0 { " " } else { gap }));
        let name = match cut {
            0 | 1 => format!(" {}", screens::title(*list)),
            2 => format!(" {}", short_title(*list)),
            _ if front => format!(" {}", short_title(*list)),
            _ => String::new(),
        };
        let before = if cut < 2 { " " } else { "·" };
        let look = if front { model.options.theme.selected() } else { Style::new() };
        out.push(Span::styled(format!("{}{name}", n + 1), look.add_modifier(Modifier::BOLD)));
        if let Some((badge, role)) = badge(model, *list) {
            out.push(span(model, format!("{before}{badge}"), role));
        }
    }
    out
}

fn short_title(list: List) -> &'static str {
    match list {
        List::Errors => "Errs",
        List::Webhooks => "Hooks",
        List::Imports => "Imp",
        List::Messages => "Msgs",
        list => screens::title(list),
    }
}

fn badge(model: &Model, list: List) -> Option<(String, Role)> {
    let b = &model.badges;
    let count = |n: u64, role| (n > 0).then(|| (n.to_string(), role));
    let alarm = |n: u64, role| (n > 0).then(|| (format!("{n}!"), role));
    match list {
        List::Live => count(b.live, Role::Good),
        List::Jobs => alarm(b.stuck_jobs, Role::Bad),
        List::Errors => {
            alarm(b.errors, if b.worst == Some(Severity::Warning) { Role::Warn } else { Role::Bad })
        }
        List::Webhooks => alarm(b.bad_webhooks, Role::Warn),
        List::Imports => count(b.running_imports, Role::Info),
        List::Health => match model.health()?.state {
            HealthState::Down => Some(("down!".to_owned(), Role::Bad)),
            HealthState::Degraded => Some(("!".to_owned(), Role::Warn)),
            HealthState::Healthy | HealthState::Off => None,
        },
        _ => None,
    }
}

fn columns(spans: &[Span<'_>]) -> usize {
    spans.iter().map(Span::width).sum()
}

/// Puts a text at the right end, where there is room.
fn spread(mut line: Vec<Span<'static>>, right: String, room: usize) -> Line<'static> {
    let used = columns(&line) + width(&right);
    if used < room {
        line.push(Span::raw(" ".repeat(room - used)));
        line.push(Span::raw(right));
    }
    Line::from(line)
}
