//! Refusals of a route, as its part of the OpenAPI document.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::ErrorBody;
use serde_json::json;
use utoipa::ToSchema as _;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// Declares `Refused`: the groups below that a route refuses with, and the codes of its own.
macro_rules! refusals {
    ([$($group:ident),* $(,)?], $($code:ident),* $(,)?) => {
        /// Refusals of this route.
        struct Refused;

        impl utoipa::IntoResponses for Refused {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::routes::refusals::responses(&[
                    $($crate::routes::refusals::$group,)*
                    &[$(reeeductio_proto::ErrorCode::$code),*],
                ])
            }
        }
    };
}

pub(super) use refusals;

/// Every route.
pub(super) const ANY: &[ErrorCode] = &[
    ErrorCode::RateLimited,
    ErrorCode::RequestHeadersTooLarge,
    ErrorCode::RequestTimeout,
    ErrorCode::ServerBusy,
    ErrorCode::StorageCorrupt,
    ErrorCode::StorageUnavailable,
    ErrorCode::Internal,
];

/// Routes that take JSON.
pub(super) const JSON: &[ErrorCode] = &[ErrorCode::RequestInvalid, ErrorCode::RequestTooLarge];

/// Routes below a space.
pub(super) const SPACE: &[ErrorCode] = &[
    ErrorCode::SpaceInvalidId,
    ErrorCode::SpaceUnknown,
    ErrorCode::RequestInvalid,
];

/// Routes that take a token.
pub(super) const TOKEN: &[ErrorCode] = &[
    ErrorCode::TokenMissing,
    ErrorCode::TokenInvalid,
    ErrorCode::TokenExpired,
    ErrorCode::TokenRevoked,
    ErrorCode::TokenWrongSpace,
];

/// Routes that need a right.
pub(super) const RIGHT: &[ErrorCode] = &[ErrorCode::PermissionDenied, ErrorCode::MemberUnknown];

/// Routes that store what takes room.
pub(super) const WRITE: &[ErrorCode] = &[ErrorCode::StorageFull];

/// Routes that append a message.
pub(super) const APPEND: &[ErrorCode] = &[
    ErrorCode::ChainConflict,
    ErrorCode::MessageBadSignature,
    ErrorCode::MessageHashMismatch,
    ErrorCode::MessageInvalidData,
    ErrorCode::MessageInvalidPrevHash,
    ErrorCode::MessageTooLarge,
    ErrorCode::QuotaExceeded,
    ErrorCode::SignatureUndecodable,
    ErrorCode::ToolUseLimit,
];

/// Routes that write state.
pub(super) const STATE: &[ErrorCode] = &[
    ErrorCode::AuthInvalidEntry,
    ErrorCode::AuthSelfDefinition,
    ErrorCode::GrantEscalation,
    ErrorCode::SpaceInvalidRegistration,
    ErrorCode::SpacePurgeUnfinished,
    ErrorCode::StateInvalidPath,
];

/// Routes that write to spaces with a policy.
pub(super) const POLICY: &[ErrorCode] = &[
    ErrorCode::AuthorityOlder,
    ErrorCode::AuthorityUnknown,
    ErrorCode::EpochSuperseded,
    ErrorCode::FormatMalformed,
    ErrorCode::FormatRequired,
    ErrorCode::FormatUnknown,
    ErrorCode::KeyringEpochTaken,
    ErrorCode::KeyringInvalid,
    ErrorCode::KeyringShardMissing,
    ErrorCode::LaneLimit,
    ErrorCode::PayloadMismatch,
    ErrorCode::RevisionConflict,
    ErrorCode::SpacePolicyFixed,
];

/// Routes of the log.
pub(super) const LOG: &[ErrorCode] = &[ErrorCode::SpaceNoPolicy];

/// One answer per status, naming its codes.
pub(super) fn responses(groups: &[&[ErrorCode]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in groups.iter().copied().flatten() {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), response(&codes).into()))
        .collect()
}

fn response(codes: &[ErrorCode]) -> Response {
    let mut description = String::new();
    for code in codes {
        // Writing to a string cannot fail.
        let _ok = writeln!(description, "- `{code}`: {}", code.description());
    }
    let example = codes.first().map(|code| {
        let detail = match code.status() {
            422 => json!([{"type": "missing", "loc": ["body", "data"], "msg": "Field required"}]),
            _ => json!(code.description()),
        };
        json!({"detail": detail, "error": code.description(), "code": code.as_str()})
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(ErrorBody::name())))
        .example(example)
        .build();
    ResponseBuilder::new()
        .description(description.trim_end())
        .content("application/json", content)
        .build()
}
