//! WebAssembly in a browser, in a worker or in Node: one thread, the host's clock and timers.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use web_time::{SystemTime, UNIX_EPOCH};

use crate::error::ClientError;
use crate::transport::Transport;

/// Bound on types that several threads use at once. Every type meets it: here there is one thread.
pub trait MaybeSync {}
impl<T: ?Sized> MaybeSync for T {}

/// Bound on types that move between threads. Every type meets it: here there is one thread.
pub trait MaybeSend {}
impl<T: ?Sized> MaybeSend for T {}

pub use futures_util::future::LocalBoxFuture as BoxFuture;
pub use futures_util::stream::LocalBoxStream as BoxStream;

/// Milliseconds since the Unix epoch.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Milliseconds that have passed on a clock that is never set.
pub(crate) fn elapsed() -> i64 {
    thread_local! {
        static BEGINNING: web_time::Instant = web_time::Instant::now();
    }
    let passed = BEGINNING.with(web_time::Instant::elapsed);
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}

/// Lets a task run beside the others.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// There is no network that all hosts have.
pub(crate) fn system() -> Result<Arc<dyn Transport>, ClientError> {
    Err(ClientError::argument(
        "transport",
        "must be given in WebAssembly",
    ))
}

/// Waits.
pub(crate) async fn wait(time: Duration) {
    // The longest that the host's timers can: 24 days.
    const LONGEST: u32 = i32::MAX.unsigned_abs();
    let millis = u32::try_from(time.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST));
    TimeoutFuture::new(millis).await;
}

/// Returns the output of a future, or `None` if it takes longer than `time`.
pub(crate) async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(wait(time))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// Runs what takes long. There is no other thread to run it on.
pub(crate) async fn compute<T>(work: impl FnOnce() -> T) -> Result<T, ClientError> {
    Ok(work())
}
