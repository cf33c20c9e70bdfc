//! The settings and the newest epoch of a space with a policy, at each place of its state.

use std::sync::Arc;

use reeeductio_proto::{Epoch, Message, MessageId, Settings, View};

use super::checked::Checked;
use super::state::StateChain;

/// The places at which settings and epochs changed, ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    settings: Vec<(usize, Arc<Settings>)>,
    /// The place at which each epoch began.
    epochs: Vec<usize>,
}

impl Turns {
    /// Takes note of what a view says since the entry at `place` was taken in.
    pub(super) fn note(&mut self, place: usize, view: &View) {
        if view.policy().is_none() {
            return;
        }
        let newest = self.settings.last();
        if newest.is_none_or(|(_, newest)| **newest != *view.settings()) {
            self.settings
                .push((place, Arc::new(view.settings().clone())));
        }
        let begun = view.newest_epoch().map(|epoch| epoch.entry.number);
        let begun = begun.and_then(|number| usize::try_from(number).ok());
        if begun.is_some_and(|number| number == self.epochs.len()) {
            self.epochs.push(place);
        }
    }
}

impl StateChain {
    /// Returns the place of a message in the chain, from 0.
    pub fn place(&self, message: &MessageId) -> Option<usize> {
        self.known.get(message).copied()
    }

    /// Returns the place of an entry below `auth/` that had authority, by the digest of its id.
    pub(crate) fn authority_place(&self, digest: &[u8; 32]) -> Option<usize> {
        self.view.authority_time(digest)?;
        self.place(&MessageId::from_hash(*digest))
    }

    /// The entries of the view that had authority, in their order, after the first few.
    pub(crate) fn authority_after(&self, count: usize) -> impl Iterator<Item = &Arc<Message>> {
        self.authority
            .all()
            .iter()
            .skip(count)
            .map(|entry| &entry.message)
    }

    /// The newest entry that had authority at a place or before it.
    pub(crate) fn newest_authority_at(&self, place: usize) -> Option<MessageId> {
        let all = self.authority.all();
        let count = all.partition_point(|entry| entry.place <= place);
        Some(all.get(count.checked_sub(1)?)?.message.message_hash)
    }

    /// Returns the newest valid epoch in the view right after a place.
    pub fn epoch_at(&self, place: usize) -> Option<&Epoch> {
        let begun = self.turns.epochs.partition_point(|begun| *begun <= place);
        let number = u32::try_from(begun.checked_sub(1)?).ok()?;
        self.view.epoch(number)
    }

    /// Returns the settings in the view right after a place; `None` in a space without a policy.
    pub fn settings_at(&self, place: usize) -> Option<&Settings> {
        let count = self
            .turns
            .settings
            .partition_point(|(from, _)| *from <= place);
        let (_, settings) = self.turns.settings.get(count.checked_sub(1)?)?;
        Some(settings)
    }

    /// Returns the settings that were in force at a place or at any later one, oldest first.
    pub(crate) fn settings_since(&self, place: usize) -> impl Iterator<Item = &Settings> {
        let count = self
            .turns
            .settings
            .partition_point(|(from, _)| *from <= place);
        let since = self.turns.settings.get(count.saturating_sub(1)..);
        since.into_iter().flatten().map(|(_, settings)| &**settings)
    }

    /// Returns the settings after messages that follow the chain, or repeat its end; forged ones count
    /// for nothing. The owner's
    /// own word decides about them, so that they can be read before the rest is judged.
    pub(crate) fn settings_after<'a>(
        &self,
        messages: impl Iterator<Item = &'a Checked> + Clone,
    ) -> Settings {
        let is_wanted = |message: &Message| message.kind.starts_with("space/");
        let mut wanted = messages
            .filter(|checked| checked.forgery().is_none())
            .map(Checked::message)
            .filter(|message| is_wanted(message) && !self.contains(&message.message_hash))
            .peekable();
        if wanted.peek().is_none() {
            return self.view.settings().clone();
        }
        let mut view = View::new(self.space);
        for entry in self.authority.all() {
            if is_wanted(&entry.message) {
                view.restore(&entry.message);
            }
        }
        for message in wanted {
            // One without authority changes nothing.
            drop(view.apply(message));
        }
        view.settings().clone()
    }
}
