//! The class of each reason for which a call can end.
//!
//! The list is data (`data/vapi_ended_reasons.tsv`); the set grows every month, so a reason
//! that is not on it gets a class by its shape and is reported. Must not live here: what a
//! class leads to.

use frontdesk_shared::call::LOST;
use std::collections::HashMap;
use std::sync::LazyLock;

static LIST: &str = include_str!("../../data/vapi_ended_reasons.tsv");

static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let rows = LIST.lines().filter_map(|line| line.split_once('\t'));
    rows.filter_map(|(reason, class)| Some((reason, Class::parse(class.trim())?))).collect()
});

macro_rules! classes {
    ($($(#[$meta:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// Reasons that call for the same response.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Class {
            $($(#[$meta])* $variant),+
        }

        impl Class {
            /// The word of the data file, also stored and shown.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The class of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

classes! {
    /// People may have talked: the reason says nothing about the result.
    Conversation = "conversation",
    /// Handed to a person.
    Transferred = "transferred",
    /// Meant to be handed to a person, and our side did not take it.
    TransferFailed = "transfer_failed",
    /// Nobody answered.
    NoAnswer = "no_answer",
    /// Engaged.
    Busy = "busy",
    /// A machine answered.
    Voicemail = "voicemail",
    /// The number does not exist.
    BadNumber = "bad_number",
    /// The carrier did not connect it.
    CarrierFailed = "carrier_failed",
    /// Connected without sound from the other side.
    NoAudio = "no_audio",
    /// Taken back.
    Canceled = "canceled",
    /// All lines of the account were taken.
    Requeue = "requeue",
    /// The daily cap of the calling number is used up.
    QuotaHold = "quota_hold",
    /// The account may not place calls.
    BillingHold = "billing_hold",
    /// Settings at the provider are wrong.
    ConfigError = "config_error",
    /// Happens to inbound calls only.
    InboundOnly = "inbound_only",
    /// A vendor behind the provider failed, perhaps for a key or a plan of ours.
    VendorFaultCheckConfig = "vendor_fault_check_config",
    /// The provider or a vendor behind it failed.
    VendorFault = "vendor_fault",
    /// Nobody knows how it ended: the provider does not know the call any more.
    Lost = "lost",
    /// Not on the list, and of no known shape.
    FailedUnknown = "failed_unknown",
}

/// A reason, classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Its class.
    pub class: Class,
    /// Whether it is on the list. Report others once each, so that the list can grow.
    pub known: bool,
}

/// Classifies a reason as the provider sent it.
pub fn classify(reason: &str) -> Reason {
    let reason = reason.trim();
    if reason == LOST {
        return Reason { class: Class::Lost, known: true };
    }
    match CLASSES.get(reason) {
        Some(&class) => Reason { class, known: true },
        None => Reason { class: by_shape(reason), known: false },
    }
}

/// New vendors and models appear in families of reasons whose shape tells the class.
fn by_shape(reason: &str) -> Class {
    if reason.contains("vapifault") {
        return Class::VendorFault;
    }
    if reason.contains("configfault") {
        return Class::ConfigError;
    }
    if reason.contains("providerfault")
        || reason.starts_with("pipeline-error-")
        || reason.starts_with("pipeline-no-")
    {
        const OURS: [&str; 8] =
            ["-400-", "-401-", "-403-", "-429-", "quota", "invalid", "unauthorized", "not-found"];
        let ours = OURS.iter().any(|mark| reason.contains(mark));
        return if ours { Class::VendorFaultCheckConfig } else { Class::VendorFault };
    }
    if reason.contains("error-warm-transfer") {
        return Class::TransferFailed;
    }
    Class::FailedUnknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_list_is_read() {
        let rows: Vec<&str> = LIST.lines().skip(1).collect();
        assert_eq!(rows.len(), 652);
        for row in rows {
            let (reason, class) = row.split_once('\t').unwrap();
            let wanted = Class::parse(class).unwrap_or_else(|| panic!("{row}"));
            assert_eq!(classify(reason), Reason { class: wanted, known: true });
            assert_ne!(wanted, Class::FailedUnknown);
            assert_eq!(wanted.word(), class);
        }
    }

    #[test]
    fn new_reasons_go_by_their_shape() {
        let cases = [
            ("call.in-progress.error-vapifault-new-llm-401-unauthorized", Class::VendorFault),
            (
                "call.in-progress.error-providerfault-new-llm-429-exceeded-quota",
                Class::VendorFaultCheckConfig,
            ),
            ("call.in-progress.error-providerfault-new-voice-failed", Class::VendorFault),
            ("pipeline-error-new-voice-failed", Class::VendorFault),
            ("pipeline-error-new-403-model-access-denied", Class::VendorFaultCheckConfig),
            ("call.in-progress.error-configfault-new", Class::ConfigError),
            ("call.in-progress.error-warm-transfer-new", Class::TransferFailed),
            ("hangup", Class::FailedUnknown),
            ("", Class::FailedUnknown),
        ];
        for (reason, class) in cases {
            assert_eq!(classify(reason), Reason { class, known: false }, "{reason}");
        }
        assert!(classify(" voicemail ").known);
        assert_eq!(classify("reason").class, Class::FailedUnknown, "the heading is no reason");
    }
}
