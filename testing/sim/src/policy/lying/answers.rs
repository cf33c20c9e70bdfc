//! Lies in single answers to one device.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Lying;
use crate::policy::actions::Act;
use crate::policy::device::Device;
use crate::policy::liar::Liar;
use crate::policy::lies::PolicyLie;

impl Lying<'_> {
    pub(super) async fn lie_in_answers(&mut self) {
        let Some(victim) = self.victim().await else {
            return;
        };
        let owner = Arc::clone(&self.world.devices[0]);
        let liar = Liar::new(self.lie, self.ground.dice.next(), 50);
        *victim.wire.liar.lock() = Some(liar);
        victim.is_lied_to.store(true, Ordering::Relaxed);
        for round in 0..7 {
            self.act(
                &owner,
                [Act::Post, Act::Rotate][usize::from(round % 4 == 3)],
            )
            .await;
            let acts = [
                Act::ReadAll,
                Act::Unread,
                Act::History,
                Act::Compare,
                Act::Post,
                Act::Refresh,
            ];
            let act = acts[self.ground.dice.below(acts.len())];
            if self.lie == PolicyLie::Withheld {
                // It is known once the topic was read to its end by a question that was asked later.
                self.withhold(&victim).await;
                continue;
            }
            if self.lie == PolicyLie::Unstored {
                self.do_not_store(&victim).await;
                continue;
            }
            if self.lie == PolicyLie::OldAnswer && round % 2 == 0 {
                self.give_old_checkpoint(&victim, &owner).await;
                continue;
            }
            let codes = self.act(&victim, act).await;
            let told = Self::told(&victim);
            if told > 0 && codes.is_empty() && self.lie.may_do_no_harm() {
                self.count("does no harm");
            } else if told > 0 {
                self.must_be_found(&victim, &codes, "the one that was lied to");
            } else if !codes.is_empty() {
                let what = format!("{} finds {codes:?}, and was not lied to", victim.name);
                self.ground.violated(what);
            }
        }
        *victim.wire.liar.lock() = None;
        victim.is_lied_to.store(false, Ordering::Relaxed);
    }

    fn told(victim: &Device) -> usize {
        let mut liar = victim.wire.liar.lock();
        liar.as_mut().map_or(0, Liar::told)
    }

    async fn withhold(&mut self, victim: &Arc<Device>) {
        // At once, if the device knew of the message when it asked.
        let mut codes = self.act(victim, Act::ReadAll).await;
        let told = Self::told(victim);
        let liar = victim.wire.liar.lock().take();
        codes.extend(self.act(victim, Act::ReadAll).await);
        *victim.wire.liar.lock() = liar;
        if told > 0 {
            self.must_be_found(victim, &codes, "the one that was lied to");
        }
    }

    async fn do_not_store(&mut self, victim: &Arc<Device>) {
        self.act(victim, Act::Post).await;
        if Self::told(victim) == 0 || victim.person.role == "viewer" {
            return;
        }
        let liar = victim.wire.liar.lock().take();
        let mut codes = self.act(victim, Act::ReadAll).await;
        codes.extend(self.act(victim, Act::Compare).await);
        codes.extend(self.act(victim, Act::Post).await);
        *victim.wire.liar.lock() = liar;
        self.must_be_found(victim, &codes, "the author");
    }

    /// Gives a checkpoint again after the device has read further.
    async fn give_old_checkpoint(&mut self, victim: &Arc<Device>, owner: &Arc<Device>) {
        let before = victim.wire.liar.lock().take();
        let liar = Liar::new(self.lie, self.ground.dice.next(), 0);
        *victim.wire.liar.lock() = Some(liar);
        let reads = self.done(victim, Act::Compare).await
            && self.done(owner, Act::Post).await
            && self.done(victim, Act::ReadAll).await;
        if let Some(liar) = &mut *victim.wire.liar.lock() {
            liar.always();
        }
        let codes = self.act(victim, Act::Compare).await;
        if reads && Self::told(victim) > 0 {
            self.must_be_found(victim, &codes, "the one that was lied to");
        }
        *victim.wire.liar.lock() = before;
    }
}
