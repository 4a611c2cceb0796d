//! What to ask the daemon next, and when to look again: the visible page at once when something
//! happened, then at a bounded rate; the next page when the cursor comes near the end.

use super::act::ask;
use super::link::is_unknown;
use crate::layout;
use crate::link::Request;
use crate::model::list::{ListState, PAGE_ROWS, Want};
use crate::model::overlay::Overlay;
use crate::model::text_view::TextView;
use crate::model::{Model, Purpose};
use crate::msg::Cmd;
use crate::screens;
use frontdesk_shared::Millis;
use frontdesk_shared::health::HealthState;
use frontdesk_shared::page::{List, Query, Sort};
use frontdesk_shared::time::{MINUTE, SECOND};

/// Pause between two fetches of a list in which things happen.
const SOON_MS: i64 = 150;
const SOON_SLOW_MS: i64 = 500;
/// Pause between two fetches for the header's counts alone.
const LATER_MS: i64 = 1_000;
/// The health report changes without events.
const HEALTH_MS: i64 = 5_000;
/// Pause between two fetches of a text.
const TEXT_MS: i64 = 500;

/// Asks whatever is due.
pub(super) fn pump(model: &mut Model, cmds: &mut Vec<Cmd>) {
    if model.server().is_none() {
        return;
    }
    let now = model.now;
    for list in wanted(model) {
        if list_due(model, list).is_some_and(|at| at <= now) {
            fetch(model, list, cmds);
        }
    }
    let pane_rests = model.pane.due.is_none_or(|at| at <= now);
    let mut due = Vec::new();
    let pane = model.pane.view.as_mut().filter(|_| pane_rests);
    for view in model.stack.last_mut().into_iter().chain(pane) {
        if text_due(view, now).is_some_and(|at| at <= now)
            && let Some(request) = view.request()
        {
            view.stale = false;
            view.in_flight = true;
            view.asked_at = Some(now);
            due.push((view.serial, request));
        }
    }
    for (serial, request) in due {
        ask(model, request, Purpose::Text(serial), cmds);
    }
}

/// When the model wants to be woken, if nothing else happens before.
#[must_use]
pub fn next_wake(model: &Model) -> Option<Millis> {
    let now = model.now;
    let mut wakes = vec![model.messages.until(now), Some(next(now, MINUTE))];
    if layout::ticks(model) {
        wakes.push(Some(next(now, SECOND)));
    }
    if model.server().is_some() {
        wakes.push(model.late_at());
        wakes.extend(wanted(model).into_iter().map(|list| list_due(model, list)));
        wakes.extend(model.stack.last().map(|view| text_due(view, now)));
        let pane = model.pane.view.as_ref().and_then(|view| text_due(view, now));
        wakes.push(pane.map(|at| model.pane.due.map_or(at, |due| due.max(at))));
    }
    wakes.into_iter().flatten().filter(|at| *at > now).min()
}

fn next(now: Millis, step: i64) -> Millis {
    Millis(now.0 - now.0.rem_euclid(step) + step)
}

/// The list in front, the clients where they are offered for choice, and the health report,
/// which is there even where the database is not, while events or the list in front cannot be
/// read and until the badge on its tab has no bad news to take back.
fn wanted(model: &Model) -> Vec<List> {
    let mut wanted = vec![model.list];
    let choice = matches!(model.overlay, Some(Overlay::Import(_) | Overlay::Palette { .. }));
    if choice && model.list != List::Clients && is_unknown(model, List::Clients) {
        wanted.push(List::Clients);
    }
    let unread = model.state().is_some_and(|state| state.error.is_some());
    let bad = model.health().is_some_and(|h| h.state != HealthState::Healthy);
    let look = bad || unread || model.is_late() || model.badges.away_since.is_some();
    if look && model.list != List::Health {
        wanted.push(List::Health);
    }
    wanted
}

/// When a list is to be fetched; `None` while there is no need or a question is under way.
fn list_due(model: &Model, list: List) -> Option<Millis> {
    let Some(state) = model.lists.get(&list) else { return Some(model.now) };
    if state.in_flight.is_some() || (state.frozen && state.want != Want::Now) {
        return None;
    }
    let slow = model.options.slow_link;
    let gap = match state.want {
        Want::Now => 0,
        _ if state.error.is_none() && state.next_slot().is_some() => 0,
        Want::Soon if slow => SOON_SLOW_MS,
        // The rows are counted to the end.
        Want::Soon if state.from_end => LATER_MS,
        Want::Soon => SOON_MS,
        Want::Later => LATER_MS,
        Want::No if list == List::Health => HEALTH_MS,
        Want::No => return None,
    };
    Some(state.asked_at.map_or(model.now, |at| at + gap))
}

fn text_due(view: &TextView, now: Millis) -> Option<Millis> {
    (view.stale && !view.in_flight).then(|| view.asked_at.map_or(now, |at| at + TEXT_MS))
}

fn fetch(model: &mut Model, list: List, cmds: &mut Vec<Cmd>) {
    let client = model.client.clone().filter(|_| list != List::Clients);
    let now = model.now;
    let state = model.lists.entry(list).or_insert_with(|| ListState::new(list));
    let calm = state.error.is_none() && matches!(state.want, Want::No | Want::Later);
    let more = state.next_slot().filter(|_| calm);
    let (spot, rows) = more.unwrap_or_else(|| {
        state.want = Want::No;
        state.visible_slot()
    });
    let filter = state.filter.trim().to_owned();
    let screen = screens::of(list);
    let sort = state.sort.filter(|_| !screen.is_whole()).and_then(|sort| {
        let column = screen.columns.get(sort.column)?;
        Some(Sort { by: column.title.to_owned(), descending: sort.reverse })
    });
    state.asked_at = Some(now);
    let query = Query {
        client,
        filter,
        after: rows.after.clone(),
        backward: rows.backward,
        sort,
        // Only the number of rows in all says where the end is.
        exact: state.from_end,
        ..Query::first(list, PAGE_ROWS)
    };
    let purpose = Purpose::Page(list, spot, rows, state.generation);
    let id = ask(model, Request::Page(query), purpose, cmds);
    if let Some(state) = model.lists.get_mut(&list) {
        state.in_flight = Some(id);
    }
}
