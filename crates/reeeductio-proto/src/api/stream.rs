//! Frames that a client sends over the live stream once it signs in by the first (spec/stream.md).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::MemberId;
use crate::signal::Subject;
use crate::signature::Signature;

/// Newest version of the stream's protocol: what a token's claim `stream` says.
pub const STREAM_VERSION: u8 = 2;

/// Name of that version in `Sec-WebSocket-Protocol`.
pub const STREAM_PROTOCOL: &str = "reeeductio.stream.v2";

/// Added to an HTTP status, the close code of a stream that the server does not open or no longer serves.
pub const STREAM_REFUSED: u16 = 4000;

/// Element of a subscription that stands for all topics, or all subjects.
pub const ALL: &str = "*";

/// A text frame of a client, but for the bare `ping` and `pong` of the base protocol.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum StreamFrame {
    /// Signs in: the first frame, once.
    Auth(StreamAuth),
    /// Adds to what the stream tells.
    Subscribe(StreamSubscription),
    /// Takes away from what the stream tells.
    Unsubscribe(StreamSubscription),
    /// Says something to the members that are connected.
    Signal(SignalBody),
    /// Not known to this release, and ignored.
    Unknown,
}

/// A frame of a known type whose fields are not those of the type.
///
/// Says no more: a frame may hold a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the fields of a frame of this type are missing, too many times there, or of another kind")]
pub struct MalformedFrame;

impl StreamFrame {
    /// Reads a text frame. Text that is not a JSON object with a known `type` is [`Unknown`](Self::Unknown).
    pub fn read(text: &str) -> Result<Self, MalformedFrame> {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(borrow, rename = "type")]
            kind: Cow<'a, str>,
        }
        // The type first: a frame of an unknown one may hold anything.
        let Ok(Kind { kind }) = serde_json::from_str(text) else {
            return Ok(Self::Unknown);
        };
        let read = match &*kind {
            "auth" => serde_json::from_str(text).map(Self::Auth),
            "subscribe" => serde_json::from_str(text).map(Self::Subscribe),
            "unsubscribe" => serde_json::from_str(text).map(Self::Unsubscribe),
            "signal" => serde_json::from_str(text).map(Self::Signal),
            _ => Ok(Self::Unknown),
        };
        read.map_err(|_| MalformedFrame)
    }
}

/// The credential of a stream, and where it begins.
#[derive(Deserialize, Serialize)]
pub struct StreamAuth {
    /// A token of the space.
    pub token: String,
    /// Cursor of an earlier stream to go on after; empty to begin now.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// Whether changes of data are to be told too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub data: bool,
    /// All that is told; `None` for all topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<StreamSubscription>,
}

impl fmt::Debug for StreamAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamAuth")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// Topics, data and signals that a stream is to tell, or not to tell any more.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct StreamSubscription {
    /// Topic ids; [`ALL`] for all topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Prefixes of data paths; the empty one is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<String>,
    /// Subjects of signals; [`ALL`] for all subjects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// The members that are connected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub roster: bool,
    /// Items that are left in the member's own inbox.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbox: bool,
}

/// A signal, as its sender sends it. Nothing is verified yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SignalBody {
    /// Names the kind of signal.
    pub subject: Subject,
    /// The member that it is for; `None` for all.
    pub to: Option<MemberId>,
    /// Names the sender's session: 16 bytes in base64.
    pub session: String,
    /// Rises in the session.
    pub counter: u64,
    /// The sealed bytes in base64.
    pub sealed: String,
    /// The sender's, over [`signal_statement`](crate::signal_statement).
    pub signature: Signature,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_and_the_token_is_not_printed() {
        let check = |text: &str, printed: &str| {
            let frame = StreamFrame::read(text);
            assert_eq!(format!("{frame:?}"), printed, "{text}");
        };
        check(
            r#"{"type": "auth", "token": "SECRET", "since": "1.a", "later": [1]}"#,
            r#"Ok(Auth(StreamAuth { since: "1.a", .. }))"#,
        );
        check(
            r#"{"type": "auth", "token": "SECRET"}"#,
            r#"Ok(Auth(StreamAuth { since: "", .. }))"#,
        );
        check(
            r#"{"later": 1, "topics": ["a"], "type": "subscribe", "roster": true}"#,
            r#"Ok(Subscribe(StreamSubscription { topics: ["a"], data: [], signals: [], roster: true, inbox: false }))"#,
        );
        for unknown in [
            r#"{"type": "later", "topics": 1}"#,
            r#"{"token": "SECRET"}"#,
            r#"{"type": 1}"#,
            r#""SECRET""#,
            "ping",
            "",
        ] {
            check(unknown, "Ok(Unknown)");
        }
        for malformed in [
            r#"{"type": "auth"}"#,
            r#"{"type": "auth", "token": 1}"#,
            r#"{"type": "auth", "token": "SECRET", "token": "SECRET"}"#,
            r#"{"type": "subscribe", "topics": "a"}"#,
            r#"{"type": "unsubscribe", "roster": "yes"}"#,
            r#"{"type": "subscribe", "inbox": 1}"#,
            r#"{"type": "signal"}"#,
        ] {
            check(malformed, "Err(MalformedFrame)");
        }
    }

    #[test]
    fn a_stream_that_begins_now_names_no_cursor() {
        let auth = StreamAuth {
            token: "t".to_owned(),
            since: String::new(),
            data: false,
            subscribe: None,
        };
        let text = serde_json::to_string(&StreamFrame::Auth(auth)).unwrap();
        assert_eq!(text, r#"{"type":"auth","token":"t"}"#);
    }

    #[test]
    fn a_frame_is_read_as_it_is_written() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let frames = [
            StreamFrame::Unsubscribe(StreamSubscription {
                topics: names(&[ALL]),
                data: names(&["", "a/b"]),
                signals: names(&["typing"]),
                roster: false,
                inbox: true,
            }),
            StreamFrame::Signal(SignalBody {
                subject: Subject::parse("typing").unwrap(),
                to: Some(MemberId::user([1; 32])),
                session: "AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
                counter: u64::MAX,
                sealed: "MQ==".to_owned(),
                signature: Signature::from_bytes([2; 64]),
            }),
        ];
        for frame in frames {
            let text = serde_json::to_string(&frame).unwrap();
            let read = StreamFrame::read(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}
