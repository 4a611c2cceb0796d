//! Whose account of a carrier proved a delivery, and what it may speak of: the numbers and messages
//! of that account and of no other.
//!
//! Must not live here: signatures, and what follows from a text (`inbound`) or a report (`report`).

use super::Message;
use crate::client::{Client, HOUSE};
use crate::delivery::{Applied, Reply};
use crate::records::ErrorReport;
use crate::unit::{Decided, Unit};
use frontdesk_shared::ClientId;
use frontdesk_shared::fault::Severity;
use frontdesk_shared::webhook::WebhookStatus;
use std::sync::Arc;

fn own<'c>(client: &'c Client, name: &str) -> Option<&'c str> {
    client.settings.get("sms")?.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Whether a client texts through an account of its own.
pub(crate) fn has_own(client: &Client) -> bool {
    own(client, "account_sid").is_some()
}

/// Whether a client texts from this number or service.
pub(crate) fn is_sender(client: &Client, sender: &str) -> bool {
    ["from_number", "messaging_service_sid"].iter().any(|name| own(client, name) == Some(sender))
}

/// The clients that share the account of one of them: the same name and the same keys, so that
/// naming somebody else's account opens nothing.
pub(crate) fn clients_of(unit: &Unit<'_>, account: ClientId) -> Decided<Vec<Arc<Client>>> {
    let Some(client) = unit.client(account)? else { return Ok(Vec::new()) };
    let Some(sid) = own(&client, "account_sid") else { return Ok(Vec::new()) };
    let keys = |of: &Client| {
        ["provider", "account_sid", "auth_token", "signing_key"].map(|name| own(of, name).map(str::to_owned))
    };
    let same = |other: &&Arc<Client>| keys(other) == keys(&client);
    Ok(unit.clients_mentioning(sid)?.iter().filter(same).cloned().collect())
}

/// Whether a message left by the account that tells of it; `None` is the installation's.
pub(crate) fn left_by(unit: &Unit<'_>, message: &Message, account: Option<ClientId>) -> Decided<bool> {
    match account {
        Some(account) => Ok(!unit.house.lines.is_shared(&message.sender)
            && clients_of(unit, account)?.iter().any(|client| client.id == message.client)),
        None if message.client == HOUSE => Ok(true),
        None => {
            let client = unit.client(message.client)?;
            Ok(!client.is_some_and(|client| has_own(&client) && is_sender(&client, &message.sender)))
        }
    }
}

/// What an account tells of somebody else's numbers or messages: kept, told, and without effect.
pub(crate) fn foreign(unit: &mut Unit<'_>, account: ClientId, what: &str) -> Applied {
    unit.report(ErrorReport {
        kind: "text.foreign".into(),
        service: "texts".into(),
        client: account,
        severity: Severity::Error,
        message: format!(
            "the client's own account of the carrier tells of {what}: nothing follows; see to settings.sms \
             or whoever has the account's key"
        ),
        subject: ("client", account.to_string()),
    });
    Applied {
        client: account,
        call: None,
        status: WebhookStatus::Unmatched,
        note: format!("{what}: told by an account that has nothing to do with it"),
        reply: Reply::Nothing,
    }
}
