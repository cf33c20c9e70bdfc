//! Local stores that crash, before or after they kept a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use reeeductio_client::MemoryStore;
use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, StoreError, Stored};

use super::network::Weather;
use super::plant::Plant;

/// First bytes of keys (`spec/local-store.md`).
const MESSAGE_TIME: u8 = 2;
const HEAD: u8 = 3;
const SIGNED_TIME: u8 = 4;

/// A store as one run of a program uses it. After a crash it answers nothing more; the commits it kept are on the disk, for the
/// next run.
#[derive(Debug)]
pub(super) struct Process {
    disk: Arc<MemoryStore>,
    weather: Arc<Weather>,
    /// Commits in a hundred that end in a crash.
    crashes: usize,
    dead: AtomicBool,
    plant: Option<Plant>,
    /// Commits that were acknowledged and not kept yet.
    unwritten: Mutex<Vec<Vec<Change>>>,
}

impl Process {
    pub(super) fn new(
        disk: &Arc<MemoryStore>,
        weather: &Arc<Weather>,
        crashes: usize,
        plant: Option<Plant>,
    ) -> Self {
        Self {
            disk: Arc::clone(disk),
            weather: Arc::clone(weather),
            crashes,
            dead: AtomicBool::new(false),
            plant,
            unwritten: Mutex::default(),
        }
    }

    /// Returns whether the program has crashed.
    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    fn alive(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_dead() {
            return Err(StoreError::Unavailable("crashed".to_owned()));
        }
        Ok(&self.disk)
    }

    fn crash(&self) -> StoreError {
        self.dead.store(true, Ordering::Relaxed);
        StoreError::Unavailable("crashed".to_owned())
    }

    async fn keep(
        &self,
        mut changes: Vec<Change>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        let messages = changes.iter().filter(|change| kind(change) == MESSAGE_TIME);
        match self.plant {
            Some(Plant::ForgetsHeads) => changes.retain(|change| kind(change) != HEAD),
            Some(Plant::ForgetsSignedTimes) => {
                changes.retain(|change| kind(change) != SIGNED_TIME);
            }
            // A message that comes alone is usually one's own post.
            Some(Plant::ForgetsOwnPosts) if messages.count() == 1 => return Ok(()),
            Some(Plant::AcknowledgesUnkept) => {
                let mut unwritten = self.unwritten.lock();
                unwritten.push(changes);
                if unwritten.len() < 3 {
                    return Ok(());
                }
                changes = unwritten.remove(0);
            }
            Some(Plant::KeepsHeadsFirst) => {
                let (heads, rest) = changes.into_iter().partition(|change| kind(change) == HEAD);
                self.disk.commit(heads, durability).await?;
                if self.weather.strikes(self.crashes) {
                    return Err(self.crash());
                }
                changes = rest;
            }
            _ => {}
        }
        self.disk.commit(changes, durability).await
    }
}

impl Store for Process {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move { self.alive()?.get(keys).await })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        Box::pin(async move { self.alive()?.scan(scan).await })
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        Box::pin(async move {
            self.alive()?;
            if !self.weather.strikes(self.crashes) {
                return self.keep(changes, durability).await;
            }
            if self.weather.dice.chance(50) {
                self.keep(changes, durability).await?;
            }
            Err(self.crash())
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move { self.alive()?.clear().await })
    }
}

/// Returns the first byte of the key that a change is about.
fn kind(change: &Change) -> u8 {
    let (Change::Insert { key, .. }
    | Change::Raise { key, .. }
    | Change::Put { key, .. }
    | Change::Delete { key }) = change;
    key.first().copied().unwrap_or_default()
}
