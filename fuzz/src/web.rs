//! The server's application without a socket.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use reeeductio_proto::ErrorCode;
use reeeductio_server::Config;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use crate::rig::Rig;

/// A server with an owner's token.
#[derive(Debug)]
pub(crate) struct Web {
    app: Router,
    runtime: Runtime,
    pub(crate) token: String,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Web {
    pub(crate) fn start() -> Self {
        let rig = Rig::start();
        let token = rig.owner().token;
        let mut config = Config::default();
        config.logging.enable_access_log = false;
        config.limits.requests_per_second_per_member = 0.0;
        Self {
            app: reeeductio_server::app(config, rig.engine),
            runtime: Builder::new_current_thread().enable_time().build().unwrap(),
            token,
        }
    }

    /// Sends a request; `None` if there is no such request in HTTP.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).ok()?;
        let is_head = request.method() == Method::HEAD;
        let answer = self.runtime.block_on(async {
            let answer = self.app.clone().oneshot(request).await.unwrap();
            let (parts, body) = answer.into_parts();
            Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: body
                    .collect()
                    .await
                    .expect("a whole body")
                    .to_bytes()
                    .into(),
            }
        });
        if answer.status >= 400 && !is_head {
            answer.is_refusal();
        }
        Some(answer)
    }

    /// Sends a request of the owner.
    pub(crate) fn send_as_owner(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        more: &[(&str, &str)],
    ) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![
            (header::AUTHORIZATION.as_str(), bearer.as_str()),
            (header::CONTENT_TYPE.as_str(), "application/json"),
        ];
        headers.extend(more);
        self.send(method, path, &headers, body)
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Every refusal has the same shape, a code that goes with its status, and is not the server's failure.
    fn is_refusal(&self) {
        if self.status == 403 && self.body.is_empty() {
            return; // A stream without a token.
        }
        let body = self.json();
        let code = body["code"].as_str().and_then(ErrorCode::parse);
        let code = code.unwrap_or_else(|| panic!("no code: {body}"));
        assert_eq!(code.status(), self.status, "{body}");
        assert!(self.status < 500 || self.status == 501, "{body}");
        assert!(body["error"].is_string(), "{body}");
        assert_eq!(body["detail"].is_array(), self.status == 422, "{body}");
    }
}
