//! Messages as they are stored.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use reeeductio_proto::Message;
use reeeductio_proto::api::MessageBody;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};

use super::Space;
use crate::error::ClientError;
use crate::platform::tls;

/// Messages of a space as they are stored.
#[derive(Debug)]
pub struct LiveMessages {
    space: reeeductio_proto::SpaceId,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Space {
    /// Opens the live stream: every message stored from now on that this member may read.
    pub async fn live(&self) -> Result<LiveMessages, ClientError> {
        let base = match self.base_url.split_once("://") {
            Some(("http", rest)) => format!("ws://{rest}"),
            Some(("https", rest)) => format!("wss://{rest}"),
            _ => {
                return Err(ClientError::Argument {
                    field: "base_url",
                    message: "must begin with http:// or https://".to_owned(),
                });
            }
        };
        let url = format!(
            "{base}/spaces/{}/stream?token={}",
            self.id,
            self.token().await?
        );
        let connector = Connector::Rustls(Arc::new(tls()?));
        let (socket, _) = connect_async_tls_with_config(url, None, true, Some(connector))
            .await
            .map_err(|error| ClientError::Network(error.to_string()))?;
        Ok(LiveMessages {
            space: self.id,
            socket,
        })
    }
}

impl LiveMessages {
    /// The next message, its hash and signature checked; `None` when the server has ended the stream.
    pub async fn next(&mut self) -> Result<Option<Message>, ClientError> {
        loop {
            match self.socket.next().await {
                None | Some(Ok(Frame::Close(_))) => return Ok(None),
                Some(Err(error)) => return Err(ClientError::Network(error.to_string())),
                Some(Ok(Frame::Text(text))) => {
                    // Anything without a message's keys is a control frame.
                    let Ok(body) = serde_json::from_str::<MessageBody>(&text) else {
                        continue;
                    };
                    let message = Message::try_from(body)
                        .map_err(|error| ClientError::Answer(error.to_string()))?;
                    message
                        .verify_by_sender(&self.space)
                        .map_err(|error| ClientError::Forged(error.to_string()))?;
                    return Ok(Some(message));
                }
                Some(Ok(_)) => {}
            }
        }
    }

    /// Ends the stream.
    pub async fn close(mut self) -> Result<(), ClientError> {
        self.socket
            .close(None)
            .await
            .map_err(|error| ClientError::Network(error.to_string()))?;
        let _flushed = self.socket.flush().await;
        Ok(())
    }
}
