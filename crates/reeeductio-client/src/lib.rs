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
#![cfg_attr(
    target_arch = "wasm32",
    expect(
        clippy::arc_with_non_send_sync,
        reason = "there are no threads there; natively it is shared between them"
    )
)]

mod admin;
mod answer;
mod app;
pub mod argument;
mod connection;
mod credentials;
mod endpoint;
mod error;
mod jitter;
mod keyring;
mod link;
mod password;
mod platform;
mod policy_space;
mod session;
pub mod source;
mod space;
pub mod store;
mod stream_sign_in;
pub mod transport;

pub use admin::{AdminClient, PurgeStep, SpacePage, SpaceStatus, Stored};
pub use app::{
    App, AppError, AppKeySummary, Auth, Channel, ChannelEvent, ChannelEvents, ChannelLink,
    ChannelMember, ChannelMessage, ChannelOptions, ChannelPage, ChannelSignal, ChannelSummary,
    Channels, Client, ClientBuilder, DEFAULT_SUBJECT, Directory, Keeper, KeeperAct, KeeperPass,
    NewApp, NewChannelLink, NewPost, UnreadableMessage, User,
};
pub use credentials::Credentials;
pub use error::{ClientError, Head, Refusal, RefusedDraft};
pub use keyring::Keyring;
pub use link::{AnchoredLink, InviteLink, LinkAnchor, LinkError};
pub use password::PasswordLogin;
pub use platform::{BoxFuture, BoxStream, MaybeSend, MaybeSync, now, random};
pub use policy_space::{
    InboxError, InboxItem, InboxItems, LinkSummary, LostMessage, MemberSummary, NewLink, NewMember,
    NewMessage, NewSpace, PolicyError, PolicyFailure, PolicyInbox, PolicyLinks, PolicyLog,
    PolicyMembers, PolicyOutbox, PolicyRoles, PolicySpace, PolicyState, PolicyStream, PolicyTopic,
    Posted, RefusedSignal, RoleSummary, SealedItem, ServerRestored, Signal, SignalError,
    SignalSender, StateValue, StreamEvent, StreamOptions, TopicHistory, TopicItem, TopicLive,
    TopicMessage, TopicPage, UnreadableSignal,
};
pub use reeeductio_core::ChainError;
pub use reeeductio_core::chain::Refused;
pub use reeeductio_core::log::{
    Clarified, Evidence, LogRefused, Opened, SeenVerdict, Shown, SignedCheckpoint, SplitView,
    Suspicion, Withheld,
};
pub use reeeductio_core::password::Stretching;
pub use reeeductio_core::replica::Range;
pub use reeeductio_core::{BlobKey, Identity, Key, MemberSecrets, VerifiedMessage};
pub use reeeductio_core::{EncryptionKey, LinkSecret, MessageContent};
pub use reeeductio_proto::{
    BlobId, Capability, ClientCode, DataEntry, DataPath, ErrorCode, ErrorKind,
    History as SpaceHistory, LinkState, LogServer, MemberId, MemberKind, Message, MessageId,
    Operation, PathPrefix, Position, Remedy, Settings as SpaceSettings, Signature, SpaceId,
    StatePath, Subject, Target, TargetChange, ToolLimits, TopicId, Visibility,
};
pub use session::Session;
pub use space::{
    Account, BlobDownload, BlobPieces, Blobs, Content, Data, DataChange, DataListing, Frame,
    History, Invitation, InvitationLimits, Invitations, LinkOptions, LiveMessages, LiveOptions,
    Members, MessagePage, Outbox, Passwords, PasswordsEnabled, Place, PostOptions, Protection,
    RefusedData, Registrations, Sent, Space, SpaceBuilder, State, Status, Topic, Transferred,
    UploadedBlob, UserData, Waiting, Watch,
};
pub use store::{MemoryStore, Records, Store, StoreError};
pub use transport::Transport;
#[cfg(not(target_arch = "wasm32"))]
pub use transport::{Native, NativeBuilder};
