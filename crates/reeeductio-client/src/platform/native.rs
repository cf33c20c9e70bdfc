//! An operating system, and tokio on it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::ClientError;
use crate::transport::{Native, Timeouts, Transport};

/// Bound on types that several threads use at once: `Send + Sync` where there are threads.
pub trait MaybeSync: Send + Sync {}
impl<T: Send + Sync + ?Sized> MaybeSync for T {}

/// Bound on types that move between threads: `Send` where there are threads.
pub trait MaybeSend: Send {}
impl<T: Send + ?Sized> MaybeSend for T {}

pub use futures_util::future::BoxFuture;
pub use futures_util::stream::BoxStream;

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the client's clock")]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Milliseconds on a clock that is never set. Below zero if the clock, of which a test may have several, was made before the one that
/// was asked first.
pub(crate) fn elapsed() -> i64 {
    use std::sync::LazyLock;
    use tokio::time::Instant;

    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    let (beginning, now) = (*BEGINNING, Instant::now());
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match now.checked_duration_since(beginning) {
        Some(passed) => millis(passed),
        None => -millis(beginning.duration_since(now)),
    }
}

/// Lets a task run beside the others. Needs a tokio runtime, as all networking does.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// The network that is used when none is named.
pub(crate) fn system() -> Result<Arc<dyn Transport>, ClientError> {
    Ok(Arc::new(Native::new(Timeouts::default())?))
}

/// Waits.
pub(crate) async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Returns the output of a future, or `None` if it takes longer than `time`.
pub(crate) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, future).await.ok()
}

/// Runs what takes long without waiting for anything, where it keeps nothing else from running.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ClientError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ClientError::Interrupted(error.to_string()))
}
