//! What a handler learns of its caller before it starts.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use reeeductio_engine::SpaceMember;
use reeeductio_proto::{ErrorCode, SpaceId};
use serde::de::DeserializeOwned;

use crate::answer::{Failure, Field};
use crate::app::AppState;

/// A bearer token that was sent, not yet checked: the base protocol checks other things first.
pub(crate) struct Token(String);

impl Token {
    fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Self(token.trim().to_owned()))
            .filter(|token| !token.0.is_empty())
            .ok_or_else(|| Failure::new(ErrorCode::TokenMissing, "Not authenticated"))
    }

    /// Checks the token for a space, and whether its holder may make another request now.
    pub(crate) async fn member(
        &self,
        state: &AppState,
        space: SpaceId,
    ) -> Result<SpaceMember, Failure> {
        let member = state.engine.authenticate(space, &self.0).await?;
        state.limits.member(&member, state.engine.now())?;
        Ok(member)
    }
}

impl FromRequestParts<AppState> for Token {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &AppState) -> Result<Self, Failure> {
        Self::read(&parts.headers)
    }
}

/// A member of the space in the URL, its token checked.
pub(crate) struct Member(pub(crate) SpaceMember);

impl FromRequestParts<AppState> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let token = Token::read(&parts.headers)?;
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|error| Failure::new(ErrorCode::Internal, error.body_text()))?;
        let space = path.iter().find(|(name, _)| *name == "space_id");
        let (_, space) = space.unwrap_or_default();
        token.member(state, space_id(space)?).await.map(Self)
    }
}

/// A member of the admin space, its token checked.
pub(crate) struct Operator(pub(crate) SpaceMember);

impl FromRequestParts<AppState> for Operator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let token = Token::read(&parts.headers)?;
        let space = state.engine.admin_space()?;
        token.member(state, space).await.map(Self)
    }
}

/// A JSON body, for routes that need no token.
pub(crate) struct Anyone<T>(pub(crate) T);

/// A JSON body and a token. Text that is not JSON is refused before a missing token, a missing token
/// before a wrong field: that is the order clients of the base protocol know.
pub(crate) struct WithToken<T> {
    pub(crate) token: Token,
    pub(crate) body: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Anyone<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let (parts, bytes) = read(request, state).await?;
        parse(&parts.headers, &bytes)
            .map(Self)
            .map_err(|wrong| wrong.failure)
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for WithToken<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Failure> {
        let (parts, bytes) = read(request, state).await?;
        match parse(&parts.headers, &bytes) {
            Ok(body) => Ok(Self {
                token: Token::read(&parts.headers)?,
                body,
            }),
            Err(wrong) if wrong.malformed => Err(wrong.failure),
            Err(wrong) => {
                Token::read(&parts.headers)?;
                Err(wrong.failure)
            }
        }
    }
}

async fn read(request: Request, state: &AppState) -> Result<(Parts, Bytes), Failure> {
    let (parts, body) = request.into_parts();
    let limit = state.config.limits.max_json_body;
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok((parts, collected.to_bytes())),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Failure::new(
            ErrorCode::RequestTooLarge,
            format!("The body is larger than the {limit} bytes this route takes."),
        )),
        Err(_) => Err(invalid("json_invalid", &["body"], "the body was cut off")),
    }
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
    // What can be read and is wrong nevertheless has something behind it.
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

fn invalid(kind: &'static str, location: &[&str], message: &str) -> Failure {
    Failure::Invalid(vec![Field {
        kind,
        location: location.iter().map(|&part| part.to_owned()).collect(),
        message: message.to_owned(),
    }])
}

/// The parts of a URL that a route names. Named like axum's own, which answers in plain text.
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match extract::Path::from_request_parts(parts, state).await {
            Ok(extract::Path(path)) => Ok(Self(path)),
            Err(PathRejection::FailedToDeserializePathParams(failed)) => match failed.into_kind() {
                ErrorKind::InvalidUtf8InPathParam { key } => Err(invalid(
                    "value_error",
                    &["path", &key],
                    "not UTF-8 once percent-decoded",
                )),
                kind => Err(Failure::new(ErrorCode::Internal, kind.to_string())),
            },
            Err(rejection) => Err(Failure::new(ErrorCode::Internal, rejection.body_text())),
        }
    }
}

/// Reads the space in a URL.
pub(crate) fn space_id(text: &str) -> Result<SpaceId, Failure> {
    SpaceId::parse(text)
        .map_err(|error| Failure::new(ErrorCode::SpaceInvalidId, format!("space_id: {error}")))
}
