//! Runs on a server that lies.

mod answers;
mod histories;

use std::sync::Arc;

use super::actions::Act;
use super::device::Device;
use super::finish::finish;
use super::ground::Ground;
use super::lies::PolicyLie;
use super::run::{PolicyRun, found, live, simulate};
use super::world::World;

/// Runs one seed on a server that lies; network and stores work.
pub fn run_policy_lies(seed: u64) -> PolicyRun {
    simulate(seed, false, async |ground| {
        let world = found(ground).await;
        live(&world, 5).await;
        let lie = PolicyLie::ALL[usize::try_from(seed).unwrap() % PolicyLie::ALL.len()];
        ground.note(&format!("the lie: {lie:?}"));
        let mut lying = Lying {
            world: &world,
            ground,
            lie,
            seed,
        };
        match lie {
            PolicyLie::RolledBack => lying.roll_back().await,
            PolicyLie::Forked => lying.fork().await,
            // It stays in the log, for everybody.
            PolicyLie::Relayed => return lying.relay().await,
            PolicyLie::RemovedWrites | PolicyLie::EpochSuperseded => {
                return lying.take_in_what_is_too_late().await;
            }
            PolicyLie::Restored => return lying.restore().await,
            _ => lying.lie_in_answers().await,
        }
        finish(&world).await;
    })
}

struct Lying<'a> {
    world: &'a World,
    ground: &'a Arc<Ground>,
    lie: PolicyLie,
    seed: u64,
}

impl Lying<'_> {
    /// Does one thing on a device, and returns the codes by which something was found.
    async fn act(&mut self, device: &Arc<Device>, act: Act) -> Vec<String> {
        self.act_well(device, act).await.1
    }

    /// Does one thing on a device, and returns whether it succeeded.
    async fn done(&mut self, device: &Arc<Device>, act: Act) -> bool {
        self.act_well(device, act).await.0
    }

    async fn act_well(&mut self, device: &Arc<Device>, act: Act) -> (bool, Vec<String>) {
        self.world.found.lock().clear();
        self.seed = self.seed.wrapping_add(1);
        let done = self.world.act(device, act, self.seed).await;
        let found = std::mem::take(&mut *self.world.found.lock());
        (done, found.into_iter().map(|(_, code)| code).collect())
    }

    /// Checks that a lie was found, and counts by whom.
    fn must_be_found(&self, device: &Device, codes: &[String], by: &str) {
        let expected = self.lie.found_by();
        let codes_alone = codes.iter().filter_map(|code| code.split(' ').next());
        let found = { codes_alone }.find(|code| expected.contains(code));
        let Some(code) = found else {
            let what = format!(
                "{}: {:?} is not found, but {codes:?}",
                device.name, self.lie
            );
            return self.ground.violated(what);
        };
        self.count(&format!("{by}: {code}"));
    }

    fn count(&self, what: &str) {
        let mut tally = self.ground.tally.lock();
        let codes = tally.lies.entry(format!("{:?}", self.lie)).or_default();
        *codes.entry(what.to_owned()).or_default() += 1;
    }

    /// A device other than the owner's first, which is a member's that reads.
    async fn victim(&mut self) -> Option<Arc<Device>> {
        let devices = &self.world.devices[1..];
        for _ in 0..8 {
            let Some(device) = devices.get(self.ground.dice.below(devices.len())) else {
                continue;
            };
            let device = Arc::clone(device);
            if self.done(&device, Act::ReadAll).await && self.done(&device, Act::Compare).await {
                return Some(device);
            }
        }
        None
    }
}
