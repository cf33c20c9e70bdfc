//! A handle's knowledge of its space.

use std::collections::{HashMap, VecDeque};

use reeeductio_core::app::Audit;
use reeeductio_core::log::{Log, Suspicion, Waiting};
use reeeductio_core::{Epoch, EpochRoots, StateChain};
use reeeductio_proto::{BlobId, SpaceId, TopicId};

use super::drafts::Drafts;
use super::lane::OwnLane;

/// Suspicions that nobody has taken.
const SUSPICIONS: usize = 256;

/// A handle's knowledge of its space, bounded as [`Log`] and the others are.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) log: Log,
    pub(super) state: StateChain,
    pub(super) roots: EpochRoots,
    /// Roots from the local store that were not looked for yet: their epochs may be newer than the state that was kept.
    pub(super) stored_roots: HashMap<u32, Epoch>,
    /// Messages of which the key is missing.
    pub(super) waiting: Waiting,
    /// Lanes of this installation, where there is no store to ask.
    pub(super) lanes: HashMap<TopicId, OwnLane>,
    pub(super) drafts: Drafts,
    /// Epochs whose root was looked for and not found.
    pub(super) missing_roots: HashMap<u32, MissingRoot>,
    pub(super) suspicions: VecDeque<Suspicion>,
    /// Judges admissions from the first message of the state on, on a handle that is for that alone.
    pub(super) audit: Option<Audit>,
    /// Messages of the state in the snapshot that was kept last.
    pub(super) in_snapshot: usize,
    /// Whether the state has taken away a right or a member since: that is kept at once, so that no restore undoes it.
    pub(super) has_taken_away: bool,
    /// Sizes of the checkpoints that are kept because messages name them, oldest first.
    pub(super) named: VecDeque<u64>,
}

/// A root that was looked for and not found.
#[derive(Clone, Copy, Debug)]
pub(super) struct MissingRoot {
    /// Length of the state then: a wrap may come with what follows.
    pub(super) state: usize,
    /// The shard that was read, if it has no record of this member. It never has one.
    pub(super) shard: Option<BlobId>,
}

impl Known {
    /// `kept_state` are the prefixes of the state whose values are kept at hand.
    pub(super) fn new(space: SpaceId, kept_state: &'static [&'static str]) -> Self {
        Self {
            log: Log::new(space),
            state: StateChain::keeping(space, kept_state),
            roots: EpochRoots::default(),
            stored_roots: HashMap::new(),
            waiting: Waiting::default(),
            lanes: HashMap::new(),
            drafts: Drafts::default(),
            missing_roots: HashMap::new(),
            suspicions: VecDeque::new(),
            audit: None,
            in_snapshot: 0,
            has_taken_away: false,
            named: VecDeque::new(),
        }
    }

    /// Takes the root of an epoch that an earlier run has kept, if it is one of this history.
    pub(super) fn take_stored_root(&mut self, number: u32) {
        let view = self.state.view();
        let Some(of) = view.epoch(number) else {
            return;
        };
        let stored = self.stored_roots.remove(&number);
        if let Some(epoch) = stored.filter(|root| of.entry.commitment == *root.commitment()) {
            self.keep_root(epoch);
        }
    }

    /// Keeps a root, and those before it as far as they open. One that does not is missing, by the fault of the member that carried
    /// it: the others are as good as before.
    pub(super) fn keep_root(&mut self, epoch: Epoch) {
        let _broken = self.roots.keep(self.state.view(), epoch);
    }

    /// Returns whether the root of an epoch of this history is at hand.
    pub(super) fn has_root(&self, number: u32) -> bool {
        let epoch = self.state.view().epoch(number);
        let root = self.roots.get(number);
        epoch
            .zip(root)
            .is_some_and(|(epoch, root)| epoch.entry.commitment == *root.commitment())
    }

    /// Goes over to the log and the state of a restored server.
    pub(super) fn go_over(&mut self, log: Log, state: StateChain) {
        let left = log.survived_since(self.log.restores());
        self.log = log;
        self.state = state;
        self.roots.retain_valid(self.state.view());
        self.missing_roots.clear();
        self.waiting.cut(left);
        self.drafts.cut(left);
        self.in_snapshot = self.state.len();
    }

    /// Keeps a suspicion until somebody takes it; the oldest goes if there are too many.
    pub(super) fn suspect(&mut self, suspicion: Suspicion) {
        if self.suspicions.len() == SUSPICIONS {
            self.suspicions.pop_front();
        }
        self.suspicions.push_back(suspicion);
    }
}
