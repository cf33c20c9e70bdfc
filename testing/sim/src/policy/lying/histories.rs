//! Servers with the same log key and histories of their own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use reeeductio_backend::{Append, Messages as _, Payload};
use reeeductio_client::ClientError;
use reeeductio_proto::Lane;

use super::Lying;
use crate::policy::actions::{Act, topic};
use crate::policy::check::header;
use crate::policy::device::Device;
use crate::policy::lies::PolicyLie;
use crate::policy::server::Server;

impl Lying<'_> {
    pub(super) async fn roll_back(&mut self) {
        let old = Arc::new(self.ground.server().copied());
        let owner = Arc::clone(&self.world.devices[0]);
        for _ in 0..=self.ground.dice.below(3) {
            self.act(&owner, Act::Post).await;
        }
        let Some(victim) = self.victim().await else {
            return;
        };
        if victim.has_store() && self.ground.dice.chance(50) {
            self.act(&victim, Act::Restart).await;
        }
        if self.ground.dice.chance(50) {
            // It goes on there by itself.
            self.post_at(&old, 4).await;
        }
        Self::show(&victim, &old);
        let codes = self.act(&victim, Act::Compare).await;
        self.must_be_found(&victim, &codes, "the one that was lied to");
    }

    /// Shows a device the history of another server from now on.
    fn show(device: &Device, server: &Arc<Server>) {
        device.wire.reach(server);
        device.is_lied_to.store(true, Ordering::Relaxed);
        device.is_forked.store(true, Ordering::Relaxed);
    }

    /// Has a device of the owner's that nobody knows of post on a server.
    async fn post_at(&mut self, server: &Arc<Server>, count: usize) {
        let other = Arc::new(Device::fresh(self.ground, &self.world.people[0]));
        Self::show(&other, server);
        for _ in 0..count {
            self.act(&other, Act::Post).await;
        }
    }

    pub(super) async fn fork(&mut self) {
        let Some(victim) = self.victim().await else {
            return;
        };
        let owner = Arc::clone(&self.world.devices[0]);
        let fork = Arc::new(self.ground.server().copied());
        self.post_at(&fork, 1 + self.ground.dice.below(4)).await;
        Self::show(&victim, &fork);
        for _ in 0..=self.ground.dice.below(4) {
            self.act(&owner, Act::Post).await;
        }
        for _ in 0..=self.ground.dice.below(4) {
            self.act(&victim, Act::Post).await;
        }
        for device in [&owner, &victim] {
            let codes = self.act(device, Act::Compare).await;
            if !codes.is_empty() {
                let what = format!("{} finds {codes:?}, where all fits", device.name);
                self.ground.violated(what);
            }
        }
        // They meet.
        let result = self.exchange(&victim, &owner).await;
        self.check_evidence(&owner, &result);
        let result = self.exchange(&owner, &victim).await;
        self.check_evidence(&victim, &result);
    }

    /// Gives the newest checkpoint of one device to another.
    async fn exchange(&self, from: &Device, to: &Device) -> Result<(), ClientError> {
        let note = from.space().await?.log().checkpoint().await?;
        let space = to.space().await?;
        space.log().compare_note(note.note()).await.map(drop)
    }

    fn check_evidence(&self, device: &Device, result: &Result<(), ClientError>) {
        match result {
            Err(error) if error.code_text() == "verify.split_view" => {
                let ClientError::Policy(error) = error else {
                    return self.ground.violated(format!("{error:?}"));
                };
                let evidence = error.error().evidence();
                if evidence.is_none_or(|evidence| evidence.verify().is_err()) {
                    let what = format!("{}: the evidence is none: {error:?}", device.name);
                    self.ground.violated(what);
                }
                self.count("whoever compares a note: verify.split_view");
            }
            // The proof cannot be had from a server that has another tree.
            Err(error) if error.code_text() == "verify.rolled_back" => {
                self.count("whoever compares a note: verify.rolled_back");
            }
            other => {
                let what = format!("{}: two histories agree: {other:?}", device.name);
                self.ground.violated(what);
            }
        }
    }

    pub(super) async fn relay(&mut self) {
        let Some(victim) = self.victim().await else {
            return;
        };
        let owner = Arc::clone(&self.world.devices[0]);
        // Everybody is in the newest epoch.
        if !self.done(&owner, Act::Post).await || !self.done(&victim, Act::Post).await {
            return;
        }
        let fork = Arc::new(self.ground.server().copied());
        self.post_at(&fork, 1 + self.ground.dice.below(3)).await;
        Self::show(&victim, &fork);
        victim.is_forked.store(true, Ordering::Relaxed);
        *victim.wire.relay.lock() = Some(self.ground.server());
        for _ in 0..3 {
            self.act(&owner, Act::Post).await;
        }
        self.act(&victim, Act::Compare).await;
        if !self.done(&victim, Act::Post).await {
            return;
        }
        for _ in 0..3 {
            self.act(&owner, Act::Post).await;
        }
        owner.is_lied_to.store(true, Ordering::Relaxed);
        let mut codes = self.act(&owner, Act::ReadAll).await;
        codes.extend(self.act(&owner, Act::Compare).await);
        owner.is_lied_to.store(false, Ordering::Relaxed);
        let Some(size) = codes
            .iter()
            .find_map(|code| code.strip_prefix("suspicion.denied "))
        else {
            let what = format!("{} suspects nothing: {codes:?}", owner.name);
            return self.ground.violated(what);
        };
        self.count("whoever reads: suspicion.denied");
        // The author keeps the note that it has named.
        let result = async {
            let log = victim.space().await?.log();
            let note = log.kept_checkpoint(size.parse().unwrap()).unwrap();
            let space = owner.space().await?;
            space.log().compare_note(note.note()).await.map(drop)
        };
        let result = result.await;
        self.check_evidence(&owner, &result);
    }

    /// Puts a message into the log that is of a history from before its author was removed, or the epoch ended.
    pub(super) async fn take_in_what_is_too_late(&mut self) {
        let Some(outcast) = self.victim().await else {
            return;
        };
        if outcast.person.is_owner() || outcast.person.role == "viewer" {
            return;
        }
        let owner = Arc::clone(&self.world.devices[0]);
        // Both are in the newest epoch.
        if !self.done(&owner, Act::Post).await || !self.done(&outcast, Act::Post).await {
            return;
        }
        let server = self.ground.server();
        let old = Arc::new(server.copied());
        let space = owner.space().await.unwrap();
        if self.lie == PolicyLie::RemovedWrites {
            outcast.person.was_outside.store(true, Ordering::Relaxed);
            let id = outcast.person.id();
            space.members().remove(id).await.unwrap();
        } else {
            space.members().rotate().await.unwrap();
        }
        for device in self.world.devices_of(&outcast.person) {
            Self::show(device, &old);
        }
        let before = old.topic(self.ground.space(), &topic()).await.len();
        if !self.done(&outcast, Act::Post).await {
            return;
        }
        let written = old.topic(self.ground.space(), &topic()).await;
        let entry = written[before].clone();
        let head = header(&entry);
        let payload = entry.payload.unwrap();
        let append = Append {
            lane: Some(Lane {
                member: entry.message.sender,
                id: head.lane,
            }),
            payload: Some(Payload::new(payload)),
            ..Append::new(self.ground.space(), entry.message)
        };
        server.records.append(append).await.unwrap();
        self.act(&owner, Act::Post).await;
        for device in &self.world.devices {
            if device.person.name == outcast.person.name {
                continue;
            }
            device.is_lied_to.store(true, Ordering::Relaxed);
            let (done, codes) = self.act_well(device, Act::ReadAll).await;
            device.is_lied_to.store(false, Ordering::Relaxed);
            if done {
                self.must_be_found(device, &codes, "whoever reads");
            }
        }
    }

    pub(super) async fn restore(&mut self) {
        let old = Arc::new(self.ground.server().copied());
        let owner = Arc::clone(&self.world.devices[0]);
        for _ in 0..3 {
            self.act(&owner, Act::Post).await;
        }
        let mut known = Vec::new();
        for device in &self.world.devices {
            if self.done(device, Act::Compare).await {
                known.push(Arc::clone(device));
            }
        }
        self.ground.replace(&old);
        for device in known {
            Self::show(&device, &old);
            let codes = self.act(&device, Act::Compare).await;
            self.must_be_found(&device, &codes, "whoever knew more");
        }
    }
}
