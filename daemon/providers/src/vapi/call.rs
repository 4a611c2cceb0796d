//! Which call Vapi talks about, and a whole call object as `GET /call` returns it.
//!
//! Must not live here: HTTP, decisions. `Debug` shows no number, name or monitor link.

use super::loose::{Loose, Obj};
use super::report::{Report, cut};
use super::wire::Wire;
use frontdesk_shared::call::CallStatus;
use frontdesk_shared::{CallId, Millis};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::fmt;

/// Longest id or name kept of a call, in bytes: they are keys of rows and lines of lists, and
/// real ones are far shorter.
const MAX_NAME: usize = 300;
/// Longest link kept; a link cannot be shortened.
const MAX_LINK: usize = 2_000;

/// Text of at most [`MAX_NAME`] bytes.
pub(super) fn short(value: &Loose) -> Option<String> {
    value.text().map(|text| cut(text, MAX_NAME))
}

/// A link that gives power to whoever knows it: hidden in `Debug`, taken out on purpose only.
#[derive(Clone)]
pub struct SecretUrl(SecretString);

impl SecretUrl {
    /// Wraps a link.
    pub fn new(url: String) -> Self {
        Self(url.into())
    }

    /// The link itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretUrl(…)")
    }
}

impl PartialEq for SecretUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

/// A call as a message or a call object names it. Its `status` is left out on purpose: inside
/// messages it is stale.
#[derive(Clone, Default, PartialEq)]
pub struct CallRef {
    /// Vapi's id; empty when the message belongs to no call.
    pub id: String,
    /// Vapi's organisation.
    pub org_id: Option<String>,
    /// `outboundPhoneCall`, `inboundPhoneCall`, `webCall`, or something newer.
    pub kind: Option<String>,
    /// The reference we gave it.
    pub name: Option<String>,
    /// The customer's external id: our attempt id.
    pub external_id: Option<String>,
    /// `attempt_id` of the overrides' metadata or variables.
    pub metadata_attempt: Option<String>,
    /// The assistant that speaks.
    pub assistant_id: Option<String>,
    /// The number of ours that is used.
    pub phone_number_id: Option<String>,
    /// The other party's number.
    pub customer_number: Option<String>,
    /// The other party's name.
    pub customer_name: Option<String>,
    /// The carrier's id of the call.
    pub carrier_call_id: Option<String>,
    /// Where the live call can be steered. Works without authentication: a secret.
    pub control_url: Option<SecretUrl>,
    /// Where the live call can be heard. Works without authentication: a secret.
    pub listen_url: Option<SecretUrl>,
    /// When Vapi made the call object.
    pub created_at: Option<Millis>,
}

impl CallRef {
    /// Our attempt id, from the first place that holds one.
    pub fn attempt(&self) -> Option<CallId> {
        let named = self.name.as_deref().and_then(|n| n.strip_prefix(super::place::NAME_PREFIX));
        [self.metadata_attempt.as_deref(), self.external_id.as_deref(), named]
            .into_iter()
            .flatten()
            .find_map(|text| text.parse().ok())
    }

    /// Whether any of the places that carry our attempt id names this one.
    pub fn is_attempt(&self, attempt: CallId) -> bool {
        let id = attempt.to_string();
        let named = self.name.as_deref().and_then(|n| n.strip_prefix(super::place::NAME_PREFIX));
        [self.metadata_attempt.as_deref(), self.external_id.as_deref(), named].contains(&Some(id.as_str()))
    }

    /// Reads a call object.
    pub(super) fn from_wire(wire: &Wire) -> Self {
        let customer = wire.customer.get();
        let overrides = wire.assistant_overrides.get();
        let attempt = [
            overrides.and_then(|o| attempt_in(&o.metadata)),
            overrides.and_then(|o| attempt_in(&o.variable_values)),
            attempt_in(&wire.metadata),
        ];
        let monitor = wire.monitor.get();
        let fits = |url: &String| url.len() <= MAX_LINK;
        let secret = |url: Option<&Loose>| url.and_then(Loose::text).filter(fits).map(SecretUrl::new);
        Self {
            id: short(&wire.id).unwrap_or_default(),
            org_id: short(&wire.org_id),
            kind: short(&wire.kind),
            name: short(&wire.name),
            external_id: customer.and_then(|c| short(&c.external_id)),
            metadata_attempt: attempt.into_iter().flatten().next(),
            assistant_id: short(&wire.assistant_id),
            phone_number_id: short(&wire.phone_number_id),
            customer_number: customer.and_then(|c| short(&c.number)),
            customer_name: customer.and_then(|c| short(&c.name)),
            carrier_call_id: short(&wire.phone_call_provider_id),
            control_url: secret(monitor.map(|m| &m.control_url)),
            listen_url: secret(monitor.map(|m| &m.listen_url)),
            created_at: wire.created_at.instant(),
        }
    }

    /// Reads the call of a webhook message; what the call object lacks, the message around it
    /// may hold.
    pub(super) fn from_message(message: &Wire) -> Self {
        let mut call = message.call.get().map(Self::from_wire).unwrap_or_default();
        let id_of = |named: Option<&super::wire::Named>| named.and_then(|n| short(&n.id));
        let customer = message.customer.get();
        fill(&mut call.assistant_id, || id_of(message.assistant.get()));
        fill(&mut call.phone_number_id, || id_of(message.phone_number.get()));
        fill(&mut call.customer_number, || customer.and_then(|c| short(&c.number)));
        fill(&mut call.customer_name, || customer.and_then(|c| short(&c.name)));
        fill(&mut call.external_id, || customer.and_then(|c| short(&c.external_id)));
        call
    }
}

fn fill(slot: &mut Option<String>, other: impl FnOnce() -> Option<String>) {
    if slot.is_none() {
        *slot = other();
    }
}

fn attempt_in(map: &Obj<Map<String, Value>>) -> Option<String> {
    map.get()?.get("attempt_id")?.as_str().filter(|t| (1..=MAX_NAME).contains(&t.len())).map(str::to_owned)
}

impl fmt::Debug for CallRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRef")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempt", &self.attempt().map(|a| a.to_string()))
            .finish_non_exhaustive()
    }
}

/// How far a call has come, from Vapi's word; `None` for words that say nothing about that
/// (`not-found`, `deletion-failed`) and for words not known yet.
pub fn call_status(word: &str) -> Option<CallStatus> {
    match word {
        "scheduled" => Some(CallStatus::Scheduled),
        "queued" => Some(CallStatus::Queued),
        "ringing" => Some(CallStatus::Ringing),
        "in-progress" => Some(CallStatus::InProgress),
        "forwarding" => Some(CallStatus::Forwarding),
        "ended" => Some(CallStatus::Ended),
        _ => None,
    }
}

/// A whole call object.
#[derive(Clone, Debug, PartialEq)]
pub struct VapiCall {
    /// Which call.
    pub call: CallRef,
    /// Vapi's word for how far it has come; empty when absent.
    pub status: String,
    /// When anything about it changed last.
    pub updated_at: Option<Millis>,
    /// What is known about its course and end; complete once the status is `ended`.
    pub report: Box<Report>,
}

impl VapiCall {
    /// Reads a call object; `None` without an id, for then nothing can be done with it.
    pub(super) fn from_wire(wire: &Wire) -> Option<Self> {
        let call = CallRef::from_wire(wire);
        (!call.id.is_empty()).then(|| Self {
            call,
            status: wire.status.text().unwrap_or_default(),
            updated_at: wire.updated_at.instant(),
            report: Box::new(Report::from_wire(wire)),
        })
    }

    /// How far it has come, where Vapi's word says so.
    pub fn call_status(&self) -> Option<CallStatus> {
        call_status(&self.status)
    }
}
