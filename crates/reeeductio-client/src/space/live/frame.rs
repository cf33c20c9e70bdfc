//! Frames of the stream (wire.md 10).

use reeeductio_proto::Message;
use reeeductio_proto::api::MessageBody;
use serde_json::Value;

use crate::error::ClientError;
use crate::space::messages::read_message;

pub(super) enum Parsed {
    Message(Box<Message>),
    Other,
    Ping,
}

/// Messages have a `message_hash`; everything else is between the two ends of the connection.
pub(super) fn parse(text: &str) -> Result<Parsed, ClientError> {
    let frame: Value = match serde_json::from_str(text) {
        Ok(frame) => frame,
        // `pong`, in answer to a bare `ping`.
        Err(_) if text == "pong" => return Ok(Parsed::Other),
        Err(error) => return Err(ClientError::answer("frame", error)),
    };
    if frame.get("message_hash").is_some() {
        let body: MessageBody =
            serde_json::from_value(frame).map_err(|error| ClientError::answer("frame", error))?;
        return Ok(Parsed::Message(Box::new(read_message(body)?)));
    }
    match frame.get("type").and_then(Value::as_str) {
        Some("ping") => Ok(Parsed::Ping),
        _ => Ok(Parsed::Other),
    }
}
