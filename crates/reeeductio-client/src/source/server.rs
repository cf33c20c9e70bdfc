//! A server, by the routes of the base protocol.

use std::sync::Arc;

use reeeductio_core::replica::Range;
use reeeductio_proto::api::{
    DataBody, DataItem, DataList, DataReplacement, DataStored, HeadBody, MessageBody,
    MessageCreated, PostMessage,
};
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, ErrorCode, MemberId, Message, MessageId, PathPrefix, Position,
    Signature,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    Answered, NO_LISTING, Pushed, RawDataPage, RawPage, Source, StreamCursor, Subscription,
};
use crate::connection::Connection;
use crate::error::ClientError;
use crate::platform::now;
use crate::stream_sign_in::Opening;
use crate::transport::{Method, Socket};

/// Entries asked for at a time.
const DATA_PAGE: usize = 1000;

/// The refusal to read a space with a policy as one without.
const HAS_POLICY: &str = "has a policy; open it with PolicySpace";

/// A page, with a field that only pages of spaces with a policy have.
#[derive(Deserialize)]
struct Page {
    messages: Vec<MessageBody>,
    has_more: bool,
    #[serde(default)]
    proof: Option<IgnoredAny>,
}

/// The part of a server that serves one space.
#[derive(Debug)]
pub(crate) struct Server(Arc<Connection>);

impl Server {
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }
}

impl Source for Server {
    fn page<'a>(&'a self, chain: &'a ChainId, range: Range) -> Answered<'a, RawPage> {
        Box::pin(async move {
            let path = format!("topics/{}/messages?{}", chain.topic, query(range));
            let body: Page = self.0.get(&path).await?;
            // Whatever the server says here, nothing is believed of it: a handle on a space without a policy reads nothing else.
            if body.proof.is_some() {
                return Err(ClientError::argument("space", HAS_POLICY));
            }
            let messages = body
                .messages
                .into_iter()
                .map(read_message)
                .collect::<Result<Vec<_>, _>>()?;
            Ok(RawPage {
                messages,
                has_more: body.has_more,
            })
        })
    }

    fn message<'a>(&'a self, chain: &'a ChainId, id: &'a MessageId) -> Answered<'a, Message> {
        Box::pin(async move {
            let path = format!("topics/{}/messages/{id}", chain.topic);
            let body: MessageBody = self.0.get(&path).await?;
            read_message(body)
        })
    }

    fn append<'a>(&'a self, message: &'a Message) -> Answered<'a, Position> {
        Box::pin(async move {
            let body = PostMessage::from(message);
            let path = format!("topics/{}/messages", message.topic_id);
            let created: MessageCreated = self.0.submit(Method::Post, &path, &body).await?;
            let stored = HeadBody {
                message_hash: created.message_hash,
                server_timestamp: created.server_timestamp,
            };
            read_position("message_hash", &stored)
        })
    }

    fn data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, DataEntry> {
        Box::pin(async move {
            let body: DataBody = self.0.get(&data_path(path)).await?;
            read_entry(path, body)
        })
    }

    fn data_below<'a>(
        &'a self,
        prefix: &'a PathPrefix,
        after: Option<&'a str>,
    ) -> Answered<'a, RawDataPage> {
        Box::pin(async move {
            let mut path = format!(
                "entries?limit={DATA_PAGE}&prefix={}",
                escaped(&prefix.to_string())
            );
            if let Some(after) = after {
                path = format!("{path}&after={}", escaped(after));
            }
            let page: DataList = self.0.get(&path).await.map_err(unsupported)?;
            let entries = page.entries.into_iter().map(|item| {
                let path = DataPath::parse(&item.path);
                let path = path.map_err(|error| ClientError::answer("path", error))?;
                read_entry(&path, item.entry)
            });
            Ok(RawDataPage {
                entries: entries.collect::<Result<_, _>>()?,
                next: page.next,
            })
        })
    }

    fn replace_data<'a>(
        &'a self,
        path: &'a DataPath,
        replacement: &'a DataReplacement,
    ) -> Answered<'a, ()> {
        Box::pin(async move {
            let path = format!("entries/{}", escaped(path.as_str()));
            let stored = self.0.submit(Method::Put, &path, replacement).await;
            let _stored: DataStored = stored.map_err(unsupported)?;
            Ok(())
        })
    }

    fn put_data<'a>(&'a self, path: &'a DataPath, entry: &'a DataBody) -> Answered<'a, ()> {
        Box::pin(async move {
            let path = data_path(path);
            let _stored: DataStored = self.0.submit(Method::Put, &path, entry).await?;
            Ok(())
        })
    }

    fn delete_data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, ()> {
        Box::pin(async move { self.0.delete(&data_path(path)).await })
    }

    fn subscribe<'a>(
        &'a self,
        since: Option<&'a StreamCursor>,
        data: bool,
    ) -> Answered<'a, Box<dyn Subscription>> {
        Box::pin(async move {
            let opening = Opening {
                since: since.map_or("", StreamCursor::as_str),
                data,
                subscribe: None,
            };
            let socket = self.0.open_stream(opening).await?;
            Ok(Box::new(Stream(socket)) as Box<dyn Subscription>)
        })
    }

    fn now(&self) -> Answered<'_, i64> {
        Box::pin(async move {
            if let Some(now) = self.0.server_time() {
                return Ok(now);
            }
            // Signing in tells, and is needed anyway.
            self.0.bearer().await?;
            // A token of another kind than servers give says nothing: then this machine's clock is the best guess there is.
            Ok(self.0.server_time().unwrap_or_else(now))
        })
    }

    fn ask_now(&self) -> Answered<'_, i64> {
        Box::pin(async move {
            self.0.renew().await?;
            Ok(self.0.server_time().unwrap_or_else(now))
        })
    }

    fn reached(&self) -> Option<i64> {
        self.0.server_time_reached()
    }
}

struct Stream(Box<dyn Socket>);

impl Subscription for Stream {
    fn next(&mut self) -> Answered<'_, Option<Pushed>> {
        Box::pin(async move {
            loop {
                let Some(text) = self.0.next().await? else {
                    return Ok(None);
                };
                match parse(&text)? {
                    Some(Pushed::Ping) => {
                        self.0.send("pong".to_owned()).await?;
                        return Ok(Some(Pushed::Ping));
                    }
                    Some(pushed) => return Ok(Some(pushed)),
                    None => {}
                }
            }
        })
    }

    fn close(&mut self) -> Answered<'_, ()> {
        Box::pin(async move { Ok(self.0.close().await?) })
    }
}

/// Messages have a `message_hash`; everything else is between the two ends of the connection (wire.md 10).
fn parse(text: &str) -> Result<Option<Pushed>, ClientError> {
    let frame: Value = match serde_json::from_str(text) {
        Ok(frame) => frame,
        // `pong`, in answer to a bare `ping`.
        Err(_) if text == "pong" => return Ok(None),
        Err(error) => return Err(ClientError::answer("frame", error)),
    };
    if frame.get("message_hash").is_some() {
        let body: MessageBody =
            serde_json::from_value(frame).map_err(|error| ClientError::answer("frame", error))?;
        return Ok(Some(Pushed::Message(Box::new(read_message(body)?))));
    }
    let frame = match frame.get("type").and_then(Value::as_str) {
        Some("data") => return read_pushed_entry(frame).map(Some),
        Some("data_removed") => return read_removal(&frame).map(Some),
        _ => frame,
    };
    let cursor = || StreamCursor::new(frame.get("cursor")?.as_str()?);
    let resumed = || frame.get("resumed").and_then(Value::as_bool);
    Ok(match frame.get("type").and_then(Value::as_str) {
        Some("ping") => Some(Pushed::Ping),
        Some("hello") => cursor().map(|cursor| Pushed::Hello {
            cursor,
            resumed: resumed().unwrap_or_default(),
        }),
        Some("cursor") => cursor().map(Pushed::Cursor),
        _ => None,
    })
}

fn read_pushed_entry(frame: Value) -> Result<Pushed, ClientError> {
    let item: DataItem =
        serde_json::from_value(frame).map_err(|error| ClientError::answer("frame", error))?;
    let path =
        DataPath::parse(&item.path).map_err(|error| ClientError::answer("frame.path", error))?;
    Ok(Pushed::Data(Box::new(read_entry(&path, item.entry)?)))
}

fn read_removal(frame: &Value) -> Result<Pushed, ClientError> {
    let path = frame
        .get("path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let path = DataPath::parse(path).map_err(|error| ClientError::answer("frame.path", error))?;
    let signed_at = frame.get("signed_at").and_then(Value::as_i64);
    let signed_at =
        signed_at.ok_or_else(|| ClientError::answer("frame.signed_at", "is not a time"))?;
    Ok(Pushed::DataRemoved { path, signed_at })
}

fn query(range: Range) -> String {
    let mut query = format!("limit={}", range.limit);
    for (name, value) in [("from", range.from), ("to", range.to)] {
        if let Some(value) = value {
            query = format!("{query}&{name}={value}");
        }
    }
    query
}

fn read_message(body: MessageBody) -> Result<Message, ClientError> {
    Message::try_from(body).map_err(|error| ClientError::answer("message", error))
}

/// A position as servers write it, in `field`.
pub(crate) fn read_position(field: &str, body: &HeadBody) -> Result<Position, ClientError> {
    Ok(Position {
        hash: MessageId::parse(&body.message_hash)
            .map_err(|error| ClientError::answer(field, error))?,
        timestamp: body.server_timestamp,
    })
}

fn read_entry(path: &DataPath, body: DataBody) -> Result<DataEntry, ClientError> {
    Ok(DataEntry {
        path: path.clone(),
        signature: Signature::parse(&body.signature)
            .map_err(|error| ClientError::answer("signature", error))?,
        signed_by: MemberId::parse(&body.signed_by)
            .map_err(|error| ClientError::answer("signed_by", error))?,
        signed_at: body.signed_at,
        data: body.data,
    })
}

/// The route of an entry.
fn data_path(path: &DataPath) -> String {
    format!("data/{}", escaped(path.as_str()))
}

/// A path or a cursor in a URL. Paths may hold what URLs may not: all but the plainest characters are escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => {
                escaped.push('%');
                for half in [byte >> 4, byte & 15] {
                    escaped.extend(char::from_digit(u32::from(half), 16));
                }
            }
        }
    }
    escaped
}

/// The refusal of a server that does not know a route.
fn unsupported(error: ClientError) -> ClientError {
    let known = error.code() == Some(ErrorCode::SpaceUnknown);
    let status = match &error {
        ClientError::Foreign { status } => Some(*status),
        other => other.status(),
    };
    match status {
        Some(404 | 405) if !known => ClientError::Unsupported(NO_LISTING),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_frames_are_told_apart_and_unknown_ones_ignored() {
        let read = |text: &str| format!("{:?}", parse(text).unwrap());
        assert_eq!(read(r#"{"type": "ping"}"#), "Some(Ping)");
        let hello = r#"Some(Hello { cursor: StreamCursor("1.a"), resumed: true })"#;
        let text = r#"{"type": "hello", "cursor": "1.a", "resumed": true}"#;
        assert_eq!(read(text), hello);
        let cursor = r#"Some(Cursor(StreamCursor("2.b")))"#;
        assert_eq!(read(r#"{"type": "cursor", "cursor": "2.b"}"#), cursor);
        for unknown in [
            "pong",
            "{}",
            "[]",
            r#"{"type": "roster"}"#,
            r#"{"type": "hello", "resumed": true}"#,
            r#"{"type": "cursor", "cursor": "a&b"}"#,
        ] {
            assert_eq!(read(unknown), "None", "{unknown}");
        }
    }

    #[test]
    fn paths_are_escaped_for_urls() {
        let check = |path: &str, expected: &str| {
            assert_eq!(data_path(&DataPath::parse(path).unwrap()), expected);
        };
        check("presence/alice", "data/presence/alice");
        check("we ird@~x/..x", "data/we%20ird%40~x/..x");
        check("100%/a?b#c", "data/100%25/a%3fb%23c");
        check("ü", "data/%c3%bc");
    }
}
