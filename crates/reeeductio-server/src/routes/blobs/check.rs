//! `GET /spaces/{space_id}/blob-check`

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN, WRITE],
    BlobTooLarge,
    QuotaExceeded,
    ToolUseLimit,
);

/// Ask whether a blob of a given size would be accepted.
///
/// A blob's id is the hash of its bytes, so a client must read and seal a whole file before it can begin to upload
/// it. It asks here first. The refusals are those of the upload; nothing is reserved. A space or a member
/// that has the blob already may upload it again in spite of a quota.
#[utoipa::path(get, path = "/spaces/{space_id}/blob-check", tag = "blobs",
    security(("bearer" = [])),
    params(("size" = u64, Query, description = "Bytes of the blob as it is stored")),
    responses((status = 204, description = "This server would accept it now"), Refused))]
pub(in crate::routes) async fn check_blob(
    State(state): State<AppState>,
    Path(_space): Path<String>,
    RawQuery(query): RawQuery,
    Member(member): Member,
) -> Result<StatusCode, Failure> {
    let size = size(query.as_deref().unwrap_or_default())?;
    state.engine.check_upload(&member, size).await?;
    state.disks.room_for(size)?;
    Ok(StatusCode::NO_CONTENT)
}

fn size(query: &str) -> Result<u64, Failure> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "size")
        .and_then(|(_, value)| value.parse().ok())
        .ok_or_else(|| Failure::query("size", "a number of bytes"))
}
