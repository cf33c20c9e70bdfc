//! Inboxes of spaces with a policy (spec/protocol.md, "Inboxes").

pub(super) mod acknowledge;
pub(super) mod list;
pub(super) mod post;
