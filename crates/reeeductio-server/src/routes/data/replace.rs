//! `PUT /spaces/{space_id}/entries/{path}`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{DataReplacement, DataStored};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN, RIGHT, WRITE],
    DataBadSignature,
    DataClockSkew,
    DataInvalid,
    DataInvalidPath,
    DataSignerMismatch,
    DataStale,
    DataTooLarge,
    OpaqueMalformed,
    QuotaExceeded,
    SignatureUndecodable,
);

/// Store a signed entry in the place of the one that the caller knows.
///
/// Refused with `data_stale` if another entry is there, or if the new one is not signed later. Sending the same again is no
/// error: spec/data.md.
#[utoipa::path(put, path = "/spaces/{space_id}/entries/{*path}", tag = "data",
    params(("path" = String, Path, description = "Percent-decoded; may contain slashes")),
    security(("bearer" = [])), request_body = DataReplacement,
    responses((status = 200, description = "Stored for good", body = DataStored), Refused))]
pub(in crate::routes) async fn replace_data(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    WithToken { token, body }: WithToken<DataReplacement>,
) -> Result<Json<DataStored>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    state.disks.room(state.engine.monotonic())?;
    let signed_at = state.engine.replace_data(&member, &path, body).await?;
    Ok(Json(DataStored { path, signed_at }))
}
