//! `POST /spaces/{space_id}/auth/challenge`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{ChallengeRequest, ChallengeResponse};

use super::challenge_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, space_id};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, JSON], MemberInvalidId);

/// Ask for a challenge to sign.
///
/// Membership of the id is disclosed only to a client that has signed.
#[utoipa::path(post, path = "/spaces/{space_id}/auth/challenge", tag = "auth",
    request_body = ChallengeRequest,
    responses((status = 200, description = "A challenge", body = ChallengeResponse), Refused))]
pub(in crate::routes) async fn challenge(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<ChallengeRequest>,
) -> Result<Json<ChallengeResponse>, Failure> {
    let space = space_id(&space)?;
    let challenge = state.engine.challenge(space, &body.public_key).await?;
    Ok(challenge_body(challenge))
}
