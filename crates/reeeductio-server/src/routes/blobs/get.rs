//! `GET /spaces/{space_id}/blobs/{blob_id}`

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reeeductio_engine::{ByteRange, Download, SpaceMember};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN],
    BlobInvalidId,
    BlobNotFound,
    BlobRangeNotSatisfiable,
);

/// Bytes of a blob that are read at a time.
const CHUNK: usize = 1 << 20;

/// Read a blob, or a range of it.
///
/// Any member of a space that refers to it may. `HEAD` answers the same without the bytes.
#[utoipa::path(get, path = "/spaces/{space_id}/blobs/{blob_id}", tag = "blobs",
    security(("bearer" = [])),
    params(("Range" = Option<String>, Header, description = "one range of bytes")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The bytes of the range", content_type = "application/octet-stream", body = Vec<u8>),
        Refused))]
pub(in crate::routes) async fn get_blob(
    State(state): State<AppState>,
    Path((_space, blob)): Path<(String, String)>,
    Member(member): Member,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .and_then(byte_range);
    let download = state.engine.download_blob(&member, &blob, range).await?;
    let mut response = described(&download, &blob, range.is_some());
    if method != Method::HEAD {
        let mut chunks = Chunks {
            state,
            member,
            download,
        };
        let patience = Duration::from_secs(chunks.state.config.timeouts.busy_seconds);
        // The first chunk is read before the answer begins, so that damage there is a clean error.
        if let Some(first) = chunks.next(patience).await? {
            *response.body_mut() = Body::from_stream(chunks.after(first));
        }
    }
    Ok(response)
}

/// The answer without its bytes.
fn described(download: &Download, blob: &str, part: bool) -> Response {
    let (size, bytes) = (download.size(), download.range());
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let binary = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, binary);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let length = HeaderValue::from(bytes.end - bytes.start);
    headers.insert(header::CONTENT_LENGTH, length);
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{blob}\"")) {
        headers.insert(header::ETAG, etag);
    }
    if part {
        let last = bytes.end.saturating_sub(1);
        let shown = format!("bytes {}-{last}/{size}", bytes.start);
        if let Ok(shown) = HeaderValue::from_str(&shown) {
            headers.insert(header::CONTENT_RANGE, shown);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

/// A download, chunk by chunk. Each chunk counts in the memory budget until the client has taken it, so that
/// slow clients share the room that there is rather than keeping others out.
struct Chunks {
    state: AppState,
    member: SpaceMember,
    download: Download,
}

impl Chunks {
    async fn next(&mut self, patience: Duration) -> Result<Option<Bytes>, Failure> {
        let bytes = self.download.range();
        let size = usize::try_from(bytes.end - bytes.start).unwrap_or(CHUNK);
        let memory = &self.state.memory;
        let room = memory
            .take_within(&self.member, size.min(CHUNK), patience)
            .await?;
        let next = self.download.next().await;
        let next = next.inspect_err(|refusal| self.state.metrics.failed(refusal))?;
        next.map(|bytes| room.keep(bytes)).transpose()
    }

    /// The first chunk and the rest. An error ends the connection, so that nobody takes a part for the whole.
    fn after(self, first: Bytes) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> {
        let patience = Duration::from_secs(self.state.config.timeouts.write_seconds);
        let rest = stream::try_unfold(self, move |mut chunks| async move {
            match chunks.next(patience).await {
                Ok(next) => Ok(next.map(|bytes| (bytes, chunks))),
                Err(failure) => Err(std::io::Error::other(format!("{failure:?}"))),
            }
        });
        stream::once(std::future::ready(Ok(first))).chain(rest)
    }
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
