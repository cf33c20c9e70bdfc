//! Local stores that crash, before or after they kept a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use reeeductio_client::MemoryStore;
use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, StoreError, Stored};

use super::ground::Ground;
use crate::dice::Dice;

/// A store as one run of a program uses it. After a crash it answers nothing more; the commits it kept are on the disk, for the
/// next run.
pub(super) struct Process {
    disk: Arc<MemoryStore>,
    ground: Arc<Ground>,
    dice: Mutex<Arc<Dice>>,
    dead: AtomicBool,
}

impl Process {
    pub(super) fn new(disk: &Arc<MemoryStore>, ground: &Arc<Ground>) -> Self {
        Self {
            disk: Arc::clone(disk),
            ground: Arc::clone(ground),
            dice: Mutex::new(Arc::new(Dice::new(0))),
            dead: AtomicBool::new(false),
        }
    }

    /// Begins an action, whose crashes follow from `seed`.
    pub(super) fn begin(&self, seed: u64) {
        *self.dice.lock() = Arc::new(Dice::new(seed));
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
            let dice = Arc::clone(&self.dice.lock());
            let crashes = !self.ground.is_calm() && dice.chance(self.ground.weather.crashes);
            if !crashes {
                return self.disk.commit(changes, durability).await;
            }
            if dice.chance(50) {
                self.disk.commit(changes, durability).await?;
            }
            self.dead.store(true, Ordering::Relaxed);
            Err(StoreError::Unavailable("crashed".to_owned()))
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move { self.alive()?.clear().await })
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.disk)
    }
}

/// A copy of a store, byte for byte.
pub(super) async fn copied(store: &MemoryStore) -> MemoryStore {
    let all = Scan {
        from: vec![0],
        to: vec![0xff],
        limit: usize::MAX,
        bytes: usize::MAX,
        reverse: false,
    };
    let pairs = store.scan(all).await.unwrap().pairs.into_iter();
    let copy = MemoryStore::default();
    let changes = pairs.map(|(key, value)| Change::Put { key, value });
    let kept = copy.commit(changes.collect(), Durability::Process).await;
    kept.unwrap();
    copy
}
