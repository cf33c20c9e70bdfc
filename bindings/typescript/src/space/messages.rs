//! Messages.

use js_sys::{Array, Uint8Array};
use reeeductio_client::{
    ClientError, Content, Place, PostOptions, Range, VerifiedMessage, argument,
};
use reeeductio_core::OpenError;
use reeeductio_proto::encoding;
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
        Ok(self.begin(async move |space| Ok(page(space.topic(&topic).believed(range).await?))))
    }

    pub fn message(&self, topic: &str, hash: &str, cached: bool) -> Result<Pending, Failure> {
        let (topic, hash) = (argument::topic(topic)?, argument::message_hash(hash)?);
        Ok(self.begin(async move |space| {
            let message = if cached {
                space.topic(&topic).message(hash).await?
            } else {
                space.topic(&topic).fetch(hash).await?
            };
            Ok(record::message(&message))
        }))
    }

    /// `prev_hash` is absent to go after the head, empty to be the first, or the id of the message before.
    pub fn post(
        &self,
        topic: &str,
        kind: String,
        data: Vec<u8>,
        prev_hash: Option<String>,
        sealed: bool,
    ) -> Result<Pending, Failure> {
        let topic = argument::topic(topic)?;
        let place = place(prev_hash.as_deref())?;
        Ok(self.begin_post(async move |space| {
            let content = if sealed {
                Content::Sealed(&data)
            } else {
                Content::Plain(&data)
            };
            let options = PostOptions { kind: &kind, place };
            space.topic(&topic).post(content, options).await
        }))
    }

    /// The id of the topic's newest message; undefined while it is empty.
    pub fn head(&self, topic: &str) -> Result<Pending, Failure> {
        let topic = argument::topic(topic)?;
        Ok(self.begin(async move |space| {
            Ok(space
                .topic(&topic)
                .head()
                .await?
                .map(|hash| hash.to_string()))
        }))
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

/// After the newest message, or after the one that a program names; an empty hash is none.
pub(super) fn place(prev_hash: Option<&str>) -> Result<Place, Failure> {
    Ok(match prev_hash {
        None => Place::End,
        Some("") => Place::After(None),
        Some(hash) => Place::After(Some(argument::prev_hash(hash)?)),
    })
}
