//! Definitions that both sides of rEEEductio share: ids, canonical bytes, signatures, capabilities and how they
//! are judged, and the HTTP types.
//!
//! No I/O, no clock, no randomness, and no key that decrypts. References to "wire.md" are to the
//! description of the base protocol.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod admin;
pub mod api;
mod authority;
mod capability;
mod chain;
mod checkpoint;
mod client_code;
mod code_table;
mod data_entry;
pub mod encoding;
mod error_code;
mod error_kind;
mod event_leaf;
mod fields;
mod id;
mod inbox;
mod message;
pub mod opaque;
mod path;
mod pattern;
mod prefix;
mod resource;
mod sealed;
mod signal;
mod signature;
pub mod state_entry;
mod time;
mod topic;
pub mod tree;

pub use admin::{
    SpaceRegistration, judge_admin_write, judge_app_write, registered_at, registration_bytes,
    registration_path,
};
pub use authority::{
    Action, Applied, Concern, ENCRYPTION_KEY, Entry, Epoch, EpochEntry, History, LinkState,
    LinkTerms, LogServer, Padding, Policy, PublishedKey, Refused, RoleGrant, SHARDS, Settings,
    Shard, StateRefusal, StateRun, StateWrite, ToolLimits, Values, Verdict, View, Visibility,
    authority_concerns, encryption_key_statement, is_authority, judge, judge_all,
    judge_state_value, judge_state_write, roster_hash,
};
pub use capability::{Capability, CapabilityError, Operation};
pub use chain::{ChainId, Change, Event, EventPosition, Lane, Position, RemovedData};
pub use checkpoint::{Checkpoint, CheckpointError, Origin, restore_statement};
pub use client_code::ClientCode;
pub use data_entry::{DataEntry, signed_bytes};
pub use error_code::ErrorCode;
pub use error_kind::{ErrorKind, Remedy};
pub use event_leaf::{EventKind, EventLeaf, data_event_hash};
pub use fields::{Reader, lp};
pub use id::{BYTE_LENGTH, BlobId, IdError, MemberId, MemberKind, MessageId, SpaceId, TEXT_LENGTH};
pub use inbox::{SEALED_ITEM, check_sealed_item, inbox_item_statement};
pub use message::{Message, MessageError, message_hash};
pub use path::{DataPath, MAX_DATA_PATH, MAX_STATE_PATH, PathError, StatePath};
pub use pattern::{Pattern, PatternError};
pub use prefix::PathPrefix;
pub use resource::Resource;
pub use sealed::{FormatError, PAYLOAD, SUITE, SealedHeader, Target, TargetChange};
pub use signal::{Subject, SubjectError, signal_statement};
pub use signature::{PublicKey, Signature, SignatureError};
pub use state_entry::StateEntry;
pub use time::{TIMES_IN_SECONDS, TimeError, check_time};
pub use topic::{TopicError, TopicId};
