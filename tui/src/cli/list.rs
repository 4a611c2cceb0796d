//! Lists and the status, as tables or JSON.

use super::args::Listing;
use super::{Desk, Failure, Outcome, answer};
use crate::link::{Connection, context};
use crate::rows::{self, Row};
use crate::screens;
use crate::table::Look;
use crate::text;
use crate::zone::Zone;
use frontdesk_shared::page::{List, Page, Query, Rows, Sort};
use std::time::Duration;

/// How long a page may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Rows asked for at once: a page must fit into one frame.
const AT_ONCE: u32 = 200;

/// Prints a list.
pub(super) async fn run(desk: &mut Desk, list: List, listing: Listing) -> Outcome {
    let connection = desk.connect().await?;
    let mut pages: Vec<Page> = Vec::new();
    let mut left = listing.limit;
    let mut after = listing.after.clone();
    let sort = listing.sort.as_deref().map(|by| match by.strip_prefix('-') {
        Some(by) => Sort { by: by.to_owned(), descending: true },
        None => Sort { by: by.to_owned(), descending: false },
    });
    loop {
        let query = Query {
            client: desk.client.clone().filter(|_| list != List::Clients),
            filter: listing.filter.clone(),
            after: after.take(),
            sort: sort.clone(),
            // Counted to the end, once.
            exact: pages.is_empty(),
            ..Query::first(list, left.clamp(1, AT_ONCE))
        };
        let page = answer(connection.client.page(context(PATIENCE), query).await)?;
        left = left.saturating_sub(u32::try_from(page.rows.len()).unwrap_or(u32::MAX));
        after = page.next.clone();
        pages.push(page);
        if after.is_none() || left == 0 {
            break;
        }
    }
    let rows: Vec<Row<'_>> = pages
        .iter()
        .flat_map(|page| (0..rows::len(&page.rows)).filter_map(|at| rows::get(&page.rows, at)))
        .take(usize::try_from(listing.limit).unwrap_or(usize::MAX))
        .collect();
    if desk.json {
        let rows: Vec<serde_json::Value> = rows.iter().map(Row::json).collect();
        let counted = pages.first().map(|page| (page.matching, page.total));
        let (matching, total) = counted.unwrap_or_default();
        let value = serde_json::json!({
            "list": list,
            "rows": rows,
            "matching": matching,
            "total": total,
            "next": after,
        });
        return Ok(desk.out.json(&value)?);
    }
    let Some(last) = pages.first() else { return Ok(()) };
    if rows.is_empty() {
        let filter = listing.filter.trim();
        let text = match filter {
            "" => screens::of(list).nothing.split(" — ").next().unwrap_or_default().to_owned(),
            filter => format!("0 of {} match “{filter}”", text::grouped(last.total)),
        };
        return Ok(desk.out.line(&text)?);
    }
    let zone = Zone::of_operator();
    let look = Look { now: last.now, zone: &zone, exact: desk.out.columns.is_none() };
    desk.out.table(list, &rows, look)?;
    if u64::try_from(rows.len()).unwrap_or(0) < last.matching {
        desk.out.progress = false;
        desk.out.complain(&format!(
            "{} of {} shown; --limit shows more, --filter narrows",
            text::grouped(rows.len() as u64),
            text::grouped(last.matching)
        ));
    }
    Ok(())
}

/// Prints the health report and the counts that matter. Fails when the house is down.
pub(super) async fn status(desk: &mut Desk) -> Outcome {
    let Connection { client, info, .. } = desk.connect().await?;
    let page = answer(client.page(context(PATIENCE), Query::first(List::Health, 1)).await)?;
    let Rows::Health(report) = &page.rows else {
        return Err(Failure::failed("the daemon sent no health report"));
    };
    if desk.json {
        let counts = page.badges.away_since.is_none().then_some(page.badges);
        let value = serde_json::json!({ "daemon": info, "health": report, "counts": counts });
        desk.out.json(&value)?;
    } else {
        let zone = Zone::of_operator();
        let look = Look { now: page.now, zone: &zone, exact: desk.out.columns.is_none() };
        desk.out.line(&format!("{} {} build {}", info.mode, info.instance, info.build))?;
        desk.out.line(&screens::health::summary(report))?;
        if page.badges.paused {
            let reason = report.paused.clone().unwrap_or_default();
            desk.out.line(&format!("dialing is paused: {}", text::clean(&reason)))?;
        }
        let b = &page.badges;
        desk.out.line(&match b.away_since {
            Some(_) => "calls, jobs and errors cannot be counted while the database is away".to_owned(),
            None => format!(
                "{} live, {} stuck, {}, {} to look at",
                text::count(b.live, "call"),
                text::count(b.stuck_jobs, "job"),
                text::count(b.errors, "unseen error"),
                text::count(b.bad_webhooks, "webhook"),
            ),
        })?;
        if page.badges.away_since.is_none() {
            desk.out.line(&screens::health::messages(&report.messages))?;
        }
        desk.out.line("")?;
        let rows: Vec<Row<'_>> =
            (0..rows::len(&page.rows)).filter_map(|at| rows::get(&page.rows, at)).collect();
        desk.out.table(List::Health, &rows, look)?;
    }
    match report.state {
        frontdesk_shared::health::HealthState::Down => Err(Failure::failed("")),
        _ => Ok(()),
    }
}
