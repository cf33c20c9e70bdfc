//! A member's device, and its handle on the space.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use reeeductio_client::{
    ClientError, Identity, MemberId, MemoryStore, NewMessage, PolicySpace, Space, SpaceBuilder,
    Transport,
};

use super::disk::{Process, copied};
use super::ground::Ground;
use super::wire::Wire;

/// A member of the space, or somebody who may become one.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) identity: Identity,
    /// The role that it gets.
    pub(super) role: &'static str,
    /// Whether it publishes a key by itself.
    pub(super) brings_key: bool,
    labels: AtomicUsize,
    /// Whether it was ever no member: then refusals are no wonder.
    pub(super) was_outside: AtomicBool,
}

impl Person {
    pub(super) fn new(name: &'static str, seed: u8, role: &'static str) -> Self {
        Self {
            name,
            identity: Identity::from_seed(&[seed; 32]),
            role,
            brings_key: true,
            labels: AtomicUsize::new(0),
            was_outside: AtomicBool::new(false),
        }
    }

    pub(super) fn id(&self) -> MemberId {
        self.identity.user_id()
    }

    pub(super) fn is_owner(&self) -> bool {
        self.name == "owner"
    }

    /// Makes a text that no other message has, and that says who wrote it.
    pub(super) fn label(&self) -> String {
        let number = self.labels.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.name)
    }
}

/// A member's device. Its store is lost, copied and opened again; the device stays.
pub(super) struct Device {
    pub(super) name: String,
    pub(super) person: Arc<Person>,
    pub(super) wire: Arc<Wire>,
    ground: Arc<Ground>,
    has_store: bool,
    /// Raised when the store is lost: drafts of before are not posted again.
    pub(super) installation: AtomicUsize,
    disk: Mutex<Arc<MemoryStore>>,
    run: Mutex<Option<Run>>,
    /// Whether a server lies to it now.
    pub(super) is_lied_to: AtomicBool,
    /// Whether it was shown another history: it cannot go on with the true one.
    pub(super) is_forked: AtomicBool,
    /// A draft whose post failed, to be posted again.
    pub(super) draft: Mutex<Option<(String, NewMessage)>>,
}

/// One run of the device's program.
#[derive(Clone)]
struct Run {
    space: PolicySpace,
    process: Arc<Process>,
}

impl Device {
    pub(super) fn new(ground: &Arc<Ground>, person: &Arc<Person>, number: usize) -> Self {
        let name = format!("{}.{number}", person.name);
        Self {
            wire: Arc::new(Wire::new(ground, &name)),
            name,
            person: Arc::clone(person),
            ground: Arc::clone(ground),
            has_store: !ground.dice.chance(20),
            installation: AtomicUsize::new(0),
            disk: Mutex::default(),
            run: Mutex::default(),
            is_lied_to: AtomicBool::new(false),
            is_forked: AtomicBool::new(false),
            draft: Mutex::default(),
        }
    }

    /// A device of somebody who has not been seen before, to look at all with fresh eyes.
    pub(super) fn fresh(ground: &Arc<Ground>, person: &Arc<Person>) -> Self {
        Self {
            has_store: false,
            ..Self::new(ground, person, 9)
        }
    }

    /// Begins an action, whose faults follow from `seed`.
    pub(super) fn begin(&self, seed: u64) {
        self.wire.begin(seed);
        if let Some(run) = &*self.run.lock() {
            run.process.begin(seed.rotate_left(17));
        }
    }

    pub(super) fn builder(&self) -> (SpaceBuilder, Arc<Process>) {
        let process = Arc::new(Process::new(&self.disk.lock(), &self.ground));
        let transport = Arc::clone(&self.wire) as Arc<dyn Transport>;
        let builder = Space::builder("http://localhost")
            .transport(transport)
            .jitter_seed(7);
        let builder = if self.has_store {
            builder.store(Arc::clone(&process) as Arc<_>)
        } else {
            builder
        };
        (builder, process)
    }

    /// The handle; a new one if there is none or the program has crashed.
    pub(super) async fn space(&self) -> Result<PolicySpace, ClientError> {
        let run = self.run.lock().clone();
        if let Some(run) = run
            && !run.process.is_dead()
        {
            return Ok(run.space);
        }
        self.restart();
        let (builder, process) = self.builder();
        let (space, person) = (self.ground.space(), &self.person);
        let opened =
            PolicySpace::open(builder, space, person.id(), person.identity.clone()).await?;
        self.run_by(opened.clone(), process);
        Ok(opened)
    }

    pub(super) fn run_by(&self, space: PolicySpace, process: Arc<Process>) {
        *self.run.lock() = Some(Run { space, process });
    }

    /// Ends the program. Without a store everything is forgotten.
    pub(super) fn restart(&self) {
        let was_open = self.run.lock().take().is_some();
        if was_open && !self.has_store {
            self.forget();
        }
    }

    /// Loses the store.
    pub(super) fn lose_store(&self) {
        *self.run.lock() = None;
        *self.disk.lock() = Arc::default();
        self.forget();
    }

    fn forget(&self) {
        self.installation.fetch_add(1, Ordering::Relaxed);
        *self.draft.lock() = None;
        self.wire.forget_epochs();
    }

    /// Goes on with a copy of another device's store.
    pub(super) async fn clone_store(&self, other: &Self) {
        let of = Arc::clone(&other.disk.lock());
        self.lose_store();
        let copy = copied(&of).await;
        *self.disk.lock() = Arc::new(copy);
    }

    pub(super) fn has_store(&self) -> bool {
        self.has_store
    }
}
