//! Extractors that tell a handler about its caller before it starts.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use reeeductio_engine::SpaceMember;
use reeeductio_proto::{ErrorCode, SpaceId};
use serde::de::DeserializeOwned;

use crate::answer::Failure;
use crate::app::AppState;
use crate::json::invalid;
pub(crate) use crate::json::{Anyone, WithToken};
use crate::memory::Held;

/// A bearer token that was sent, not yet checked: the base protocol checks other things first. Unless the
/// body was large: then the token was checked before it was read.
pub(crate) struct Token {
    text: String,
    checked: Option<Checked>,
}

/// Caller and memory of a request, found out and taken before a large body was read.
struct Checked {
    member: SpaceMember,
    #[expect(
        dead_code,
        reason = "held while the request is worked on, never looked at"
    )]
    held: Held,
}

impl Token {
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty())
            .map(|token| Self {
                text: token.to_owned(),
                checked: None,
            })
            .ok_or_else(|| Failure::new(ErrorCode::TokenMissing, "Not authenticated"))
    }

    /// Checks the token for a space, and whether its holder may make another request now.
    pub(crate) async fn member(
        &self,
        state: &AppState,
        space: SpaceId,
    ) -> Result<SpaceMember, Failure> {
        if let Some(checked) = &self.checked
            && checked.member.space_id() == space
        {
            return Ok(checked.member.clone());
        }
        let member = state.engine.authenticate(space, &self.text).await?;
        state.limits.member(&member, state.engine.monotonic())?;
        Ok(member)
    }

    /// Checks the token for the space in the URL, and takes room for a body of `bytes` and what is read
    /// from it.
    pub(crate) async fn check_early(
        &mut self,
        parts: &mut Parts,
        state: &AppState,
        bytes: usize,
    ) -> Result<(), Failure> {
        let space = space_in_url(parts, state).await?;
        let member = self.member(state, space).await?;
        let held = state.memory.take(&member, bytes.saturating_mul(2)).await?;
        self.checked = Some(Checked { member, held });
        Ok(())
    }
}

/// The space in the URL, before the handler has taken the URL apart.
async fn space_in_url(parts: &mut Parts, state: &AppState) -> Result<SpaceId, Failure> {
    let path = RawPathParams::from_request_parts(parts, state).await;
    let path = path.map_err(|error| Failure::new(ErrorCode::Internal, error.body_text()))?;
    let space = path.iter().find(|(name, _)| *name == "space_id");
    let (_, space) = space.unwrap_or_default();
    space_id(space)
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
        let space = space_in_url(parts, state).await?;
        token.member(state, space).await.map(Self)
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
