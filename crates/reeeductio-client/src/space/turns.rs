//! Who goes first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// One turn at a time for each key. Keys that nobody waits for take no memory.
#[derive(Debug)]
pub(super) struct Turns<K>(Mutex<HashMap<K, Arc<Turn<()>>>>);

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Turns<K> {
    /// Waits until nobody else has the turn of `key`.
    pub(super) async fn of(&self, key: &K) -> OwnedMutexGuard<()> {
        let turn = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(all.entry(key.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

/// Readings that all callers share who need one: each is good for those who were waiting when it began.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    turn: Turn<()>,
    counts: Mutex<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    begun: u64,
    done: u64,
}

impl Rounds {
    /// Runs `round`, unless another one that began after this call has done it already. One that fails counts for nobody else.
    pub(super) async fn run<E>(&self, round: impl AsyncFnOnce() -> Result<(), E>) -> Result<(), E> {
        let needed = self.counts(|counts| counts.begun + 1);
        let _turn = self.turn.lock().await;
        if self.counts(|counts| counts.done >= needed) {
            return Ok(());
        }
        let number = self.counts(|counts| {
            counts.begun += 1;
            counts.begun
        });
        round().await?;
        self.counts(|counts| counts.done = number);
        Ok(())
    }

    fn counts<T>(&self, look: impl FnOnce(&mut Counts) -> T) -> T {
        look(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_round_is_shared_by_those_who_waited_when_it_began() {
        let (rounds, run) = (Rounds::default(), AtomicU32::new(0));
        let round = async || {
            rounds
                .run(async || {
                    tokio::task::yield_now().await;
                    run.fetch_add(1, Ordering::SeqCst);
                    Ok::<(), ()>(())
                })
                .await
        };
        // The first begins one; the others wait for it and share the next.
        let (a, b, c) = tokio::join!(round(), round(), round());
        assert_eq!((a, b, c), (Ok(()), Ok(()), Ok(())));
        assert_eq!(run.load(Ordering::SeqCst), 2);
        round().await.unwrap();
        assert_eq!(run.load(Ordering::SeqCst), 3);
        assert_eq!(rounds.run(async || Err(7)).await, Err(7));
        round().await.unwrap();
        assert_eq!(run.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn turns_that_nobody_waits_for_are_forgotten() {
        let turns = Turns::default();
        for key in 0..1000 {
            drop(turns.of(&key).await);
        }
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
