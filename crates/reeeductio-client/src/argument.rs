//! For bindings: arguments from another language's text and bytes to the client's types. Arguments that a server
//! would refuse are refused here already, with the server's code.

use reeeductio_core::replica::Range;
use reeeductio_core::{Identity, Key};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{
    BlobId, Capability, DataPath, ErrorCode, MemberId, Message, MessageId, SpaceId, StatePath,
    TopicId, check_time,
};
use zeroize::Zeroizing;

use crate::error::ClientError;

/// A parsed argument, or why it is refused.
pub type Argument<T> = Result<T, ClientError>;

/// Turns a parse error into the refusal that a server would give with `code`.
fn refused<T, E: std::fmt::Display>(
    code: ErrorCode,
    field: &'static str,
    parsed: Result<T, E>,
) -> Argument<T> {
    parsed.map_err(|error| ClientError::Invalid {
        code,
        field,
        message: error.to_string(),
    })
}

/// The id of a space.
pub fn space(text: &str) -> Argument<SpaceId> {
    refused(ErrorCode::SpaceInvalidId, "space_id", SpaceId::parse(text))
}

/// The id of a member.
pub fn member(field: &'static str, text: &str) -> Argument<MemberId> {
    refused(ErrorCode::MemberInvalidId, field, MemberId::parse(text))
}

/// The name of a topic.
pub fn topic(text: &str) -> Argument<TopicId> {
    refused(ErrorCode::TopicInvalidId, "topic_id", TopicId::parse(text))
}

/// The id of a message that is looked for.
pub fn message_hash(text: &str) -> Argument<MessageId> {
    // As the server says it: what is no id is the id of nothing.
    refused(
        ErrorCode::MessageNotFound,
        "message_hash",
        MessageId::parse(text),
    )
}

/// The id of the message that another follows.
pub fn prev_hash(text: &str) -> Argument<MessageId> {
    refused(
        ErrorCode::MessageInvalidPrevHash,
        "prev_hash",
        MessageId::parse(text),
    )
}

/// The id of a blob.
pub fn blob(text: &str) -> Argument<BlobId> {
    refused(ErrorCode::BlobInvalidId, "blob_id", BlobId::parse(text))
}

/// A path in the space's state.
pub fn state_path(text: &str) -> Argument<StatePath> {
    refused(ErrorCode::StateInvalidPath, "path", StatePath::parse(text))
}

/// A path in the space's data.
pub fn data_path(text: &str) -> Argument<DataPath> {
    refused(ErrorCode::DataInvalidPath, "path", DataPath::parse(text))
}

/// A capability as JSON.
pub fn capability(json: &str) -> Argument<Capability> {
    let parsed = Capability::from_json(json.as_bytes())
        .map_err(|error| format!("{}: {error}", error.field()));
    refused(ErrorCode::AuthInvalidEntry, "capability", parsed)
}

/// A range of messages whose times are not in seconds.
pub(crate) fn range(range: Range) -> Argument<Range> {
    match range.check_times() {
        Ok(()) => Ok(range),
        Err((field, error)) => Err(ClientError::argument(field, error)),
    }
}

/// Refuses an end that is a time in seconds, or that has passed; `at` and `now` are Unix milliseconds.
pub(crate) fn end(field: &'static str, at: i64, now: i64) -> Argument<()> {
    check_time(Some(at)).map_err(|error| ClientError::argument(field, error))?;
    if at <= now {
        let problem = "has passed already; it is a time in Unix milliseconds";
        return Err(ClientError::argument(field, problem));
    }
    Ok(())
}

/// A private key.
pub fn identity(field: &'static str, bytes: &[u8]) -> Argument<Identity> {
    Ok(Identity::from_seed(&*array(field, bytes)?))
}

/// A symmetric key.
pub fn key(field: &'static str, bytes: &[u8]) -> Argument<Key> {
    Ok(Key::new(*array(field, bytes)?))
}

fn array(field: &'static str, bytes: &[u8]) -> Argument<Zeroizing<[u8; 32]>> {
    let array: [u8; 32] = bytes.try_into().map_err(|_| {
        ClientError::argument(field, format!("{} bytes, 32 are needed", bytes.len()))
    })?;
    Ok(Zeroizing::new(array))
}

/// A message of its texts, nothing checked.
pub fn message(body: MessageBody) -> Argument<Message> {
    Message::try_from(body).map_err(|error| ClientError::argument("message", error))
}
