//! Places in topics and in trees of paths.

use reeeductio_client::{ClientError, MessageId, PathPrefix, Place, Position, TopicId, argument};

use super::{Argument, text, wrong};
use crate::signature::Type;
use crate::value::Value;

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

/// `[hash, time]` of a message.
impl Argument for Position {
    const TYPE: Type = Type::Position;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let parts = match value {
            Value::List(parts) => parts,
            _ => Vec::new(),
        };
        let mut parts = parts.into_iter();
        let mut part = || parts.next().unwrap_or(Value::Absent);
        position(field, part(), part())
    }
}

/// The position of a message, from its two parts. The error names the argument: no message is missing.
fn position(field: &'static str, hash: Value, timestamp: Value) -> Result<Position, ClientError> {
    let hash = MessageId::check(field, hash);
    let (Ok(hash), Ok(timestamp)) = (hash, i64::check(field, timestamp)) else {
        return wrong(field, "the position of a message: its hash and its time");
    };
    Ok(Position { hash, timestamp })
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
    let position = match part() {
        Value::Absent | Value::Null => None,
        hash => Some(position(field, hash, part())?),
    };
    Ok((topic, position))
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
