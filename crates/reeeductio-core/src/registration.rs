//! Registering a space on a server (wire.md 7.1).

use reeeductio_proto::{MemberId, SpaceRegistration, registration_bytes};

use crate::identity::SigningKey;

/// Lets `created_by` register the space that `space_key` owns, as of `created_at` (Unix milliseconds).
pub fn register_space(
    space_key: &SigningKey,
    created_by: MemberId,
    created_at: i64,
) -> SpaceRegistration {
    let space_id = space_key.space_id();
    SpaceRegistration {
        space_id,
        created_by,
        created_at,
        space_signature: space_key.sign(&registration_bytes(&space_id, &created_by, created_at)),
    }
}
