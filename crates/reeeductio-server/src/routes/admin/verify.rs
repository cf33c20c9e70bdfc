//! `POST /admin/auth/verify`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{TokenResponse, VerifyRequest};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Anyone;
use crate::routes::auth::token_body;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, JSON],
    AdminNotConfigured,
    ChallengeUnknown,
    ChallengeBadSignature,
    MemberInvalidId,
    MemberUnknown,
);

/// Answer a challenge of the admin space and get a token.
#[utoipa::path(post, path = "/admin/auth/verify", tag = "admin",
    request_body = VerifyRequest,
    responses((status = 200, description = "A token", body = TokenResponse), Refused))]
pub(in crate::routes) async fn admin_verify(
    State(state): State<AppState>,
    Anyone(body): Anyone<VerifyRequest>,
) -> Result<Json<TokenResponse>, Failure> {
    let space = state.engine.admin_space()?;
    let token = state
        .engine
        .verify(space, &body.public_key, &body.challenge, &body.signature)
        .await?;
    Ok(token_body(token))
}
