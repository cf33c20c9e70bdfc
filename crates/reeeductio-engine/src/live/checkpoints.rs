//! The newest checkpoint of a space, for streams that were signed in to by their first frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;

use crate::refusal::Refusal;
use crate::space::Space;

/// Milliseconds between two checkpoints of a space, at least.
const PAUSE: i64 = 1_000;

/// Signs a checkpoint when the tree has grown, as long as streams tell it.
#[derive(Default)]
pub(crate) struct Checkpoints {
    listeners: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    newest: Option<SizedCheckpoint>,
    /// When it was signed, or should have been, by the monotonic clock.
    signed_at: Option<i64>,
    /// The tree has grown since the newest was begun.
    grown: bool,
    /// A task will sign the next one.
    awaited: bool,
}

/// A checkpoint as every stream sends it.
#[derive(Clone, Debug)]
pub(super) struct SizedCheckpoint {
    /// Leaves of its tree.
    pub(super) size: u64,
    /// The JSON text.
    pub(super) text: Bytes,
}

/// A checkpoint.
pub(super) struct SignedTree {
    /// Leaves of its tree.
    pub(super) size: u64,
    /// The signed note.
    pub(super) note: String,
}

impl From<&SignedTree> for SizedCheckpoint {
    fn from(signed: &SignedTree) -> Self {
        let body = Body {
            checkpoint: &signed.note,
        };
        Self {
            size: signed.size,
            // A text can always be written as JSON.
            text: serde_json::to_vec(&body).unwrap_or_default().into(),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "checkpoint")]
struct Body<'a> {
    checkpoint: &'a str,
}

impl Checkpoints {
    /// The newest one since there are streams that tell it.
    pub(super) fn newest(&self) -> Option<SizedCheckpoint> {
        self.state.lock().newest.clone()
    }

    fn is_listened_to(&self) -> bool {
        self.listeners.load(Ordering::SeqCst) > 0
    }
}

/// A stream that tells checkpoints.
pub(super) struct Listening(Arc<Space>);

impl Listening {
    pub(super) fn to(space: &Arc<Space>) -> Self {
        space.checkpoints().listeners.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(space))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let checkpoints = self.0.checkpoints();
        if checkpoints.listeners.fetch_sub(1, Ordering::SeqCst) == 1 {
            checkpoints.state.lock().newest = None;
        }
    }
}

impl Space {
    /// Notes that the tree may have grown. Free of charge while no stream tells checkpoints.
    pub(crate) fn tree_has_grown(self: &Arc<Self>) {
        let checkpoints = self.checkpoints();
        if !checkpoints.is_listened_to() {
            return;
        }
        let mut state = checkpoints.state.lock();
        state.grown = true;
        if std::mem::replace(&mut state.awaited, true) {
            return;
        }
        drop(state);
        let mut awaited = Awaited(Some(Arc::clone(self)));
        self.source().runtime.spawn(Box::pin(async move {
            while let Some((space, pause)) = awaited.next() {
                if !pause.is_zero() {
                    space.source().runtime.sleep(pause).await;
                }
                space.sign_checkpoint().await;
            }
        }));
    }

    /// Signs the tree and tells the streams, if it has grown.
    async fn sign_checkpoint(self: &Arc<Self>) {
        let checkpoints = self.checkpoints();
        {
            // Before the tree is read: what grows meanwhile may not be in it.
            let mut state = checkpoints.state.lock();
            state.grown = false;
            state.signed_at = Some(self.source().clock.monotonic());
        }
        match self.signed_tree().await {
            Ok(Some(signed)) if checkpoints.is_listened_to() => {
                let mut state = checkpoints.state.lock();
                let known = state.newest.as_ref().map(|newest| newest.size);
                if known.is_none_or(|known| known < signed.size) {
                    state.newest = Some((&signed).into());
                    drop(state);
                    self.hub().wake();
                }
            }
            Ok(_) => {}
            // The next event is another attempt; a client can ask for a checkpoint.
            Err(error) => tracing::warn!(%error, "no checkpoint for streams"),
        }
    }

    /// A checkpoint of the tree as it is; `None` if the space has none.
    pub(super) async fn signed_tree(&self) -> Result<Option<SignedTree>, Refusal> {
        let source = self.source();
        let Some(tree) = source.records.tree(self.id()).await? else {
            return Ok(None);
        };
        Ok(Some(SignedTree {
            size: tree.size,
            note: source.log_key.sign(self.id(), &tree)?,
        }))
    }
}

/// The task that signs the next checkpoint; `None` once another may be begun.
struct Awaited(Option<Arc<Space>>);

impl Awaited {
    /// How long until a checkpoint may be signed; `None` if there is nothing more to sign.
    fn next(&mut self) -> Option<(Arc<Space>, Duration)> {
        let space = self.0.take()?;
        let mut state = space.checkpoints().state.lock();
        if !state.grown || !space.checkpoints().is_listened_to() {
            // Under the lock: growth that is noted after this begins another task.
            state.awaited = false;
            return None;
        }
        let now = space.source().clock.monotonic();
        let due = state.signed_at.map_or(now, |at| at.saturating_add(PAUSE));
        drop(state);
        let pause = u64::try_from(due.saturating_sub(now)).unwrap_or(0);
        self.0 = Some(Arc::clone(&space));
        Some((space, Duration::from_millis(pause)))
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        // The task was ended in between.
        if let Some(space) = &self.0 {
            space.checkpoints().state.lock().awaited = false;
        }
    }
}
