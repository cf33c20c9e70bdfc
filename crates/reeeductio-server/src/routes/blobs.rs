//! Blobs (wire.md 6).

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reeeductio_engine::{ByteRange, Download};
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::{BlobCreated, ErrorBody};
use tokio::time::timeout;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, space_id};

/// Store a blob: its id is the hash of the body.
#[utoipa::path(put, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = BlobCreated),
        (status = 400, description = "the body is another blob", body = ErrorBody),
        (status = 413, description = "too large", body = ErrorBody)))]
pub(super) async fn upload(
    State(state): State<AppState>,
    Path((space, blob)): Path<(String, String)>,
    token: Token,
    request: Request,
) -> Result<(StatusCode, Json<BlobCreated>), Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    let idle = Duration::from_secs(state.config.timeouts.body_idle_seconds);
    let mut upload = state.engine.upload_blob(&member, &blob, announced).await?;
    let mut body = request.into_body().into_data_stream();
    loop {
        let next = timeout(idle, body.next()).await.map_err(|_| {
            Failure::new(
                ErrorCode::RequestTimeout,
                "No more of the body arrived in time.",
            )
        })?;
        match next {
            Some(Ok(bytes)) => {
                state.metrics.blob_bytes.inc_by(bytes.len() as u64);
                upload.write(bytes).await?;
            }
            Some(Err(_)) => {
                return Err(Failure::new(
                    ErrorCode::RequestInvalid,
                    "The body was cut off.",
                ));
            }
            None => break,
        }
    }
    let size = state.engine.finish_upload(&member, upload).await?;
    Ok((
        StatusCode::CREATED,
        Json(BlobCreated {
            blob_id: blob,
            size,
        }),
    ))
}

/// Read a blob, or a range of it.
#[utoipa::path(get, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "the range asked for"),
        (status = 404, description = "no such blob in this space", body = ErrorBody),
        (status = 416, description = "the range lies outside", body = ErrorBody)))]
pub(super) async fn download(
    State(state): State<AppState>,
    Path((space, blob)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
    token: Token,
) -> Result<Response, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(byte_range);
    let mut download = state.engine.download_blob(&member, &blob, range).await?;
    let (size, bytes) = (download.size(), download.range());
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        // The first chunk is read before the answer begins, so that damage there is a clean error.
        match download.next().await? {
            Some(first) => Body::from_stream(chunks(first, download)),
            None => Body::empty(),
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(bytes.end - bytes.start),
    );
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{blob}\"")) {
        headers.insert(header::ETAG, etag);
    }
    if range.is_some() {
        let shown = format!(
            "bytes {}-{}/{size}",
            bytes.start,
            bytes.end.saturating_sub(1)
        );
        if let Ok(shown) = HeaderValue::from_str(&shown) {
            headers.insert(header::CONTENT_RANGE, shown);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Remove a blob from the space.
#[utoipa::path(delete, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    responses((status = 204),
        (status = 403, description = "uploaded by another member", body = ErrorBody),
        (status = 404, description = "no such blob in this space", body = ErrorBody)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Path((space, blob)): Path<(String, String)>,
    token: Token,
) -> Result<StatusCode, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    state.engine.delete_blob(&member, &blob).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The rest of a download. An error ends the connection, so that nobody takes a part for the whole.
fn chunks(
    first: Bytes,
    download: Download,
) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
    let rest = stream::try_unfold(download, |mut download| async move {
        match download.next().await {
            Ok(next) => Ok(next.map(|bytes| (bytes, download))),
            Err(refusal) => Err(std::io::Error::other(refusal)),
        }
    });
    stream::once(std::future::ready(Ok(first))).chain(rest)
}

/// One range of bytes (RFC 9110, 14.2). Anything else is answered with the whole blob, as that allows.
fn byte_range(header: &str) -> Option<ByteRange> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", last) => Some(ByteRange::Last(position(last)?)),
        (first, "") => Some(ByteRange::From(position(first)?, None)),
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            (first <= last).then_some(ByteRange::From(first, Some(last)))
        }
    }
}

/// Digits only; `parse` would also take a sign.
fn position(text: &str) -> Option<u64> {
    text.bytes()
        .all(|c| c.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
