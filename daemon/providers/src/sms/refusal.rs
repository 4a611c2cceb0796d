//! A carrier's ways of saying no, sorted by its numbers first and the HTTP status second.
//!
//! Must not live here: HTTP, what the numbers mean (`code`).

use super::code::{TextClass, class_of_code, is_about_money};
use super::record::{short, text, whole};
use super::vendor::Vendor;
use crate::http::redact;
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use serde_json::Value;

/// What a carrier said.
struct Said {
    code: Option<u32>,
    words: String,
}

/// What a status that is not 2xx says, with the body that came with it.
pub(super) fn answer<T>(vendor: Vendor, status: u16, retry_after_ms: Option<i64>, body: &[u8]) -> Sent<T> {
    let said = read(vendor, body);
    let class = said.code.map_or(TextClass::Unknown, class_of_code);
    match status {
        429 => Sent::Busy { retry_after_ms },
        // What answers with these may stand between us and a text that was taken.
        408 | 500.. => Sent::Unknown(format!("status {status}: {}", said.words)),
        _ if class == TextClass::Rate => Sent::Busy { retry_after_ms },
        _ => Sent::Refused(Refusal {
            class: refusal_class(class, said.code, status),
            status,
            code: said.code,
            message: match status {
                300..=399 => "the base URL answers with a redirect, which is not followed".to_owned(),
                _ => said.words,
            },
        }),
    }
}

fn refusal_class(class: TextClass, code: Option<u32>, status: u16) -> RefusalClass {
    match (code, status) {
        (Some(code), _) if is_about_money(code) => return RefusalClass::Billing,
        (Some(21_609), _) => return RefusalClass::Config,
        // Of a resource the number says no more than the status: the thing is not there.
        (Some(20_404), _) => return RefusalClass::NotFound,
        _ => {}
    }
    class.refusal_class().unwrap_or(match status {
        300..=399 | 401 | 403 => RefusalClass::Access,
        402 => RefusalClass::Billing,
        404 => RefusalClass::NotFound,
        _ => RefusalClass::Invalid,
    })
}

/// Reads `{code, message, …}`, or the first of `{errors: […]}`.
fn read(vendor: Vendor, body: &[u8]) -> Said {
    let value = json::read::<Value>(body).unwrap_or_default();
    let first = value.get("errors").and_then(|errors| errors.get(0));
    let error = first.filter(|_| value.get("code").is_none()).unwrap_or(&value);
    let code = whole(error, "code");
    let explained = ["message", "detail", "title"].iter().find_map(|name| text(error, name));
    let explained = explained.unwrap_or_else(|| "no explanation".to_owned());
    // SignalWire also has codes that are words.
    let named = code.map(|code| code.to_string()).or_else(|| short(error, "code"));
    let words = match named {
        Some(code) => format!("{vendor} {code}: {explained}"),
        None => format!("{vendor}: {explained}"),
    };
    Said { code, words: redact(&words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Refusal {
        match answer::<()>(Vendor::Twilio, status, None, body.as_bytes()) {
            Sent::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    fn coded(status: u16, code: u32) -> Refusal {
        refused(status, &format!(r#"{{"code":{code},"message":"no","status":{status}}}"#))
    }

    #[test]
    fn numbers_statuses_and_classes() {
        use RefusalClass::*;
        for (status, code, class) in [
            (400, 21610, OptedOut),
            (400, 21211, Recipient),
            (400, 21606, Sender),
            (400, 30034, Sender),
            (401, 20003, Access),
            (403, 20003, Access),
            (400, 30002, Billing),
            (401, 20005, Billing),
            (400, 21408, Config),
            (400, 21609, Config),
            (400, 21617, Invalid),
            (400, 30023, DailyLimit),
            (404, 20404, NotFound),
            (400, 77777, Invalid),
            (403, 77777, Access),
        ] {
            assert_eq!(coded(status, code).class, class, "{status} {code}");
        }
        assert_eq!(refused(401, "").class, Access);
        assert_eq!(refused(402, "not json").class, Billing);
        assert_eq!(refused(307, "").class, Access);
        assert_eq!(refused(422, r#"{"code":{"odd":1}}"#).class, Invalid);
    }

    #[test]
    fn the_carriers_number_and_words_are_kept_redacted() {
        let refusal =
            refused(400, r#"{"code":21211,"message":"The 'To' number +14155550123 is not valid."}"#);
        assert_eq!(refusal.message, "Twilio 21211: The 'To' number [number] is not valid.");
        assert_eq!(refusal.code, Some(21211));
        assert_eq!(TextClass::of(&refusal), TextClass::Recipient);
    }

    #[test]
    fn s19_signalwire_numbers_as_strings_and_lists_of_errors() {
        let of = |body: &str| match answer::<()>(Vendor::SignalWire, 422, None, body.as_bytes()) {
            Sent::Refused(refusal) => (refusal.code, refusal.class, refusal.message),
            other => panic!("{other:?}"),
        };
        let (code, class, words) = of(r#"{"code":"21610","message":"Unsubscribed"}"#);
        assert_eq!((code, class), (Some(21610), RefusalClass::OptedOut));
        assert_eq!(words, "SignalWire 21610: Unsubscribed");
        let (code, class, words) = of(r#"{"errors":[{"code":"21211","detail":"To is invalid"}]}"#);
        assert_eq!((code, class), (Some(21211), RefusalClass::Recipient));
        assert_eq!(words, "SignalWire 21211: To is invalid");
        let (code, _, words) = of(r#"{"errors":[{"code":"invalid_parameter","message":"To"}]}"#);
        assert_eq!((code, words.as_str()), (None, "SignalWire invalid_parameter: To"));
    }

    #[test]
    fn s1_what_may_have_happened_is_unknown_and_what_was_not_processed_is_busy() {
        for status in [408, 500, 502, 503, 520] {
            let body = br#"{"code":20500,"message":"Internal Server Error"}"#;
            assert!(matches!(answer::<()>(Vendor::Twilio, status, None, body), Sent::Unknown(_)), "{status}");
        }
        let busy = Sent::Busy { retry_after_ms: Some(5) };
        assert_eq!(answer::<()>(Vendor::Twilio, 429, Some(5), b""), busy);
        assert_eq!(answer::<()>(Vendor::Twilio, 400, Some(5), br#"{"code":21611}"#), busy);
        assert_eq!(answer::<()>(Vendor::Twilio, 400, Some(5), br#"{"code":20429}"#), busy);
    }
}
