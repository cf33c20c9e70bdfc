//! Messages that wait for the key of their epoch.

use std::collections::BTreeMap;

use super::message::LogMessage;

/// Messages that are kept.
const MESSAGES: usize = 4_096;
/// Bytes of the messages that are kept, about.
const BYTES: usize = 16 << 20;

/// Messages whose keys are missing, to be opened when these come. Bounded in count and bytes.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    epochs: BTreeMap<u32, BTreeMap<u64, Box<LogMessage>>>,
    messages: usize,
    bytes: usize,
}

impl Waiting {
    /// Keeps a message, or gives it back if there is no room: it must be read again when the key has come.
    pub fn keep(&mut self, message: Box<LogMessage>) -> Result<(), Box<LogMessage>> {
        let Some(epoch) = message.header().map(|header| header.epoch) else {
            return Err(message);
        };
        let number = message.number();
        let is_known = self
            .epochs
            .get(&epoch)
            .is_some_and(|messages| messages.contains_key(&number));
        if is_known {
            return Ok(());
        }
        let bytes = message.bytes();
        if self.messages >= MESSAGES || self.bytes.saturating_add(bytes) > BYTES {
            return Err(message);
        }
        self.messages += 1;
        self.bytes += bytes;
        let messages = self.epochs.entry(epoch).or_default();
        messages.insert(number, message);
        Ok(())
    }

    /// Takes the messages of an epoch whose key has come, in their order.
    pub fn take(&mut self, epoch: u32) -> Vec<Box<LogMessage>> {
        let messages: Vec<Box<LogMessage>> = self
            .epochs
            .remove(&epoch)
            .unwrap_or_default()
            .into_values()
            .collect();
        self.messages = self.messages.saturating_sub(messages.len());
        let bytes: usize = messages.iter().map(|message| message.bytes()).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        messages
    }

    /// The epochs whose keys are missing, by ascending number.
    pub fn epochs(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.epochs.keys().copied()
    }

    /// Forgets event `size` and later ones: a restored server has lost them.
    pub fn cut(&mut self, size: u64) {
        for messages in self.epochs.values_mut() {
            drop(messages.split_off(&size));
        }
        self.epochs.retain(|_, messages| !messages.is_empty());
        let left = || self.epochs.values().flat_map(BTreeMap::values);
        self.messages = left().count();
        self.bytes = left().map(|message| message.bytes()).sum();
    }

    /// Messages that wait.
    pub fn len(&self) -> usize {
        self.messages
    }

    /// Returns whether none waits.
    pub fn is_empty(&self) -> bool {
        self.messages == 0
    }

    /// Bytes of the messages that wait, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
