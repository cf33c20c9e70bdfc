//! Cursors: where a stream can be resumed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use reeeductio_proto::{ErrorCode, EventPosition, MessageId, SpaceId, encoding};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Secret;
use crate::refusal::Refusal;

const TAG: usize = 8;

/// A message of a space, by its number and a tag of what it was: after a restore the number may be that of another message.
/// Changes of data have no cursors: the newest one of a path takes the place of the others, which could then not be found any
/// more. A stream that is resumed tells again what changed since the message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cursor {
    /// Number of the message, 0 before the first.
    pub(crate) event: u64,
    tag: [u8; TAG],
}

/// Makes the tags of cursors. They are keyed, since a cursor may name a message that its holder may not read.
#[derive(Clone)]
pub(crate) struct CursorKey(Hmac<Sha256>);

impl Cursor {
    /// Reads a text that a stream has sent; `None` if none can have.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (event, tag) = text.split_once('.')?;
        Some(Self {
            event: event.parse().ok()?,
            tag: encoding::decode_url(tag)?.try_into().ok()?,
        })
    }
}

impl Cursor {
    /// Where the events after it begin.
    pub(super) fn position(self) -> EventPosition {
        EventPosition {
            message: self.event,
            change: 0,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event, URL_SAFE_NO_PAD.encode(self.tag))
    }
}

impl CursorKey {
    /// Derives the key from the token secret, which servers on one store share.
    pub(crate) fn new(secret: &Secret) -> Result<Self, Refusal> {
        let unusable =
            |error: &dyn fmt::Display| Refusal::new(ErrorCode::Internal, error.to_string());
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, secret.expose_secret())
            .expand(b"reeeductio/stream-cursor-key/v1", &mut *key)
            .map_err(|error| unusable(&error))?;
        let mac = Hmac::new_from_slice(&*key).map_err(|error| unusable(&error))?;
        Ok(Self(mac))
    }

    /// The cursor before the first message of a space.
    pub(super) fn beginning(&self, space: SpaceId) -> Cursor {
        self.cursor(space, 0, None)
    }

    /// The cursor at a message, the `event`th of its space.
    pub(super) fn at(&self, space: SpaceId, event: u64, message: MessageId) -> Cursor {
        self.cursor(space, event, Some(message))
    }

    fn cursor(&self, space: SpaceId, event: u64, message: Option<MessageId>) -> Cursor {
        let mut mac = self.0.clone();
        // Fixed lengths: 32, 8, and 33 or nothing.
        mac.update(space.as_bytes());
        mac.update(&event.to_be_bytes());
        if let Some(message) = message {
            mac.update(&message.to_bytes());
        }
        let mut tag = [0; TAG];
        for (to, from) in tag.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
        Cursor { event, tag }
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}

/// Cursor of a stream that can be resumed, and how much of it the client was told.
#[derive(Debug)]
pub(super) struct Told {
    /// At the last message that was sent or withheld.
    cursor: Cursor,
    /// Number of the message whose cursor was sent last.
    sent: u64,
    /// Content of the first frame; `None` once the client was told.
    hello: Option<Hello>,
}

/// Content of the first frame beside the cursor.
#[derive(Debug)]
struct Hello {
    /// Whether the stream goes on after the cursor that the client named.
    resumed: bool,
    /// The newest checkpoint.
    checkpoint: Option<String>,
}

impl Told {
    pub(super) fn new(cursor: Cursor, resumed: bool) -> Self {
        Self {
            cursor,
            sent: cursor.event,
            hello: Some(Hello {
                resumed,
                checkpoint: None,
            }),
        }
    }

    /// Adds the newest checkpoint, a signed note, to the first frame.
    pub(super) fn with_checkpoint(&mut self, note: String) {
        if let Some(hello) = &mut self.hello {
            hello.checkpoint = Some(note);
        }
    }

    pub(super) fn reach(&mut self, cursor: Cursor) {
        self.cursor = cursor;
    }

    /// The first frame of the stream, once.
    pub(super) fn hello(&mut self) -> Option<Bytes> {
        let Hello {
            resumed,
            checkpoint,
        } = self.hello.take()?;
        let cursor = self.cursor;
        let checkpoint = checkpoint.map_or_else(String::new, |note| {
            format!(r#", "checkpoint": {}"#, serde_json::Value::from(note))
        });
        let text = format!(
            r#"{{"type": "hello", "cursor": "{cursor}", "resumed": {resumed}{checkpoint}}}"#
        );
        Some(text.into())
    }

    /// The frame that tells of the cursor, if it has moved since the last one.
    pub(super) fn news(&mut self) -> Option<Bytes> {
        let cursor = self.cursor;
        if self.sent == cursor.event {
            return None;
        }
        self.sent = cursor.event;
        Some(format!(r#"{{"type": "cursor", "cursor": "{cursor}"}}"#).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CursorKey {
        CursorKey::new(&Secret::from(vec![7; 32])).unwrap()
    }

    fn cursor(space: u8, event: u64, message: &[u8]) -> Cursor {
        let space = SpaceId::from_public_key([space; 32]);
        key().cursor(space, event, Some(MessageId::of(message)))
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for cursor in [cursor(1, 0, b""), cursor(1, u64::MAX, b"a")] {
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
    }

    #[test]
    fn a_cursor_differs_by_space_event_and_message() {
        let one = cursor(1, 1, b"a");
        assert_eq!(one, cursor(1, 1, b"a"));
        for other in [cursor(2, 1, b"a"), cursor(1, 2, b"a"), cursor(1, 1, b"b")] {
            assert_ne!(one.tag, other.tag);
        }
    }

    #[test]
    fn what_no_stream_sends_is_no_cursor() {
        for text in [
            "",
            ".",
            "1",
            "1.",
            "x.AAAAAAAAAAA",
            "-1.AAAAAAAAAAA",
            "1.AAAA",
            "1.AAAAAAAAAAAAAAAA",
            "1.!!!!!!!!!!!",
            "18446744073709551616.AAAAAAAAAAA",
        ] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
