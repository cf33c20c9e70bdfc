//! Sending a body, however long that takes, as long as the server takes it.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Notify;
use tokio::time::sleep;

/// Size of a chunk, in bytes. Chunks handed over are the only sign of how far a request is.
const CHUNK: usize = 256 << 10;
/// How much of a request the system holds for a server that takes nothing: Linux, up to 4 MiB.
const HELD: u64 = 4 << 20;
/// The slowest line that is waited for, in bytes per second.
const SLOWEST: u64 = 16 << 10;

/// How far a request is.
#[derive(Debug, Default)]
pub(super) struct Upload {
    /// Another chunk was handed over.
    moved: Notify,
    /// The next chunk is not there yet: what is waited for is its source, not the server.
    reading: AtomicBool,
}

impl Upload {
    /// The chunks, watched.
    pub(super) fn watch(
        self: &Arc<Self>,
        chunks: BoxStream<'static, io::Result<Bytes>>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let state = (chunks, Arc::clone(self));
        stream::unfold(state, |(mut chunks, upload)| async move {
            upload.reading.store(true, Ordering::Relaxed);
            let chunk = chunks.next().await;
            upload.reading.store(false, Ordering::Relaxed);
            upload.moved.notify_one();
            Some((chunk?, (chunks, upload)))
        })
    }

    /// Returns the result of `work`, or `None` if the server has neither taken anything nor answered for `patience`.
    pub(super) async fn while_moving<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.moved.notified() => {}
                () = sleep(patience) => {
                    if !self.reading.load(Ordering::Relaxed) {
                        return None;
                    }
                }
            }
        }
    }
}

/// Returns how long to wait for the next sign of life of a server to which a body of `length` bytes is sent. On a
/// slow line, the system holds bytes for a while after they were handed over.
pub(super) fn patience(idle: Duration, length: u64) -> Duration {
    idle + Duration::from_secs(length.min(HELD) / SLOWEST)
}

/// Bytes that are in memory, in chunks that share it.
pub(super) fn chunked(mut bytes: Bytes) -> BoxStream<'static, io::Result<Bytes>> {
    let chunks = std::iter::from_fn(move || {
        let next = bytes.split_to(bytes.len().min(CHUNK));
        (!next.is_empty()).then_some(Ok(next))
    });
    stream::iter(chunks).boxed()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::TryStreamExt as _;

    use super::*;

    const IDLE: Duration = Duration::from_secs(30);

    /// A source that gives a byte each time that has passed, `count` times.
    fn slow(every: Duration, count: u32) -> BoxStream<'static, io::Result<Bytes>> {
        stream::iter(0..count)
            .then(move |_| async move {
                sleep(every).await;
                Ok(Bytes::from_static(b"1"))
            })
            .boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_is_given_up() {
        let upload = Upload::default();
        assert_eq!(upload.while_moving(IDLE, pending::<()>()).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_a_little_each_time_is_waited_for() {
        let upload = Arc::new(Upload::default());
        let chunks = upload.watch(chunked(vec![0; 100 * CHUNK].into()));
        let taking = chunks.then(|chunk| async {
            sleep(Duration::from_secs(29)).await;
            chunk
        });
        let taken = upload.while_moving(IDLE, taking.try_collect::<Vec<_>>());
        assert_eq!(taken.await.unwrap().unwrap().len(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stops_taking_is_given_up() {
        let upload = Arc::new(Upload::default());
        let mut chunks = upload.watch(chunked(vec![0; 3 * CHUNK].into())).boxed();
        let work = async move {
            chunks.next().await;
            pending::<()>().await;
        };
        assert_eq!(upload.while_moving(IDLE, work).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_takes_long_is_not_the_servers_fault() {
        let upload = Arc::new(Upload::default());
        let chunks = upload.watch(slow(Duration::from_mins(5), 3));
        let taken = upload.while_moving(IDLE, chunks.try_collect::<Vec<_>>());
        assert_eq!(taken.await.unwrap().unwrap().len(), 3);
    }

    #[test]
    fn what_the_system_holds_is_waited_for_and_not_the_whole_length() {
        assert_eq!(patience(IDLE, 0), IDLE);
        assert_eq!(patience(IDLE, 1 << 20), IDLE + Duration::from_secs(64));
        let most = IDLE + Duration::from_secs(256);
        assert_eq!(patience(IDLE, 1 << 40), most);
    }

    #[tokio::test]
    async fn chunks_are_the_bytes_in_order() {
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(2 * CHUNK + 1).collect();
        let chunks: Vec<Bytes> = chunked(bytes.clone().into()).try_collect().await.unwrap();
        assert_eq!(chunks.len(), 3);
        assert_eq!(chunks.concat(), bytes);
    }
}
