//! The base protocol's bytes, made here without the code under test wherever they are signed.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use ed25519_dalek::{Signer as _, SigningKey};
use reeeductio_proto::{BlobId, MessageId, encoding};
use serde_json::{Value, json};

use super::Member;

pub(crate) fn base64(bytes: &[u8]) -> String {
    encoding::encode(bytes)
}

pub(crate) fn blob_id(bytes: &[u8]) -> String {
    BlobId::of(bytes).to_string()
}

pub(crate) fn sign(key: &SigningKey, bytes: &[u8]) -> String {
    base64(&key.sign(bytes).to_bytes())
}

pub(super) fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    request.body(body).unwrap()
}

/// A request without a token.
pub(crate) fn request_to(method: Method, path: &str, body: &Value) -> Request<Body> {
    request(method, path, None, Some(body))
}

/// The request as it comes from an address.
pub(crate) fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let peer = SocketAddr::new(address.parse().unwrap(), 4000);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// A message to be posted: signed as a whole, so that any field may be any text.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) topic: String,
    pub(crate) kind: String,
    pub(crate) prev: Option<String>,
    /// Base64, or what a test wants to see refused.
    pub(crate) data: String,
}

impl Post {
    pub(crate) fn new(topic: &str, kind: &str, prev: Option<&str>, data: &[u8]) -> Self {
        Self {
            topic: topic.to_owned(),
            kind: kind.to_owned(),
            prev: prev.map(str::to_owned),
            data: base64(data),
        }
    }

    /// The request body, with hash and signature by `member`.
    pub(crate) fn body(&self, member: &Member) -> Value {
        let prev = match self.prev.as_deref() {
            None | Some("") => "null",
            Some(prev) => prev,
        };
        let Self {
            topic, kind, data, ..
        } = self;
        let (space, sender) = (member.space, member.id);
        let preimage = format!("{space}|{topic}|{kind}|{prev}|{data}|{sender}");
        let hash = MessageId::of(preimage.as_bytes());
        json!({
            "type": kind,
            "prev_hash": self.prev,
            "data": data,
            "message_hash": hash.to_string(),
            "signature": sign(&member.key, &hash.to_bytes()),
        })
    }
}

/// A data entry's request body.
pub(crate) fn entry(member: &Member, path: &str, data: &[u8], signed_at: i64) -> Value {
    let data = base64(data);
    let signed = format!("{}|{path}|{data}|{signed_at}", member.space);
    json!({
        "data": data,
        "signature": sign(&member.key, signed.as_bytes()),
        "signed_by": member.id.to_string(),
        "signed_at": signed_at,
    })
}
