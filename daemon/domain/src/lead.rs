//! A lead: a person one client may contact, and where they stand.

use crate::message::is_hidden;
use crate::phone::Phone;
use frontdesk_shared::lead::LeadStatus;
use frontdesk_shared::{ClientId, ImportId, LeadId, Millis};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization as _;

/// The rule of a lead at rest whose person may have refused further contact.
const DOUBT: &str = "doubt";
/// The rule of a lead that an import brought by mistake.
const UNDONE: &str = "undone";

/// A lead as the daemon works with it.
#[derive(Clone, Debug)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Whose.
    pub client: ClientId,
    /// E.164 number, `raw:…` while the number is ambiguous, or `mail:…` of a person of whom only a
    /// mail address is known.
    pub identity: String,
    /// E.164 number, once certain.
    pub phone: Option<String>,
    /// Region of the number, such as `GB`.
    pub region: String,
    /// Kind of line.
    pub line: String,
    /// Name as given.
    pub name: String,
    /// Email as given.
    pub email: String,
    /// Where it came from.
    pub source: String,
    /// Declared IANA zone.
    pub zone: Option<String>,
    /// Declared state.
    pub state: Option<String>,
    /// Declared postcode.
    pub postcode: Option<String>,
    /// The sender's own id of this person.
    pub external_id: Option<String>,
    /// Everything else that was given.
    pub vars: BTreeMap<String, String>,
    /// Where it stands.
    pub status: LeadStatus,
    /// The rule that holds it.
    pub hold_rule: String,
    /// Why it is held, in words.
    pub hold_reason: String,
    /// The next instant something is planned.
    pub next_at: Option<Millis>,
    /// Number of the current enquiry, from 1.
    pub episode: i64,
    /// When the current enquiry began.
    pub episode_at: Millis,
    /// Calls made in the current enquiry.
    pub attempts: i64,
    /// Last call in the current enquiry.
    pub last_attempt_at: Option<Millis>,
    /// Last contact on any channel, ever.
    pub last_contact_at: Option<Millis>,
    /// Sum of the parts.
    pub score: i64,
    /// Parts of the score.
    pub score_parts: Vec<(String, i64)>,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// When it was first accepted.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
}

impl Lead {
    /// Somebody who was no lead and called in: nothing is known but their number.
    pub fn of_caller(id: LeadId, client: ClientId, phone: &Phone, now: Millis) -> Self {
        Self {
            id,
            client,
            identity: phone.e164().to_owned(),
            phone: Some(phone.e164().to_owned()),
            region: phone.region().to_owned(),
            line: phone.line().word().to_owned(),
            name: String::new(),
            email: String::new(),
            source: "called in".into(),
            zone: None,
            state: None,
            postcode: None,
            external_id: None,
            vars: BTreeMap::new(),
            status: LeadStatus::Booked,
            hold_rule: String::new(),
            hold_reason: String::new(),
            next_at: None,
            episode: 1,
            episode_at: now,
            attempts: 0,
            last_attempt_at: None,
            last_contact_at: None,
            score: 0,
            score_parts: Vec::new(),
            import: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Waits to be called, at an instant.
    pub fn waits(&mut self, status: LeadStatus, at: Millis) {
        self.stand(status);
        self.next_at = Some(at);
    }

    /// Is held by a rule until something changes.
    pub fn holds(&mut self, rule: &str, reason: &str) {
        self.stand(LeadStatus::Held);
        rule.clone_into(&mut self.hold_rule);
        reason.clone_into(&mut self.hold_reason);
    }

    /// Comes to rest: nothing is planned any more. Whether the person may have refused contact
    /// stays for a person to decide, whatever happens meanwhile.
    pub fn rests(&mut self, status: LeadStatus) {
        let doubt = self.is_in_doubt().then(|| std::mem::take(&mut self.hold_reason));
        match doubt.filter(|_| status != LeadStatus::OptedOut) {
            Some(reason) => self.rests_in_doubt(status, &reason),
            None => self.stand(status),
        }
    }

    /// Comes to rest, and no enquiry opens it again until a person has decided.
    pub fn rests_in_doubt(&mut self, status: LeadStatus, reason: &str) {
        self.stand(status);
        DOUBT.clone_into(&mut self.hold_rule);
        reason.clone_into(&mut self.hold_reason);
    }

    /// Whether what may be a refusal waits for a person to decide.
    pub fn is_in_doubt(&self) -> bool {
        self.hold_rule == DOUBT
    }

    /// Comes to rest because the import that brought it was a mistake.
    pub fn is_closed_with_import(&mut self, reason: &str) {
        self.stand(LeadStatus::Expired);
        UNDONE.clone_into(&mut self.hold_rule);
        reason.clone_into(&mut self.hold_reason);
    }

    /// Is held as before an import that was a mistake.
    pub fn is_held_without_import(&mut self, reason: &str) {
        self.holds(UNDONE, reason);
    }

    /// Whether the import that brought it was a mistake, and nothing came after that.
    pub fn is_undone(&self) -> bool {
        self.hold_rule == UNDONE
    }

    fn stand(&mut self, status: LeadStatus) {
        // Only the person can take an opt-out back, and that is no change of status alone.
        if self.status != LeadStatus::OptedOut {
            self.status = status;
        }
        self.hold_rule.clear();
        self.hold_reason.clear();
        self.next_at = None;
    }

    /// Every address known of the person, as suppressions name them.
    pub fn addresses(&self) -> Vec<String> {
        let mail = mail_identity(&self.email).filter(|mail| *mail != self.identity);
        std::iter::once(self.identity.clone()).chain(mail).collect()
    }

    /// The refusal ended, because the person took it back or it was none: who has an appointment is
    /// `booked`, and for the others a person decides what comes next. Nothing else ends the state.
    pub fn may_be_contacted_again(&mut self, booked: bool) {
        if self.status == LeadStatus::OptedOut {
            self.status = if booked { LeadStatus::Booked } else { LeadStatus::Review };
        }
    }

    /// An attempt begins.
    pub fn attempted(&mut self, now: Millis) {
        self.stand(LeadStatus::Calling);
        self.attempts += 1;
        self.last_attempt_at = Some(now);
        self.last_contact_at = Some(now);
    }

    /// An attempt turned out never to have taken place; `last` is the contact before it.
    pub fn not_attempted(&mut self, episode: i64, last: Option<Millis>) {
        if self.episode == episode {
            self.attempts = (self.attempts - 1).max(0);
        }
        self.last_contact_at = last;
        self.last_attempt_at = if self.attempts == 0 { None } else { last };
    }
}

/// How a mail address is named as an identity: neither case nor the width of letters tells people
/// apart in practice, and what cannot be seen does not either.
pub fn mail_identity(email: &str) -> Option<String> {
    let usual: String = email.trim().nfkc().filter(|c| !is_hidden(*c)).collect();
    usual.contains('@').then(|| format!("mail:{}", usual.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone;

    #[test]
    fn a_doubt_outlives_whatever_happens_but_a_persons_decision() {
        let phone = phone::normalise("+447911123456", None).unwrap();
        let mut lead = Lead::of_caller(LeadId(1), ClientId(1), &phone, Millis(0));
        lead.rests_in_doubt(LeadStatus::Review, "a bare cancel");
        for status in [LeadStatus::Booked, LeadStatus::Review, LeadStatus::Exhausted] {
            lead.rests(status);
            assert_eq!((lead.status, lead.hold_reason.as_str()), (status, "a bare cancel"));
            assert!(lead.is_in_doubt());
        }
        let mut called = lead.clone();
        called.waits(LeadStatus::Queued, Millis(5));
        assert!(!called.is_in_doubt());
        lead.rests(LeadStatus::OptedOut);
        assert!(!lead.is_in_doubt() && lead.hold_reason.is_empty());
    }
}
