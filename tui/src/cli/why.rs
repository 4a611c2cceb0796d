//! Explanations and details as text.

use super::list::PATIENCE;
use super::{Desk, Outcome, answer};
use crate::doc;
use crate::link::context;
use crate::model::text_view::Content;
use crate::table::Look;
use crate::zone::Zone;
use frontdesk_shared::Millis;
use frontdesk_shared::Noun;
use frontdesk_shared::noun::Subject;

/// Why a lead is or is not contacted.
pub(super) async fn lead(desk: &mut Desk, lead: String) -> Outcome {
    let connection = desk.connect().await?;
    let why = answer(connection.client.why(context(PATIENCE), lead.clone(), desk.client.clone()).await)?;
    if desk.json {
        return Ok(desk.out.json(&why)?);
    }
    print(desk, connection.info.now, &Content::Why(lead, Some(Box::new(why))))
}

/// Why nothing is dialing.
pub(super) async fn idle(desk: &mut Desk) -> Outcome {
    let connection = desk.connect().await?;
    let client = desk.client.clone();
    let idle = answer(connection.client.why_idle(context(PATIENCE), client.clone()).await)?;
    if desk.json {
        return Ok(desk.out.json(&idle)?);
    }
    print(desk, connection.info.now, &Content::WhyIdle(client, Some(Box::new(idle))))
}

/// Everything about one thing.
pub(super) async fn show(desk: &mut Desk, kind: Noun, id: String) -> Outcome {
    let connection = desk.connect().await?;
    let subject = Subject { kind, id };
    let detail = answer(connection.client.detail(context(PATIENCE), subject.clone()).await)?;
    if desk.json {
        return Ok(desk.out.json(&detail)?);
    }
    print(desk, connection.info.now, &Content::Detail(subject, Some(Box::new(detail))))
}

fn print(desk: &mut Desk, now: Millis, content: &Content) -> Outcome {
    let zone = Zone::of_operator();
    let look = Look { now, zone: &zone, exact: desk.out.columns.is_none() };
    let room = desk.out.columns.map_or(100, usize::from);
    let lines = doc::lines(content, room, look);
    Ok(desk.out.lines(&lines)?)
}
