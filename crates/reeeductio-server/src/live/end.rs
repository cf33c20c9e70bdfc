//! How a stream ends.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::StreamExt as _;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::STREAM_REFUSED;
use tokio::time::timeout;

/// How long a client has for the closing handshake.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

/// Why a stream ends.
pub(super) enum End {
    /// With a close code and a reason.
    Close(u16, &'static str),
    /// The client has gone, or takes nothing any more.
    Gone,
}

impl End {
    /// With the close code that stands for the HTTP status of an error, and its code as the reason.
    pub(super) fn refused(code: ErrorCode) -> Self {
        Self::Close(STREAM_REFUSED + code.status(), code.as_str())
    }

    /// Closes the socket, telling the client why.
    pub(super) async fn tell(self, socket: &mut WebSocket) {
        if let Self::Close(code, reason) = self {
            // A client that has gone does not hear it.
            let _gone = timeout(FAREWELL, Box::pin(farewell(socket, code, reason))).await;
        }
    }
}

/// Says goodbye and waits for the client's, which it would miss if the socket were closed before what
/// it sent was read.
async fn farewell(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    let said = socket.send(Message::Close(Some(frame))).await;
    if said.is_ok() {
        while let Some(Ok(_)) = socket.next().await {}
    }
}
