//! The live stream's sign-in by its first frame (spec/stream.md).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Newest version of the stream's protocol: what a token's claim `stream` says.
pub const STREAM_VERSION: u8 = 2;

/// Name of that version in `Sec-WebSocket-Protocol`.
pub const STREAM_PROTOCOL: &str = "reeeductio.stream.v2";

/// Added to an HTTP status, the close code of a stream that the server does not open or no longer serves.
pub const STREAM_REFUSED: u16 = 4000;

/// A text frame of a client, but for the bare `ping` and `pong` of the base protocol.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum StreamFrame {
    /// Signs in: the first frame, once.
    Auth(StreamAuth),
    /// Not known to this release, and ignored.
    #[serde(other)]
    Unknown,
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
}

impl fmt::Debug for StreamAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamAuth")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart_and_the_token_is_not_printed() {
        let check = |text: &str, printed: &str| {
            let frame: StreamFrame = serde_json::from_str(text).unwrap();
            assert_eq!(format!("{frame:?}"), printed);
        };
        check(
            r#"{"type": "auth", "token": "SECRET", "since": "1.a", "later": [1]}"#,
            r#"Auth(StreamAuth { since: "1.a", .. })"#,
        );
        check(
            r#"{"type": "auth", "token": "SECRET"}"#,
            r#"Auth(StreamAuth { since: "", .. })"#,
        );
        check(r#"{"type": "subscribe", "token": "SECRET"}"#, "Unknown");
        for none in [
            r#"{"type": "auth"}"#,
            r#"{"type": "auth", "token": 1}"#,
            r#"{"token": "SECRET"}"#,
            r#""SECRET""#,
            "ping",
            "",
        ] {
            assert!(serde_json::from_str::<StreamFrame>(none).is_err());
        }
    }

    #[test]
    fn a_stream_that_begins_now_names_no_cursor() {
        let auth = StreamAuth {
            token: "t".to_owned(),
            since: String::new(),
            data: false,
        };
        let text = serde_json::to_string(&StreamFrame::Auth(auth)).unwrap();
        assert_eq!(text, r#"{"type":"auth","token":"t"}"#);
    }
}
