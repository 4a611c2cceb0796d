//! What every flow needs besides its transaction: time and ids, and the house's rules.

use super::House;
use frontdesk_env::Env;
use frontdesk_shared::{ClientId, FaultId, LeadId, Millis, RowId};
use frontdesk_store::events::{self, NewEvent};
use frontdesk_store::faults::{self, NewFault};
use frontdesk_store::{Result, Tx};
use std::sync::Arc;

/// Everything a flow needs besides its transaction. Cheap to clone into a closure.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Time, ids, entropy.
    pub env: Env,
    /// This daemon's node number.
    pub node: i64,
    /// The rules.
    pub house: Arc<House>,
}

impl Ctx {
    /// The present.
    pub fn now(&self) -> Millis {
        self.env.now()
    }

    /// Appends an event.
    ///
    /// # Errors
    /// As the statement fails.
    #[allow(clippy::too_many_arguments)] // one call per event, each argument a column
    pub fn event(
        &self,
        tx: &mut Tx<'_>,
        kind: &str,
        client: ClientId,
        lead: Option<LeadId>,
        subject: (&str, &str),
        actor: &str,
        text: &str,
        data: impl serde::Serialize,
    ) -> Result<()> {
        events::append(
            tx,
            &NewEvent {
                at: self.now(),
                kind,
                client,
                lead,
                subject: subject.0,
                subject_id: subject.1,
                actor,
                text,
                data: serde_json::to_value(data).unwrap_or_default(),
            },
        )
    }

    /// Records an error.
    ///
    /// # Errors
    /// As the statements fail.
    pub fn fault(&self, tx: &mut Tx<'_>, fault: &NewFault<'_>) -> Result<FaultId> {
        faults::record(tx, fault, (FaultId(self.env.id()), RowId(self.env.id())), self.now())
    }
}
