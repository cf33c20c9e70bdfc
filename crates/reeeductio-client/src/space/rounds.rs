//! Readings that all callers share who need one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};

use crate::error::ClientError;
use crate::platform::{BoxFuture, MaybeSend};

type Reading = BoxFuture<'static, Result<(), ClientError>>;

/// Readings that all callers share who need one: each is good, or has failed, for those who were waiting when it began.
///
/// All who wait poll it together, so a caller whose future nobody polls holds nobody up. It ends when the last of them has left.
#[derive(Default)]
pub(crate) struct Rounds(Mutex<Current>);

#[derive(Default)]
struct Current {
    /// Number of the reading that began last.
    number: u64,
    reading: Option<WeakShared<Reading>>,
}

impl Rounds {
    /// Waits for a reading that begins after this call: `round`, unless another caller's is the first.
    pub(crate) async fn run<F>(&self, round: impl Fn() -> F) -> Result<(), ClientError>
    where
        F: Future<Output = Result<(), ClientError>> + MaybeSend + 'static,
    {
        let needed = self.current(|current| current.number) + 1;
        loop {
            let (number, reading) = self.current(|current| current.join(&round));
            let result = reading.await;
            if number >= needed {
                return result;
            }
        }
    }

    fn current<T>(&self, look: impl FnOnce(&mut Current) -> T) -> T {
        // No step that changes the value can panic, so the value of a poisoned lock is sound.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Current {
    /// The reading that is under way, or a new one.
    fn join<F>(&mut self, round: impl Fn() -> F) -> (u64, Shared<Reading>)
    where
        F: Future<Output = Result<(), ClientError>> + MaybeSend + 'static,
    {
        if let Some(reading) = self.reading.as_ref().and_then(WeakShared::upgrade)
            && reading.peek().is_none()
        {
            return (self.number, reading);
        }
        self.number += 1;
        let reading: Reading = Box::pin(round());
        let reading = reading.shared();
        self.reading = reading.downgrade();
        (self.number, reading)
    }
}

impl fmt::Debug for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rounds").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::poll;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn a_round_is_good_or_has_failed_for_those_who_waited_when_it_began() {
        for result in [Ok(()), Err(ClientError::Interrupted("test".to_owned()))] {
            let (rounds, begun) = (Rounds::default(), Arc::new(AtomicU32::new(0)));
            let gate = Arc::new(Semaphore::new(0));
            let round = || {
                rounds.run(|| {
                    let (begun, gate) = (Arc::clone(&begun), Arc::clone(&gate));
                    let result = result.clone();
                    async move {
                        begun.fetch_add(1, Ordering::SeqCst);
                        gate.acquire().await.unwrap().forget();
                        result
                    }
                })
            };
            let release = async {
                for _ in 0..3 {
                    gate.add_permits(1);
                    tokio::task::yield_now().await;
                    tokio::task::yield_now().await;
                }
            };
            // The first begins one; the others wait for it and share the next.
            let (a, b, c, ()) = tokio::join!(round(), round(), round(), release);
            assert!(
                [a, b, c]
                    .iter()
                    .all(|ended| ended.is_ok() == result.is_ok())
            );
            assert_eq!(begun.load(Ordering::SeqCst), 2);
            let later = round().await;
            assert_eq!(later.is_ok(), result.is_ok());
            assert_eq!(begun.load(Ordering::SeqCst), 3);
        }
    }

    #[tokio::test]
    async fn a_future_that_nobody_polls_holds_nobody_up() {
        let rounds = Rounds::default();
        let reading = || async {
            tokio::task::yield_now().await;
            Ok(())
        };
        // One has begun a round, one waits for it, and both are left alone.
        let mut first = pin!(rounds.run(reading));
        assert!(poll!(&mut first).is_pending());
        let mut second = pin!(rounds.run(reading));
        assert!(poll!(&mut second).is_pending());
        rounds.run(reading).await.unwrap();
    }
}
