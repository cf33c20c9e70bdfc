//! `POST /spaces/{space_id}/opaque/register/finish`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{RegisterFinishRequest, RegisterFinishResponse};

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

/// Finish registering a password.
///
/// The record is then stored by the client, as a data entry at `opaque/users/{username}`.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/register/finish", tag = "opaque",
    security(("bearer" = [])), request_body = RegisterFinishRequest,
    responses((status = 200, description = "What goes into the record", body = RegisterFinishResponse),
        Refused))]
pub(in crate::routes) async fn opaque_register_finish(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<RegisterFinishRequest>,
) -> Result<Json<RegisterFinishResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let password_file = state
        .engine
        .opaque_register_finish(&member, &body.username, &body.registration_record)
        .await?;
    Ok(Json(RegisterFinishResponse { password_file }))
}
