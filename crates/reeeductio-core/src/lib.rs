#![doc = include_str!("../README.md")]
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

pub mod app;
mod blob;
pub mod chain;
mod content_type;
mod credentials;
mod draft;
mod encryption_key;
mod entry;
mod envelope;
mod epoch;
mod identity;
mod item;
mod join;
mod keys;
mod link_secret;
pub mod log;
mod message_key;
mod padding;
pub mod password;
mod registration;
pub mod replica;
mod seal;
mod sealed;
mod seeded;
mod shards;
mod signal;
mod small_order;
mod wrap;

pub use blob::{BlobHasher, BlobKey, SealedBlob};
pub use chain::{ChainError, StateChain, VerifiedMessage};
pub use credentials::{CredentialsError, MemberSecrets, WrapKey};
pub use draft::Draft;
pub use encryption_key::{DecryptionKey, ENCRYPTION_KEY_LENGTH, EncryptionKey, EncryptionKeyError};
pub use entry::{sign_entry, signed_entry};
pub use epoch::{
    BeginError, Carried, Epoch, EpochRoots, NewEpoch, PreviousError, RootError, Sending,
    TopicEpoch, WrongRoot,
};
pub use identity::Identity;
pub use item::{ItemContent, ItemContext, ItemError};
pub use join::{JOIN, JoinError, JoinRefused, JoinRequest};
pub use keys::{Key, SpaceKeys, user_data_key, user_message_key};
pub use link_secret::LinkSecret;
pub use message_key::MessageKey;
pub use reeeductio_proto::state_entry::{self, StateEntry};
pub use reeeductio_proto::{SHARDS, roster_hash};
pub use registration::register_space;
pub use seal::{
    NONCE_LENGTH, OpenError, Opener, SealError, Sealer, TAG_LENGTH, open, open_in, seal, seal_in,
};
pub use sealed::{
    MessageContent, MessageHead, MessagePlace, SEALED, SealedError, Seen, check_content,
    check_place, message_key, open_message, seal_message,
};
pub use shards::{RECORDS, Record, find_shard, read_shard, write_shards};
pub use signal::{
    SUBJECT_LENGTH, SealedSignal, SignalPlace, check_subject, open_signal, seal_signal,
};
pub use wrap::{UnwrapError, WrapContext};
