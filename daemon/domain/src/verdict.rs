//! A decision of the gate about a lead, to be kept.

use frontdesk_shared::explain::GateReport;
use frontdesk_shared::{ClientId, LeadId, VerdictId};

/// A decision of the gate about a lead.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its id.
    pub id: VerdictId,
    /// Whose lead.
    pub client: ClientId,
    /// About whom.
    pub lead: LeadId,
    /// What the gate said.
    pub report: GateReport,
}
