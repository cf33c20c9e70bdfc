//! One reading: a lie, a way to read, and what was known before.

use std::fmt;

use super::liar::say;
use super::read::{Found, read};
use super::telling::Telling;
use super::verdict::Verdict;
use super::world::World;
use super::{Lie, Path};

/// Prior knowledge of the handle that is lied to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Memory {
    /// First read of a handle without a store.
    None,
    /// First read of a handle whose store has what an earlier run saw.
    Kept,
    /// Later read of a handle without a store.
    Seen,
    /// Later read of a handle with a store.
    SeenAndKept,
}

impl Memory {
    /// In the order in which a cell of the table has them.
    pub(super) const ALL: [Self; 4] = [Self::None, Self::Kept, Self::Seen, Self::SeenAndKept];

    pub(super) fn has_store(self) -> bool {
        matches!(self, Self::Kept | Self::SeenAndKept)
    }

    pub(super) fn is_later(self) -> bool {
        matches!(self, Self::Seen | Self::SeenAndKept)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) lie: Lie,
    pub(super) path: Path,
    pub(super) memory: Memory,
}

impl Cell {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Lie::ALL.iter().flat_map(|lie| {
            Path::ALL.iter().flat_map(|path| {
                Memory::ALL.map(|memory| Self {
                    lie: *lie,
                    path: *path,
                    memory,
                })
            })
        })
    }

    /// Lies to a new handle, and says what it made of it.
    pub(super) async fn verdict(&self, world: &World) -> Verdict {
        let Some(lied) = Telling::lied(self.lie, self.path, world) else {
            return Verdict::DoesNotApply;
        };
        let (space, network) = world.handle(self.path, self.memory).await;
        if self.memory.is_later() {
            let honest = Telling::honest(world);
            say(&network, &honest.before(self.path), self.path);
            world.see(&space, self.path).await;
        }
        let found = read(&space, &network, &lied, self.path, world).await;
        let seen = self.memory != Memory::None;
        Verdict::of(self.path, found, &self.truth(world).await, seen)
    }

    /// Returns what a new handle finds with an honest server.
    async fn truth(&self, world: &World) -> Found {
        let path = self.path;
        let known = world.truth(path).get_or_init(async || {
            let (space, network) = world.handle(path, Memory::None).await;
            let honest = Telling::honest(world);
            let found = read(&space, &network, &honest, path, world).await;
            found.expect("an honest server is believed")
        });
        let truth = known.await.clone();
        assert!(!truth.given.is_empty() && truth.refused.is_empty());
        truth
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lie, path) = (self.lie.name(), self.path.name());
        let time = if self.memory.is_later() {
            "later"
        } else {
            "first"
        };
        let store = if self.memory.has_store() {
            "with store"
        } else {
            "without store"
        };
        write!(f, "{lie} / {path} / {store} / {time} read")
    }
}
