//! Errors of the API: one JSON shape, the right status, nothing internal.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use frontdesk_store::{Error, Refusal};
use serde_json::{Map, Value, json};

/// An error as the API answers it.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
    retry_after_s: Option<i64>,
    more: Map<String, Value>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, retry_after_s: None, more: Map::new() }
    }

    /// A field of the request is wrong.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::new(StatusCode::BAD_REQUEST, "invalid", message) }
    }

    /// What was named does not exist.
    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// No key, or none that is known.
    pub fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// A known key that may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// Too many requests.
    pub fn too_many(retry_after_s: i64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("too many requests; try again in {retry_after_s} s"),
            )
        }
    }

    /// A client has more open than it may.
    pub(super) fn crowded(most: usize) -> Self {
        Self {
            retry_after_s: Some(5),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("this client has {most} open already, which is the most at once"),
            )
        }
    }

    /// The rules or the calendar forbid it: why in a word, and what to ask for instead.
    pub(super) fn refused(field: &str, reason: Value, message: &str, instead: &[String]) -> Self {
        let more = [("reason", reason), ("alternatives", json!(instead))];
        Self {
            field: Some(field.to_owned()),
            more: more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Self::new(StatusCode::CONFLICT, "conflict", message)
        }
    }

    /// The status it is answered with.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The body is too large.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
    }

    pub(super) fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long")
    }

    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong here; the request id finds it in the log",
        )
    }

    pub(super) fn unavailable(message: &str) -> Self {
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message) }
    }
}

impl From<Error> for ApiError {
    fn from(e: Error) -> Self {
        match e {
            Error::Refused(Refusal { code, field, text }) => {
                let retry_after_s = (code == "no_room").then_some(5);
                let status = match code {
                    "no_room" => StatusCode::SERVICE_UNAVAILABLE,
                    "not_found" => StatusCode::NOT_FOUND,
                    "conflict" => StatusCode::CONFLICT,
                    "forbidden" => StatusCode::FORBIDDEN,
                    _ => StatusCode::BAD_REQUEST,
                };
                Self { field, retry_after_s, ..Self::new(status, code, text) }
            }
            Error::NoRow => Self::not_found("what was named does not exist"),
            Error::Conflict(_) => Self::new(StatusCode::CONFLICT, "conflict", "it is already there"),
            Error::Overloaded => Self::unavailable("too much is waiting; try again in a moment"),
            Error::Unavailable(e) => {
                // Told once as an outage, not once for each request.
                tracing::debug!(tag = "DB HEALTH", error = e, "the store is unavailable");
                Self::unavailable("the database is unavailable; nothing was changed")
            }
            Error::Retry(_) => Self::unavailable("the database is busy; nothing was changed"),
            Error::Constraint(e) | Error::Database(e) => {
                tracing::error!(error = e, "a request failed");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(field) = &self.field {
            error["field"] = json!(field);
        }
        if let Some(all) = error.as_object_mut() {
            all.extend(self.more);
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Body(error));
        response
    }
}

/// The error of a response, kept beside its bytes until the request's id is known.
#[derive(Clone)]
struct Body(Value);

/// Puts the request's id into an error's body.
pub(super) fn named(mut response: Response, id: &str) -> Response {
    if let Some(Body(error)) = response.extensions_mut().remove::<Body>() {
        let (mut head, _) = response.into_parts();
        head.headers.remove(header::CONTENT_LENGTH);
        let text = json!({ "error": error, "request_id": id }).to_string();
        return Response::from_parts(head, axum::body::Body::from(text));
    }
    // Rejections of the framework are plain text: the same shape for all.
    let status = response.status();
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
    if (status.is_client_error() || status.is_server_error()) && plain {
        let (code, message) = match status {
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body is larger than this path takes"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("invalid", "send application/json"),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
                ("invalid", "the request could not be read")
            }
            _ => ("error", status.canonical_reason().unwrap_or("error")),
        };
        return named(ApiError::new(status, code, message).into_response(), id);
    }
    response
}
