//! The log of a space's events (spec/protocol.md, "Events and checkpoints").

pub(super) mod checkpoint;
pub(super) mod key;
pub(super) mod proofs;
pub(super) mod restores;
