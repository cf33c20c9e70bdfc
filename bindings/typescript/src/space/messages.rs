//! Messages.

use js_sys::{Array, Uint8Array};
use reeeductio_client::{ClientError, Range, VerifiedMessage, argument};
use reeeductio_core::OpenError;
use reeeductio_proto::{MessageId, encoding};
use wasm_bindgen::prelude::*;

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

/// The messages and whether the range holds more.
pub(super) fn page((messages, has_more): (Vec<VerifiedMessage>, bool)) -> Array {
    let messages: Array = messages
        .iter()
        .map(|message| record::message(message))
        .collect();
    Array::of2(&messages, &has_more.into())
}

pub(super) fn range(from: Option<f64>, to: Option<f64>, limit: usize) -> Range {
    Range {
        from: from.map(record::millis),
        to: to.map(record::millis),
        limit,
    }
}

#[wasm_bindgen]
impl Space {
    pub fn messages(
        &self,
        topic: &str,
        from: Option<f64>,
        to: Option<f64>,
        limit: usize,
    ) -> Result<Pending, Failure> {
        let (topic, range) = (argument::topic(topic)?, range(from, to, limit));
        Ok(self.begin(async move |space| Ok(page(space.believed_messages(&topic, range).await?))))
    }

    pub fn message(&self, topic: &str, hash: &str, cached: bool) -> Result<Pending, Failure> {
        let (topic, hash) = (argument::topic(topic)?, argument::message_hash(hash)?);
        Ok(self.begin(async move |space| {
            let message = if cached {
                space.message(&topic, hash).await?
            } else {
                space.fetch_message(&topic, hash).await?
            };
            Ok(record::message(&message))
        }))
    }

    /// `prev_hash` is absent to go behind the head, empty to be the first, or the id of the message before.
    pub fn post(
        &self,
        topic: &str,
        kind: String,
        data: Vec<u8>,
        prev_hash: Option<String>,
        sealed: bool,
    ) -> Result<Pending, Failure> {
        let topic = argument::topic(topic)?;
        let after = after(prev_hash.as_deref())?;
        Ok(self.begin_post(async move |space| match (after, sealed) {
            (None, false) => space.post_message(&topic, &kind, &data).await,
            (None, true) => space.post_encrypted_message(&topic, &kind, &data).await,
            (Some(after), false) => space.post_message_after(&topic, &kind, &data, after).await,
            (Some(after), true) => {
                space
                    .post_encrypted_message_after(&topic, &kind, &data, after)
                    .await
            }
        }))
    }

    /// The id of the topic's newest message; undefined while it is empty.
    pub fn head(&self, topic: &str) -> Result<Pending, Failure> {
        let topic = argument::topic(topic)?;
        Ok(self
            .begin(async move |space| Ok(space.head(&topic).await?.map(|hash| hash.to_string()))))
    }

    /// Opens a sealed message's base64 with the topic's key.
    #[wasm_bindgen(js_name = openData)]
    pub fn open_data(&self, topic: &str, data: &str) -> Result<Uint8Array, Failure> {
        let key = self.0.keys().topic(&argument::topic(topic)?);
        let sealed = encoding::decode(data).map_err(|_| ClientError::from(OpenError::Encoding))?;
        let plain = reeeductio_core::open(&key, &sealed).map_err(ClientError::from)?;
        Ok(record::bytes(&plain))
    }
}

/// Behind the head, or behind one message or none.
pub(super) fn after(prev_hash: Option<&str>) -> Result<Option<Option<MessageId>>, Failure> {
    Ok(match prev_hash {
        None => None,
        Some("") => Some(None),
        Some(hash) => Some(Some(argument::prev_hash(hash)?)),
    })
}
