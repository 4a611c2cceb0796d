//! Whose a number or an assistant of the provider is, so that no two clients claim one.
//!
//! Whose a call is that came in on it is decided in `frontdesk_domain::delivery`.

use frontdesk_shared::client::ClientStatus;
use frontdesk_store::clients::{self, Client};
use frontdesk_store::{Result, Tx};

/// The clients whose own a number or an assistant is.
///
/// # Errors
/// As the statement fails.
pub fn of_route(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<Vec<Client>> {
    let mut found = clients::mentioning(tx, value)?;
    found.retain(|client| client.status != ClientStatus::Deactivated && client.own_vapi(name) == Some(value));
    Ok(found)
}
