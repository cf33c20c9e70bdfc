//! Signing in to a stream by its first frame (spec/stream.md).

use std::time::Duration;

use reeeductio_proto::api::{StreamAuth, StreamFrame, StreamSubscription};

use crate::error::ClientError;
use crate::platform::{BoxFuture, within};
use crate::transport::{Bearer, Socket, TransportError};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The beginning of a stream, and all that it is to tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening<'a> {
    /// Begins after this cursor, unless it is empty.
    pub(crate) since: &'a str,
    /// Changes of data too. Needs no subscription.
    pub(crate) data: bool,
    /// This, and nothing else.
    pub(crate) subscribe: Option<&'a StreamSubscription>,
}

/// Signs in on a socket that has just been opened. The server sends nothing before it has accepted the token: its first frame
/// shows that it has.
pub(crate) async fn sign_in(
    mut socket: Box<dyn Socket>,
    bearer: &Bearer,
    opening: Opening<'_>,
) -> Result<Box<dyn Socket>, ClientError> {
    let auth = StreamFrame::Auth(StreamAuth {
        token: bearer.expose().to_owned(),
        since: opening.since.to_owned(),
        data: opening.data,
        subscribe: opening.subscribe.cloned(),
    });
    let frame =
        serde_json::to_string(&auth).map_err(|error| ClientError::argument("stream", error))?;
    let answer = async {
        socket.send(frame).await?;
        socket.next().await
    };
    let first = within(PATIENCE, answer)
        .await
        .ok_or(TransportError::Timeout)??
        .ok_or_else(|| TransportError::Failed("the server ended the stream at once".to_owned()))?;
    Ok(Box::new(SignedIn {
        first: Some(first),
        socket,
    }))
}

/// A socket whose first frame was read already.
struct SignedIn {
    first: Option<String>,
    socket: Box<dyn Socket>,
}

impl Socket for SignedIn {
    fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
        self.socket.send(text)
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
        Box::pin(async {
            // Nothing is waited for in between, so cancelling does not lose it.
            if let Some(first) = self.first.take() {
                return Ok(Some(first));
            }
            self.socket.next().await
        })
    }

    fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
        self.socket.close()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A server that says this next, or nothing.
    struct Said {
        next: Vec<Result<Option<String>, TransportError>>,
        sent: Arc<Mutex<Vec<String>>>,
    }

    impl Socket for Said {
        fn send(&mut self, text: String) -> BoxFuture<'_, Result<(), TransportError>> {
            self.sent.lock().unwrap().push(text);
            Box::pin(async { Ok(()) })
        }

        fn next(&mut self) -> BoxFuture<'_, Result<Option<String>, TransportError>> {
            match self.next.pop() {
                Some(said) => Box::pin(async { said }),
                None => Box::pin(std::future::pending()),
            }
        }

        fn close(&mut self) -> BoxFuture<'_, Result<(), TransportError>> {
            Box::pin(async { Ok(()) })
        }
    }

    async fn open(
        next: Vec<Result<Option<String>, TransportError>>,
    ) -> Result<(Box<dyn Socket>, Vec<String>), ClientError> {
        let sent = Arc::default();
        let said = Said {
            next,
            sent: Arc::clone(&sent),
        };
        let bearer = Bearer::new("SECRET".to_owned());
        let opening = Opening {
            since: "1.a",
            ..Opening::default()
        };
        let socket = sign_in(Box::new(said), &bearer, opening).await?;
        let sent = sent.lock().unwrap().clone();
        Ok((socket, sent))
    }

    #[tokio::test]
    async fn the_first_frame_that_comes_is_not_lost() {
        let text = |text: &str| Ok(Some(text.to_owned()));
        let (mut socket, sent) = open(vec![text("second"), text("first")]).await.unwrap();
        let auth = r#"{"type":"auth","token":"SECRET","since":"1.a"}"#;
        assert_eq!(sent, [auth]);
        // Cancelled before it was looked at.
        drop(socket.next());
        assert_eq!(socket.next().await.unwrap().unwrap(), "first");
        assert_eq!(socket.next().await.unwrap().unwrap(), "second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_accept_is_an_error_without_the_token() {
        for (answer, code) in [
            (vec![], "transport.timeout"),
            (vec![Ok(None)], "transport.failed"),
            (
                vec![Err(TransportError::Handshake(401))],
                "transport.handshake",
            ),
        ] {
            let error = open(answer).await.err().unwrap();
            assert_eq!(error.code_text(), code);
            assert!(!format!("{error} {error:?}").contains("SECRET"));
        }
    }
}
