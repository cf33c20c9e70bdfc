//! Administration (wire.md 7.1).

pub(super) mod challenge;
pub(super) mod delete_blob;
pub(super) mod space;
pub(super) mod verify;
