//! Bodies of the HTTP routes. Requests ignore keys they do not know.

mod auth;
mod blobs;
mod data;
mod entries;
mod error;
mod inbox;
mod messages;
mod opaque;
mod server;
mod stream;

pub use auth::{ChallengeRequest, ChallengeResponse, TokenResponse, VerifyRequest};
pub use blobs::BlobCreated;
pub use data::{DataBody, DataItem, DataList, DataReplacement, DataStored};
pub use entries::{
    CheckpointBody, CommandBody, CommandDone, EntryBody, EntryPage, InclusionBody, LogBody,
    ProofBody, ProvenEntry, RestoreBody, RestoreList, RevisedBody,
};
pub use error::{ErrorBody, ErrorDetails, HeadBody, QuotaBody};
pub use inbox::{InboxAcknowledgement, InboxItemBody, InboxPage, InboxPost, InboxPosted};
pub use messages::{MessageBody, MessageBodyError, MessageCreated, MessagePage, PostMessage};
pub use opaque::{
    LoginFinishRequest, LoginFinishResponse, LoginInitRequest, LoginInitResponse,
    RegisterFinishRequest, RegisterFinishResponse, RegisterInitRequest, RegisterInitResponse,
    SetupResponse,
};
pub use server::{AdminSpaceBody, Health, PurgeBody, SpaceListBody, SpaceStatusBody, TallyBody};
pub use stream::{
    ALL, MalformedFrame, STREAM_PROTOCOL, STREAM_REFUSED, STREAM_VERSION, SignalBody, StreamAuth,
    StreamFrame, StreamSubscription,
};
