//! The network, with a line about every request for who asked for it.

use futures_util::future::BoxFuture;
use reeeductio_client::transport::{Method, Request, Response, Socket, TransportError, Url};
use reeeductio_client::{Native, Transport};

use crate::report::Report;

/// The network, with a line about every request for who asked for it. Tokens and bodies are not in it.
#[derive(Debug)]
pub(crate) struct Traced {
    inner: Native,
    report: Report,
}

impl Traced {
    /// The network, traced if the report is verbose.
    pub(crate) fn new(inner: Native, report: Report) -> Self {
        Self { inner, report }
    }
}

impl Transport for Traced {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let method = match request.method {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        // The part after a question mark may be a token.
        let url = request.url.expose().split('?').next().unwrap_or_default();
        let what = format!("{method} {url}");
        Box::pin(async move {
            let outcome = self.inner.send(request).await;
            match &outcome {
                Ok(response) => self.report.detail(&format!("{what}: {}", response.status)),
                Err(error) => self.report.detail(&format!("{what}: {error}")),
            }
            outcome
        })
    }

    fn connect(
        &self,
        url: Url,
        protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        self.inner.connect(url, protocol)
    }
}
