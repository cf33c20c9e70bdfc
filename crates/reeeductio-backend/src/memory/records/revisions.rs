//! Revisions of messages, in memory.

use std::collections::BTreeMap;

use reeeductio_proto::{MessageId, TopicId};

use crate::{Revised, Revision};

/// The revisions of a space.
#[derive(Clone, Default)]
pub(super) struct Revisions {
    /// The newest revision of each message that has one.
    newest: BTreeMap<(TopicId, MessageId), Revised>,
    /// Messages that are revisions themselves, with their targets.
    targets: BTreeMap<(TopicId, MessageId), MessageId>,
}

impl Revisions {
    pub(super) fn newest(&self, topic: &TopicId, target: MessageId) -> Option<Revised> {
        self.newest.get(&(topic.clone(), target)).copied()
    }

    /// Returns whether a message changes another one.
    pub(super) fn is_revision(&self, topic: &TopicId, message: MessageId) -> bool {
        self.targets.contains_key(&(topic.clone(), message))
    }

    pub(super) fn add(&mut self, topic: &TopicId, by: MessageId, revision: Revision) {
        let Revision {
            target,
            number,
            deletes,
        } = revision;
        let revised = Revised {
            by,
            number,
            deletes,
        };
        self.newest.insert((topic.clone(), target), revised);
        self.targets.insert((topic.clone(), by), target);
    }

    /// Forgets one of those that are purged; returns whether there was one.
    pub(super) fn forget_one(&mut self) -> bool {
        self.newest.clear();
        self.targets.pop_first().is_some()
    }
}
