//! Signing in (wire.md 7).

pub(super) mod challenge;
pub(super) mod refresh;
pub(super) mod verify;

use axum::Json;
use reeeductio_engine::{Challenge, IssuedToken};
use reeeductio_proto::api::{ChallengeResponse, TokenResponse};

pub(super) fn challenge_body(challenge: Challenge) -> Json<ChallengeResponse> {
    Json(ChallengeResponse {
        challenge: challenge.challenge,
        expires_at: challenge.expires_at,
    })
}

pub(super) fn token_body(token: IssuedToken) -> Json<TokenResponse> {
    Json(TokenResponse {
        token: token.token,
        expires_at: token.expires_at,
    })
}
