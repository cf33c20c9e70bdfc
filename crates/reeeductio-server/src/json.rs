//! JSON bodies: how much of one is read, when, and what is wrong with it.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use hyper::body::Body as _;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::{
    ChallengeRequest, CommandBody, DataBody, DataReplacement, InboxAcknowledgement, InboxPost,
    LoginFinishRequest, LoginInitRequest, PostMessage, RegisterFinishRequest, RegisterInitRequest,
    VerifyRequest,
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::answer::{Failure, Field};
use crate::app::AppState;
use crate::caller::Token;
use crate::config::Config;
use crate::memory::FREE;

/// JSON body of a route.
pub(crate) trait JsonBody: DeserializeOwned {
    /// Returns the limit in bytes. Bodies that need no token have fields of a few hundred bytes: [`FREE`].
    fn limit(config: &Config) -> usize {
        config.limits.max_json_body.min(FREE)
    }
}

impl JsonBody for ChallengeRequest {}
impl JsonBody for VerifyRequest {}
impl JsonBody for LoginInitRequest {}
impl JsonBody for LoginFinishRequest {}
impl JsonBody for RegisterInitRequest {}
impl JsonBody for RegisterFinishRequest {}

impl JsonBody for PostMessage {
    fn limit(config: &Config) -> usize {
        config.message_body()
    }
}

impl JsonBody for CommandBody {
    fn limit(config: &Config) -> usize {
        config.command_body()
    }
}

impl JsonBody for InboxPost {
    fn limit(config: &Config) -> usize {
        config.inbox_body()
    }
}

impl JsonBody for InboxAcknowledgement {
    fn limit(config: &Config) -> usize {
        config.acknowledgement_body()
    }
}

impl JsonBody for DataBody {
    fn limit(config: &Config) -> usize {
        config.entry_body()
    }
}

impl JsonBody for DataReplacement {
    fn limit(config: &Config) -> usize {
        config.entry_body()
    }
}

/// A JSON body, for routes that need no token.
pub(crate) struct Anyone<T>(pub(crate) T);

/// A JSON body and a token.
///
/// Text that is not JSON is refused before a missing token, a missing token before a wrong field: that is
/// the order clients of the base protocol know. It holds for bodies of at most [`FREE`] bytes. Of a larger
/// one no more than that is read before the token was found to be valid and there is room for the rest.
pub(crate) struct WithToken<T> {
    pub(crate) token: Token,
    pub(crate) body: T,
}

impl<T: JsonBody> FromRequest<AppState> for Anyone<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let mut incoming = Incoming::new(body, T::limit(&state.config), state);
        let bytes = incoming.read_to(incoming.limit).await?;
        parse(&parts.headers, &bytes)
            .map(Self)
            .map_err(|wrong| wrong.failure)
    }
}

impl<T: JsonBody> FromRequest<AppState> for WithToken<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let mut incoming = Incoming::new(body, T::limit(&state.config), state);
        let (token, bytes) = match incoming.begin().await? {
            Begun::Whole(bytes) => (Token::read(&parts.headers), bytes),
            Begun::Large => {
                let mut token = Token::read(&parts.headers)?;
                let size = incoming.size();
                token.check_early(&mut parts, state, size).await?;
                (Ok(token), incoming.read_to(incoming.limit).await?)
            }
        };
        match parse(&parts.headers, &bytes) {
            Ok(body) => Ok(Self {
                token: token?,
                body,
            }),
            Err(wrong) if wrong.malformed => Err(wrong.failure),
            Err(wrong) => {
                token?;
                Err(wrong.failure)
            }
        }
    }
}

/// A body that is being read.
struct Incoming {
    body: BodyDataStream,
    read: BytesMut,
    limit: usize,
    /// Length of the body if the client announced it.
    announced: Option<u64>,
    /// How long the client may pause.
    idle: Duration,
}

/// How a body begins.
enum Begun {
    /// It is small, and read.
    Whole(Bytes),
    /// There is more of it.
    Large,
}

impl Incoming {
    fn new(body: Body, limit: usize, state: &AppState) -> Self {
        Self {
            announced: body.size_hint().exact(),
            body: body.into_data_stream(),
            read: BytesMut::new(),
            limit,
            idle: Duration::from_secs(state.config.timeouts.body_idle_seconds),
        }
    }

    /// Reads a small body, or the beginning of a large one.
    async fn begin(&mut self) -> Result<Begun, Failure> {
        if self
            .announced
            .is_some_and(|length| length > self.limit as u64)
        {
            return Err(too_large(self.limit));
        }
        if self.announced.is_some_and(|length| length > FREE as u64) {
            return Ok(Begun::Large);
        }
        while self.read.len() <= FREE {
            if !self.more().await? {
                return Ok(Begun::Whole(self.read.split().freeze()));
            }
        }
        Ok(Begun::Large)
    }

    /// Reads the body to its end.
    async fn read_to(&mut self, limit: usize) -> Result<Bytes, Failure> {
        if self.announced.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        while self.more().await? {}
        Ok(self.read.split().freeze())
    }

    /// Bytes that the body will have at most.
    fn size(&self) -> usize {
        let announced = self
            .announced
            .and_then(|length| usize::try_from(length).ok());
        announced.unwrap_or(self.limit)
    }

    /// Reads the next piece; `false` at the end.
    async fn more(&mut self) -> Result<bool, Failure> {
        match timeout(self.idle, self.body.next()).await {
            Ok(Some(Ok(piece))) => {
                if self.read.len() + piece.len() > self.limit {
                    return Err(too_large(self.limit));
                }
                self.read.extend_from_slice(&piece);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Ok(Some(Err(_))) => Err(invalid("json_invalid", &["body"], "the body was cut off")),
            Err(_) => Err(Failure::new(
                ErrorCode::RequestTimeout,
                "No more of the body arrived in time.",
            )),
        }
    }
}

fn too_large(limit: usize) -> Failure {
    Failure::new(
        ErrorCode::RequestTooLarge,
        format!("The body is larger than the {limit} bytes this route takes."),
    )
}

/// A body that could not be read.
struct Wrong {
    /// It is not JSON at all.
    malformed: bool,
    failure: Failure,
}

fn parse<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Wrong> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            let essence = essence.to_ascii_lowercase();
            essence == "application/json"
                || (essence.starts_with("application/") && essence.ends_with("+json"))
        });
    if !is_json {
        return Err(Wrong {
            malformed: false,
            failure: invalid(
                "value_error",
                &["body"],
                "send JSON with Content-Type: application/json",
            ),
        });
    }
    serde_json::from_slice(bytes).map_err(|_| explain::<T>(bytes))
}

/// Reads a body that is known to be wrong again, this time keeping track of where.
fn explain<T: DeserializeOwned>(bytes: &[u8]) -> Wrong {
    let deserializer = &mut serde_json::Deserializer::from_slice(bytes);
    let not_json = || Wrong {
        malformed: true,
        failure: invalid("json_invalid", &["body"], "not valid JSON"),
    };
    // If the value itself can be read, something else follows it.
    let Err(error) = serde_path_to_error::deserialize::<_, T>(deserializer) else {
        return not_json();
    };
    let inner = error.inner();
    if inner.is_syntax() || inner.is_eof() {
        return not_json();
    }
    let message = inner.to_string();
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let path = error.path().to_string();
    let failure = match missing {
        Some(field) => invalid("missing", &["body", field], "Field required"),
        None if path == "." => {
            invalid("value_error", &["body"], "not an object of the right shape")
        }
        None => invalid("value_error", &["body", &path], "not of the right type"),
    };
    Wrong {
        malformed: false,
        failure,
    }
}

pub(crate) fn invalid(kind: &'static str, location: &[&str], message: &str) -> Failure {
    Failure::Invalid(vec![Field {
        kind,
        location: location.iter().map(|&part| part.to_owned()).collect(),
        message: message.to_owned(),
    }])
}
