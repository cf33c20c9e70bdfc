//! Routes for the operator of the server.

pub(super) mod health;
pub(super) mod metrics;
pub(super) mod ready;
