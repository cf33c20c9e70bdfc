//! `POST /spaces/{space_id}/auth/verify`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{TokenResponse, VerifyRequest};

use super::token_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON],
    ChallengeUnknown,
    ChallengeBadSignature,
    MemberInvalidId,
    MemberUnknown,
);

/// Answer a challenge and get a token.
///
/// A wrong answer leaves the challenge as it was; a right one uses it up.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/verify", tag = "auth",
    request_body = VerifyRequest,
    responses((status = 200, description = "A token", body = TokenResponse), Refused))]
pub(in crate::routes) async fn verify(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<VerifyRequest>,
) -> Result<Json<TokenResponse>, Failure> {
    let token = state
        .engine
        .verify(
            space_id(&space)?,
            &body.public_key,
            &body.challenge,
            &body.signature,
        )
        .await?;
    Ok(token_body(token))
}
