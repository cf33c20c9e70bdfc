//! State of one space in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::MappedRwLockReadGuard;
use reeeductio_backend::{Clock, Committed, Records, Registration, Runtime};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::authority::{Authority, AuthorityCell, Freshness};
use crate::heads::Heads;
use crate::live::{Checkpoints, CursorKey, Hub, Room};
use crate::log::LogKey;
use crate::rate::RateLimiter;
use crate::refusal::Refusal;
use crate::registrars::{Registrar, Registrars, unknown};

/// Ports and settings that a space in memory uses.
pub(crate) struct Source {
    pub(crate) records: Arc<dyn Records>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) admin_space: Option<SpaceId>,
    /// Spaces of apps whose users may make spaces.
    pub(crate) app_spaces: Vec<SpaceId>,
    pub(crate) cursor_key: CursorKey,
    pub(crate) log_key: LogKey,
    /// Bytes of signals, by space and member.
    pub(crate) signals: RateLimiter<(SpaceId, MemberId)>,
}

/// The existence of a space that must be registered. The state of a space in memory is kept for as long as it is registered without a
/// break: after that it may have been purged, and begin anew.
pub(crate) struct Existence {
    pub(crate) registrars: Arc<Registrars>,
    /// Since when it has been registered, if it was ever withdrawn.
    pub(crate) again: Option<i64>,
}

/// One space in memory: nothing here that the store could not give back.
pub(crate) struct Space {
    id: SpaceId,
    source: Arc<Source>,
    /// `None` where it exists without a registration.
    existence: Option<Existence>,
    authority: AuthorityCell,
    heads: Heads,
    hub: Hub,
    room: Room,
    checkpoints: Checkpoints,
    /// When it was last asked for, by the monotonic clock.
    used_at: AtomicI64,
}

impl Space {
    pub(crate) fn new(
        id: SpaceId,
        source: Arc<Source>,
        existence: Option<Existence>,
        live_ring_bytes: usize,
    ) -> Self {
        Self {
            id,
            source,
            existence,
            authority: AuthorityCell::default(),
            heads: Heads::default(),
            hub: Hub::new(live_ring_bytes),
            room: Room::default(),
            checkpoints: Checkpoints::default(),
            used_at: AtomicI64::new(0),
        }
    }

    pub(crate) fn id(&self) -> SpaceId {
        self.id
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.registrar() == Some(Registrar::Admin)
    }

    /// The role in which it registers other spaces, if it does.
    pub(crate) fn registrar(&self) -> Option<Registrar> {
        let source = &self.source;
        if source.admin_space == Some(self.id) {
            return Some(Registrar::Admin);
        }
        let is_app = source.app_spaces.contains(&self.id);
        is_app.then_some(Registrar::App)
    }

    pub(crate) fn existence(&self) -> Option<&Existence> {
        self.existence.as_ref()
    }

    /// Since when it has been registered, if a registration of it was ever withdrawn: what was signed in
    /// to before does not count any more. The time is that of the registration.
    pub(crate) fn registered_again(&self) -> Option<i64> {
        self.existence.as_ref()?.again
    }

    /// Returns the registration of the space now, `None` where it exists without one; refused if it was
    /// withdrawn since this was made.
    pub(crate) fn registration(&self) -> Result<Option<Registration>, Refusal> {
        let Some(Existence { registrars, again }) = &self.existence else {
            return Ok(None);
        };
        let found = registrars.find(&self.id);
        let found = found.ok_or_else(|| unknown(self.id))?;
        if found.again == *again {
            return Ok(Some(found.registration));
        }
        Err(Refusal::new(
            ErrorCode::TokenRevoked,
            "The space was withdrawn and is registered again. Sign in again.",
        ))
    }

    /// Returns whether its registration still holds, if it exists by one.
    pub(crate) fn exists(&self) -> bool {
        self.registration().is_ok()
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    pub(crate) fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// The one id by which a member is known where ids are compared: the owner acts by its user id, or by that of the space.
    pub(crate) fn one_id_of(&self, member: &MemberId) -> MemberId {
        if self.id.is_owned_by(member) {
            return MemberId::user(*member.public_key());
        }
        *member
    }

    pub(crate) fn authority_cell(&self) -> &AuthorityCell {
        &self.authority
    }

    pub(crate) fn freshness(&self) -> Freshness {
        let source = &self.source;
        self.authority
            .freshness(source.records.is_shared(), source.clock.monotonic())
    }

    /// The authorization view if it is loaded, however old.
    pub(crate) fn peek_authority(&self) -> Option<MappedRwLockReadGuard<'_, Authority>> {
        self.authority.peek()
    }

    /// Returns whether it has a policy, by the view as far as it is loaded.
    pub(crate) fn has_policy(&self) -> bool {
        self.peek_authority()
            .is_some_and(|authority| authority.view.policy().is_some())
    }

    /// Takes in a commit: the view first, so that a caller that sees the message sees its effect.
    pub(crate) fn committed(self: &Arc<Self>, commit: &Committed) {
        self.authority.committed(commit);
        self.heads.remember(commit);
        if self.source.records.is_shared() {
            // Changes of data by other processes may come before it, which the numbers of events do not show: the sessions
            // read the store.
            self.hub.known(commit.event.position);
        } else {
            self.hub.publish(commit, &self.source.cursor_key);
        }
        if commit.leaf.is_some() {
            self.tree_has_grown();
        }
    }

    pub(crate) fn touch(&self) {
        let now = self.source.clock.monotonic();
        self.used_at.store(now, Ordering::Relaxed);
    }

    pub(crate) fn used_at(&self) -> i64 {
        self.used_at.load(Ordering::Relaxed)
    }
}
