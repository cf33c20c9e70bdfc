//! Logins between their two halves, for clients that do not hand the state back: per server, bounded in number and time
//! (docs/adr/0011).

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use reeeductio_proto::SpaceId;

use super::OpaqueLimits;
use super::login_state::{LoginId, LoginState};
use crate::source::Source;

/// Logins of a username from other sources that an answer is compared with: a client's address may change.
const ELSEWHERE: usize = 64;

/// A login in progress.
pub(crate) struct PendingLogin {
    pub(crate) id: LoginId,
    pub(crate) space: SpaceId,
    pub(crate) username: String,
    /// Monotonic milliseconds.
    pub(crate) started_at: i64,
    pub(crate) state: LoginState,
}

/// Logins in progress. When there are too many of one source, its oldest goes; when there are too many in all, the
/// oldest of the source that has the most.
pub(crate) struct PendingLogins {
    logins: Mutex<Logins>,
    lifetime: i64,
    capacity: usize,
    per_source: usize,
}

#[derive(Default)]
struct Logins {
    /// Each source's in the order in which they were started.
    by_source: HashMap<Source, VecDeque<PendingLogin>>,
    count: usize,
}

impl PendingLogins {
    pub(crate) fn new(limits: &OpaqueLimits) -> Self {
        Self {
            logins: Mutex::default(),
            lifetime: limits.pending_lifetime,
            capacity: limits.pending.max(1),
            per_source: limits.pending_per_source.max(1),
        }
    }

    pub(crate) fn start(&self, source: Source, login: PendingLogin) {
        let expired = login.started_at.saturating_sub(self.lifetime);
        let logins = &mut *self.logins.lock();
        let own = logins.by_source.entry(source).or_default();
        while own.len() >= self.per_source
            || own
                .front()
                .is_some_and(|oldest| oldest.started_at < expired)
        {
            own.pop_front();
            logins.count -= 1;
        }
        if logins.count >= self.capacity {
            logins.make_room(expired, self.capacity);
        }
        logins.by_source.entry(source).or_default().push_back(login);
        logins.count += 1;
    }

    /// Takes out the login of this username that `finishes` accepts. `None` when none is in progress, `Some(None)` when
    /// none of those is accepted.
    pub(crate) fn take<T>(
        &self,
        (space, username): (SpaceId, &str),
        source: Source,
        now: i64,
        mut finishes: impl FnMut(&LoginState) -> Option<T>,
    ) -> Option<Option<T>> {
        let expired = now.saturating_sub(self.lifetime);
        let logins = &mut *self.logins.lock();
        let matches = |login: &&PendingLogin| {
            login.space == space && login.username == username && login.started_at >= expired
        };
        let own = logins.by_source.get(&source).into_iter();
        let own = own.flat_map(|logins| logins.iter().rev()).filter(matches);
        let others = logins.by_source.iter();
        let others = others
            .filter(|(other, _)| **other != source)
            .flat_map(|(_, logins)| logins.iter().rev())
            .filter(matches)
            .take(ELSEWHERE);
        let mut any = false;
        let found = own.chain(others).find_map(|login| {
            any = true;
            finishes(&login.state).map(|value| (login.id, value))
        });
        match found {
            Some((id, value)) => {
                logins.remove(&id);
                Some(Some(value))
            }
            None => any.then_some(None),
        }
    }

    /// Drops a login that was finished by its sealed state.
    pub(crate) fn forget(&self, id: &LoginId) {
        self.logins.lock().remove(id);
    }
}

impl Logins {
    fn remove(&mut self, id: &LoginId) {
        let found = self.by_source.iter().find_map(|(source, logins)| {
            let at = logins.iter().position(|login| login.id == *id)?;
            Some((*source, at))
        });
        let Some((source, at)) = found else {
            return;
        };
        if let Some(logins) = self.by_source.get_mut(&source) {
            logins.remove(at);
            self.count -= 1;
            if logins.is_empty() {
                self.by_source.remove(&source);
            }
        }
    }

    fn make_room(&mut self, expired: i64, capacity: usize) {
        self.by_source.retain(|_, logins| {
            logins.retain(|login| login.started_at >= expired);
            !logins.is_empty()
        });
        self.count = self.by_source.values().map(VecDeque::len).sum();
        while self.count >= capacity {
            let most = self
                .by_source
                .values_mut()
                .max_by_key(|logins| logins.len());
            if most.and_then(VecDeque::pop_front).is_none() {
                return;
            }
            self.count -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
