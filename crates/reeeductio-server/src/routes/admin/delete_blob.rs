//! `DELETE /admin/blobs/{blob_id}`

use axum::extract::State;
use axum::http::StatusCode;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Operator, Path};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, TOKEN, RIGHT],
    AdminNotConfigured,
    BlobInvalidId,
    BlobNotFound,
    RequestInvalid,
);

/// Remove a blob from all spaces.
///
/// For the owner of the admin space and for its members who may `delete` `blobs/{blob_id}` there.
#[utoipa::path(delete, path = "/admin/blobs/{blob_id}", tag = "admin", security(("bearer" = [])),
    responses((status = 204, description = "Removed"), Refused))]
pub(in crate::routes) async fn admin_delete_blob(
    State(state): State<AppState>,
    Path(blob): Path<String>,
    Operator(member): Operator,
) -> Result<StatusCode, Failure> {
    state.engine.delete_blob_everywhere(&member, &blob).await?;
    Ok(StatusCode::NO_CONTENT)
}
