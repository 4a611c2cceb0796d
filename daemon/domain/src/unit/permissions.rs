//! What permits or forbids to contact somebody, as a unit of work knows it: with what was decided
//! in it already.
//!
//! Must not live here: what follows from it (the gate).

use super::{Decided, Need, Unit};
use crate::gate::Consent;
use crate::records::{Contact, Lifted, Suppression};
use crate::screening::Screening;
use frontdesk_shared::LeadId;

impl<'a> Unit<'a> {
    /// A lead's consents.
    pub fn consents(&self, lead: LeadId) -> Decided<Vec<Consent>> {
        if self.changes.new_leads.contains_key(&lead) {
            return Ok(Vec::new());
        }
        let mut all = self.known(self.facts.consents.get(&lead).cloned(), || Need::Consents(lead))?;
        if self.changes.revoked.contains_key(&lead) {
            for consent in &mut all {
                consent.revoked_at.get_or_insert(self.now);
            }
        }
        Ok(all)
    }

    /// Takes every consent of a lead back.
    pub fn revoke_consents(&mut self, lead: LeadId, how: &str) {
        self.changes.revoked.entry(lead).or_insert_with(|| how.to_owned());
    }

    /// Suppressions of an address, whosever.
    pub fn suppressions(&self, address: &str) -> Decided<Vec<&Suppression>> {
        let stored =
            self.known(self.facts.suppressions.get(address), || Need::Suppressions(address.to_owned()))?;
        let ended = |s: &&Suppression| {
            let same = |l: &Lifted| (&l.address, l.client, l.channel) == (&s.address, s.client, s.channel);
            self.changes.lifted.iter().any(same)
        };
        let own = self.changes.suppressions.iter().filter(|s| s.address == address);
        Ok(stored.iter().filter(|s| !ended(s)).chain(own).collect())
    }

    /// What do-not-call lists say of a number.
    pub fn screenings(&self, number: &str) -> Decided<&'a [Screening]> {
        let known = self.facts.screenings.get(number).map(Vec::as_slice);
        self.known(known, || Need::Screenings(number.to_owned()))
    }

    /// Contacts with a lead, newest first.
    pub fn contacts(&self, lead: LeadId) -> Decided<Vec<&Contact>> {
        let stored = match self.changes.new_leads.contains_key(&lead) {
            true => &[][..],
            false => self.known(self.facts.contacts.get(&lead), || Need::Contacts(lead))?,
        };
        let own = self.changes.contacts.iter().rev().filter(|c| c.lead == lead);
        let voided = |c: &&Contact| !c.call.is_some_and(|call| self.changes.voided.contains(&call));
        Ok(own.chain(stored).filter(voided).collect())
    }
}
