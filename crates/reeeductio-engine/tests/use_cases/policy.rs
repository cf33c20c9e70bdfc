//! Spaces with a policy.

mod changes;
mod commands;
mod inbox;
mod lanes;
mod log;
pub(crate) mod space;
