//! `POST /spaces/{space_id}/opaque/login/init`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{LoginInitRequest, LoginInitResponse};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, space_id};
use crate::routes::opaque::CalledFrom;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON],
    OpaqueInvalidUsername,
    OpaqueMalformed,
    OpaqueNotEnabled,
);

/// Start logging in.
///
/// The answer is the same whether the username exists or not.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/login/init", tag = "opaque",
    request_body = LoginInitRequest,
    responses((status = 200, description = "The server's half", body = LoginInitResponse), Refused))]
pub(in crate::routes) async fn opaque_login_init(
    State(state): State<AppState>,
    CalledFrom(source): CalledFrom,
    Path(space): Path<String>,
    Anyone(body): Anyone<LoginInitRequest>,
) -> Result<Json<LoginInitResponse>, Failure> {
    let started = state
        .engine
        .opaque_login_init(
            source,
            space_id(&space)?,
            &body.username,
            &body.credential_request,
        )
        .await?;
    Ok(Json(LoginInitResponse {
        credential_response: started.credential_response,
        login_state: Some(started.login_state),
    }))
}
