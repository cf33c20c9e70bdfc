//! State that all devices of a run share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use reeeductio_client::{Identity, SpaceId};
use reeeductio_proto::SealedHeader;
use reeeductio_proto::api::PostMessage;

use super::server::Server;
use crate::dice::Dice;
use crate::replicas::clock::{VirtualClock, wait};

/// Faults on the way, in percent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    /// Requests or answers that are lost, each.
    pub(super) loss: usize,
    /// Requests or answers that take seconds, so that others overtake them.
    pub(super) slow: usize,
    /// Writes that arrive a second time.
    pub(super) repeated: usize,
    /// Commits of a local store that end in a crash.
    pub(super) crashes: usize,
}

/// Counts of what happened, so that a run in which nothing does is noticed.
#[derive(Clone, Debug, Default)]
pub struct PolicyTally {
    /// Actions that succeeded, by name.
    pub done: BTreeMap<String, usize>,
    /// Actions that failed, by name and error code.
    pub failed: BTreeMap<String, usize>,
    /// By each kind of lie: how often it was told, and by which codes it was found.
    pub lies: BTreeMap<String, BTreeMap<String, usize>>,
}

/// Epoch, lane and salt of a message, from which its key is made.
type KeyName = (u32, [u8; 8], [u8; 16]);

/// State that all devices of a run share.
pub(super) struct Ground {
    pub(super) dice: Arc<Dice>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) weather: Weather,
    /// Most messages of a page.
    pub(super) page: usize,
    pub(super) owner: Identity,
    server: Mutex<Arc<Server>>,
    calm: AtomicBool,
    /// Repeated requests that have not arrived yet.
    travelling: Arc<AtomicUsize>,
    /// The message that each key was used for.
    keys: Mutex<BTreeMap<KeyName, PostMessage>>,
    trace: Mutex<Vec<String>>,
    violation: Mutex<Option<String>>,
    pub(super) tally: Mutex<PolicyTally>,
}

impl Ground {
    pub(super) fn new(seed: u64, is_honest: bool) -> Self {
        let dice = Arc::new(Dice::new(seed));
        // Any time between 2001 and 2096, which is hours or years off from the members' clocks.
        let start = 1_000_000_000_000 + (dice.next() % 3_000_000_000_000).cast_signed();
        let clock = Arc::new(VirtualClock::at(start));
        let fault = |percents: [usize; 3]| {
            let percent = percents[dice.below(3)];
            if is_honest { percent } else { 0 }
        };
        Self {
            weather: Weather {
                loss: fault([0, 4, 10]),
                slow: fault([0, 10, 25]),
                repeated: fault([0, 10, 30]),
                crashes: fault([0, 2, 5]),
            },
            page: 3 + dice.below(12),
            owner: Identity::from_seed(&[1; 32]),
            server: Mutex::new(Arc::new(Server::start(&clock, &Arc::new(Dice::new(!seed))))),
            clock,
            dice,
            calm: AtomicBool::new(true),
            travelling: Arc::default(),
            keys: Mutex::default(),
            trace: Mutex::default(),
            violation: Mutex::default(),
            tally: Mutex::default(),
        }
    }

    pub(super) fn space(&self) -> SpaceId {
        self.owner.space_id()
    }

    /// The server that is honest.
    pub(super) fn server(&self) -> Arc<Server> {
        Arc::clone(&self.server.lock())
    }

    /// Puts another server in the place of the honest one: what survived of it.
    pub(super) fn replace(&self, server: &Arc<Server>) {
        *self.server.lock() = Arc::clone(server);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    pub(super) fn set_calm(&self, calm: bool) {
        self.calm.store(calm, Ordering::Relaxed);
    }

    /// Lets something happen later.
    pub(super) fn on_its_way(&self, arrival: impl Future<Output = ()> + Send + 'static) {
        let travelling = Arc::clone(&self.travelling);
        travelling.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            arrival.await;
            travelling.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Waits until everything has arrived.
    pub(super) async fn all_arrived(&self) {
        while self.travelling.load(Ordering::Relaxed) > 0 {
            wait(500).await;
        }
    }

    /// Takes note of the key of a message on its way: another one must not use it.
    pub(super) fn note_key(&self, header: &SealedHeader, post: &PostMessage) {
        let key = (header.epoch, header.lane, header.salt);
        let mut keys = self.keys.lock();
        let first = keys.entry(key).or_insert_with(|| post.clone());
        let same = first.message_hash == post.message_hash && first.payload == post.payload;
        drop(keys);
        if !same {
            self.violated(format!("two messages have one key: {post:?}"));
        }
    }

    /// Adds a line to the trace, with the time.
    pub(super) fn note(&self, text: &str) {
        use reeeductio_backend::Clock as _;
        let line = format!("{:>6} {text}", self.clock.monotonic());
        self.trace.lock().push(line);
    }

    /// Takes note of an invariant that does not hold. The run fails with the first one.
    pub(super) fn violated(&self, what: String) {
        self.note(&format!("VIOLATION {what}"));
        self.violation.lock().get_or_insert(what);
    }

    pub(super) fn result(&self) -> (Vec<String>, PolicyTally, Option<String>) {
        let trace = std::mem::take(&mut *self.trace.lock());
        let violation = self.violation.lock().clone();
        (trace, self.tally.lock().clone(), violation)
    }
}

impl PolicyTally {
    /// Adds the counts of another run.
    pub fn add(&mut self, other: Self) {
        for (what, count) in other.done {
            *self.done.entry(what).or_default() += count;
        }
        for (what, count) in other.failed {
            *self.failed.entry(what).or_default() += count;
        }
        for (lie, codes) in other.lies {
            let known = self.lies.entry(lie).or_default();
            for (code, count) in codes {
                *known.entry(code).or_default() += count;
            }
        }
    }
}
