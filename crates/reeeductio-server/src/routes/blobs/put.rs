//! `PUT /spaces/{space_id}/blobs/{blob_id}`

use std::time::Duration;

use axum::Json;
use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use futures_util::StreamExt;
use hyper::body::Body as _;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::BlobCreated;
use tokio::time::{Instant, timeout};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::config::TimeoutsConfig;
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN, WRITE],
    BlobIdMismatch,
    BlobInvalidId,
    BlobTooLarge,
    QuotaExceeded,
    ToolUseLimit,
);

/// Bytes of an upload in memory: what is gathered before it is handed to the store.
const GATHERED: u64 = 1 << 20;

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
    let announced = length(&request);
    let largest = state.config.server.max_blob_size;
    // A body of unannounced length may be as large as any, so the disk is watched while it arrives.
    state.disks.room_for(announced.unwrap_or(0).min(largest))?;
    let gathered = announced.unwrap_or(GATHERED).min(GATHERED);
    let gathered = usize::try_from(gathered).unwrap_or(usize::MAX);
    let _room = state.memory.take(&member, gathered).await?;
    let mut upload = state.engine.upload_blob(&member, &blob, announced).await?;
    let mut body = Arriving::new(request, announced, &state.config.timeouts);
    while let Some(bytes) = body.next().await? {
        state.disks.room(state.engine.monotonic())?;
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
fn length(request: &Request) -> Option<u64> {
    let header = request.headers().get(header::CONTENT_LENGTH);
    let announced = header.and_then(|value| value.to_str().ok()?.parse().ok());
    announced.or_else(|| request.body().size_hint().exact())
}

/// A body that must keep arriving.
struct Arriving {
    body: BodyDataStream,
    /// How long the client may pause.
    idle: Duration,
    began: Instant,
    /// How long it may take as a whole, apart from its length.
    base: Duration,
    /// Bytes per second; 0 sets no minimum.
    slowest: u64,
    /// Bytes that the client announced, or those that have arrived.
    length: u64,
    announced: bool,
}

impl Arriving {
    fn new(request: Request, announced: Option<u64>, timeouts: &TimeoutsConfig) -> Self {
        Self {
            body: request.into_body().into_data_stream(),
            idle: Duration::from_secs(timeouts.body_idle_seconds),
            began: Instant::now(),
            base: Duration::from_secs(timeouts.request_seconds),
            slowest: timeouts.min_bytes_per_second,
            length: announced.unwrap_or(0),
            announced: announced.is_some(),
        }
    }

    /// The next piece of the body, `None` at its end.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let late = || {
            Failure::new(
                ErrorCode::RequestTimeout,
                "The body did not arrive in time.",
            )
        };
        let patience = self.patience();
        // `timeout` takes bytes that are there even without patience, and there may always be some.
        if patience.is_zero() {
            return Err(late());
        }
        match timeout(patience, self.body.next()).await {
            Ok(Some(Ok(bytes))) => {
                if !self.announced {
                    self.length += bytes.len() as u64;
                }
                Ok(Some(bytes))
            }
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) => Err(Failure::new(
                ErrorCode::RequestInvalid,
                "The body was cut off.",
            )),
            Err(_) => Err(late()),
        }
    }

    /// How long the next piece may take: less than it may pause when the whole takes too long.
    fn patience(&self) -> Duration {
        let Some(seconds) = self.length.checked_div(self.slowest) else {
            return self.idle;
        };
        let whole = self.base.saturating_add(Duration::from_secs(seconds));
        whole.saturating_sub(self.began.elapsed()).min(self.idle)
    }
}
