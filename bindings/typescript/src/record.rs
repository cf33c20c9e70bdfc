//! Records of the client, as arrays in the order that the TypeScript half gives names to.

use js_sys::{Array, Uint8Array};
use reeeductio_client::Position;
use reeeductio_proto::{DataEntry, Message};
use wasm_bindgen::JsValue;

/// Hash, topic, type, sender, signature, data, previous hash, time.
pub(crate) fn message(message: &Message) -> Array {
    Array::of(&[
        message.message_hash.to_string().into(),
        message.topic_id.to_string().into(),
        message.kind.as_str().into(),
        message.sender.to_string().into(),
        message.signature.to_string().into(),
        message.data.as_str().into(),
        message
            .prev_hash
            .map_or(JsValue::NULL, |hash| hash.to_string().into()),
        time(message.server_timestamp),
    ])
}

/// Hash, time.
pub(crate) fn posted(posted: &Position) -> Array {
    Array::of2(&posted.hash.to_string().into(), &time(posted.timestamp))
}

/// Path, data, signer, signature, time.
pub(crate) fn entry(entry: &DataEntry) -> Array {
    Array::of5(
        &entry.path.to_string().into(),
        &entry.data.as_str().into(),
        &entry.signed_by.to_string().into(),
        &entry.signature.to_string().into(),
        &time(entry.signed_at),
    )
}

pub(crate) fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

/// Milliseconds: exact in a JavaScript number for 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn time(millis: i64) -> JsValue {
    (millis as f64).into()
}

/// Milliseconds from a number; what is no whole number is cut, what is out of range is the nearest in it.
#[expect(clippy::cast_possible_truncation, reason = "that is what is meant")]
pub(crate) fn millis(number: f64) -> i64 {
    number as i64
}
