//! A handle's knowledge of its space.

use std::collections::{HashMap, VecDeque};

use reeeductio_core::log::{Log, Suspicion, Waiting};
use reeeductio_core::{EpochRoots, StateChain};
use reeeductio_proto::{SpaceId, TopicId};

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
    /// Messages of which the key is missing.
    pub(super) waiting: Waiting,
    /// Lanes of this installation, where there is no store to ask.
    pub(super) lanes: HashMap<TopicId, OwnLane>,
    pub(super) drafts: Drafts,
    /// Epochs whose root was looked for and not found, with the length of the state then.
    pub(super) missing_roots: HashMap<u32, usize>,
    pub(super) suspicions: VecDeque<Suspicion>,
    /// Messages of the state in the snapshot that was kept last.
    pub(super) in_snapshot: usize,
    /// Whether the state has taken away a right or a member since: that is kept at once, so that no restore undoes it.
    pub(super) has_taken_away: bool,
    /// Sizes of the checkpoints that are kept because messages name them, oldest first.
    pub(super) named: VecDeque<u64>,
}

impl Known {
    pub(super) fn new(space: SpaceId) -> Self {
        Self {
            log: Log::new(space),
            state: StateChain::new(space),
            roots: EpochRoots::default(),
            waiting: Waiting::default(),
            lanes: HashMap::new(),
            drafts: Drafts::default(),
            missing_roots: HashMap::new(),
            suspicions: VecDeque::new(),
            in_snapshot: 0,
            has_taken_away: false,
            named: VecDeque::new(),
        }
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
