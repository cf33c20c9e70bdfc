//! The clock, the timer and the randomness of the machine: nothing else here asks for them.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::ClientError;

/// What may be used from several threads where there are several: in a browser there is one, and what
/// lives there need not be `Send`.
#[cfg(not(target_arch = "wasm32"))]
pub trait Portable: Send + Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync + ?Sized> Portable for T {}

/// What may be used from several threads where there are several: here there is one.
#[cfg(target_arch = "wasm32")]
pub trait Portable {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> Portable for T {}

/// A boxed future that is `Send` where there are threads.
#[cfg(not(target_arch = "wasm32"))]
pub type PortableFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A boxed future; here there are no threads.
#[cfg(target_arch = "wasm32")]
pub type PortableFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the client's clock")]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the client's randomness")]
pub fn random<const N: usize>() -> Result<[u8; N], ClientError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ClientError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// Waits for a random time below `most` milliseconds.
pub(crate) async fn pause(most: u16) -> Result<(), ClientError> {
    let share = u64::from(u16::from_le_bytes(random()?));
    let millis = u64::from(most) * share / u64::from(u16::MAX);
    wait(Duration::from_millis(millis)).await;
    Ok(())
}

/// Waits.
pub(crate) async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

/// What a future gives, unless it takes longer.
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
