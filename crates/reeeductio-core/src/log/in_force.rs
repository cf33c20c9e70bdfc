//! State that stays in force although a restored server has lost a part of it.

use reeeductio_proto::{MemberId, SpaceId, View};

use super::Log;
use crate::chain::{Judge, StateChain};

/// State that stays in force although a restored server has lost a part of it: all that this client has verified, and the entries that were
/// written since, each judged on top of that.
///
/// It says who is believed. Epochs, settings and everything else that all members must agree about are those of the server's chain.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Events from this number on are judged by it too.
    from: u64,
    /// The place of the newest entry before the restore.
    lost_to: usize,
    chain: StateChain,
    /// Entries with authority of the server's chain that were taken in.
    taken: usize,
}

impl InForce {
    pub(super) fn new(from: u64, mut chain: StateChain) -> Self {
        // It judges; values are those of the server's chain.
        chain.keep_no_values();
        Self {
            from,
            lost_to: chain.len().saturating_sub(1),
            chain,
            taken: 0,
        }
    }

    /// The same after another restore, which has taken back event `from` and later ones.
    pub(super) fn again(self, from: u64) -> Self {
        Self::new(self.from.min(from), self.chain)
    }

    /// Bytes for [`from_bytes`](Self::from_bytes). They are not protected: seal them before they leave the program.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.from.to_be_bytes().to_vec();
        bytes.extend_from_slice(&(self.lost_to as u64).to_be_bytes());
        bytes.extend_from_slice(&self.chain.snapshot());
        bytes
    }

    /// The state in force that bytes of [`to_bytes`](Self::to_bytes) hold; `None` if they hold none.
    pub fn from_bytes(space: SpaceId, bytes: &[u8]) -> Option<Self> {
        let (from, bytes) = bytes.split_first_chunk()?;
        let (lost_to, bytes) = bytes.split_first_chunk()?;
        Some(Self {
            from: u64::from_be_bytes(*from),
            lost_to: usize::try_from(u64::from_be_bytes(*lost_to)).ok()?,
            chain: StateChain::from_snapshot(space, bytes)?,
            taken: 0,
        })
    }

    /// Messages of the state that it holds: the more, the more was known.
    pub fn len(&self) -> usize {
        self.chain.len()
    }

    /// Returns whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    pub(super) fn view(&self) -> &View {
        self.chain.view()
    }

    pub(super) fn judge(&self) -> Judge<'_> {
        self.chain.judge()
    }

    /// Returns whether it decides about an event.
    pub(super) fn covers(&self, number: u64) -> bool {
        number >= self.from
    }

    /// The place here by whose view an event is judged that names a place of the server's chain.
    pub(super) fn place(&self, state: &StateChain, named: usize) -> usize {
        let newest = state.newest_authority_at(named);
        let place = newest.and_then(|id| self.chain.place(&id));
        place.unwrap_or_default().max(self.lost_to)
    }

    /// Takes in what was written since.
    fn catch_up(&mut self, state: &StateChain) {
        for message in state.authority_after(self.taken) {
            self.taken += 1;
            if !self.chain.contains(&message.message_hash) {
                self.chain.append(message.clone());
            }
        }
    }
}

impl Log {
    /// The state in force, if a restored server has lost a part of the state. It is kept when a restore is accepted.
    pub fn in_force(&self) -> Option<&InForce> {
        self.in_force.as_ref()
    }

    /// Takes back what an earlier run has kept of the state in force, after its records.
    pub fn put_in_force(&mut self, in_force: InForce, state: &StateChain) {
        self.in_force = Some(in_force);
        self.catch_up(state);
    }

    /// Members by the server's chain that are none by the state in force at `now`, Unix milliseconds: a restore has undone their removal, or
    /// somebody has let them in who may not. Nothing that they can read is sent before that is made good.
    pub fn undone(&self, state: &StateChain, now: i64) -> Vec<MemberId> {
        let Some(in_force) = &self.in_force else {
            return Vec::new();
        };
        let view = state.view();
        let is_undone = |member: &&MemberId| {
            view.is_member(member, now) && !in_force.view().is_member(member, now)
        };
        let mut undone: Vec<MemberId> = view.members().filter(is_undone).copied().collect();
        undone.sort_unstable_by_key(MemberId::to_bytes);
        undone
    }

    /// The view that decides about the operator's key.
    pub(super) fn view_in_force<'a>(&'a self, state: &'a StateChain) -> &'a View {
        self.in_force.as_ref().map_or(state.view(), InForce::view)
    }

    /// The state has grown.
    pub(super) fn catch_up(&mut self, state: &StateChain) {
        if let Some(in_force) = &mut self.in_force {
            in_force.catch_up(state);
        }
    }
}
