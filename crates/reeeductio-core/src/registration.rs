//! Registering a space in the admin space.

use reeeductio_proto::{MemberId, SpaceRegistration, registration_bytes};

use crate::identity::Identity;

/// The entry `spaces/{id}`, with the consent of the space's own key.
pub fn register_space(
    space: &Identity,
    created_by: MemberId,
    created_at: i64,
) -> SpaceRegistration {
    let space_id = space.space_id();
    let bytes = registration_bytes(&space_id, &created_by, created_at);
    SpaceRegistration {
        space_id,
        created_by,
        created_at,
        space_signature: space.sign(&bytes),
    }
}
