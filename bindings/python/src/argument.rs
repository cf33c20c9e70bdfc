//! Arguments: from Python's text and bytes to the client's types.

use reeeductio_client::{Identity, Key};
use reeeductio_proto::{
    BlobId, Capability, DataPath, ErrorCode, MemberId, MessageId, SpaceId, StatePath, TopicId,
};
use zeroize::Zeroizing;

use crate::failure::Failure;

pub(crate) type Argument<T> = Result<T, Failure>;

pub(crate) fn space(text: &str) -> Argument<SpaceId> {
    SpaceId::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::SpaceInvalidId, "space_id", error))
}

pub(crate) fn member(field: &'static str, text: &str) -> Argument<MemberId> {
    MemberId::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::MemberInvalidId, field, error))
}

pub(crate) fn topic(text: &str) -> Argument<TopicId> {
    TopicId::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::TopicInvalidId, "topic_id", error))
}

pub(crate) fn message(field: &'static str, text: &str) -> Argument<MessageId> {
    // As the server says it: what is no id is the id of nothing.
    let code = match field {
        "message_hash" => ErrorCode::MessageNotFound,
        _ => ErrorCode::MessageInvalidPrevHash,
    };
    MessageId::parse(text).map_err(|error| Failure::refused(code, field, error))
}

pub(crate) fn blob(text: &str) -> Argument<BlobId> {
    BlobId::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::BlobInvalidId, "blob_id", error))
}

pub(crate) fn state_path(text: &str) -> Argument<StatePath> {
    StatePath::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::StateInvalidPath, "path", error))
}

pub(crate) fn data_path(text: &str) -> Argument<DataPath> {
    DataPath::parse(text)
        .map_err(|error| Failure::refused(ErrorCode::DataInvalidPath, "path", error))
}

/// A capability as JSON.
pub(crate) fn capability(json: &str) -> Argument<Capability> {
    Capability::from_json(json.as_bytes())
        .map_err(|error| Failure::refused(ErrorCode::AuthInvalidEntry, "capability", error))
}

pub(crate) fn identity(field: &'static str, bytes: &[u8]) -> Argument<Identity> {
    Ok(Identity::from_seed(&*array(field, bytes)?))
}

pub(crate) fn key(field: &'static str, bytes: &[u8]) -> Argument<Key> {
    Ok(Key::new(*array(field, bytes)?))
}

fn array(field: &'static str, bytes: &[u8]) -> Argument<Zeroizing<[u8; 32]>> {
    let array: [u8; 32] = bytes
        .try_into()
        .map_err(|_| Failure::argument(field, format!("{} bytes, 32 are needed", bytes.len())))?;
    Ok(Zeroizing::new(array))
}
