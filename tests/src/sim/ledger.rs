//! What people were promised and what they said, as the world saw it: what the properties hold the
//! product against.

use super::world::World;
use frontdesk_shared::contact::Channel;
use frontdesk_shared::{ClientId, ImportId, LeadId, Millis};

/// How far an opt-out reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Client(ClientId),
    House,
}

impl Scope {
    pub fn binds(self, client: ClientId) -> bool {
        self == Self::House || self == Self::Client(client)
    }
}

/// How somebody refused contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// With a text, which another text may take back.
    ByText,
    /// In another way.
    Otherwise(&'static str),
}

/// Somebody who was told that they will not be contacted any more.
pub(super) struct OptOut {
    pub scope: Scope,
    pub person: usize,
    /// When they said so last.
    pub at: Millis,
    /// Whether nothing but texts said so.
    only_by_text: bool,
    /// Whether they allowed texts again.
    pub texts_again: bool,
}

/// What people were promised and what they did, as the world saw it.
#[derive(Default)]
pub(super) struct Ledger {
    /// Who was told that they will not be contacted any more.
    pub opt_outs: Vec<OptOut>,
    /// Who may have refused contact, until a person has decided.
    pub doubts: Vec<(ClientId, usize, Millis)>,
    /// Addresses that take no messages of a channel.
    pub unfit: Vec<(ClientId, usize, Channel)>,
    /// Who ever consented, to which client, to be reached how.
    pub consents: Vec<(ClientId, usize, Channel)>,
    /// Who wrote to us in this step.
    pub wrote: Option<usize>,
    /// Files with their rows.
    pub imports: Vec<(ImportId, u64)>,
    pub paused: bool,
    /// Clients for whom nothing is placed at the moment, and those gone for good.
    pub still: Vec<ClientId>,
    pub gone: Vec<ClientId>,
    /// Bookings confirmed to somebody on the line: the phone and the start.
    pub booked: Vec<(usize, String)>,
    /// The lead that an operator's hand moved in this step.
    pub revived: Option<LeadId>,
    pub settled: Option<LeadId>,
}

impl World<'_> {
    /// Somebody heard that their wish is recorded, or the words reached us.
    pub fn opted_out(&mut self, scope: Scope, person: usize, how: How) {
        let (at, only_by_text) = (self.now(), how == How::ByText);
        let known = self.ledger.opt_outs.iter_mut().find(|o| o.scope == scope && o.person == person);
        if let Some(known) = known {
            known.only_by_text &= only_by_text;
            (known.at, known.texts_again) = (at, false);
            return;
        }
        self.say(&format!("person {person} opted out {how:?}"));
        self.count("opt-outs");
        self.ledger.opt_outs.push(OptOut { scope, person, at, only_by_text, texts_again: false });
    }

    /// Somebody allows texts again: what only texts had refused, and only for texts.
    pub fn texts_again(&mut self, person: usize) {
        let refused = self.ledger.opt_outs.iter_mut();
        refused.filter(|o| o.person == person && o.only_by_text).for_each(|o| o.texts_again = true);
        self.ledger.doubts.retain(|(_, p, _)| *p != person);
        self.ledger.unfit.retain(|(_, p, channel)| *p != person || *channel != Channel::Sms);
    }

    /// Somebody may have refused contact.
    pub fn doubted(&mut self, client: ClientId, person: usize) {
        self.say(&format!("person {person} may have refused contact"));
        self.count("doubts");
        let now = self.now();
        self.ledger.doubts.retain(|(c, p, _)| (*c, *p) != (client, person));
        self.ledger.doubts.push((client, person, now));
    }

    /// Refusals that bind a client.
    pub fn refusals(&self, client: ClientId, person: usize) -> impl Iterator<Item = &OptOut> {
        self.ledger.opt_outs.iter().filter(move |o| o.person == person && o.scope.binds(client))
    }

    pub fn is_doubted(&self, client: ClientId, person: usize) -> bool {
        self.ledger.doubts.iter().any(|(c, p, _)| (*c, *p) == (client, person))
    }
}
