//! An engine in memory with a space, its owner signed in, and a clock by hand.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{BackendError, ManualClock, Rng, Runtime};
use reeeductio_core::Identity;
use reeeductio_engine::{Engine, EngineConfig, LogKey, Ports, Refusal, Secret, SpaceMember};
use reeeductio_proto::MemberId;

use crate::cast::{owner, space};
use crate::script::START;

/// Signs the tokens.
pub(crate) const SECRET: [u8; 32] = [7; 32];

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
}

/// A member with its token.
pub(crate) struct SignedIn {
    pub(crate) member: SpaceMember,
    pub(crate) token: String,
}

impl Rig {
    pub(crate) fn start() -> Self {
        let mut config = EngineConfig::new(
            Secret::from(SECRET.to_vec()),
            LogKey::new("test.example", &SECRET).unwrap(),
        );
        config.auto_create_spaces = true;
        config.opaque.attempts.per_second = 0.0;
        let clock = Arc::new(ManualClock::at(START));
        let engine = Engine::new(
            config,
            Ports {
                records: Arc::new(MemoryRecords::default()),
                blobs: Arc::new(MemoryBlobs::default()),
                clock: Arc::clone(&clock) as Arc<_>,
                rng: Arc::new(Counted::default()),
                runtime: Arc::new(AtOnce),
            },
        );
        Self {
            engine: engine.unwrap(),
            clock,
        }
    }

    pub(crate) fn owner(&self) -> SignedIn {
        self.sign_in(owner().user_id(), &owner()).unwrap()
    }

    pub(crate) fn sign_in(&self, id: MemberId, keys: &Identity) -> Result<SignedIn, Refusal> {
        let challenge = self.challenge(&id.to_string())?;
        let signature = keys.sign(challenge.as_bytes()).to_string();
        let token = self.verify(&id.to_string(), &challenge, &signature)?;
        let member = now(self.engine.authenticate(space(), &token))?;
        Ok(SignedIn { member, token })
    }

    pub(crate) fn challenge(&self, id: &str) -> Result<String, Refusal> {
        now(self.engine.challenge(space(), id)).map(|challenge| challenge.challenge)
    }

    /// The token that an answered challenge gives.
    pub(crate) fn verify(
        &self,
        id: &str,
        challenge: &str,
        signature: &str,
    ) -> Result<String, Refusal> {
        now(self.engine.verify(space(), id, challenge, signature)).map(|issued| issued.token)
    }
}

impl Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rig").finish_non_exhaustive()
    }
}

/// The result of a future that does not wait, as nothing in memory does.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing in memory waits")
}

/// Bytes that are the same in every run, and never the same in one.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Rng for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BackendError> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            for (byte, value) in chunk.iter_mut().zip(number) {
                *byte = value;
            }
        }
        Ok(())
    }
}

/// Runs each task where it is spawned: on the stores in memory none has to wait.
struct AtOnce;

impl Runtime for AtOnce {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        task.now_or_never().expect("a task that waits");
    }

    fn sleep(&self, _duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}
