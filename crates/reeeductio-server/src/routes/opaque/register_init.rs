//! `POST /spaces/{space_id}/opaque/register/init`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{RegisterInitRequest, RegisterInitResponse};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN],
    OpaqueInvalidUsername,
    OpaqueMalformed,
    OpaqueNotEnabled,
    OpaqueUsernameTaken,
);

/// Start registering a password.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/register/init", tag = "opaque",
    security(("bearer" = [])), request_body = RegisterInitRequest,
    responses((status = 200, description = "The server's half", body = RegisterInitResponse), Refused))]
pub(in crate::routes) async fn opaque_register_init(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<RegisterInitRequest>,
) -> Result<Json<RegisterInitResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let registration_response = state
        .engine
        .opaque_register_init(
            &member,
            &body.username,
            &body.registration_request,
            body.replace,
        )
        .await?;
    Ok(Json(RegisterInitResponse {
        registration_response,
    }))
}
