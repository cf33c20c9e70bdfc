//! Data entries (wire.md 5).

pub(super) mod delete;
pub(super) mod get;
pub(super) mod listing;
pub(super) mod put;
