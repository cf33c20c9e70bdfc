//! Password login (wire.md 9).

pub(super) mod login_finish;
pub(super) mod login_init;
pub(super) mod register_finish;
pub(super) mod register_init;
pub(super) mod setup;
