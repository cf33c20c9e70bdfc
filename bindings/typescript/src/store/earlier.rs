//! Records that an earlier release kept in `IndexedDB`, as the changes that keep them now.
//!
//! Their types are checked: another program may have written there.

use js_sys::{Array, Object};
use reeeductio_client::Position;
use reeeductio_client::store::Batch;
use reeeductio_client::store::records::{changes, format_record};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{ChainId, DataPath, Message, MessageId, SpaceId, TopicId};
use wasm_bindgen::prelude::*;

use super::change;
use crate::record;

/// Returns the change that says which format the others are of.
#[wasm_bindgen(js_name = formatChange)]
pub fn format_change() -> Object {
    change::object(format_record())
}

/// Returns the changes of a message, from its hash, topic, type, sender, signature, data, previous hash, time. None
/// unless its hash and signature are right.
#[wasm_bindgen(js_name = changesOfMessage)]
pub fn changes_of_message(space: JsValue, fields: JsValue) -> Option<Array> {
    let fields = fields.dyn_ref::<Array>()?;
    let text = |index| fields.get(index).as_string();
    let body = MessageBody {
        message_hash: text(0)?,
        topic_id: text(1)?,
        kind: text(2)?,
        sender: text(3)?,
        signature: text(4)?,
        data: text(5)?,
        prev_hash: text(6),
        server_timestamp: fields.get(7).as_f64().map(record::millis)?,
    };
    let space = SpaceId::parse(&space.as_string()?).ok()?;
    let message = Message::try_from(body).ok()?;
    message.verify_by_sender(&space).ok()?;
    let batch = Batch {
        messages: vec![message.into()],
        ..Batch::default()
    };
    Some(objects(&space, batch))
}

/// Returns the changes of a topic's head. None unless the fields parse.
#[wasm_bindgen(js_name = changesOfHead)]
pub fn changes_of_head(
    space: JsValue,
    topic: JsValue,
    hash: JsValue,
    time: JsValue,
) -> Option<Array> {
    let space = SpaceId::parse(&space.as_string()?).ok()?;
    let topic = TopicId::parse(&topic.as_string()?).ok()?;
    let position = Position {
        hash: MessageId::parse(&hash.as_string()?).ok()?,
        timestamp: time.as_f64().map(record::millis)?,
    };
    let batch = Batch {
        heads: vec![(ChainId::shared(topic), position)],
        ..Batch::default()
    };
    Some(objects(&space, batch))
}

/// Returns the changes of the newest signed time of a data path. None unless the fields parse.
#[wasm_bindgen(js_name = changesOfSignedTime)]
pub fn changes_of_signed_time(space: JsValue, path: JsValue, time: JsValue) -> Option<Array> {
    let space = SpaceId::parse(&space.as_string()?).ok()?;
    let path = DataPath::parse(&path.as_string()?).ok()?;
    let time = time.as_f64().map(record::millis)?;
    let batch = Batch {
        signed_times: vec![(path, time)],
        ..Batch::default()
    };
    Some(objects(&space, batch))
}

fn objects(space: &SpaceId, batch: Batch) -> Array {
    changes(space, batch)
        .into_iter()
        .map(change::object)
        .collect()
}
