//! Errors in Google's shape.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::borrow::Cow;

/// Why a request is refused, in Google's terms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    status: u16,
    reason: Cow<'static, str>,
    message: Cow<'static, str>,
}

/// A refusal with this status, for this reason.
pub(super) fn wrong(
    status: u16,
    reason: impl Into<Cow<'static, str>>,
    message: impl Into<Cow<'static, str>>,
) -> Wrong {
    Wrong { status, reason: reason.into(), message: message.into() }
}

/// What is not there, or not shared.
pub(super) fn not_found() -> Wrong {
    wrong(404, "notFound", "Not Found")
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let domain = match self.reason.as_ref() {
            "rateLimitExceeded" | "userRateLimitExceeded" | "quotaExceeded" | "accessNotConfigured" => {
                "usageLimits"
            }
            "forbiddenForServiceAccounts" | "timeRangeEmpty" | "requiredAccessLevel" => "calendar",
            _ => "global",
        };
        let item = json!({"domain": domain, "reason": self.reason, "message": self.message});
        let body = json!({"error": {"code": self.status, "message": self.message, "errors": [item]}});
        (status, Json(body)).into_response()
    }
}
