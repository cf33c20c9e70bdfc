//! Two servers, an owner who admits and removes, members who act, and streams.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::{Either, select};
use parking_lot::Mutex;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{Clock as _, Runtime as _};
use reeeductio_core::Identity;
use reeeductio_engine::live::{Input, SessionConfig};
use reeeductio_engine::{Engine, EngineConfig, LogKey, Ports, Secret};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};

use crate::executor::Executor;
use crate::history::{Entry, History};
use crate::members::Actor;
use crate::store::{Bus, Store};

/// A bug that is built in on purpose, for the simulation to find.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Plant {
    /// The store is not told by which view and token a write was judged.
    WritesUnjudged,
    /// The servers take themselves for the only one.
    NeverPolls,
}

/// State that the actors share.
pub(crate) struct World {
    pub(crate) executor: Arc<Executor>,
    pub(crate) history: Arc<History>,
    pub(crate) space: SpaceId,
    engines: OnceLock<[Arc<Engine>; 2]>,
    /// Times at which removals of members were acknowledged, by the monotonic clock.
    removed: Mutex<HashMap<MemberId, i64>>,
}

const START: i64 = 1_700_000_000_000;
const MEMBERS: u8 = 3;

impl World {
    pub(crate) fn engines(&self) -> &[Arc<Engine>; 2] {
        self.engines.get().unwrap()
    }

    pub(crate) fn removed_at(&self, member: &MemberId) -> Option<i64> {
        self.removed.lock().get(member).copied()
    }

    /// Returns the number of the event that stored a message.
    pub(crate) fn event_of(&self, hash: MessageId) -> u64 {
        self.history
            .entries()
            .iter()
            .find_map(|entry| match entry {
                Entry::Committed(commit)
                    if commit.event.message().unwrap().message_hash == hash =>
                {
                    Some(commit.event.position.message)
                }
                _ => None,
            })
            .unwrap()
    }
}

/// Runs one seed and returns what happened.
pub fn run(seed: u64, plant: Option<Plant>) -> Arc<History> {
    let executor = Executor::new(seed, START);
    let history = Arc::<History>::default();
    let owner = Identity::from_seed(&[100; 32]);
    let world = Arc::new(World {
        executor: Arc::clone(&executor),
        history: Arc::clone(&history),
        space: owner.space_id(),
        engines: OnceLock::new(),
        removed: Mutex::default(),
    });
    let shared = MemoryRecords::shared();
    let buses = [Arc::<Bus>::default(), Arc::<Bus>::default()];
    let engines = [0, 1].map(|number: usize| {
        let mut config = EngineConfig::new(
            Secret::from(vec![7; 32]),
            LogKey::new("test.example", &[8; 32]).unwrap(),
        );
        config.auto_create_spaces = true;
        let ports = Ports {
            records: Arc::new(Store {
                records: shared.beside(),
                executor: Arc::clone(&executor),
                history: Arc::clone(&history),
                bus: Arc::clone(&buses[number]),
                plant,
            }),
            blobs: Arc::new(MemoryBlobs::default()),
            clock: Arc::clone(&executor.clock) as Arc<_>,
            rng: Arc::clone(&executor.dice) as Arc<_>,
            runtime: Arc::clone(&executor) as Arc<_>,
        };
        Arc::new(Engine::new(config, ports).unwrap())
    });
    for (bus, other) in [(0, 1), (1, 0)] {
        let told = buses[bus].to.set(Arc::downgrade(&engines[other]));
        assert!(told.is_ok());
    }
    assert!(world.engines.set(engines).is_ok());
    for bus in buses {
        executor.spawn(Box::pin(carry(Arc::clone(&executor), bus)));
    }
    executor.spawn(Box::pin(rule(Arc::clone(&world))));
    for number in 1..=MEMBERS {
        executor.spawn(Box::pin(live(Arc::clone(&world), number)));
        for stream in 0..2 {
            let number_of_stream = usize::from(number) * 2 + stream;
            executor.spawn(Box::pin(listen(
                Arc::clone(&world),
                number,
                number_of_stream,
            )));
        }
    }
    executor.run_until(60_000);
    history
}

/// Runs the bus for as long as the simulation lasts.
async fn carry(executor: Arc<Executor>, bus: Arc<Bus>) {
    loop {
        let milliseconds = 1 + executor.dice.next() % 300;
        executor.sleep(Duration::from_millis(milliseconds)).await;
        bus.deliver(&executor);
        if executor.clock.monotonic() > 40_000 {
            return;
        }
    }
}

/// Runs the owner, which admits everybody, then removes and readmits, and ends tokens.
async fn rule(world: Arc<World>) {
    let mut owner = Actor::new(&world, 100);
    let state = TopicId::state();
    let members: Vec<MemberId> = (1..=MEMBERS)
        .map(|number| Identity::from_seed(&[number; 32]).user_id())
        .collect();
    for member in &members {
        admit(&mut owner, &state, member).await;
    }
    for _ in 0..6 {
        let pause = 200 + world.executor.dice.next() % 3_000;
        world.executor.sleep(Duration::from_millis(pause)).await;
        let member = &members[world.executor.dice.below(members.len())];
        if world.executor.dice.chance(25) {
            let whose = if world.executor.dice.chance(50) {
                member.to_string()
            } else {
                "all".to_owned()
            };
            let path = format!("auth/tokens/{whose}");
            owner.post(&state, &path, b"{}").await;
            continue;
        }
        if world.removed_at(member).is_some() {
            world.removed.lock().remove(member);
            admit(&mut owner, &state, member).await;
            continue;
        }
        let path = format!("auth/users/{member}");
        if owner.post(&state, &path, b"").await.is_some() {
            let at = world.executor.clock.monotonic();
            world.removed.lock().insert(*member, at);
        }
    }
}

async fn admit(owner: &mut Actor, state: &TopicId, member: &MemberId) {
    let path = format!("auth/users/{member}");
    owner.post(state, &path, b"{}").await;
    for (name, right) in [
        ("topics", r#"{"op": "write", "path": "topics/{any}"}"#),
        ("data", r#"{"op": "write", "path": "data/{any}"}"#),
    ] {
        let path = format!("auth/users/{member}/rights/{name}");
        owner.post(state, &path, right.as_bytes()).await;
    }
}

/// Runs a member.
async fn live(world: Arc<World>, number: u8) {
    let mut member = Actor::new(&world, number);
    for _ in 0..12 {
        let pause = world.executor.dice.next() % 1_500;
        world.executor.sleep(Duration::from_millis(pause)).await;
        member.act().await;
    }
}

/// Runs a member's stream, opened again when it has ended.
async fn listen(world: Arc<World>, number: u8, name: usize) {
    let mut cursor = String::new();
    for attempt in 0..6 {
        let pause = world.executor.dice.next() % 4_000;
        world.executor.sleep(Duration::from_millis(pause)).await;
        if world.executor.dice.below(2) == 0 {
            cursor.clear();
        }
        stream(&world, number, name * 100 + attempt, &mut cursor).await;
    }
}

/// Follows one stream to its end, from `cursor` on, which it moves; `None` if it could not be opened, or broke.
async fn stream(world: &Arc<World>, number: u8, name: usize, cursor: &mut String) -> Option<()> {
    let server = world.executor.dice.below(2);
    let engine = &world.engines()[server];
    let mut member = Actor::new(world, number);
    let caller = member.caller(server).await.ok()?;
    let config = SessionConfig {
        ping_after: i64::MAX,
        idle_limit: i64::MAX,
        data: false,
    };
    let mut session = engine.resume_session(caller, config, cursor).await.ok()?;
    world
        .history
        .note(Entry::Opened(name, session.cursor().message, member.id));
    let wake = session.wake();
    loop {
        let listener = wake.listen();
        let clock = &world.executor.clock;
        let mut effects = session.handle(clock.now(), clock.monotonic(), Input::Wake);
        if effects.read_store {
            effects = engine.replay(&mut session).await.ok()?;
        }
        for frame in &effects.send {
            if let Some(told) = told_cursor(frame) {
                let event = told.split('.').next().unwrap().parse().unwrap();
                world.history.note(Entry::Told(name, event));
                *cursor = told;
                continue;
            }
            let body: MessageBody = serde_json::from_slice(frame).unwrap();
            let hash = MessageId::parse(&body.message_hash).unwrap();
            let event = world.event_of(hash);
            world.history.note(Entry::Delivered(name, event));
        }
        if effects.close.is_some() {
            world.history.note(Entry::Ended(name));
            return Some(());
        }
        if effects.more {
            continue;
        }
        if world.executor.dice.chance(10) {
            world.history.note(Entry::Left(name));
            return Some(());
        }
        let pause = u64::try_from(effects.wake_in).unwrap_or(0).clamp(1, 10_000);
        let pause = world.executor.sleep(Duration::from_millis(pause));
        match select(listener, pause).await {
            Either::Left(_) | Either::Right(_) => {}
        }
    }
}

/// Returns the cursor in a control frame.
fn told_cursor(frame: &[u8]) -> Option<String> {
    let frame: serde_json::Value = serde_json::from_slice(frame).unwrap();
    Some(frame.get("cursor")?.as_str()?.to_owned())
}

/// Returns the space of every run.
pub fn space() -> SpaceId {
    Identity::from_seed(&[100; 32]).space_id()
}
