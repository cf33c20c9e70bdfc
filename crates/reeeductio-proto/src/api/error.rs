//! Error bodies (wire.md 11).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Body of every error response. Older clients read `detail` or `error`; new ones act on `code`.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ErrorBody {
    /// One sentence; for `request.invalid` a list of `{type, loc, msg}`.
    pub detail: Value,
    /// One sentence.
    pub error: String,
    /// The stable code, see `spec/errors.md`.
    pub code: String,
    /// Details that a client can act on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<ErrorDetails>,
}

/// Details of an error that a client can act on.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
pub struct ErrorDetails {
    /// With `chain.conflict`: the head of the topic; null while the topic is empty.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present")]
    #[schema(value_type = Option<HeadBody>)]
    pub head: Option<Option<HeadBody>>,
    /// With `rate.limited`: seconds to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// With `quota.exceeded`: the quota that the write would exceed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaBody>,
    /// With `keyring.invalid`: the number of the rule that the entry breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<u8>,
}

/// A quota, and how much of it is used.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct QuotaBody {
    /// Its key in the server's configuration, `quotas.space_messages` for example.
    pub name: String,
    /// The most that may be stored: items, or bytes where the name ends in `_bytes`.
    pub limit: u64,
    /// Usage without the refused write, in the unit of `limit`.
    pub stored: u64,
}

/// The newest message of a topic.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct HeadBody {
    /// Its id.
    pub message_hash: String,
    /// Unix milliseconds.
    pub server_timestamp: i64,
}

/// Keeps "null" apart from "absent".
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .as_ref()
            .and_then(Option::as_ref)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}
