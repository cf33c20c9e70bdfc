//! One part of a server, and requests to it that need nobody to be signed in.

use std::sync::Arc;

use reeeductio_proto::api::STREAM_PROTOCOL;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::read;
use crate::error::ClientError;
use crate::stream_sign_in::{Opening, sign_in};
use crate::transport::{Bearer, Body, Method, Request, Response, Socket, Transport, Url};

/// The published server tells all of a space's messages, and nothing else.
pub(crate) const NO_SUBSCRIPTIONS: &str =
    "signals and presence need a server that has subscriptions on streams";

/// One part of a server.
#[derive(Debug)]
pub(crate) struct Endpoint {
    transport: Arc<dyn Transport>,
    /// Address of the server and of the part, without a slash at the end.
    root: String,
}

impl Endpoint {
    /// The part `part` of the server at `base_url`.
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        base_url: &str,
        part: &str,
    ) -> Result<Self, ClientError> {
        let base_url = base_url.trim_end_matches('/');
        check_address(base_url)?;
        Ok(Self {
            transport,
            root: format!("{base_url}/{part}"),
        })
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&Bearer>,
        body: Body,
    ) -> Result<Response, ClientError> {
        self.send(method, path, bearer, None, body).await
    }

    /// Asks for bytes, from one on if it is given.
    pub(crate) async fn get_from(
        &self,
        path: &str,
        bearer: &Bearer,
        from: Option<u64>,
    ) -> Result<Response, ClientError> {
        self.send(Method::Get, path, Some(bearer), from, Body::Empty)
            .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&Bearer>,
        from: Option<u64>,
        body: Body,
    ) -> Result<Response, ClientError> {
        let request = Request {
            bearer: bearer.cloned(),
            from,
            body,
            ..Request::new(method, Url::new(format!("{}/{path}", self.root)))
        };
        Ok(self.transport.send(request).await?)
    }

    /// Posts JSON without a token.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        read(self.request(Method::Post, path, None, json(body)?).await?).await
    }

    /// Opens the stream. `by_frame` says that the server takes the
    /// token in the first frame; the published server takes it in the URL only, and tells no changes of data.
    pub(crate) async fn connect_stream(
        &self,
        bearer: &Bearer,
        by_frame: bool,
        opening: Opening<'_>,
    ) -> Result<Box<dyn Socket>, ClientError> {
        // http becomes ws, and https becomes wss.
        let address = self.root.strip_prefix("http").unwrap_or(&self.root);
        let address = format!("ws{address}/stream");
        if by_frame {
            let url = Url::new(address);
            let socket = self.transport.connect(url, Some(STREAM_PROTOCOL)).await?;
            return sign_in(socket, bearer, opening).await;
        }
        if opening.subscribe.is_some() {
            return Err(ClientError::Unsupported(NO_SUBSCRIPTIONS));
        }
        let (token, since) = (bearer.expose(), opening.since);
        let url = Url::new(format!("{address}?token={token}&since={since}"));
        Ok(self.transport.connect(url, None).await?)
    }
}

/// Refuses what is not the address of a server.
pub(crate) fn check_address(base_url: &str) -> Result<(), ClientError> {
    let rest = base_url
        .strip_prefix("http://")
        .or_else(|| base_url.strip_prefix("https://"))
        .ok_or_else(|| ClientError::argument("base_url", "must begin with http:// or https://"))?;
    // The address may be shown in errors, and paths are added to it.
    if rest.contains(|c: char| matches!(c, '@' | '?' | '#') || c.is_whitespace()) {
        return Err(ClientError::argument(
            "base_url",
            "must hold no user, query, fragment or space",
        ));
    }
    Ok(())
}

pub(crate) fn json(body: &impl Serialize) -> Result<Body, ClientError> {
    serde_json::to_vec(body)
        .map(|bytes| Body::Json(bytes.into()))
        .map_err(|error| ClientError::argument("body", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Native, Timeouts};

    #[test]
    fn an_address_holds_nothing_that_is_not_to_be_shown() {
        let accepted = |base_url| {
            let native = Native::new(Timeouts::default()).unwrap();
            Endpoint::new(Arc::new(native), base_url, "spaces").is_ok()
        };
        for good in ["http://h", "https://h:8000/", "https://h/api"] {
            assert!(accepted(good), "{good}");
        }
        for bad in [
            "h",
            "ftp://h",
            "http://user:secret@h",
            "http://h?a",
            "http://h/#a",
            "http://h h",
        ] {
            assert!(!accepted(bad), "{bad}");
        }
    }
}
