//! Data entries (wire.md 5; listings and conditional writes: spec/data.md).

pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod listing;
pub(super) mod put;
pub(super) mod replace;
