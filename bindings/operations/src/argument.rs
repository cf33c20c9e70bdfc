//! Checking arguments by their types.

use std::mem::take;
use std::sync::Arc;

use reeeductio_client::{
    BlobId, Capability, ClientError, DataPath, Identity, InviteLink, Key, MemberId, MessageId,
    PathPrefix, Place, Position, SpaceId, StatePath, Store, TopicId, Transferred, argument,
};
use zeroize::Zeroizing;

use crate::signature::Type;
use crate::value::{Change, Progress, Source, Value};

/// The largest whole number that every number of JavaScript up to it can be told from.
const LARGEST_EXACT: u64 = 9_007_199_254_740_991;

/// A type of arguments.
pub(crate) trait Argument: Sized {
    /// Its type in a stub.
    const TYPE: Type;

    /// Checks a value. An error names `field`.
    fn check(field: &'static str, value: Value) -> Result<Self, ClientError>;
}

fn wrong<T>(field: &'static str, needed: &str) -> Result<T, ClientError> {
    Err(ClientError::Argument {
        field,
        message: format!("must be {needed}"),
    })
}

impl Argument for bool {
    const TYPE: Type = Type::Bool;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Bool(given) => Ok(given),
            _ => wrong(field, "true or false"),
        }
    }
}

impl Argument for String {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        text(field, value).map(|mut text| take(&mut *text))
    }
}

/// Text that is wiped when it is dropped.
impl Argument for Zeroizing<String> {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        text(field, value)
    }
}

fn text(field: &'static str, value: Value) -> Result<Zeroizing<String>, ClientError> {
    match value {
        Value::Text(text) => Ok(text),
        _ => wrong(field, "a string"),
    }
}

impl Argument for Vec<u8> {
    const TYPE: Type = Type::Bytes;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        bytes(field, value).map(|mut bytes| take(&mut *bytes))
    }
}

fn bytes(field: &'static str, value: Value) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => wrong(field, "bytes"),
    }
}

/// Bytes, or text as UTF-8.
pub(crate) struct Content(pub(crate) Vec<u8>);

impl Content {
    /// The bytes as they are; or sealed with `key`, by default the space's own.
    pub(crate) fn content<'a>(
        &'a self,
        sealed: bool,
        key: Option<&'a Key>,
    ) -> reeeductio_client::Content<'a> {
        match key {
            _ if !sealed => reeeductio_client::Content::Plain(&self.0),
            None => reeeductio_client::Content::Sealed(&self.0),
            Some(key) => reeeductio_client::Content::SealedWith(key, &self.0),
        }
    }
}

impl Argument for Content {
    const TYPE: Type = Type::Content;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Bytes(mut bytes) => Ok(Self(take(&mut *bytes))),
            Value::Text(mut text) => Ok(Self(take(&mut *text).into_bytes())),
            _ => wrong(field, "bytes or a string"),
        }
    }
}

/// A whole number that is not negative, up to `most`.
fn whole(field: &'static str, value: &Value, most: u64) -> Result<u64, ClientError> {
    let number = match *value {
        Value::Whole(number) => u64::try_from(number).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a whole number in range"
        )]
        Value::Number(number)
            if number.fract() == 0.0 && (0.0..=LARGEST_EXACT as f64).contains(&number) =>
        {
            Some(number as u64)
        }
        _ => None,
    };
    match number {
        Some(number) if number <= most => Ok(number),
        _ => wrong(field, &format!("a whole number from 0 to {most}")),
    }
}

impl Argument for u32 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let number = whole(field, &value, Self::MAX.into())?;
        Ok(Self::try_from(number).unwrap_or(Self::MAX))
    }
}

impl Argument for u64 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        whole(field, &value, LARGEST_EXACT)
    }
}

/// A time, Unix milliseconds, or a large count.
impl Argument for i64 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        if let Value::Whole(number) = value {
            return Ok(number);
        }
        let number = whole(field, &value, LARGEST_EXACT)?;
        Ok(Self::try_from(number).unwrap_or(Self::MAX))
    }
}

impl<T: Argument> Argument for Option<T> {
    const TYPE: Type = Type::Optional(&T::TYPE);

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Absent | Value::Null => Ok(None),
            given => T::check(field, given).map(Some),
        }
    }
}

impl<T: Argument> Argument for Box<T> {
    const TYPE: Type = T::TYPE;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        T::check(field, value).map(Self::new)
    }
}

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

/// Absent for after the newest message; none, or empty, for the first of a topic.
impl Argument for Place {
    const TYPE: Type = Type::Place;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Absent => Ok(Self::End),
            Value::Null => Ok(Self::After(None)),
            given => {
                let hash = text(field, given)?;
                Ok(Self::After(Some(argument::prev_hash(&hash)?)))
            }
        }
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

#[cfg(not(target_arch = "wasm32"))]
impl Argument for std::path::PathBuf {
    const TYPE: Type = Type::Path;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Text(text) => Ok(Self::from(text.as_str())),
            #[cfg(unix)]
            Value::Bytes(bytes) => {
                use std::os::unix::ffi::OsStringExt as _;
                Ok(std::ffi::OsString::from_vec(bytes.to_vec()).into())
            }
            _ => wrong(field, "a path"),
        }
    }
}

impl Argument for Box<dyn Source> {
    const TYPE: Type = Type::Source;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Source(source) => Ok(source),
            _ => wrong(field, "a file that can be read and sought"),
        }
    }
}

impl Argument for Arc<dyn Store> {
    const TYPE: Type = Type::Store;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Store(store) => Ok(store),
            _ => wrong(field, "a local store"),
        }
    }
}

/// Text of a link; `Debug` shows nothing of it.
impl Argument for InviteLink {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        Ok(Self::parse(&text(field, value)?)?)
    }
}

/// A function that is told how far a transfer is, if there is one.
pub(crate) struct Report(Option<Box<dyn Progress>>);

impl Report {
    /// The function that a transfer calls.
    pub(crate) fn function(mut self) -> impl FnMut(Transferred) + reeeductio_client::MaybeSend {
        move |transferred| {
            if let Some(progress) = &mut self.0 {
                progress.report(transferred);
            }
        }
    }
}

impl Argument for Report {
    const TYPE: Type = Type::Optional(&Type::Progress);

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Absent | Value::Null => Ok(Self(None)),
            Value::Progress(progress) => Ok(Self(Some(progress))),
            _ => wrong(field, "a function"),
        }
    }
}

/// `[hash, time]` of a message.
impl Argument for Position {
    const TYPE: Type = Type::Position;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let Value::List(parts) = value else {
            return wrong(field, "the position of a message");
        };
        let mut parts = parts.into_iter();
        let mut part = || parts.next().unwrap_or(Value::Absent);
        Ok(Self {
            hash: MessageId::check(field, part())?,
            timestamp: i64::check(field, part())?,
        })
    }
}

impl Argument for Box<dyn Change> {
    const TYPE: Type = Type::Change;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Change(change) => Ok(change),
            _ => wrong(field, "a function"),
        }
    }
}

impl Argument for PathPrefix {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let prefix = Self::parse(&text(field, value)?);
        prefix.map_err(|error| ClientError::Argument {
            field,
            message: error.to_string(),
        })
    }
}

/// The values of a space that an operation is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Values {
    /// The state.
    State,
    /// The data.
    Data,
    /// The user's own data.
    UserData,
}

/// `state`, `data` or `user_data`.
impl Argument for Values {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match text(field, value)?.as_str() {
            "state" => Ok(Self::State),
            "data" => Ok(Self::Data),
            "user_data" => Ok(Self::UserData),
            _ => wrong(field, "state, data or user_data"),
        }
    }
}

/// Topics that a stream follows, each with the message after which it begins.
pub(crate) struct Follow(pub(crate) Vec<(TopicId, Option<Position>)>);

impl Argument for Follow {
    const TYPE: Type = Type::Follow;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let topics = match value {
            Value::Absent | Value::Null => Vec::new(),
            Value::List(topics) => topics,
            _ => return wrong(field, "topics, each with a message or none"),
        };
        let each = topics.into_iter().map(|topic| followed(field, topic));
        each.collect::<Result<_, _>>().map(Self)
    }
}

/// `[topic]`, or `[topic, hash, time]`.
fn followed(field: &'static str, value: Value) -> Result<(TopicId, Option<Position>), ClientError> {
    let Value::List(parts) = value else {
        return wrong(field, "topics, each with a message or none");
    };
    let mut parts = parts.into_iter();
    let mut part = || parts.next().unwrap_or(Value::Absent);
    let topic = TopicId::check(field, part())?;
    let Some(hash) = Option::<Zeroizing<String>>::check(field, part())? else {
        return Ok((topic, None));
    };
    let position = Position {
        hash: argument::message_hash(&hash)?,
        timestamp: i64::check(field, part())?,
    };
    Ok((topic, Some(position)))
}
