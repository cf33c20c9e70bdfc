//! One run: its members and their devices, and the truth about what they did.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use reeeductio_client::{ClientError, MessageId, Posted};

use super::device::{Device, Person};
use super::ground::Ground;

/// One run.
pub(super) struct World {
    pub(super) ground: Arc<Ground>,
    /// The owner first.
    pub(super) people: Vec<Arc<Person>>,
    pub(super) devices: Vec<Arc<Device>>,
    pub(super) truth: Mutex<Truth>,
    /// Devices that have found a lie, and its code.
    pub(super) found: Mutex<Vec<(String, String)>>,
}

/// Answers that members were given, and messages that they wanted to post.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) acknowledged: Vec<Acknowledged>,
    /// Labels of messages that failed: they may be stored, once.
    pub(super) tried: BTreeSet<String>,
    /// Messages that somebody has tried to delete.
    pub(super) deleted: BTreeSet<MessageId>,
}

/// A message that was said to be stored.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) label: String,
    pub(super) person: &'static str,
    pub(super) posted: Posted,
    pub(super) change: Change,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    Posted,
    Of(MessageId),
}

impl World {
    pub(super) fn new(
        ground: &Arc<Ground>,
        people: Vec<Arc<Person>>,
        devices: Vec<Arc<Device>>,
    ) -> Self {
        Self {
            ground: Arc::clone(ground),
            people,
            devices,
            truth: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// Takes note that a device was shown what no honest server shows.
    pub(super) fn finds(&self, device: &Device, code: &str, what: &str) {
        let name = &device.name;
        if device.is_lied_to.load(Ordering::Relaxed) {
            let found = (name.clone(), code.to_owned());
            self.found.lock().push(found);
        } else {
            self.ground.violated(format!("{name}: {code}: {what}"));
        }
    }

    pub(super) fn devices_of<'a>(
        &'a self,
        person: &'a Person,
    ) -> impl Iterator<Item = &'a Arc<Device>> {
        let devices = self.devices.iter();
        devices.filter(|device| device.person.name == person.name)
    }

    pub(super) fn other_device(&self, device: &Device) -> Option<Arc<Device>> {
        let mut others = self.devices_of(&device.person);
        others.find(|other| other.name != device.name).cloned()
    }

    pub(super) fn acknowledged(
        &self,
        label: &str,
        device: &Device,
        posted: Posted,
        change: Change,
    ) {
        if device.is_lied_to.load(Ordering::Relaxed) {
            // The word of a lying server is worth nothing.
            return;
        }
        let person = &device.person;
        self.truth.lock().acknowledged.push(Acknowledged {
            label: label.to_owned(),
            person: person.name,
            posted,
            change,
        });
    }

    /// Takes note of what became of an action, and returns whether it succeeded.
    pub(super) fn outcome(
        &self,
        device: &Device,
        what: &str,
        done: Result<String, ClientError>,
    ) -> bool {
        let name = &device.name;
        match done {
            Ok(result) => {
                self.ground.note(&format!("{name} {what}: {result}"));
                let mut tally = self.ground.tally.lock();
                *tally.done.entry(what.to_owned()).or_default() += 1;
                true
            }
            Err(error) => {
                let code = error.code_text().to_owned();
                self.ground.note(&format!("{name} {what}: {code}: {error}"));
                let mut tally = self.ground.tally.lock();
                *tally.failed.entry(format!("{what} {code}")).or_default() += 1;
                drop(tally);
                if !self.is_excused(device, what, &code) {
                    self.finds(device, &code, &format!("{what}: {error}: {error:?}"));
                }
                false
            }
        }
    }

    /// Returns whether an error may come from an honest server.
    fn is_excused(&self, device: &Device, what: &str, code: &str) -> bool {
        let person = &device.person;
        let was_outside = person.was_outside.load(Ordering::Relaxed);
        match code {
            "transport.failed" | "transport.connect" | "transport.timeout"
            | "store.unavailable" => !self.ground.is_calm(),
            // Somebody has left.
            "keyring.waiting" => true,
            "key.missing" => was_outside || !person.brings_key,
            "revision.conflict" => ["Edit", "Delete"].contains(&what),
            "permission.denied" => was_outside || person.role == "viewer",
            "member.unknown" => was_outside,
            _ => false,
        }
    }
}
