//! A booked slot, and what was and will be written about it.

use super::{MessageBrief, PlannedMessage};
use crate::call::AppointmentRow;
use crate::{ClientId, Millis};
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
    /// How often it changed.
    #[serde(default)]
    pub sequence: u32,
    /// Who made it; empty where that was not written down.
    #[serde(default)]
    pub made_by: String,
    /// When it last changed, where it did.
    #[serde(default)]
    pub changed_at: Option<Millis>,
    /// How it was cancelled, by whom and why, where it was.
    #[serde(default)]
    pub cancelled: Option<(Millis, String)>,
    /// Messages about it, newest first.
    #[serde(default)]
    pub messages: Vec<MessageBrief>,
    /// Messages about it that are to come, next first.
    #[serde(default)]
    pub planned: Vec<PlannedMessage>,
}
