//! A booked slot.

use crate::ClientId;
use crate::call::AppointmentRow;
use serde::{Deserialize, Serialize};

/// Everything about an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentDetail {
    /// As lists show it.
    pub row: AppointmentRow,
    /// Its client.
    pub client: ClientId,
    /// What was noted.
    pub note: String,
}
