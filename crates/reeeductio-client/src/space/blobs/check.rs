//! Asking whether the server accepts an upload before its source is read.

use std::sync::atomic::Ordering;

use reeeductio_proto::ErrorCode;

use crate::answer::accepted;
use crate::error::ClientError;
use crate::space::Space;
use crate::transport::{Body, Method, TransportError};

/// Bytes from which an upload is asked about. Less is read and sealed about as fast as an answer comes.
const ASKED_FROM: u64 = 8 << 20;

impl Space {
    /// Fails if the server refuses to store `size` more bytes. `is_new`: the server cannot have this blob yet.
    ///
    /// A blob's id is the hash of what is stored, so no upload can begin before all of its source was read and sealed.
    /// Servers that do not know the question, and answers that are no refusal of ours, decide nothing: then the upload
    /// itself is refused.
    pub(super) async fn check_upload(&self, size: u64, is_new: bool) -> Result<(), ClientError> {
        if size < ASKED_FROM {
            return Ok(());
        }
        let path = format!("blob-check?size={size}");
        let asked = self
            .connection()
            .send(Method::Get, &path, Body::Empty)
            .await;
        let answered = match asked {
            Ok(response) => accepted(response).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(response) => {
                // It has spoken of itself, and not of a store of objects.
                if response.status == 204 {
                    self.inner.takes_blobs.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            // A proxy may have a page of its own for a route that it does not know; in browsers an answer without CORS headers, which it
            // may omit on 404, is a failure.
            Err(
                ClientError::Transport(TransportError::Failed(_)) | ClientError::Foreign { .. },
            ) => Ok(()),
            Err(error) if error.refusal().is_some() && !decides(&error, is_new) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Returns whether the upload itself would be refused for the same reason.
fn decides(error: &ClientError, is_new: bool) -> bool {
    match error.code() {
        None | Some(ErrorCode::RouteNotFound) => false,
        // A member uploads again what it has uploaded, whatever the limits.
        Some(ErrorCode::QuotaExceeded | ErrorCode::ToolUseLimit) => is_new,
        Some(_) => true,
    }
}
