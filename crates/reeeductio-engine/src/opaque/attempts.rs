//! How often passwords are tried (docs/adr/0011).

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use reeeductio_proto::{MemberId, SpaceId};
use sha2::{Digest, Sha256};

use super::OpaqueLimits;
use crate::rate::Rate;
use crate::source::Source;

/// Entries of each table. When a table is full, its longest unused half is forgotten, never anybody refused: that would
/// let those who fill it keep everybody else out.
const COUNTED: usize = 100_000;

/// Counts login attempts by username and source, by source, and by username.
#[derive(Debug)]
pub(crate) struct Attempts {
    /// Of a username from a source.
    own: Pace,
    /// The part of `own` that no other source can use up.
    reserved: Pace,
    /// Of a source, at all usernames.
    source: Pace,
    /// Of a username, from all sources.
    name: Pace,
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    own: Recent<(Digested, Source), Own>,
    sources: Recent<Source, i64>,
    names: Recent<Digested, i64>,
    registering: Recent<Digested, i64>,
}

#[derive(Clone, Copy, Debug)]
struct Own {
    all: i64,
    reserved: i64,
}

/// A name in a space, of one size however long it is.
type Digested = [u8; 32];

impl Attempts {
    pub(crate) fn new(limits: &OpaqueLimits) -> Self {
        Self {
            own: Pace::of(limits.attempts),
            reserved: Pace::of(limits.reserved_attempts),
            source: Pace::of(limits.source_attempts),
            name: Pace::of(limits.name_attempts),
            counted: Mutex::new(Counted {
                own: Recent::new(COUNTED),
                sources: Recent::new(COUNTED),
                names: Recent::new(COUNTED),
                registering: Recent::new(COUNTED),
            }),
        }
    }

    /// Takes an attempt at `username` at `now` (monotonic milliseconds), or returns how many seconds to wait. A refused
    /// attempt uses nothing up.
    pub(crate) fn log_in(
        &self,
        space: SpaceId,
        username: &str,
        source: Source,
        now: i64,
    ) -> Result<(), u64> {
        let name = digest(space, username.as_bytes());
        let counted = &mut *self.counted.lock();
        let mut own = counted.own.get(&(name, source)).unwrap_or(Own {
            all: now,
            reserved: now,
        });
        let at_source = counted.sources.get(&source).unwrap_or(now);
        let at_name = counted.names.get(&name).unwrap_or(now);
        // Attempts by others stop nobody who is within the reserved part.
        let shared = self.name.wait(at_name, now);
        let wait = self
            .own
            .wait(own.all, now)
            .max(self.source.wait(at_source, now))
            .max(shared.min(self.reserved.wait(own.reserved, now)));
        if wait > 0 {
            return Err(seconds(wait));
        }
        own.all = self.own.after(own.all, now);
        if shared == 0 {
            counted.names.set(name, self.name.after(at_name, now));
        } else {
            own.reserved = self.reserved.after(own.reserved, now);
        }
        counted.own.set((name, source), own);
        counted
            .sources
            .set(source, self.source.after(at_source, now));
        Ok(())
    }

    /// Takes a registration of `member` at `now` (monotonic milliseconds), or returns how many seconds to wait.
    pub(crate) fn register(&self, space: SpaceId, member: &MemberId, now: i64) -> Result<(), u64> {
        let member = digest(space, &member.to_bytes());
        let registering = &mut self.counted.lock().registering;
        let at = registering.get(&member).unwrap_or(now);
        let wait = self.own.wait(at, now);
        if wait > 0 {
            return Err(seconds(wait));
        }
        registering.set(member, self.own.after(at, now));
        Ok(())
    }
}

fn digest(space: SpaceId, name: &[u8]) -> Digested {
    Sha256::new()
        .chain_update(space.as_bytes())
        .chain_update(name)
        .finalize()
        .into()
}

fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds)
        .unwrap_or_default()
        .div_ceil(1000)
}

/// A rate as the generic cell rate algorithm keeps it: of each key, only the time at which all its attempts are repaid.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Milliseconds that repay one attempt; 0 allows everything.
    interval: i64,
    /// Milliseconds that may be owed.
    tolerance: i64,
}

impl Pace {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number of milliseconds, rounded; casts of floats saturate"
    )]
    fn of(rate: Rate) -> Self {
        if rate.per_second <= 0.0 {
            return Self {
                interval: 0,
                tolerance: 0,
            };
        }
        let interval = (1000.0 / rate.per_second).ceil();
        Self {
            interval: interval as i64,
            tolerance: ((rate.burst - 1.0).max(0.0) * interval) as i64,
        }
    }

    /// Milliseconds until the next attempt.
    fn wait(self, repaid_at: i64, now: i64) -> i64 {
        if self.interval == 0 {
            return 0;
        }
        repaid_at
            .saturating_sub(now)
            .saturating_sub(self.tolerance)
            .max(0)
    }

    /// When everything is repaid after one more attempt.
    fn after(self, repaid_at: i64, now: i64) -> i64 {
        repaid_at.max(now).saturating_add(self.interval)
    }
}

/// A map of bounded size that forgets what was longest unused: two generations, of which the older is dropped when the
/// younger is full.
#[derive(Debug)]
struct Recent<K, V> {
    current: HashMap<K, V>,
    previous: HashMap<K, V>,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V: Copy> Recent<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            current: HashMap::new(),
            previous: HashMap::new(),
            capacity,
        }
    }

    fn get(&self, key: &K) -> Option<V> {
        self.current
            .get(key)
            .or_else(|| self.previous.get(key))
            .copied()
    }

    fn set(&mut self, key: K, value: V) {
        if self.current.len() >= self.capacity / 2 && !self.current.contains_key(&key) {
            self.previous = std::mem::take(&mut self.current);
        }
        self.current.insert(key, value);
    }
}

#[cfg(test)]
mod tests;
