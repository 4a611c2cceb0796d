//! Calls that the carrier would not even begin: whether that is about the number that was called,
//! about ours, or not known.
//!
//! Must not live here: reasons that name the cause themselves (`reasons`).

use super::{Action, Class, Verdict};
use frontdesk_shared::call::Outcome;

/// Words about the number that was called from, or the carrier's account behind it.
const OURS: [&str; 11] = [
    "authenticat",
    "credential",
    "account sid",
    "source phone number",
    "source number",
    "'from'",
    "from number",
    "caller id",
    "trial",
    "suspended",
    "insufficient",
];
/// Words about the number that was called.
const THEIRS: [&str; 12] = [
    "is not valid",
    "not a valid phone number",
    "invalid phone number",
    "invalid destination",
    "invalid 'to'",
    "not in service",
    "out of service",
    "unreachable",
    "unallocated",
    "unassigned",
    "disconnected",
    "no longer",
];

/// Whether only the report tells what became of such a call.
pub fn is_told_by_report(reason: &str) -> bool {
    reason.contains("error-get-transport") || reason.contains("error-get-customer")
}

/// What follows, where the reason leaves it to the provider's words.
pub(super) fn verdict(reason: &str, class: Class, message: &str) -> Option<Verdict> {
    let open = is_told_by_report(reason);
    if !open && class != Class::CarrierFailed {
        return None;
    }
    let words = message.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if open && has(&OURS) {
        return Some(Verdict::new(Outcome::Failed, false, Action::ConfigStop, message));
    }
    if has(&THEIRS) && !has(&OURS) {
        return Some(Verdict::new(Outcome::BadNumber, true, Action::StopNumber, message));
    }
    open.then(|| {
        let why = match message {
            "" => "the call could not be begun, and the provider does not say why",
            message => message,
        };
        Verdict::new(Outcome::Failed, false, Action::None, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carriers_words_tell_whose_fault_it_is() {
        const TRANSPORT: &str = "call.start.error-get-transport";
        let cases = [
            (
                TRANSPORT,
                "Twilio: The phone number you are attempting to call, [number], is not valid.",
                Some((Outcome::BadNumber, Action::StopNumber)),
            ),
            (
                TRANSPORT,
                "Twilio: The number is not in service",
                Some((Outcome::BadNumber, Action::StopNumber)),
            ),
            (TRANSPORT, "Twilio: Authenticate", Some((Outcome::Failed, Action::ConfigStop))),
            (
                TRANSPORT,
                "Twilio: The source phone number provided, [number], is not yet verified for your account.",
                Some((Outcome::Failed, Action::ConfigStop)),
            ),
            (
                TRANSPORT,
                "Twilio: Account not authorized to call [number]. Perhaps you need to enable some international permissions",
                Some((Outcome::Failed, Action::None)),
            ),
            (TRANSPORT, "", Some((Outcome::Failed, Action::None))),
            ("call.start.error-get-customer", "", Some((Outcome::Failed, Action::None))),
        ];
        for (reason, message, wanted) in cases {
            let got = verdict(reason, Class::ConfigError, message).map(|v| (v.outcome, v.action));
            assert_eq!(got, wanted, "{reason} {message}");
        }
        assert!(verdict("assistant-not-found", Class::ConfigError, "is not valid").is_none());
        assert!(verdict("x", Class::CarrierFailed, "").is_none());
        let unreachable = verdict("x", Class::CarrierFailed, "Twilio: number unreachable");
        assert_eq!(unreachable.map(|v| v.outcome), Some(Outcome::BadNumber));
    }
}
