//! Errors as HTTP answers (wire.md 11).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reeeductio_engine::{Details, Refusal};
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::{ErrorBody, ErrorDetails, HeadBody, QuotaBody};
use serde_json::{Value, json};

/// Failure that a handler answers with.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The body or the query is not what the route takes: where, and why.
    Invalid(Vec<Field>),
    /// The engine's word.
    Refused(Refusal),
}

/// A field that is not what the route takes.
#[derive(Debug)]
pub(crate) struct Field {
    /// `missing`, `json_invalid` or `value_error`.
    pub(crate) kind: &'static str,
    /// From `body` or `query` down to the field.
    pub(crate) location: Vec<String>,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(code, message))
    }

    /// The stable code.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::RequestInvalid,
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// One field of the query.
    pub(crate) fn query(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Field {
            kind: "value_error",
            location: vec!["query".to_owned(), name.to_owned()],
            message: message.into(),
        }])
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(fields) => invalid(&fields),
            Self::Refused(refusal) => refused(&refusal),
        }
    }
}

fn invalid(fields: &[Field]) -> Response {
    let code = ErrorCode::RequestInvalid;
    let error = fields
        .iter()
        .map(|field| format!("{}: {}", field.location.join("."), field.message))
        .collect::<Vec<_>>()
        .join("; ");
    // The rejected input is not repeated: it may be large, and it may be secret.
    let detail = fields
        .iter()
        .map(|field| json!({"type": field.kind, "loc": field.location, "msg": field.message}))
        .collect::<Vec<Value>>();
    answer(code, Value::from(detail), error, None)
}

fn refused(refusal: &Refusal) -> Response {
    let code = refusal.code();
    let details = refusal.details().and_then(|details| match details {
        Details::Head(head) => Some(ErrorDetails {
            head: Some(head.map(|head| HeadBody {
                message_hash: head.hash.to_string(),
                server_timestamp: head.timestamp,
            })),
            ..ErrorDetails::default()
        }),
        Details::RetryAfter(seconds) => Some(ErrorDetails {
            retry_after: Some(*seconds),
            ..ErrorDetails::default()
        }),
        Details::OverQuota(over) => Some(ErrorDetails {
            quota: Some(QuotaBody {
                name: over.quota.to_owned(),
                limit: over.limit,
                stored: over.stored,
            }),
            ..ErrorDetails::default()
        }),
        Details::Rule(rule) => Some(ErrorDetails {
            rule: Some(*rule),
            ..ErrorDetails::default()
        }),
        Details::Size(_) => None,
    });
    let message = refusal.to_string();
    let detail = if code.status() == 422 {
        as_field(refusal)
    } else {
        Value::from(&*message)
    };
    let mut response = answer(code, detail, message, details);
    let headers = response.headers_mut();
    if code == ErrorCode::TokenMissing {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    match refusal.details() {
        Some(Details::RetryAfter(seconds)) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        Some(Details::Size(size)) => {
            if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
                headers.insert(header::CONTENT_RANGE, range);
            }
        }
        Some(Details::Head(_) | Details::OverQuota(_) | Details::Rule(_)) | None => {}
    }
    response
}

/// Clients of the base protocol know the detail of a 422 as a list of fields.
fn as_field(refusal: &Refusal) -> Value {
    let location = match refusal.refused_field() {
        Some(field) => json!(["body", field]),
        None => json!(["body"]),
    };
    json!([{"type": "value_error", "loc": location, "msg": refusal.explanation()}])
}

fn answer(
    code: ErrorCode,
    detail: Value,
    error: String,
    details: Option<ErrorDetails>,
) -> Response {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = ErrorBody {
        detail,
        error,
        code: code.as_str().to_owned(),
        details,
    };
    let mut response = (status, Json(body)).into_response();
    // For the metrics.
    response.extensions_mut().insert(code);
    response
}
