//! Readings that all callers share who need one.

use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use crate::error::ClientError;
use crate::platform::{Movable, spawn};

/// Readings that all callers share who need one: each is good for those who were waiting when it began.
///
/// A reading is a task of its own. So it comes to its end although nobody polls the future that asked for it, and that future
/// holds nobody else up.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds(Arc<watch::Sender<Counts>>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    begun: u64,
    /// The last one that succeeded.
    done: u64,
    running: bool,
}

impl Rounds {
    /// Runs `round`, unless another one that began after this call has done it already. One that fails counts for nobody else.
    pub(super) async fn run<F>(&self, round: impl FnOnce() -> F) -> Result<(), ClientError>
    where
        F: Future<Output = Result<(), ClientError>> + Movable + 'static,
    {
        let mut counts = self.0.subscribe();
        let needed = counts.borrow().begun + 1;
        loop {
            if counts.borrow_and_update().done >= needed {
                return Ok(());
            }
            if let Some(running) = self.begin() {
                let (answer, answered) = oneshot::channel();
                let round = round();
                spawn(async move {
                    let result = round.await;
                    running.end(result.is_ok());
                    // The caller may have stopped waiting.
                    let _given_up = answer.send(result);
                });
                return answered
                    .await
                    .unwrap_or_else(|error| Err(ClientError::Interrupted(error.to_string())));
            }
            // The sender is in `self`.
            let _ended = counts.wait_for(|counts| !counts.running).await;
        }
    }

    fn begin(&self) -> Option<Running> {
        let mut number = None;
        self.0.send_if_modified(|counts| {
            if !counts.running {
                counts.running = true;
                counts.begun += 1;
                number = Some(counts.begun);
            }
            number.is_some()
        });
        number.map(|number| Running {
            rounds: self.clone(),
            number,
            succeeded: false,
        })
    }
}

/// Says that a round has ended, also when it ends with its runtime.
struct Running {
    rounds: Rounds,
    number: u64,
    succeeded: bool,
}

impl Running {
    fn end(mut self, succeeded: bool) {
        self.succeeded = succeeded;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.rounds.0.send_modify(|counts| {
            counts.running = false;
            if self.succeeded {
                counts.done = self.number;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn a_round_is_shared_by_those_who_waited_when_it_began() {
        let (rounds, run) = (Rounds::default(), Arc::new(AtomicU32::new(0)));
        let round = async || {
            let run = Arc::clone(&run);
            let reading = async move {
                tokio::task::yield_now().await;
                run.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            rounds.run(|| reading).await
        };
        // The first begins one; the others wait for it and share the next.
        let (a, b, c) = tokio::join!(round(), round(), round());
        assert!([a, b, c].iter().all(Result::is_ok));
        assert_eq!(run.load(Ordering::SeqCst), 2);
        round().await.unwrap();
        assert_eq!(run.load(Ordering::SeqCst), 3);
        let failing = || async { Err(ClientError::Interrupted("test".to_owned())) };
        rounds.run(failing).await.unwrap_err();
        round().await.unwrap();
        assert_eq!(run.load(Ordering::SeqCst), 4);
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
