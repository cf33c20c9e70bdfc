//! Registrations and logins between their two halves: bounded in number and time.

use std::collections::HashMap;
use std::hash::Hash;

use opaque_ke::ServerLogin;
use parking_lot::Mutex;
use reeeductio_proto::{MemberId, SpaceId};

use super::{OpaqueLimits, Suite};
use crate::rate::RateLimiter;

/// Logins in progress per username; one more drops the oldest.
const LOGINS_PER_NAME: usize = 8;
/// Names whose attempts are counted.
const COUNTED_NAMES: usize = 100_000;

/// A username in a space.
pub(crate) type Name = (SpaceId, String);

/// A login in progress, with what a successful one is answered with; `None` for an unknown user.
pub(crate) struct PendingLogin {
    pub(crate) state: ServerLogin<Suite>,
    pub(crate) credentials: Option<Credentials>,
}

/// A registration in progress.
#[derive(Clone, Copy)]
pub(crate) struct PendingRegistration {
    pub(crate) member: MemberId,
    /// Whether it may take the place of the member's own record.
    pub(crate) replace: bool,
}

/// What the user's record holds for the client.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) encrypted_credentials: String,
    pub(crate) public_key: String,
}

/// Registrations and logins in progress.
pub(crate) struct PendingOpaque {
    pub(crate) attempts: RateLimiter<Name>,
    registrations: Mutex<Expiring<Name, PendingRegistration>>,
    logins: Mutex<Expiring<Name, Vec<PendingLogin>>>,
}

impl PendingOpaque {
    pub(crate) fn new(limits: &OpaqueLimits) -> Self {
        Self {
            attempts: RateLimiter::new(limits.attempts, COUNTED_NAMES),
            registrations: Mutex::new(Expiring::new(limits)),
            logins: Mutex::new(Expiring::new(limits)),
        }
    }

    pub(crate) fn start_registration(
        &self,
        name: Name,
        registration: PendingRegistration,
        now: i64,
    ) {
        *self.registrations.lock().entry(name, now) = Some(registration);
    }

    /// The registration of this name that was started and has not expired.
    pub(crate) fn registering(&self, name: &Name, now: i64) -> Option<PendingRegistration> {
        self.registrations.lock().get(name, now).copied()
    }

    pub(crate) fn finish_registration(&self, name: &Name) {
        self.registrations.lock().remove(name);
    }

    pub(crate) fn start_login(&self, name: Name, login: PendingLogin, now: i64) {
        let mut logins = self.logins.lock();
        let pending = logins.entry(name, now).get_or_insert_with(Vec::new);
        if pending.len() >= LOGINS_PER_NAME {
            pending.remove(0);
        }
        pending.push(login);
    }

    /// Takes out the login that `finishes` accepts; `None` when there is none in progress at all.
    pub(crate) fn finish_login<T>(
        &self,
        name: &Name,
        now: i64,
        mut finishes: impl FnMut(&PendingLogin) -> Option<T>,
    ) -> Option<Option<T>> {
        let mut logins = self.logins.lock();
        let pending = logins.get_mut(name, now)?;
        let mut found = None;
        pending.retain(|login| {
            if found.is_some() {
                return true;
            }
            found = finishes(login);
            found.is_none()
        });
        if pending.is_empty() {
            logins.remove(name);
        }
        Some(found)
    }
}

/// A map whose entries expire and whose size is bounded: when it is full, the oldest entry goes.
struct Expiring<K, V> {
    entries: HashMap<K, (i64, Option<V>)>,
    lifetime: i64,
    capacity: usize,
}

impl<K: Clone + Eq + Hash, V> Expiring<K, V> {
    fn new(limits: &OpaqueLimits) -> Self {
        Self {
            entries: HashMap::new(),
            lifetime: limits.pending_lifetime,
            capacity: limits.pending.max(1),
        }
    }

    fn entry(&mut self, key: K, now: i64) -> &mut Option<V> {
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            let oldest_kept = now - self.lifetime;
            self.entries.retain(|_, (at, _)| *at > oldest_kept);
            if self.entries.len() >= self.capacity {
                let oldest = self.entries.iter().min_by_key(|(_, (at, _))| *at);
                if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                    self.entries.remove(&key);
                }
            }
        }
        let (at, value) = self.entries.entry(key).or_insert((now, None));
        if now - *at > self.lifetime {
            *value = None;
        }
        *at = now;
        value
    }

    fn get(&self, key: &K, now: i64) -> Option<&V> {
        let (at, value) = self.entries.get(key)?;
        (now - at <= self.lifetime)
            .then_some(value.as_ref())
            .flatten()
    }

    fn get_mut(&mut self, key: &K, now: i64) -> Option<&mut V> {
        let lifetime = self.lifetime;
        let (at, value) = self.entries.get_mut(key)?;
        (now - *at <= lifetime).then_some(value.as_mut()).flatten()
    }

    fn remove(&mut self, key: &K) {
        self.entries.remove(key);
    }
}
