//! Templates as lists and pages show them: made from clients' settings and the wording that comes
//! along, never stored. Written with sample values, so that what is missing is seen here first.

use crate::flows::Ctx;
use frontdesk_domain::client::Client;
use frontdesk_domain::follow_up;
use frontdesk_domain::message::kinds::Kind;
use frontdesk_domain::sending::{self, Sampled};
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::contact::{Channel, Purpose};
use frontdesk_shared::detail::{About, Detail};
use frontdesk_shared::noun::Subject;
use frontdesk_shared::page::{Ids, Query};
use frontdesk_shared::template::{TemplateDetail, TemplateRow};
use frontdesk_shared::{MessageId, Noun};
use frontdesk_store::{Refusal, Result, Tx, clients};

/// Rows on a page at most.
const MOST: usize = 500;

/// A page of them: by client, then in the order in which they are sent.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) rows: Vec<TemplateRow>,
    pub(crate) next: Option<String>,
    pub(crate) prev: Option<String>,
    pub(crate) matching: u64,
    pub(crate) total: u64,
}

/// The templates that a question asks for.
///
/// # Errors
/// A refusal for an unknown client or an `after` that is no place; as the statements fail.
pub(crate) fn list(tx: &mut Tx<'_>, ctx: &Ctx, query: &Query) -> Result<Listed> {
    let of = match &query.client {
        Some(key) => vec![clients::need(tx, key)?],
        None => clients::all(tx)?,
    };
    let open = of.iter().filter(|client| client.status != ClientStatus::Deactivated);
    let all: Vec<TemplateRow> = open.flat_map(|client| of_client(ctx, client)).collect();
    let total = all.len() as u64;
    let fits: Vec<TemplateRow> = all.into_iter().filter(|row| matches(row, &query.filter)).collect();
    let place =
        match query.after.as_deref() {
            None => None,
            Some(text) => Some(text.parse::<usize>().map_err(|_| {
                Refusal::invalid("after", "give what the last page of this list said in “next”")
            })?),
        };
    let limit = usize::try_from(query.limit).unwrap_or(MOST).clamp(1, MOST);
    let (from, to) = if query.backward {
        let to = place.unwrap_or(fits.len()).min(fits.len());
        (to.saturating_sub(limit), to)
    } else {
        let from = place.unwrap_or(0).min(fits.len());
        (from, (from + limit).min(fits.len()))
    };
    Ok(Listed {
        next: (to < fits.len()).then(|| to.to_string()),
        prev: (from > 0).then(|| from.to_string()),
        matching: fits.len() as u64,
        total,
        rows: fits.into_iter().skip(from).take(to - from).collect(),
    })
}

/// The ids of every template that matches.
///
/// # Errors
/// As [`list`].
pub(crate) fn ids(tx: &mut Tx<'_>, ctx: &Ctx, query: &Query) -> Result<Ids> {
    let whole = Query { after: None, backward: false, limit: u32::MAX, ..query.clone() };
    let listed = list(tx, ctx, &whole)?;
    Ok(Ids { ids: listed.rows.into_iter().map(|row| row.id).collect(), matching: listed.matching })
}

fn of_client(ctx: &Ctx, client: &Client) -> Vec<TemplateRow> {
    let ways = Kind::ALL.into_iter().flat_map(|kind| kind.channels().iter().map(move |way| (kind, *way)));
    ways.map(|of| row(ctx, client, of).0).collect()
}

/// Words and `key:value` terms, all of which must match; `!` inverts one.
fn matches(row: &TemplateRow, filter: &str) -> bool {
    let whose = if row.own { "own" } else { "default" };
    let state = if row.problem.is_empty() { "ready" } else { "missing" };
    filter.split_whitespace().all(|term| {
        let (wanted, term) = term.strip_prefix('!').map_or((true, term), |term| (false, term));
        let term = term.to_lowercase();
        let fits = match term.split_once(':') {
            Some(("client", value)) => row.client.to_lowercase().contains(value),
            Some(("kind", value)) => row.kind.contains(value),
            Some(("channel", value)) => row.channel.word() == value,
            Some(("whose", value)) => whose == value,
            Some(("state", value)) => state == value,
            _ => {
                let text = format!("{} {} {} {whose} {}", row.client, row.kind, row.channel, row.problem);
                text.to_lowercase().contains(&term)
            }
        };
        fits == wanted
    })
}

fn row(
    ctx: &Ctx,
    client: &Client,
    (kind, channel): (Kind, Channel),
) -> (TemplateRow, Option<Sampled>, sending::Written) {
    let written = sending::written(client, kind, channel);
    let sampled = sending::sampled(&ctx.house, client, (kind, channel), (ctx.now(), MessageId(0)));
    let (sampled, problem) = match sampled {
        Ok(sampled) => (Some(sampled), String::new()),
        Err(why) => (None, why),
    };
    let hash = blake3::hash(written.text().as_bytes()).to_hex();
    let row = TemplateRow {
        id: format!("{}:{kind}:{channel}", client.key),
        client: client.key.clone(),
        kind: kind.word().to_owned(),
        channel,
        own: written.own,
        version: hash.get(..8).unwrap_or_default().to_owned(),
        characters: sampled.as_ref().map_or(0, |s| s.text.body.chars().count() as u64),
        segments: sampled.as_ref().map_or(0, |s| s.segments.unsigned_abs()),
        problem,
        changed_at: written.own.then_some(client.updated_at),
    };
    (row, sampled, written)
}

/// Everything about one, by `client:kind:channel`.
///
/// # Errors
/// `not_found`; as the statements fail.
pub(crate) fn detail(tx: &mut Tx<'_>, ctx: &Ctx, subject: &Subject) -> Result<Detail> {
    let missing = || Refusal::not_found(format!("there is no template {}", subject.id));
    let mut parts = subject.id.splitn(3, ':');
    let (key, kind, channel) = (parts.next(), parts.next(), parts.next());
    let client = clients::need(tx, key.unwrap_or_default())?;
    let kind = kind.and_then(Kind::parse).ok_or_else(missing)?;
    let channel = channel.and_then(Channel::parse).filter(|c| kind.channels().contains(c));
    let channel = channel.ok_or_else(missing)?;
    let (row, sampled, written) = row(ctx, &client, (kind, channel));
    let on = kind.purpose() != Purpose::Marketing || follow_up::kinds_on(&client).contains(&kind);
    let text = sampled.map(|sampled| sampled.text).unwrap_or_default();
    let about = TemplateDetail {
        sent: on && ctx.house.lines.of(&client, channel).is_some(),
        wording: written.text(),
        variables: kind.variables().iter().map(|variable| variable.name.to_owned()).collect(),
        subject: text.subject,
        sample: text.body,
        row,
    };
    let subject = Subject { kind: Noun::Template, id: subject.id.clone() };
    Ok(Detail { subject, about: About::Template(Box::new(about)), story: Vec::new() })
}
