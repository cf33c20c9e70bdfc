//! `POST /spaces/{space_id}/opaque/login/finish`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{LoginFinishRequest, LoginFinishResponse};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, space_id};
use crate::routes::opaque::CalledFrom;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON],
    OpaqueInvalidUsername,
    OpaqueNoLogin,
    OpaqueNotEnabled,
    OpaqueWrongPassword,
);

/// Finish logging in.
///
/// There is no token in the answer: the credentials hold the key to sign in with.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/login/finish", tag = "opaque",
    request_body = LoginFinishRequest,
    responses((status = 200, description = "What the user stored, sealed", body = LoginFinishResponse),
        Refused))]
pub(in crate::routes) async fn opaque_login_finish(
    State(state): State<AppState>,
    CalledFrom(source): CalledFrom,
    Path(space): Path<String>,
    Anyone(body): Anyone<LoginFinishRequest>,
) -> Result<Json<LoginFinishResponse>, Failure> {
    let finished = state
        .engine
        .opaque_login_finish(
            source,
            space_id(&space)?,
            &body.username,
            &body.credential_finalization,
            body.login_state.as_deref(),
        )
        .await?;
    Ok(Json(LoginFinishResponse {
        encrypted_credentials: finished.encrypted_credentials,
        public_key: finished.public_key,
    }))
}
