//! What the things are called that events are about and that can be opened.

use crate::page::List;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// A kind of thing. Its word is what events, requests and the command line say.
    Noun {
        /// A person who may be contacted.
        Lead = "lead",
        /// An attempt to reach one by voice.
        Call = "call",
        /// An intent to act.
        Job = "job",
        /// A stored delivery from a provider.
        Webhook = "webhook",
        /// A file or request that brought leads.
        Import = "import",
        /// A group of like errors.
        Fault = "fault",
        /// A booked slot.
        Appointment = "appointment",
        /// A text or an email, sent or received.
        Message = "message",
        /// The wording of a message.
        Template = "template",
        /// A business.
        Client = "client",
        /// Something that happened.
        Event = "event",
        /// An operator's action.
        Audit = "audit",
        /// The installation itself.
        Daemon = "daemon",
    }
}

impl Noun {
    /// Those about which the daemon tells everything: see [`crate::detail`].
    pub const OPENABLE: &'static [Self] = &[
        Self::Lead,
        Self::Call,
        Self::Job,
        Self::Fault,
        Self::Webhook,
        Self::Import,
        Self::Appointment,
        Self::Message,
        Self::Template,
        Self::Client,
    ];

    /// Whether the daemon tells everything about one of it.
    pub fn is_openable(self) -> bool {
        Self::OPENABLE.contains(&self)
    }

    /// The list whose rows it fills, and whose actions apply to one of it.
    pub fn list(self) -> List {
        match self {
            Self::Lead => List::Leads,
            Self::Call => List::Live,
            Self::Job => List::Jobs,
            Self::Webhook => List::Webhooks,
            Self::Import => List::Imports,
            Self::Fault => List::Errors,
            Self::Appointment => List::Appointments,
            Self::Message => List::Messages,
            Self::Template => List::Templates,
            Self::Client => List::Clients,
            Self::Event => List::Events,
            Self::Audit => List::Audit,
            Self::Daemon => List::Health,
        }
    }

    /// How one of it is named by a person.
    pub fn naming(self) -> &'static str {
        match self {
            Self::Lead => "an id, its last 5 or more characters, or a phone number",
            Self::Client => "a key or an id",
            Self::Template => "client:kind:channel",
            _ => "an id, or its last 5 or more characters",
        }
    }
}

/// One thing: what it is, and which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What it is.
    pub kind: Noun,
    /// Its id (or key, for a client).
    pub id: String,
}

impl Subject {
    /// The thing of this kind with this id.
    pub fn new(kind: Noun, id: impl std::fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }

    /// What an event is about, where that can be opened.
    pub fn openable(word: &str, id: &str) -> Option<Self> {
        let kind = Noun::parse(word).filter(|noun| noun.is_openable())?;
        (!id.is_empty()).then(|| Self { kind, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_written_as_it_always_was() {
        let subject = Subject::new(Noun::Lead, "0000000000001");
        let json = serde_json::to_string(&subject).unwrap();
        assert_eq!(json, r#"{"kind":"lead","id":"0000000000001"}"#);
        assert_eq!(serde_json::from_str::<Subject>(&json).unwrap(), subject);
    }

    #[test]
    fn only_what_can_be_opened_is_a_link() {
        assert!(Subject::openable("job", "1").is_some());
        assert!(Subject::openable("job", "").is_none());
        assert!(Subject::openable("daemon", "1").is_none());
        assert!(Subject::openable("ghost", "1").is_none());
    }
}
