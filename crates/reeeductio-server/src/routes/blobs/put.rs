//! `PUT /spaces/{space_id}/blobs/{blob_id}`

use std::time::Duration;

use axum::Json;
use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures_util::StreamExt;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::BlobCreated;
use tokio::time::timeout;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN],
    BlobIdMismatch,
    BlobInvalidId,
    BlobTooLarge,
    ToolUseLimit,
);

/// Store a blob: its id is the hash of the body.
///
/// Any member may. Storing what is there already is the same success.
#[utoipa::path(put, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "Stored for good", body = BlobCreated), Refused))]
pub(in crate::routes) async fn put_blob(
    State(state): State<AppState>,
    Path((_space, blob)): Path<(String, String)>,
    Member(member): Member,
    request: Request,
) -> Result<(StatusCode, Json<BlobCreated>), Failure> {
    let announced = length(request.headers());
    let mut upload = state.engine.upload_blob(&member, &blob, announced).await?;
    let patience = Duration::from_secs(state.config.timeouts.body_idle_seconds);
    let mut body = request.into_body().into_data_stream();
    while let Some(bytes) = next(&mut body, patience).await? {
        state.metrics.blob_bytes.inc_by(bytes.len() as u64);
        upload.write(bytes).await?;
    }
    let size = state.engine.finish_upload(&member, upload).await?;
    let created = BlobCreated {
        blob_id: blob,
        size,
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// The length the client announced, if it did.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The next piece of the body, `None` at its end.
async fn next(body: &mut BodyDataStream, patience: Duration) -> Result<Option<Bytes>, Failure> {
    match timeout(patience, body.next()).await {
        Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        Ok(None) => Ok(None),
        Ok(Some(Err(_))) => Err(Failure::new(
            ErrorCode::RequestInvalid,
            "The body was cut off.",
        )),
        Err(_) => Err(Failure::new(
            ErrorCode::RequestTimeout,
            "No more of the body arrived in time.",
        )),
    }
}
