//! One run: the members act, and then everything is compared with what happened.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::{join, join_all};
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_client::Identity;
use reeeductio_engine::{Engine, EngineConfig, LogKey, Ports, Secret};
use reeeductio_proto::{TopicId, encoding};
use tokio::task::JoinHandle;

use super::actions::Actor;
use super::clock::{VirtualClock, wait};
use super::founding::{PEOPLE, admit, found, insist};
use super::lies::Ledger;
use super::listener::listen;
use super::member::Member;
use super::plant::Plant;
use super::truth::Truth;
use super::world::{Ground, Honesty, ReplicaTally, World};
use crate::dice::Dice;
use crate::judge::Violation;

/// Result of a run.
#[derive(Debug)]
pub struct ReplicaRun {
    /// Actions in order, with the time in milliseconds.
    pub trace: Vec<String>,
    /// Counts of the actions.
    pub tally: ReplicaTally,
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
}

/// Runs one seed.
pub fn run_replicas(seed: u64, honesty: Honesty, plant: Option<Plant>) -> ReplicaRun {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (trace, tally, violation) = runtime.block_on(async {
        let world = world(seed, honesty, plant);
        let members = found(&world).await;
        match honesty {
            Honesty::Honest => honest(&world, &members).await,
            Honesty::Lying => lying(&world, &members).await,
        }
        world.result()
    });
    ReplicaRun {
        trace,
        tally,
        violation: violation.map(Violation),
    }
}

fn world(seed: u64, honesty: Honesty, plant: Option<Plant>) -> Arc<World> {
    let dice = Arc::new(Dice::new(seed));
    // Any time between 2001 and 2096, which is hours or years off from the members' clocks.
    let start = 1_000_000_000_000 + (dice.next() % 3_000_000_000_000).cast_signed();
    let clock = Arc::new(VirtualClock::at(start));
    let records = Arc::new(MemoryRecords::default());
    let mut config = EngineConfig::new(
        Secret::from(vec![7; 32]),
        LogKey::new("test.example", &[8; 32]).unwrap(),
    );
    config.auto_create_spaces = true;
    let ports = Ports {
        records: Arc::clone(&records) as Arc<_>,
        blobs: Arc::new(MemoryBlobs::default()),
        clock: Arc::clone(&clock) as Arc<_>,
        rng: Arc::clone(&dice) as Arc<_>,
        runtime: Arc::clone(&clock) as Arc<_>,
    };
    let identity = |number: usize| Identity::from_seed(&[PEOPLE[number].seed; 32]);
    Arc::new(World::new(Ground {
        honesty,
        plant,
        dice,
        clock,
        engine: Arc::new(Engine::new(config, ports).unwrap()),
        truth: Arc::new(Truth::new(records, identity(0).space_id())),
        ledger: Arc::new(Ledger {
            rate: 0.into(),
            counts: parking_lot::Mutex::default(),
            colluder: identity(1),
            outcast: identity(3),
        }),
    }))
}

fn begin(world: &Arc<World>, members: &[Arc<Member>], things: usize) -> Vec<JoinHandle<()>> {
    let actors = members.iter().map(|member| {
        let actor = Actor {
            world: Arc::clone(world),
            member: Arc::clone(member),
        };
        tokio::spawn(actor.live(things))
    });
    actors.collect()
}

async fn honest(world: &Arc<World>, members: &[Arc<Member>]) {
    let listeners: Vec<_> = members
        .iter()
        .map(|member| tokio::spawn(listen(Arc::clone(world), Arc::clone(member))))
        .collect();
    let tasks = join_all(begin(world, members, 14));
    join(tasks, rule(world, members)).await;
    world.weather.calm.store(true, Ordering::Relaxed);
    // Requests on their way still arrive.
    wait(20_000).await;
    let owner = Actor {
        world: Arc::clone(world),
        member: Arc::clone(&members[0]),
    };
    let sets = (0..5).flat_map(|_| members.iter()).map(|member| {
        let actor = Actor {
            world: Arc::clone(world),
            member: Arc::clone(member),
        };
        async move { actor.set_data("shared/two").await }
    });
    join_all(sets.collect::<Vec<_>>()).await;
    for topic in PEOPLE[0].topics {
        owner.post(TopicId::parse(topic).unwrap()).await;
    }
    let mut ends = std::collections::BTreeMap::new();
    for topic in PEOPLE[0].topics {
        let topic = TopicId::parse(topic).unwrap();
        let chain = world.truth.chain(&topic).await;
        ends.insert(topic, chain.last().unwrap().message_hash);
    }
    *world.ends.lock() = Some(ends);
    for listener in listeners {
        listener.await.unwrap();
    }
    for member in members {
        finish(world, member).await;
    }
    check_posts(world).await;
}

/// Runs the owner, which removes a member and takes it back.
async fn rule(world: &World, members: &[Arc<Member>]) {
    let (owner, removed) = (&members[0], &members[3]);
    for _ in 0..world.dice.below(3) {
        wait(1_000 + world.dice.next() % 8_000).await;
        remove(world, owner, removed).await;
        wait(500 + world.dice.next() % 8_000).await;
        admit(world, owner, removed).await;
    }
}

async fn remove(world: &World, owner: &Member, removed: &Member) {
    use reeeductio_backend::Clock as _;
    let now = world.clock.now();
    world.truth.removed.lock().push((removed.id, now));
    let remove = async |handle: super::member::Handle| {
        let done = handle.space.members().remove(&removed.id).await;
        done.map(drop)
    };
    insist(world, owner, "remove", remove).await;
}

/// Checks that everything is there and that a member sees it.
async fn finish(world: &Arc<World>, member: &Arc<Member>) {
    let actor = Actor {
        world: Arc::clone(world),
        member: Arc::clone(member),
    };
    world.check_disk(member).await;
    for topic in member.topics {
        let topic = TopicId::parse(topic).unwrap();
        actor.read_all(topic.clone()).await;
        let seen = member.handle(world).before();
        for message in world.truth.chain(&topic).await {
            let (time, id) = (message.server_timestamp, message.message_hash);
            let there = seen.between(&topic, time, time).any(|(_, seen)| seen == id);
            if !there && !world.truth.was_removed(&message.sender, time) {
                let what = format!("{} does not see {message:?} in the end", member.name);
                world.violated(what);
            }
        }
    }
}

/// Checks that each acknowledged post is stored once, and each failed one at most once.
async fn check_posts(world: &World) {
    let posts = world.truth.posts.lock().clone();
    for topic in PEOPLE[0].topics {
        let topic = TopicId::parse(topic).unwrap();
        let chain = world.truth.chain(&topic).await;
        for post in posts.iter().filter(|post| post.topic == topic) {
            let data = encoding::encode(post.label.as_bytes());
            let stored: Vec<_> = chain
                .iter()
                .filter(|message| message.data == data)
                .collect();
            let fits = match post.acknowledged {
                Some(id) => stored.len() == 1 && stored[0].message_hash == id,
                None => stored.len() <= 1,
            };
            if !fits {
                world.violated(format!("{post:?} is stored as {stored:?}"));
            }
        }
    }
}

async fn lying(world: &Arc<World>, members: &[Arc<Member>]) {
    // First some history, which is honest.
    for task in begin(world, members, 5) {
        task.await.unwrap();
    }
    let (owner, removed) = (&members[0], &members[3]);
    remove(world, owner, removed).await;
    let members = &members[..3];
    let listeners: Vec<_> = members
        .iter()
        .map(|member| tokio::spawn(listen(Arc::clone(world), Arc::clone(member))))
        .collect();
    wait(5_000).await;
    let rate = 5 + world.dice.below(30);
    world.ledger.rate.store(rate, Ordering::Relaxed);
    for task in begin(world, members, 16) {
        task.await.unwrap();
    }
    world.over.store(true, Ordering::Relaxed);
    for listener in listeners {
        listener.await.unwrap();
    }
}
