//! State that all members share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use reeeductio_client::ClientError;
use reeeductio_core::ChainError;
use reeeductio_engine::Engine;
use reeeductio_proto::{MessageId, SpaceId, TopicId};

use super::check::accuses;
use super::clock::VirtualClock;
use super::lies::{Ledger, Lie};
use super::member::{Handle, Member};
use super::network::Weather;
use super::plant::Plant;
use super::truth::Truth;
use crate::dice::Dice;

/// Honesty of the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Honesty {
    /// The server is honest; the network and the stores fail.
    Honest,
    /// The server lies at random; the network and the stores work.
    Lying,
}

/// Counts of what happened, so that a run in which nothing does is noticed.
#[derive(Clone, Debug, Default)]
pub struct ReplicaTally {
    /// Actions that succeeded, by name.
    pub done: BTreeMap<&'static str, usize>,
    /// Actions that failed, by error code.
    pub failed: BTreeMap<String, usize>,
    /// Times that each lie was told, and noticed when it was the only kind that had been told.
    pub lies: BTreeMap<Lie, (usize, usize)>,
}

pub(super) struct World {
    pub(super) honesty: Honesty,
    pub(super) plant: Option<Plant>,
    pub(super) dice: Arc<Dice>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) engine: Arc<Engine>,
    pub(super) space: SpaceId,
    pub(super) truth: Arc<Truth>,
    pub(super) weather: Arc<Weather>,
    /// Most messages in a page of the server.
    pub(super) page: usize,
    /// Commits of a local store in a hundred that end in a crash.
    pub(super) crashes: usize,
    pub(super) ledger: Arc<Ledger>,
    /// Whether the members have done what they had to do.
    pub(super) over: AtomicBool,
    /// Last message of each topic, once nothing more is posted.
    pub(super) ends: Mutex<Option<BTreeMap<TopicId, MessageId>>>,
    pub(super) tally: Mutex<ReplicaTally>,
    trace: Mutex<Vec<String>>,
    violation: Mutex<Option<String>>,
}

/// Parts that a world is made of.
pub(super) struct Ground {
    pub(super) honesty: Honesty,
    pub(super) plant: Option<Plant>,
    pub(super) dice: Arc<Dice>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) engine: Arc<Engine>,
    pub(super) truth: Arc<Truth>,
    pub(super) ledger: Arc<Ledger>,
}

impl World {
    pub(super) fn new(ground: Ground) -> Self {
        let dice = ground.dice;
        let honest = ground.honesty == Honesty::Honest;
        let fault = |percents: [usize; 3]| {
            let percent = percents[dice.below(3)];
            if honest { percent } else { 0 }
        };
        let weather = Weather {
            loss: fault([0, 4, 12]),
            slow: fault([0, 10, 25]),
            repeated: fault([0, 10, 30]),
            dice: Arc::clone(&dice),
            calm: AtomicBool::new(!honest),
        };
        Self {
            honesty: ground.honesty,
            plant: ground.plant,
            page: 4 + dice.below(30),
            crashes: fault([0, 2, 5]),
            dice,
            clock: ground.clock,
            engine: ground.engine,
            space: ground.truth.space,
            truth: ground.truth,
            weather: Arc::new(weather),
            ledger: ground.ledger,
            over: AtomicBool::new(false),
            ends: Mutex::default(),
            tally: Mutex::default(),
            trace: Mutex::default(),
            violation: Mutex::default(),
        }
    }

    pub(super) fn lies(&self) -> bool {
        self.honesty == Honesty::Lying
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Adds a line to the trace, with the time.
    pub(super) fn note(&self, text: &str) {
        use reeeductio_backend::Clock as _;
        let line = format!("{:>6} {text}", self.clock.monotonic());
        self.trace.lock().push(line);
    }

    /// Takes note of an invariant that does not hold. The run fails with the first one.
    pub(super) fn violated(&self, what: String) {
        self.note(&what);
        self.violation.lock().get_or_insert(what);
    }

    /// Takes note of an action that succeeded.
    pub(super) fn done(&self, handle: &Handle, what: &'static str, result: &str) {
        self.note(&format!("{} {what}: {result}", handle.name));
        *self.tally.lock().done.entry(what).or_default() += 1;
        handle.unnoticed();
    }

    /// Takes note of an action that failed. Returns whether the server was accused.
    pub(super) fn failed(
        &self,
        member: &Member,
        handle: &Handle,
        what: &str,
        error: &ClientError,
    ) -> bool {
        let code = error.code_text().to_owned();
        self.note(&format!("{} {what}: {code}: {error}", handle.name));
        *self.tally.lock().failed.entry(code).or_default() += 1;
        if !accuses(error) {
            handle.unnoticed();
            return false;
        }
        let refused = match error {
            // A member that was removed.
            ClientError::Forged(ChainError::Unauthorized { sender, .. }) => {
                self.truth.was_removed(sender, i64::MAX)
            }
            _ => false,
        };
        if !refused {
            self.accused(member, handle, &format!("{what}: {error}"));
        }
        true
    }

    /// Takes note that the server was accused: an honest one never is, and a lie is noticed.
    pub(super) fn accused(&self, member: &Member, handle: &Handle, why: &str) {
        let Some(noticed) = handle.noticed() else {
            return self.violated(format!("{} accuses an honest server: {why}", handle.name));
        };
        // Of several lies it is not known which one was noticed.
        if let (1, Some(lie)) = (noticed.len(), noticed.first()) {
            self.ledger.noticed(*lie);
        }
        self.note(&format!("{} noticed {noticed:?}", handle.name));
        // A lie that was believed may contradict the truth from now on: sometimes the member begins anew.
        if self.dice.chance(60) {
            member.begin_anew(self);
        }
    }

    pub(super) fn result(&self) -> (Vec<String>, ReplicaTally, Option<String>) {
        let trace = std::mem::take(&mut *self.trace.lock());
        let violation = self.violation.lock().clone();
        let mut tally = self.tally.lock().clone();
        tally.lies = self.ledger.counts.lock().clone();
        (trace, tally, violation)
    }
}
