//! `DELETE /spaces/{space_id}/blobs/{blob_id}`

use axum::extract::State;
use axum::http::StatusCode;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN],
    BlobInvalidId,
    BlobNotFound,
    PermissionDenied,
);

/// Remove a blob from the space.
///
/// An uploader takes back its own claim; the owner of the space takes back everybody's.
#[utoipa::path(delete, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    responses((status = 204, description = "Removed"), Refused))]
pub(in crate::routes) async fn delete_blob(
    State(state): State<AppState>,
    Path((_space, blob)): Path<(String, String)>,
    Member(member): Member,
) -> Result<StatusCode, Failure> {
    state.engine.delete_blob(&member, &blob).await?;
    Ok(StatusCode::NO_CONTENT)
}
