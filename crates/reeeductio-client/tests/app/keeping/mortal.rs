//! The network of a program that ends at one of its requests.

use std::fmt;
use std::sync::Mutex;

use reeeductio_client::transport::{
    Native, Request, Response, Socket, Timeouts, Transport, TransportError, Url,
};
use reeeductio_client::{BoxFuture, ClientError};
use tokio::sync::watch;

/// Where a request fails at which the program ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// The server never hears of it.
    Before,
    /// The server has done it, and its answer is lost.
    After,
}

/// The network of a program that ends at one of its requests, and reaches nothing from then on.
pub(crate) struct Mortal {
    native: Native,
    end: End,
    /// Requests before the last one; `None` as long as they are not counted.
    left: Mutex<Option<usize>>,
    last: Mutex<Option<String>>,
    is_dead: watch::Sender<bool>,
}

impl Mortal {
    /// A network that fails when [`arm`](Self::arm) has said where.
    pub(crate) fn new(end: End) -> Self {
        Self {
            native: Native::new(Timeouts::default()).unwrap(),
            end,
            left: Mutex::default(),
            last: Mutex::default(),
            is_dead: watch::Sender::new(false),
        }
    }

    /// Ends the program at the request after `left` others.
    pub(crate) fn arm(&self, left: usize) {
        *self.left.lock().unwrap() = Some(left);
    }

    /// Does something until it is done or the program ends. Returns the request at which it did.
    pub(crate) async fn run<T>(
        &self,
        act: impl Future<Output = Result<T, ClientError>>,
    ) -> Option<String> {
        let mut dead = self.is_dead.subscribe();
        tokio::select! {
            biased;
            _ = dead.wait_for(|is_dead| *is_dead) => {}
            done = act => {
                if !*self.is_dead.borrow() {
                    let _done = done.unwrap();
                }
            }
        }
        self.last.lock().unwrap().clone()
    }

    /// Counts a request. Returns whether it is the last one.
    fn is_last(&self, request: &str) -> bool {
        let mut left = self.left.lock().unwrap();
        match &mut *left {
            None => false,
            Some(0) => {
                *left = None;
                *self.last.lock().unwrap() = Some(request.to_owned());
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }

    async fn pass<T>(
        &self,
        request: &str,
        sent: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        // Not worth another attempt.
        let gone = || Err(TransportError::Timeout);
        if *self.is_dead.borrow() {
            return gone();
        }
        if !self.is_last(request) {
            return sent.await;
        }
        if self.end == End::After {
            let _lost = sent.await?;
        }
        self.is_dead.send_replace(true);
        gone()
    }
}

impl Transport for Mortal {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let url = request.url.expose();
        let route = url.split('/').skip(5).collect::<Vec<_>>().join("/");
        let route = route.split('?').next().unwrap_or_default();
        let line = format!("{:?} {route}", request.method);
        Box::pin(async move { self.pass(&line, self.native.send(request)).await })
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(self.pass("Connect", self.native.connect(url, protocol)))
    }
}

impl fmt::Debug for Mortal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mortal")
    }
}
