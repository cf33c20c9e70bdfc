//! Ids, paths, capabilities and keys.

use reeeductio_client::{
    BlobId, Capability, ClientError, DataPath, Identity, InviteLink, Key, MemberId, MessageId,
    SpaceId, StatePath, TopicId, argument,
};

use super::{Argument, bytes, text};
use crate::signature::Type;
use crate::value::Value;

impl Argument for SpaceId {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::space(&text(field, value)?)
    }
}

impl Argument for MemberId {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::member(field, &text(field, value)?)
    }
}

impl Argument for TopicId {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::topic(&text(field, value)?)
    }
}

impl Argument for MessageId {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::message_hash(&text(field, value)?)
    }
}

impl Argument for BlobId {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::blob(&text(field, value)?)
    }
}

impl Argument for StatePath {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::state_path(&text(field, value)?)
    }
}

impl Argument for DataPath {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::data_path(&text(field, value)?)
    }
}

/// JSON.
impl Argument for Capability {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::capability(&text(field, value)?)
    }
}

impl Argument for Key {
    const TYPE: Type = Type::Bytes;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::key(field, &bytes(field, value)?)
    }
}

impl Argument for Identity {
    const TYPE: Type = Type::Bytes;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        argument::identity(field, &bytes(field, value)?)
    }
}

/// Text of a link; `Debug` shows nothing of it.
impl Argument for InviteLink {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        Ok(Self::parse(&text(field, value)?)?)
    }
}
