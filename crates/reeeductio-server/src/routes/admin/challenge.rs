//! `POST /admin/auth/challenge`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{ChallengeRequest, ChallengeResponse};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Anyone;
use crate::routes::auth::challenge_body;
use crate::routes::refusals::refusals;

refusals!([ANY, JSON], AdminNotConfigured, MemberInvalidId);

/// Ask for a challenge of the admin space.
#[utoipa::path(post, path = "/admin/auth/challenge", tag = "admin",
    request_body = ChallengeRequest,
    responses((status = 200, description = "A challenge", body = ChallengeResponse), Refused))]
pub(in crate::routes) async fn admin_challenge(
    State(state): State<AppState>,
    Anyone(body): Anyone<ChallengeRequest>,
) -> Result<Json<ChallengeResponse>, Failure> {
    let space = state.engine.admin_space()?;
    let challenge = state.engine.challenge(space, &body.public_key).await?;
    Ok(challenge_body(challenge))
}
