//! How operators record that a person wants no contact, and how they withdraw a mistaken record.

use super::Shown;
use crate::flows::{Ctx, unit};
use frontdesk_domain::lead::{Lead, mail_identity};
use frontdesk_domain::opt_out::{self, Refusal};
use frontdesk_domain::phone;
use frontdesk_domain::unit::{Facts, Need};
use frontdesk_shared::contact::mask_phone;
use frontdesk_shared::{ClientId, LeadId, Noun};
use frontdesk_store::clients::{self, HOUSE};
use frontdesk_store::views::resolve;
use frontdesk_store::{Error, Result, Tx, leads};
use std::collections::BTreeSet;

/// Fewer letters tell nobody later what showed that a refusal was a mistake.
const SHORTEST_REASON: usize = 8;

/// Whom an operator means.
#[derive(Debug)]
pub(super) struct Whom {
    /// The number or address.
    pub address: String,
    /// The lead, where one was named and not an address.
    pub lead: Option<Box<Lead>>,
}

/// Whom somebody means by a number or mail address as typed, else by a lead. Without the code of its
/// country a number is read as the clients' countries read it, and where they differ it is a lead's:
/// guessed wrong, it would silence a stranger, and the person would be called on.
pub(super) fn whom(tx: &mut Tx<'_>, ctx: &Ctx, who: &str) -> Result<Whom> {
    let at = |address: String| Whom { address, lead: None };
    if let Ok(phone) = phone::normalise(who, None) {
        return Ok(at(phone.e164().to_owned()));
    }
    if let Some(mail) = mail_identity(who) {
        return Ok(at(mail));
    }
    let mut countries = clients::countries(tx)?;
    countries.insert(ctx.house.new_clients.country.clone());
    let read = countries.iter().filter_map(|country| phone::normalise(who, Some(country)).ok());
    let read: BTreeSet<String> = read.map(|phone| phone.e164().to_owned()).collect();
    let mut read: Vec<String> = read.into_iter().collect();
    if read.is_empty() {
        let id = LeadId(resolve::resolve(tx, Noun::Lead, who)?);
        let lead = leads::need(tx, id)?;
        return Ok(Whom { address: lead.identity.clone(), lead: Some(Box::new(lead)) });
    }
    if read.len() > 1 {
        let mut known = Vec::new();
        for number in read {
            if !leads::all_by_identity(tx, &number)?.is_empty() {
                known.push(number);
            }
        }
        read = known;
    }
    match <[String; 1]>::try_from(read) {
        Ok([number]) => Ok(at(number)),
        Err(several) => {
            let which =
                if several.is_empty() { "no lead has it" } else { "leads in several countries have it" };
            let say = format!("{which}: write the number with + and the code of its country");
            Err(Error::Refused(frontdesk_store::Refusal::invalid("who", say)))
        }
    }
}

/// The refusals that stand towards whoever is meant, newest first, each with all it stops.
pub(super) fn standing(tx: &mut Tx<'_>, whom: &Whom) -> Result<Vec<Refusal>> {
    let known = match &whom.lead {
        Some(lead) => vec![Lead::clone(lead)],
        None => of_address(tx, &whom.address)?,
    };
    let mut addresses: BTreeSet<String> = known.iter().flat_map(Lead::addresses).collect();
    addresses.insert(whom.address.clone());
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let binds =
        |client: ClientId| whom.lead.as_ref().is_none_or(|lead| client == HOUSE || client == lead.client);
    let mut found = leads::suppressions_of(tx, &addresses)?;
    found.retain(|s| binds(s.client));
    Ok(opt_out::refusals(found))
}

fn of_address(tx: &mut Tx<'_>, address: &str) -> Result<Vec<Lead>> {
    match address.strip_prefix("mail:") {
        Some(mail) => leads::of_emails(tx, &[mail.to_owned()]),
        None => leads::all_by_identity(tx, address),
    }
}

/// An address as it may be shown where numbers are masked.
pub(super) fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((_, domain)) => format!("…@{domain}"),
        None => mask_phone(address),
    }
}

/// Names under which one number is known that are told.
const NAMES: usize = 3;

/// Whom an operator means, by name as far as one is known, and by the masked number.
pub(super) fn named(tx: &mut Tx<'_>, whom: &Whom) -> Result<String> {
    let known = of_address(tx, &whom.address)?;
    let own = whom.lead.as_ref().map(|lead| lead.name.clone());
    let names: BTreeSet<String> = own
        .into_iter()
        .chain(known.into_iter().map(|lead| lead.name))
        .filter(|name| !name.is_empty())
        .collect();
    let address = masked(whom.address.trim_start_matches("mail:"));
    if names.is_empty() {
        return Ok(address);
    }
    let names: Vec<String> = names.into_iter().take(NAMES).collect();
    Ok(format!("{} ({address})", names.join(" / ")))
}

/// What recording a refusal would do.
pub(super) fn opt_out_shown(tx: &mut Tx<'_>, whom: &Whom) -> Result<Shown> {
    let known = of_address(tx, &whom.address)?.len();
    let lines = vec![
        format!("{} will never be contacted again, for any client.", named(tx, whom)?),
        format!("{known} leads are closed; their planned calls and messages are taken back."),
    ];
    Ok((lines, None))
}

/// What withdrawing the newest refusal would do, and why it would not.
pub(super) fn withdraw_shown(
    tx: &mut Tx<'_>,
    whom: &Whom,
    refusals: &[Refusal],
    reason: &str,
) -> Result<Shown> {
    let Some((newest, others)) = refusals.split_first() else {
        let line = format!("{} refused nothing.", masked(&whom.address));
        return Ok((vec![line], Some("no refusal stands".into())));
    };
    let mut lines = vec![format!("Withdrawn as a mistake: the refusal of {}", told(tx, newest)?)];
    for other in others {
        lines.push(format!("It is not the only one, and nobody is contacted: {}", told(tx, other)?));
    }
    if others.is_empty() {
        lines.push(
            "Consents that it took back count again. Nothing is planned: the lead is for review.".into(),
        );
    }
    if newest.by == "text" || newest.reason.contains("carrier") {
        lines.push("The carrier may go on refusing texts until the person writes START.".into());
    }
    let refused = (reason.trim().chars().count() < SHORTEST_REASON)
        .then(|| "say what shows that it was a mistake: others will ask".to_owned());
    Ok((lines, refused))
}

/// The refusals that stand towards whoever is meant, in words.
pub(super) fn told_of(tx: &mut Tx<'_>, whom: &Whom) -> Result<Option<String>> {
    let mut lines = Vec::new();
    for refusal in standing(tx, whom)? {
        lines.push(format!("It is refused: {}", told(tx, &refusal)?));
    }
    Ok((!lines.is_empty()).then(|| lines.join(" ")))
}

fn told(tx: &mut Tx<'_>, refusal: &Refusal) -> Result<String> {
    let whose = match refusal.client {
        HOUSE => "any client".to_owned(),
        id => clients::by_id(tx, id)?.map_or_else(|| "a client".into(), |client| client.key),
    };
    let Refusal { since, reason, evidence, by, .. } = refusal;
    Ok(format!("{} towards {whose}, recorded by {by} ({reason}: {evidence}).", since.iso()))
}

/// Withdraws a refusal; what was done, in words.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    refusal: &Refusal,
    (actor, why): (&str, &str),
) -> Result<(String, ClientId)> {
    let foresee = |facts: &Facts| {
        let addresses = refusal.entries.iter().map(|entry| entry.address.clone());
        let leads = addresses.clone().filter_map(|address| facts.leads_of.get(&address)).flatten();
        let known = leads.filter_map(|id| facts.leads.get(id)).flatten().flat_map(Lead::addresses);
        let known: BTreeSet<Need> = known.map(Need::Suppressions).collect();
        addresses.map(Need::LeadsOf).chain(known).collect()
    };
    let free = unit::settle(tx, ctx, Facts::default(), &foresee, |unit| {
        opt_out::withdraw(unit, refusal, actor, why)
    })?;
    Ok((format!("the opt-out is withdrawn, {free} leads are for review: {why}"), refusal.client))
}
