//! Local stores that the TypeScript half gives: `IndexedDB`, a file, memory, or a program's own.

use std::fmt;
use std::sync::Arc;

use js_sys::Array;
use reeeductio_client::argument::{self, Argument};
use reeeductio_client::store::Stored;
use reeeductio_client::store::local::Batch;
use reeeductio_client::{LocalStore, Position, Range, StoreError};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{DataPath, Message, MessageId, SpaceId, TopicId};
use wasm_bindgen::prelude::*;

use crate::record;

#[wasm_bindgen]
extern "C" {
    /// Where a client keeps what it has seen: `LocalStore` of `ts/store.ts`, with arrays for records.
    #[derive(Clone)]
    pub type Shelf;
    #[wasm_bindgen(method, catch)]
    async fn save(
        this: &Shelf,
        space: &str,
        messages: Array,
        heads: Array,
        signed_times: Array,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn message(
        this: &Shelf,
        space: &str,
        topic: &str,
        hash: &str,
    ) -> Result<Option<Array>, JsValue>;
    /// Of those from `lowest` to `highest`, the first `limit`, or the last with the newest first.
    #[wasm_bindgen(method, catch)]
    async fn messages(
        this: &Shelf,
        space: &str,
        topic: &str,
        lowest: Option<f64>,
        highest: Option<f64>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn head(this: &Shelf, space: &str, topic: &str) -> Result<Option<Array>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = signedTime)]
    async fn signed_time(this: &Shelf, space: &str, path: &str) -> Result<Option<f64>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteMessages)]
    async fn delete_messages(
        this: &Shelf,
        space: &str,
        topic: Option<&str>,
        before: Option<f64>,
    ) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn count(this: &Shelf, space: Option<&str>) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn clear(this: &Shelf) -> Result<JsValue, JsValue>;
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

/// A store as the client takes it.
pub(crate) fn kept_in(shelf: Shelf) -> Arc<dyn LocalStore> {
    Arc::new(shelf)
}

impl LocalStore for Shelf {
    fn save<'a>(&'a self, space: &'a SpaceId, batch: Batch) -> Stored<'a, ()> {
        Box::pin(async move {
            let messages: Array = batch
                .messages
                .iter()
                .map(|message| record::message(message))
                .collect();
            let heads: Array = batch
                .heads
                .iter()
                .map(|(chain, head)| {
                    Array::of3(
                        &chain.topic.to_string().into(),
                        &head.hash.to_string().into(),
                        &record::time(head.timestamp),
                    )
                })
                .collect();
            let times: Array = batch
                .signed_times
                .iter()
                .map(|(path, time)| Array::of2(&path.to_string().into(), &record::time(*time)))
                .collect();
            Self::save(self, &space.to_string(), messages, heads, times)
                .await
                .map(drop)
                .map_err(failed)
        })
    }

    fn message<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        id: &'a MessageId,
    ) -> Stored<'a, Option<Message>> {
        Box::pin(async move {
            let found =
                Self::message(self, &space.to_string(), topic.as_str(), &id.to_string()).await;
            found
                .map_err(failed)?
                .map(|record| parse(&record))
                .transpose()
        })
    }

    fn messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        range: Range,
    ) -> Stored<'a, Vec<Message>> {
        Box::pin(async move {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a millisecond here or there past 285,000 years"
            )]
            let number = |time: i64| time as f64;
            let (lowest, highest) = (range.lowest().map(number), range.highest().map(number));
            let (limit, newest_first) = (range.limit, range.is_newest_first());
            let space = space.to_string();
            let found = Self::messages(
                self,
                &space,
                topic.as_str(),
                lowest,
                highest,
                limit,
                newest_first,
            )
            .await
            .map_err(failed)?;
            found
                .iter()
                .map(|record| parse(&Array::from(&record)))
                .collect()
        })
    }

    fn head<'a>(&'a self, space: &'a SpaceId, topic: &'a TopicId) -> Stored<'a, Option<Position>> {
        Box::pin(async move {
            let found = Self::head(self, &space.to_string(), topic.as_str()).await;
            let Some(head) = found.map_err(failed)? else {
                return Ok(None);
            };
            let hash = text(&head, 0)?;
            Ok(Some(Position {
                hash: argument::message_hash(&hash).map_err(damaged)?,
                timestamp: number(&head, 1)?,
            }))
        })
    }

    fn signed_time<'a>(
        &'a self,
        space: &'a SpaceId,
        path: &'a DataPath,
    ) -> Stored<'a, Option<i64>> {
        Box::pin(async move {
            let found = Self::signed_time(self, &space.to_string(), path.as_str()).await;
            Ok(found.map_err(failed)?.map(record::millis))
        })
    }

    fn delete_messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: Option<&'a TopicId>,
        before: Option<i64>,
    ) -> Stored<'a, u64> {
        Box::pin(async move {
            let topic = topic.map(TopicId::as_str);
            #[expect(clippy::cast_precision_loss, reason = "see `messages`")]
            let before = before.map(|time| time as f64);
            let deleted = Self::delete_messages(self, &space.to_string(), topic, before).await;
            Ok(counted(deleted.map_err(failed)?))
        })
    }

    fn count<'a>(&'a self, space: Option<&'a SpaceId>) -> Stored<'a, u64> {
        Box::pin(async move {
            let space = space.map(ToString::to_string);
            let count = Self::count(self, space.as_deref()).await;
            Ok(counted(count.map_err(failed)?))
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move { Self::clear(self).await.map(drop).map_err(failed) })
    }
}

fn parse(record: &Array) -> Result<Message, StoreError> {
    let body = MessageBody {
        message_hash: text(record, 0)?,
        topic_id: text(record, 1)?,
        kind: text(record, 2)?,
        sender: text(record, 3)?,
        signature: text(record, 4)?,
        data: text(record, 5)?,
        prev_hash: record.get(6).as_string(),
        server_timestamp: number(record, 7)?,
    };
    let parsed: Argument<Message> = argument::message(body);
    parsed.map_err(damaged)
}

fn text(record: &Array, index: u32) -> Result<String, StoreError> {
    record
        .get(index)
        .as_string()
        .ok_or_else(|| damaged(format!("field {index} of a record is not a text")))
}

fn number(record: &Array, index: u32) -> Result<i64, StoreError> {
    record
        .get(index)
        .as_f64()
        .map(record::millis)
        .ok_or_else(|| damaged(format!("field {index} of a record is not a number")))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count: nothing is lost that a person would count"
)]
fn counted(number: f64) -> u64 {
    number as u64
}

fn damaged(error: impl fmt::Display) -> StoreError {
    StoreError::Damaged(error.to_string())
}

/// What a store has thrown; with the code `store.damaged` it says that it holds what was never saved.
fn failed(thrown: JsValue) -> StoreError {
    let part = |name: &str| {
        js_sys::Reflect::get(&thrown, &name.into())
            .ok()?
            .as_string()
    };
    let message = part("message").unwrap_or_else(|| format!("{thrown:?}"));
    match part("code").as_deref() {
        Some("store.damaged") => StoreError::Damaged(message),
        _ => StoreError::Unavailable(message),
    }
}
