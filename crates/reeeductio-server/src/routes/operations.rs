//! For whoever runs the server.

pub(super) mod health;
pub(super) mod metrics;
pub(super) mod ready;
