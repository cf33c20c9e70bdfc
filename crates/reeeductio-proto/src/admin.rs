//! Additional rules for entries of spaces that register others: the admin space (wire.md 7.1), and those of apps.

use serde::{Deserialize, Serialize};

use crate::authority::StateRefusal;
use crate::encoding;
use crate::error_code::ErrorCode;
use crate::id::{MemberId, SpaceId};
use crate::path::StatePath;
use crate::signature::{PublicKey, Signature};

/// Path prefix of registrations in the admin space, or that of an app.
const REGISTRATIONS: &str = "spaces/";

/// The entry `spaces/{S}` of the admin space, or that of an app: someone registers a space with the consent of its key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SpaceRegistration {
    /// The space.
    pub space_id: SpaceId,
    /// The member that registers it.
    pub created_by: MemberId,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Ed25519 by the space's key over [`registration_bytes`].
    pub space_signature: Signature,
}

/// The bytes `space_signature` covers: `space_id|created_by|created_at`.
pub fn registration_bytes(space: &SpaceId, created_by: &MemberId, created_at: i64) -> Vec<u8> {
    format!("{space}|{created_by}|{created_at}").into_bytes()
}

/// The path of a space's registration, `spaces/{S}`.
pub fn registration_path(space: &SpaceId) -> String {
    format!("{REGISTRATIONS}{space}")
}

/// The space whose registration is at a path; `None` for every other path.
pub fn registered_at(path: &str) -> Option<SpaceId> {
    let space = path.strip_prefix(REGISTRATIONS)?;
    SpaceId::parse(space).ok()
}

/// The entry `users/{U}/spaces/{S}` of the admin space: the index of the spaces that a user registered.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct IndexEntry {
    pub(crate) space_id: String,
}

/// Checks an entry of the admin space. Tombstones pass: a space is unregistered by removing its entry.
pub fn judge_admin_write(
    path: &StatePath,
    data: &str,
    sender: &MemberId,
) -> Result<(), StateRefusal> {
    let segments: Vec<&str> = path.segments().collect();
    match segments.as_slice() {
        _ if data.is_empty() => Ok(()),
        ["spaces", space] => check_registration(space, &decode(data)?, sender),
        ["users", _, "spaces", space] => {
            let entry: IndexEntry = serde_json::from_slice(&decode(data)?)
                .map_err(|error| invalid("data", error.to_string()))?;
            if entry.space_id == *space {
                Ok(())
            } else {
                Err(invalid("space_id", "must be the space in the path"))
            }
        }
        _ => Ok(()),
    }
}

/// Checks an entry of the space of an app whose users may make spaces: an entry right below `spaces/` registers a space, as in the
/// admin space.
pub fn judge_app_write(
    path: &StatePath,
    data: &str,
    sender: &MemberId,
) -> Result<(), StateRefusal> {
    let segments: Vec<&str> = path.segments().collect();
    match segments.as_slice() {
        ["spaces", space] if !data.is_empty() => check_registration(space, &decode(data)?, sender),
        _ => Ok(()),
    }
}

fn check_registration(space: &str, json: &[u8], sender: &MemberId) -> Result<(), StateRefusal> {
    let space = SpaceId::parse(space)
        .map_err(|error| invalid("path", format!("spaces/{{id}}: {error}")))?;
    let entry: SpaceRegistration =
        serde_json::from_slice(json).map_err(|error| invalid("data", error.to_string()))?;
    if entry.space_id != space {
        return Err(invalid("space_id", "must be the space in the path"));
    }
    if entry.created_by != *sender {
        return Err(invalid("created_by", "must be the sender of the message"));
    }
    let bytes = registration_bytes(&space, &entry.created_by, entry.created_at);
    PublicKey::parse(space.public_key())
        .and_then(|key| key.verify(&bytes, &entry.space_signature))
        .map_err(|_| {
            invalid(
                "space_signature",
                "must be by the space's key over space_id|created_by|created_at",
            )
        })
}

fn decode(data: &str) -> Result<Vec<u8>, StateRefusal> {
    encoding::decode(data).map_err(|error| invalid("data", error.to_string()))
}

fn invalid(field: &'static str, explanation: impl Into<String>) -> StateRefusal {
    StateRefusal::of_field(ErrorCode::SpaceInvalidRegistration, field, explanation)
}
