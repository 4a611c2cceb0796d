//! The carriers' keywords: they are about a number, so on one that several clients text from they
//! mean every one of them. Refusals in words stay with whoever wrote.
//!
//! Must not live here: how words are read (`message::said`), and what else follows from a text.

use super::TextIn;
use crate::client::HOUSE;
use crate::lead::Lead;
use crate::message::said;
use crate::opt_out::{self, Source};
use crate::records::{Lifted, Suppression};
use crate::unit::{Decided, Unit};
use frontdesk_shared::contact::Channel;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, LeadId, MessageId, RowId};
use std::collections::{BTreeMap, BTreeSet};

/// Who stopped something by text, in the record of refusals.
pub(super) const BY_TEXT: &str = "text";

/// Whether a text came to a number that the clients of the installation share.
fn came_to_shared(unit: &Unit<'_>, text: &TextIn) -> bool {
    let lines = &unit.house.lines;
    text.account.is_none()
        && (lines.is_shared(&text.to) || text.service.as_deref().is_some_and(|s| lines.is_shared(s)))
}

/// Whether a text is a keyword sent to a number that the clients of the installation share.
pub(super) fn is_for_all(unit: &Unit<'_>, text: &TextIn) -> bool {
    came_to_shared(unit, text) && said::is_stop_keyword(&text.body, text.opt_out_type.as_deref())
}

/// Records a refusal for the clients it is meant for: those named, or everybody for a keyword sent
/// to a shared number.
pub(super) fn refuse(
    unit: &mut Unit<'_>,
    text: &TextIn,
    from: &str,
    clients: &[ClientId],
    source: Source<'_>,
) -> Decided<()> {
    let all = [HOUSE];
    let scopes = if is_for_all(unit, text) || clients.is_empty() { &all[..] } else { clients };
    for scope in scopes {
        opt_out::record(unit, from, *scope, source)?;
    }
    Ok(())
}

/// Whom a carrier stops for that acts on a bare word: it knows numbers and no clients.
pub(super) fn stopped_for(unit: &Unit<'_>, text: &TextIn, client: ClientId) -> ClientId {
    if is_for_all(unit, text) { HOUSE } else { client }
}

/// Lifts what a text had stopped, for texts alone: calls and emails stay refused, and so does
/// whatever somebody refused otherwise. On a shared number it lifts what stopped all as well.
/// Whether anything was lifted.
pub(super) fn texts_again(
    unit: &mut Unit<'_>,
    text: &TextIn,
    from: &str,
    clients: &[ClientId],
    message: MessageId,
) -> Decided<bool> {
    let shared = came_to_shared(unit, text);
    let mut scopes: BTreeSet<ClientId> = clients.iter().copied().collect();
    if shared || clients.is_empty() {
        scopes.insert(HOUSE);
    }
    let leads: BTreeMap<LeadId, Lead> = unit
        .leads_of(from)?
        .into_iter()
        .filter(|lead| scopes.contains(&HOUSE) || scopes.contains(&lead.client))
        .map(|lead| (lead.id, lead))
        .collect();
    let mut addresses: BTreeSet<String> = leads.values().flat_map(Lead::addresses).collect();
    addresses.insert(from.to_owned());
    let lift = |client: ClientId, address: &str, channel| Lifted {
        client,
        address: address.to_owned(),
        channel,
        by: "the person, by text".into(),
        why: format!("text {message}"),
    };
    for scope in &scopes {
        unit.changes.lifted.push(lift(*scope, from, Some(Channel::Sms)));
    }
    let by_text = |s: &Suppression| scopes.contains(&s.client) && s.channel.is_none() && s.by == BY_TEXT;
    let mut lifted = false;
    for address in addresses {
        let refusals: Vec<Suppression> =
            unit.suppressions(&address)?.into_iter().filter(|s| by_text(s)).cloned().collect();
        for refusal in refusals {
            for channel in [Channel::AiVoice, Channel::Email] {
                let id = RowId(unit.id());
                unit.changes.suppressions.push(Suppression { id, channel: Some(channel), ..refusal.clone() });
            }
            unit.changes.lifted.push(lift(refusal.client, &address, None));
            lifted = true;
        }
    }
    for lead in leads.into_values().filter(|lead| lifted && lead.status == LeadStatus::OptedOut) {
        let mut refused = false;
        for address in lead.addresses() {
            let stands = |s: &&Suppression| s.binds(lead.client) && s.channel.is_none() && !by_text(s);
            refused |= unit.suppressions(&address)?.iter().any(stands);
        }
        if !refused {
            let why = "the person allows texts again; calls and emails stay refused";
            opt_out::free_again(unit, lead, (BY_TEXT, why))?;
        }
    }
    Ok(lifted)
}
