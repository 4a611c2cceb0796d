//! Whose a call is that nobody here began: by the path it was told on, else by the assistant or
//! number a client has of its own. More than one owner is none, and is told; who is deactivated
//! owns nothing.

use super::Ctx;
use frontdesk_shared::client::ClientStatus;
use frontdesk_shared::fault::Severity;
use frontdesk_store::clients::{self, Client, HOUSE};
use frontdesk_store::faults::NewFault;
use frontdesk_store::{Result, Tx};

/// What is known of such a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs<'a> {
    /// The organisation id of the path; empty for the common one.
    pub agent: &'a str,
    /// The number it came in on, as the provider names it.
    pub phone_number_id: Option<&'a str>,
    /// The assistant that answered.
    pub assistant_id: Option<&'a str>,
}

/// The one owner, if there is one.
///
/// # Errors
/// As the statements fail.
pub fn of(tx: &mut Tx<'_>, ctx: &Ctx, signs: Signs<'_>) -> Result<Option<Client>> {
    if !signs.agent.is_empty() {
        return Ok(clients::by_agent(tx, signs.agent)?.filter(active));
    }
    // Every webhook about a call nobody knows comes by here, so not every client is read.
    for (name, value) in [("phone_number_id", signs.phone_number_id), ("assistant_id", signs.assistant_id)] {
        let Some(value) = value else { continue };
        let mut owners = of_route(tx, name, value)?;
        if owners.len() > 1 {
            tell(tx, ctx, name, value, &owners)?;
            return Ok(None);
        }
        if let Some(owner) = owners.pop() {
            return Ok(Some(owner));
        }
    }
    // A house with one client needs no settings to know whose calls they are.
    Ok(clients::only(tx)?.filter(active))
}

fn active(client: &Client) -> bool {
    client.status != ClientStatus::Deactivated
}

/// The clients whose own a number or an assistant is.
///
/// # Errors
/// As the statement fails.
pub fn of_route(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<Vec<Client>> {
    let own = |client: &Client| {
        client.settings.get("vapi").and_then(|v| v.get(name)).and_then(|v| v.as_str()) == Some(value)
    };
    let mut found = clients::mentioning(tx, value)?;
    found.retain(|client| active(client) && own(client));
    Ok(found)
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, name: &str, value: &str, owners: &[Client]) -> Result<()> {
    let keys: Vec<&str> = owners.iter().map(|c| c.key.as_str()).collect();
    let message = format!(
        "settings.vapi.{name} {value} is claimed by {}: calls with it are nobody's until one of them gives it up",
        keys.join(" and ")
    );
    let fault = NewFault {
        kind: "client.ambiguous",
        service: "webhooks",
        client: HOUSE,
        severity: Severity::Error,
        message: &message,
        subject: ("client", keys.first().copied().unwrap_or_default().to_owned()),
    };
    ctx.fault(tx, &fault).map(drop)
}
