//! Bodies of the HTTP routes. Requests ignore keys they do not know.

mod auth;
mod blobs;
mod data;
mod error;
mod messages;
mod opaque;
mod server;
mod stream;

pub use auth::{ChallengeRequest, ChallengeResponse, TokenResponse, VerifyRequest};
pub use blobs::BlobCreated;
pub use data::{DataBody, DataItem, DataList, DataReplacement, DataStored};
pub use error::{ErrorBody, ErrorDetails, HeadBody, QuotaBody};
pub use messages::{MessageBody, MessageBodyError, MessageCreated, MessagePage, PostMessage};
pub use opaque::{
    LoginFinishRequest, LoginFinishResponse, LoginInitRequest, LoginInitResponse,
    RegisterFinishRequest, RegisterFinishResponse, RegisterInitRequest, RegisterInitResponse,
    SetupResponse,
};
pub use server::{AdminSpaceBody, Health, PurgeBody, SpaceListBody, SpaceStatusBody, TallyBody};
pub use stream::{STREAM_PROTOCOL, STREAM_REFUSED, STREAM_VERSION, StreamAuth, StreamFrame};
