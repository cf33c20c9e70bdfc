//! Blobs (wire.md 6).

pub(super) mod check;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod put;
