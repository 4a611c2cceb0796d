//! Do-not-call lists on their way in, and what follows for leads that wait for one.
//!
//! Must not live here: how a row is read and what a list says (`frontdesk_domain::screening`).

use super::clients::Asker;
use super::{Ctx, planning};
use crate::app::App;
use frontdesk_domain::attempts::PRIORITY_RETRY;
use frontdesk_domain::gate::SCREENING;
use frontdesk_domain::installation::Installation;
use frontdesk_domain::job::{NewJob, Rescreen};
use frontdesk_domain::planning::Wish;
use frontdesk_domain::screening::{self, Row};
use frontdesk_shared::event::{Payload, kind};
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::rpc::{ScreeningList, ScreeningPart, ScreeningReport};
use frontdesk_shared::time::DAY;
use frontdesk_shared::{ClientId, JobId, LeadId, Millis, RowId};
use frontdesk_store::audit::{self, NewAudit};
use frontdesk_store::screening::List;
use frontdesk_store::{Refusal, Result, Tx, clients, jobs, leads, screening as table};
use serde_json::json;
use std::collections::BTreeMap;

/// Rows that could not be read and are named in the answer.
const NAMED: usize = 20;
/// Words forgotten in one transaction, of a list that was replaced.
const FORGOTTEN: i64 = 5_000;

/// Where a list applies, for how many days it is good, and its country.
fn profile_of(house: &Installation, list: &str) -> Option<(String, u32)> {
    let mut profiles = house.policy.profiles.iter();
    let (country, profile) = profiles.find(|(_, p)| p.screening_days > 0 && p.screening_list == list)?;
    Some((country.clone(), profile.screening_days))
}

/// Checks what is said about a file before any of it is read.
///
/// # Errors
/// `invalid` for a list that no profile names, and for a date that is to come.
pub fn check(ctx: &Ctx, part: &ScreeningPart) -> Result<()> {
    if profile_of(&ctx.house, &part.list).is_none() {
        let names: Vec<&str> = ctx
            .house
            .policy
            .profiles
            .values()
            .filter(|p| p.screening_days > 0)
            .map(|p| p.screening_list.as_str())
            .collect();
        let why =
            format!("no country's profile names a list “{}”; there are: {}", part.list, names.join(", "));
        return Err(Refusal::invalid("list", why).into());
    }
    if part.as_of > ctx.now() + DAY {
        return Err(Refusal::invalid("as_of", "the date of the list is still to come").into());
    }
    Ok(())
}

/// Keeps what lines of a file say; `first` is the number of their first row.
///
/// # Errors
/// As [`check`] and the statements.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, part: &ScreeningPart) -> Result<ScreeningReport> {
    check(ctx, part)?;
    let region = profile_of(&ctx.house, &part.list).map(|(country, _)| country).unwrap_or_default();
    let mut report = ScreeningReport::default();
    let mut words: BTreeMap<String, bool> = BTreeMap::new();
    for (row, line) in (part.first_row..).zip(part.text.lines()) {
        let unreadable = |why: &str| format!("row {row} {why}");
        match screening::read(line, &region) {
            Row::Empty => {}
            // Only a whole list says something by naming a number and nothing else.
            Row::Number(_, None) if !part.whole => {
                report.refuse(
                    unreadable("says neither “registered” nor “clear”, and the file is not a whole list"),
                    NAMED,
                );
            }
            Row::Number(number, said) => {
                let listed = said.unwrap_or(true);
                report.rows += 1;
                report.listed += u64::from(listed);
                *words.entry(number).or_default() |= listed;
            }
            Row::Unreadable(why) => report.refuse(unreadable(why), NAMED),
        }
    }
    let words: Vec<(&str, bool)> = words.iter().map(|(number, listed)| (number.as_str(), *listed)).collect();
    table::keep(tx, &part.list, part.as_of, &words)?;
    Ok(report)
}

/// The file is over: from now on the list is as new as it says, and who was held for want of it is
/// asked about again.
///
/// # Errors
/// `invalid` for a whole list with a row nobody understood: it may be the one that forbids.
pub fn over(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    part: &ScreeningPart,
    report: &ScreeningReport,
    asker: Asker<'_>,
) -> Result<()> {
    check(ctx, part)?;
    if report.rows == 0 {
        return Err(Refusal::invalid("body", "there is no row with a number in it").into());
    }
    if part.whole && report.unreadable > 0 {
        let why = format!(
            "{} rows were not understood, so nobody is taken to be absent from the list; the numbers that were \
             understood are kept ({})",
            report.unreadable,
            report.problems.first().cloned().unwrap_or_default()
        );
        return Err(Refusal::invalid("body", why).into());
    }
    let now = ctx.now();
    let list = List {
        name: part.list.clone(),
        whole_as_of: part.whole.then_some(part.as_of),
        checked_as_of: (!part.whole).then_some(part.as_of),
        rows: i64::try_from(report.rows).unwrap_or(i64::MAX),
        by: asker.actor.to_owned(),
        at: now,
    };
    table::brought(tx, &list)?;
    let what = if part.whole { "whole list" } else { "check" };
    let text = format!(
        "{}: {what} as of {}, {} numbers, {} of them on it",
        part.list,
        &part.as_of.iso()[..10],
        report.rows,
        report.listed
    );
    audit::insert(
        tx,
        RowId(ctx.env.id()),
        &NewAudit {
            actor: asker.actor,
            action: "screening_list",
            subject: &part.list,
            client: clients::HOUSE,
            detail: &text,
            address: asker.address,
            request: None,
            receipt: "",
        },
        now,
    )?;
    ctx.event(
        tx,
        kind::SCREENING_LIST,
        clients::HOUSE,
        None,
        ("screening", &part.list),
        asker.actor,
        &text,
        Payload::Other(json!({ "list": part.list, "as_of": part.as_of, "whole": part.whole })),
    )?;
    for client in clients::all(tx)? {
        let id = JobId(ctx.env.id());
        let job = NewJob {
            dedupe: Some(format!("rescreen:{}:{id}", client.id)),
            ..NewJob::of(
                id,
                &Rescreen { list: part.list.clone() },
                client.id,
                format!("leads held for {}", part.list),
                now,
            )
        };
        jobs::enqueue(tx, &job, now)?;
    }
    Ok(())
}

/// Closes a file, and forgets what it replaces.
///
/// # Errors
/// As [`over`].
pub async fn close(
    app: &App,
    part: ScreeningPart,
    report: ScreeningReport,
    actor: String,
    address: String,
) -> Result<()> {
    let (ctx, closing) = (app.ctx.clone(), part.clone());
    app.store
        .write(move |tx| over(tx, &ctx, &closing, &report, Asker { actor: &actor, address: &address }))
        .await?;
    if !part.whole {
        return Ok(());
    }
    // What is left of an older list says nothing any more: the whole one is newer.
    loop {
        let list = part.list.clone();
        if app.store.write(move |tx| table::forget(tx, &list, part.as_of, FORGOTTEN)).await? == 0 {
            return Ok(());
        }
    }
}

/// A page of leads that were asked about.
#[derive(Debug)]
pub struct Asked {
    /// How many.
    pub leads: u64,
    /// Of them, how many will be called.
    pub planned: u64,
    /// The last of them; `None` when there are no more.
    pub last: Option<LeadId>,
}

/// Asks the gate again about a client's leads that a list held.
///
/// # Errors
/// As the statements fail.
pub fn ask_again(tx: &mut Tx<'_>, ctx: &Ctx, id: ClientId, after: LeadId, most: i64) -> Result<Asked> {
    let held = leads::held_by(tx, id, SCREENING, after, most)?;
    let mut asked = Asked { leads: held.len() as u64, planned: 0, last: held.last().map(|lead| lead.id) };
    let Some(client) = clients::by_ids(tx, &[id])?.pop() else { return Ok(asked) };
    for mut lead in held {
        let facts = planning::standing(tx, &lead)?;
        let wish = Wish {
            not_before: ctx.now(),
            priority: PRIORITY_RETRY,
            actor: "daemon",
            mark: &format!(":{}", RowId(ctx.env.id())),
            waiting_as: LeadStatus::Queued,
        };
        let was = lead.hold_reason.clone();
        let plan = planning::plan(ctx, &client, &mut lead, &facts, &wish);
        if plan.job.is_none() && lead.hold_reason == was {
            continue;
        }
        asked.planned += u64::from(plan.job.is_some());
        planning::write(tx, vec![plan], ctx.now())?;
        lead.updated_at = ctx.now();
        leads::update(tx, &lead)?;
        planning::tell_status(tx, ctx, &lead, "daemon", "a do-not-call list came")?;
    }
    Ok(asked)
}

/// Every list that a profile names or that was brought, with its age.
///
/// # Errors
/// As the statement fails.
pub fn lists(tx: &mut Tx<'_>, house: &Installation, now: Millis) -> Result<Vec<ScreeningList>> {
    let brought = table::lists(tx)?;
    let mut all: BTreeMap<String, ScreeningList> = BTreeMap::new();
    for (country, profile) in &house.policy.profiles {
        if profile.screening_days == 0 {
            continue;
        }
        let list = all.entry(profile.screening_list.clone()).or_insert_with(|| ScreeningList {
            name: profile.screening_list.clone(),
            days: profile.screening_days,
            ..ScreeningList::default()
        });
        list.countries.push(country.clone());
        list.decides |= !profile.consent_required;
    }
    for kept in brought {
        let list = all.entry(kept.name.clone()).or_default();
        list.name = kept.name;
        list.whole_as_of = kept.whole_as_of;
        list.checked_as_of = kept.checked_as_of;
        list.rows = kept.rows.unsigned_abs();
        list.brought_by = kept.by;
        list.brought_at = Some(kept.at);
    }
    for list in all.values_mut() {
        let newest = list.whole_as_of.max(list.checked_as_of);
        let good = i64::from(list.days) * DAY;
        list.stale = newest.is_none_or(|as_of| now.since(as_of) > good);
    }
    Ok(all.into_values().collect())
}
