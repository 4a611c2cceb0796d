//! Which calendar is whose.
//!
//! A calendar belongs to one client: with two, one business would see and change the appointments
//! of the other. Must not live here: rows, and what is in a calendar.

use frontdesk_shared::{ClientId, Millis};
use std::collections::BTreeMap;
use std::fmt;

/// The vendor of calendars, as holds and actors name it.
pub const GOOGLE: &str = "google";

/// What the installation brings to calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarRules {
    /// The installation's calendar.
    pub house: String,
    /// A calendar that was read longer ago than this is told to be old, in milliseconds.
    pub stale_ms: i64,
}

/// A client's calendar and how well it is known.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCalendar {
    /// Whose.
    pub client: ClientId,
    /// The vendor's id of it.
    pub calendar: String,
    /// Another client has the same: it is neither read nor written.
    pub contested: bool,
    /// IANA zone its days begin in; empty until it was read.
    pub zone: String,
    /// Where the next reading begins; `None` for a whole one.
    pub token: Option<String>,
    /// When it was last read.
    pub read_at: Option<Millis>,
    /// Since when it cannot be read.
    pub failing_since: Option<Millis>,
    /// Why it cannot be read, in words.
    pub why: String,
    /// Whether a person was told.
    pub told: bool,
}

// A calendar's id may be a person's address.
impl fmt::Debug for ClientCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCalendar")
            .field("client", &self.client)
            .field("contested", &self.contested)
            .field("read_at", &self.read_at)
            .field("failing_since", &self.failing_since)
            .field("why", &self.why)
            .finish_non_exhaustive()
    }
}

impl ClientCalendar {
    /// A calendar that was never read.
    pub fn new(client: ClientId, calendar: String) -> Self {
        Self {
            client,
            calendar,
            contested: false,
            zone: String::new(),
            token: None,
            read_at: None,
            failing_since: None,
            why: String::new(),
            told: false,
        }
    }

    /// Whether what is known of it is too old to be relied on.
    pub fn is_stale(&self, now: Millis, limit_ms: i64) -> bool {
        // Read in the future: by a clock that was wrong, so nobody knows when.
        self.read_at.is_none_or(|at| now.since(at).abs() > limit_ms)
    }
}

/// What a client wants, and what it has.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which client.
    pub client: ClientId,
    /// The calendar its settings name.
    pub own: Option<String>,
    /// The calendar it has at present.
    pub held: Option<String>,
}

/// Whose which calendar is: its id, and whether several want it. The installation's goes to whoever
/// names it; where nobody does, to the client that has it, and to begin with to one that is alone. So a
/// second client takes it from nobody and gets none.
pub fn owners(claims: &[Claim], house: &str) -> BTreeMap<ClientId, (String, bool)> {
    let named = claims.iter().any(|claim| claim.own.as_deref() == Some(house));
    let keeps = |claim: &Claim| claim.held.as_deref() == Some(house) || claims.len() == 1;
    let of = |claim: &Claim| match &claim.own {
        Some(own) => Some(own.clone()),
        None if !named && !house.is_empty() && keeps(claim) => Some(house.to_owned()),
        None => None,
    };
    let wanted: BTreeMap<ClientId, String> =
        claims.iter().filter_map(|claim| Some((claim.client, of(claim)?))).collect();
    let times = |calendar: &str| wanted.values().filter(|other| other.as_str() == calendar).count();
    wanted.iter().map(|(client, id)| (*client, (id.clone(), times(id) > 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(client: i64, own: Option<&str>, held: Option<&str>) -> Claim {
        Claim { client: ClientId(client), own: own.map(str::to_owned), held: held.map(str::to_owned) }
    }

    fn told(claims: &[Claim]) -> Vec<(i64, String, bool)> {
        owners(claims, "house")
            .into_iter()
            .map(|(client, (id, contested))| (client.0, id, contested))
            .collect()
    }

    #[test]
    fn k19_a_calendar_is_one_clients() {
        let house = |client, contested| (client, "house".to_owned(), contested);
        assert_eq!(told(&[claim(1, None, None)]), [house(1, false)]);
        assert_eq!(told(&[claim(1, None, None), claim(2, None, None)]), [], "nobody knows whose it is");
        assert_eq!(told(&[claim(1, None, Some("house")), claim(2, None, None)]), [house(1, false)]);
        let named = [claim(1, None, Some("house")), claim(2, Some("house"), None)];
        assert_eq!(told(&named), [house(2, false)], "who names it has it");
        let both = [claim(1, Some("a"), None), claim(2, Some("a"), None), claim(3, Some("b"), None)];
        assert_eq!(told(&both), [(1, "a".into(), true), (2, "a".into(), true), (3, "b".into(), false)]);
        assert_eq!(owners(&[claim(1, None, None)], ""), BTreeMap::new());
    }
}
