//! State (wire.md 4).

pub(super) mod get;
pub(super) mod history;
pub(super) mod put;
