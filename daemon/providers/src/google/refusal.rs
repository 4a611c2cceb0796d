//! Google's ways of saying no, sorted by what has to be done about them.
//!
//! A 403 is several things, and only its reason tells which: a limit to wait for, a quota that is
//! used up for hours, a right that is missing. Must not live here: HTTP.

use crate::http::redact;
use crate::json;
use crate::outcome::{Refusal, RefusalClass, Sent};
use serde_json::Value;

/// Reasons that pass by themselves within a minute.
const LIMITS: [&str; 4] =
    ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];
/// Reasons that hold writes up for hours.
const QUOTAS: [&str; 3] = ["quotaExceeded", "dailyLimitExceeded", "calendarUsageLimitsExceeded"];
/// Reasons that are this request's fault, though they come with a 403.
const OURS: [&str; 2] = ["forbiddenForServiceAccounts", "eventTypeRestriction"];

/// What a status that is not 2xx says, with the body that came with it.
pub(super) fn answer<T>(status: u16, retry_after_ms: Option<i64>, body: &[u8]) -> Sent<T> {
    let said = Said::read(body);
    match status {
        429 if said.has(&QUOTAS) => Sent::Refused(said.refusal(status, RefusalClass::DailyLimit)),
        429 => Sent::Busy { retry_after_ms },
        403 if said.has(&LIMITS) => Sent::Busy { retry_after_ms },
        // These may come from something between us and what was done.
        408 | 500.. => Sent::Unknown(format!("status {status}: {}", said.words())),
        _ => Sent::Refused(said.refusal(status, said.class(status))),
    }
}

/// The parts of an error body. Calendar lists reasons in `errors`, newer APIs name a `status` and
/// put reasons into `details`.
struct Said {
    reasons: Vec<String>,
    message: String,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let value = json::read::<Value>(body).unwrap_or_default();
        let error = &value["error"];
        let listed = |name: &str| error[name].as_array().into_iter().flatten().take(20);
        let mut reasons: Vec<String> = listed("errors")
            .chain(listed("details"))
            .filter_map(|item| item["reason"].as_str().map(str::to_owned))
            .collect();
        reasons.extend(error["status"].as_str().map(str::to_owned));
        Self { reasons, message: error["message"].as_str().unwrap_or_default().to_owned() }
    }

    fn has(&self, reasons: &[&str]) -> bool {
        self.reasons.iter().any(|reason| reasons.contains(&reason.as_str()))
    }

    fn class(&self, status: u16) -> RefusalClass {
        match status {
            403 if self.has(&QUOTAS) => RefusalClass::DailyLimit,
            403 if self.has(&OURS) => RefusalClass::Invalid,
            300..=399 | 401 | 403 => RefusalClass::Access,
            402 => RefusalClass::Billing,
            404 => RefusalClass::NotFound,
            _ => RefusalClass::Invalid,
        }
    }

    fn refusal(&self, status: u16, class: RefusalClass) -> Refusal {
        let message = match status {
            300..=399 => "the base URL answers with a redirect, which is not followed".to_owned(),
            _ => self.words(),
        };
        Refusal { class, status, code: None, message }
    }

    fn words(&self) -> String {
        let first = self.reasons.first().map(String::as_str).unwrap_or_default();
        match (first, self.message.as_str()) {
            ("", "") => "no explanation".to_owned(),
            (reason, "") => redact(reason),
            ("", message) => redact(message),
            (reason, message) => redact(&format!("{reason}: {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(domain: &str, reason: &str) -> String {
        let item = serde_json::json!({"domain": domain, "reason": reason, "message": "Said so."});
        serde_json::json!({"error": {"code": 403, "message": "Said so.", "errors": [item]}}).to_string()
    }

    fn class(status: u16, body: &str) -> RefusalClass {
        match answer::<()>(status, None, body.as_bytes()) {
            Sent::Refused(refusal) => refusal.class,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn k13_a_403_is_several_things() {
        for reason in ["rateLimitExceeded", "userRateLimitExceeded"] {
            let busy = answer::<()>(403, Some(4), body("usageLimits", reason).as_bytes());
            assert_eq!(busy, Sent::Busy { retry_after_ms: Some(4) }, "{reason}");
        }
        assert_eq!(class(403, &body("usageLimits", "quotaExceeded")), RefusalClass::DailyLimit);
        assert_eq!(class(429, &body("usageLimits", "quotaExceeded")), RefusalClass::DailyLimit);
        assert_eq!(class(403, &body("usageLimits", "accessNotConfigured")), RefusalClass::Access);
        assert_eq!(class(403, &body("global", "forbidden")), RefusalClass::Access);
        assert_eq!(class(403, "<html>"), RefusalClass::Access);
        assert_eq!(class(403, &body("calendar", "forbiddenForServiceAccounts")), RefusalClass::Invalid);
        assert_eq!(answer::<()>(429, None, b""), Sent::Busy { retry_after_ms: None });
    }

    #[test]
    fn k4_a_calendar_that_is_not_shared_is_not_found() {
        let said = body("global", "notFound");
        let Sent::Refused(refusal) = answer::<()>(404, None, said.as_bytes()) else { panic!() };
        assert_eq!((refusal.class, refusal.status), (RefusalClass::NotFound, 404));
        assert_eq!(refusal.message, "notFound: Said so.");
    }

    #[test]
    fn the_newer_shape_is_read_too() {
        let limit = r#"{"error":{"code":403,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}"#;
        assert_eq!(answer::<()>(403, None, limit.as_bytes()), Sent::Busy { retry_after_ms: None });
        let denied = r#"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}"#;
        assert_eq!(class(403, denied), RefusalClass::Access);
    }

    #[test]
    fn what_may_have_happened_is_unknown() {
        for status in [408, 500, 502, 503] {
            assert!(matches!(answer::<()>(status, None, b""), Sent::Unknown(_)), "{status}");
        }
        assert_eq!(class(401, ""), RefusalClass::Access);
        assert_eq!(class(302, ""), RefusalClass::Access);
        assert_eq!(class(400, ""), RefusalClass::Invalid);
    }
}
