//! What the link tells: connection, answers, events.

use super::{act, import};
use crate::link::{CallError, LinkMsg, Reply, RequestId};
use crate::model::list::{Ask, ListState, Spot, Want};
use crate::model::overlay::Overlay;
use crate::model::text_view::TextView;
use crate::model::{Dirty, LinkState, Model, Purpose};
use crate::msg::Cmd;
use crate::screens;
use crate::table::Look;
use crate::text::{count, grouped};
use frontdesk_shared::Millis;
use frontdesk_shared::event::Feed;
use frontdesk_shared::page::{Badges, List, MOST_MARKED};
use frontdesk_shared::rpc::ServerInfo;

/// Applies a message of the link.
pub(super) fn apply(model: &mut Model, msg: LinkMsg, cmds: &mut Vec<Cmd>) {
    match msg {
        LinkMsg::Up(info) => up(model, info, cmds),
        LinkMsg::Down(reason) => down(model, reason),
        LinkMsg::Mismatch(text) => {
            model.complain(text.clone());
            down(model, text);
        }
        LinkMsg::Reply(id, answer) => {
            model.touch(Dirty::Input);
            reply(model, id, answer, cmds);
        }
        LinkMsg::Feed(feed) => follow(model, &feed),
        LinkMsg::Upload(id, progress) => {
            model.touch(Dirty::Data);
            import::progress(model, id, progress);
        }
    }
}

fn up(model: &mut Model, info: ServerInfo, cmds: &mut Vec<Cmd>) {
    heard(model, info.now);
    model.touch(Dirty::Input);
    model.link = LinkState::Up(Box::new(info));
    refetch_all(model);
    act::resend(model, cmds);
}

fn down(model: &mut Model, reason: String) {
    let since = match &model.link {
        LinkState::Down(since, _) => *since,
        LinkState::Connecting | LinkState::Up(_) => model.now,
    };
    model.touch(Dirty::Data);
    model.link = LinkState::Down(since, reason);
}

fn heard(model: &mut Model, server_now: Millis) {
    model.offset_ms = server_now.since(model.now);
    model.heard_at = Some(model.now);
}

fn refetch_all(model: &mut Model) {
    for state in model.lists.values_mut() {
        state.want = Want::Now;
    }
    for view in texts(model) {
        view.stale = true;
    }
}

fn texts(model: &mut Model) -> impl Iterator<Item = &mut TextView> {
    model.stack.iter_mut().chain(model.pane.view.as_mut())
}

/// Events came, or their absence.
fn follow(model: &mut Model, feed: &Feed) {
    let was_late = model.is_late();
    heard(model, feed.now);
    if was_late {
        model.touch(Dirty::Data);
    }
    if feed.reset {
        return refetch_all(model);
    }
    for event in &feed.events {
        for state in model.lists.values_mut() {
            let here = screens::of(state.list).is_touched_by(&event.subject);
            if here && state.frozen {
                state.waiting += 1;
            }
            state.want = state.want.max(if here { Want::Soon } else { Want::Later });
        }
        for view in texts(model).filter(|view| view.concerns(&event.subject_id)) {
            view.stale = true;
        }
    }
    if model.state().is_some_and(|state| state.frozen) && !feed.events.is_empty() {
        model.touch(Dirty::Data);
    }
}

fn reply(model: &mut Model, id: RequestId, answer: Result<Reply, CallError>, cmds: &mut Vec<Cmd>) {
    let Some(purpose) = model.pending.remove(&id) else { return };
    if answer.is_ok() {
        model.heard_at = Some(model.now);
    }
    match purpose {
        Purpose::Page(list, spot, ask, generation) => page(model, (list, spot, ask, generation), answer),
        Purpose::Ids(list, generation) => mark_all(model, list, generation, answer),
        Purpose::Text(serial) => text(model, serial, answer),
        Purpose::Preview(serial, index) => {
            let preview = preview_of(answer);
            if let Some(Overlay::Confirm(confirm)) = &mut model.overlay
                && confirm.serial == serial
                && let Some(item) = confirm.items.get_mut(index)
            {
                item.preview = Some(preview);
            }
        }
        Purpose::Straight(action) => act::straight(model, *action, preview_of(answer), cmds),
        Purpose::Act(batch, request, tries) => act::acted(model, batch, *request, tries, answer, cmds),
    }
}

fn preview_of(answer: Result<Reply, CallError>) -> Result<frontdesk_shared::action::Preview, String> {
    match answer {
        Ok(Reply::Preview(preview)) => Ok(preview),
        Ok(_) => Err("the daemon answered something else".to_owned()),
        Err(e) => Err(e.text),
    }
}

fn page(
    model: &mut Model,
    (list, spot, ask, generation): (List, Spot, Ask, u64),
    answer: Result<Reply, CallError>,
) {
    let front = model.list == list;
    if let Ok(Reply::Page(page)) = &answer {
        heard(model, page.now);
        // While the database is away nobody can count: the last counts stay.
        let counted = if page.badges.away_since.is_some() { &model.badges } else { &page.badges };
        let (away_since, spooled) = (page.badges.away_since, page.badges.spooled);
        model.badges = Badges { away_since, spooled, ..counted.clone() };
    }
    let (now, server_now, zone) = (model.now, model.server_now(), model.options.zone.clone());
    let Some(state) = model.lists.get_mut(&list).filter(|s| s.generation == generation) else { return };
    state.in_flight = None;
    match answer {
        Ok(Reply::Page(page)) => {
            state.fetched_at = Some(now);
            state.take(spot, ask, *page, Look { now: server_now, zone: &zone, exact: false });
        }
        Ok(_) => state.error = Some("the daemon answered something else".to_owned()),
        // The question makes no sense: rows of another one must not be taken for its answer.
        Err(e) if !e.retryable && !e.lost => {
            let typing = matches!(model.overlay, Some(Overlay::Filter { .. }));
            state.refuse(e.text.clone());
            if front && !typing {
                model.complain(e.text);
            }
        }
        Err(e) => {
            state.want = state.want.max(Want::Later);
            state.error = Some(e.text.clone());
            if front && !e.lost && model.server().is_some() {
                model.complain(e.text);
            }
        }
    }
}

/// The ids of every row came: all are marked, or none.
fn mark_all(model: &mut Model, list: List, generation: u64, answer: Result<Reply, CallError>) {
    let Some(state) = model.lists.get_mut(&list).filter(|s| s.generation == generation) else { return };
    let said = match answer {
        Ok(Reply::Ids(ids)) if ids.matching > MOST_MARKED => {
            format!("more than {} rows match: a filter makes them few enough to mark", grouped(MOST_MARKED))
        }
        Ok(Reply::Ids(ids)) => {
            state.marks = ids.ids.into_iter().collect();
            format!("{} marked: all that match", count(state.marks.len() as u64, "row"))
        }
        Ok(_) => "the daemon answered something else".to_owned(),
        Err(e) => e.text,
    };
    model.say(said);
}

fn text(model: &mut Model, serial: u64, answer: Result<Reply, CallError>) {
    let Some(view) = texts(model).find(|view| view.serial == serial) else { return };
    view.in_flight = false;
    match answer {
        Ok(reply) => view.take(reply),
        Err(e) => {
            view.stale = e.retryable || e.lost;
            view.error = Some(e.text);
        }
    }
}

/// Whether a list was ever asked for.
#[must_use]
pub(super) fn is_unknown(model: &Model, list: List) -> bool {
    model.lists.get(&list).is_none_or(|state: &ListState| state.fetched_at.is_none())
}
