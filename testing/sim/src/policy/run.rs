//! One run: members act, and then everything is compared with what happened.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use reeeductio_client::{NewSpace, PolicySpace};
use reeeductio_proto::History;
use serde_json::json;

use super::actions::Act;
use super::device::{Device, Person};
use super::ground::{Ground, PolicyTally};
use super::world::World;
use crate::judge::Violation;
use crate::replicas::clock::wait;

/// Actions of a run, about.
const ACTIONS: usize = 18;
/// The role of members that write, and begin epochs.
pub(super) const KEEPER: &str = "keeper";
const NAMES: [&str; 6] = ["owner", "ann", "bob", "cat", "dan", "eve"];

/// Result of a run.
#[derive(Debug)]
pub struct PolicyRun {
    /// Actions in order, with the time in milliseconds.
    pub trace: Vec<String>,
    /// Counts of the actions.
    pub tally: PolicyTally,
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
}

/// Runs one seed on a server that is honest; the network and the stores fail.
pub fn run_policy(seed: u64) -> PolicyRun {
    simulate(seed, true, async |ground| {
        let world = found(ground).await;
        honest(&world).await;
    })
}

/// Runs a simulation on a clock that only it moves.
pub(super) fn simulate(
    seed: u64,
    is_honest: bool,
    run: impl AsyncFnOnce(&Arc<Ground>),
) -> PolicyRun {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (trace, tally, violation) = runtime.block_on(async {
        let ground = Arc::new(Ground::new(seed, is_honest));
        run(&ground).await;
        ground.result()
    });
    PolicyRun {
        trace,
        tally,
        violation: violation.map(Violation),
    }
}

/// Makes the space with its first members.
pub(super) async fn found(ground: &Arc<Ground>) -> World {
    let dice = &ground.dice;
    let people: Vec<Arc<Person>> = NAMES[..3 + dice.below(4)]
        .iter()
        .zip(1..)
        .map(|(name, seed)| {
            let role = match dice.below(20) {
                _ if seed == 1 => "owner",
                0..3 if seed > 2 => "viewer",
                3..10 => KEEPER,
                _ => "editor",
            };
            let mut person = Person::new(name, seed, role);
            person.brings_key = !dice.chance(25);
            Arc::new(person)
        })
        .collect();
    let mut devices = Vec::new();
    for person in &people {
        for number in 1..=1 + usize::from(dice.chance(40)) {
            devices.push(Arc::new(Device::new(ground, person, number)));
        }
    }
    let world = World::new(ground, people, devices);
    let new = NewSpace {
        history: if dice.chance(70) {
            History::Static
        } else {
            History::Rotate
        },
        ..NewSpace::default()
    };
    let owner = &world.devices[0];
    let (builder, process) = owner.builder();
    let made = PolicySpace::create(builder, ground.owner.clone(), new).await;
    let space = made.unwrap();
    owner.run_by(space.clone(), process);
    define_keeper(ground).await;
    for person in &world.people[1..] {
        if person.name == "ann" || dice.chance(80) {
            world.admit_person(&space, person).await.unwrap();
        } else {
            person.was_outside.store(true, Ordering::Relaxed);
        }
    }
    world
}

/// Makes the role of members that write, and begin epochs.
async fn define_keeper(ground: &Ground) {
    let server = ground.server();
    let role = format!("auth/roles/{KEEPER}");
    let value = json!({"role_id": KEEPER});
    server.set(&ground.owner, &role, &value).await;
    for (name, op, path) in [
        ("read_topics", "read", "topics/{any}"),
        ("read_state", "read", "state/{...}"),
        ("read_blobs", "read", "blobs/{any}"),
        ("write_topics", "create", "topics/{any}"),
        ("write_blobs", "create", "blobs/{any}"),
        ("rotate", "create", "state/keyring/{...}"),
    ] {
        let right = json!({"op": op, "path": path});
        let path = format!("{role}/rights/{name}");
        server.set(&ground.owner, &path, &right).await;
    }
}

/// Lets the members act, at times several at once.
pub(super) async fn live(world: &World, actions: usize) {
    let ground = &world.ground;
    let dice = &ground.dice;
    let mut left = actions;
    while left > 0 {
        let at_once = [1, 1, 1, 2, 3][dice.below(5)];
        let mut acts = Vec::new();
        let mut busy = Vec::new();
        for _ in 0..at_once {
            let number = dice.below(world.devices.len());
            let (act, seed) = (Act::any(dice), dice.next());
            let is_exclusive = matches!(act, Act::Restart | Act::LoseStore | Act::CloneStore);
            let is_free = !is_exclusive || at_once == 1;
            if is_free && !busy.contains(&number) {
                busy.push(number);
                acts.push(world.act(&world.devices[number], act, seed));
            }
        }
        left = left.saturating_sub(acts.len().max(1));
        join_all(acts).await;
        for device in &world.devices {
            // A device that could not post tries again soon, and at times in another run.
            let is_due = device.draft.lock().is_some() && dice.chance(50);
            if is_due {
                let restarts = dice.chance(30);
                if restarts {
                    device.restart();
                }
                world.act(device, Act::PostAgain, dice.next()).await;
            }
        }
        wait(dice.next() % 2_000).await;
        if !ground.is_calm() && dice.chance(5) {
            restart_server(world);
        }
        for device in &world.devices {
            let flips = !ground.is_calm() && dice.chance(6);
            device.wire.set_offline(flips);
        }
    }
}

fn restart_server(world: &World) {
    let ground = &world.ground;
    ground.note("the server is started again");
    let server = Arc::new(ground.server().restarted());
    ground.replace(&server);
    for device in &world.devices {
        device.wire.reach(&server);
    }
}

async fn honest(world: &World) {
    world.ground.set_calm(false);
    live(world, ACTIONS).await;
    world.ground.set_calm(true);
    for device in &world.devices {
        device.wire.set_offline(false);
    }
    world.ground.all_arrived().await;
    super::finish::finish(world).await;
}
