//! Edits and deletes: what they make of the messages that they name.

use std::collections::{HashMap, VecDeque};

use reeeductio_proto::{MemberId, MessageId, TargetChange, TopicId};

use super::message::{LogMessage, Payload};
use super::reason::Reason;

/// Messages of which senders are remembered, targets of which changes are, and messages whose payload is missing.
const REMEMBERED: usize = 65_536;
/// Changes of one target that are remembered, the newest ones.
const CHANGES_OF_ONE: usize = 64;
/// Changes that are remembered.
const CHANGES: usize = 262_144;

/// Edits and deletes as far as they were read.
#[derive(Clone, Debug, Default)]
pub struct Revisions {
    senders: HashMap<MessageId, (MemberId, bool)>,
    sender_order: VecDeque<MessageId>,
    /// By topic too: rights are those in the topic of the change, so it changes nothing in another one.
    changes: HashMap<(TopicId, MessageId), Vec<Change>>,
    change_order: VecDeque<(TopicId, MessageId)>,
    /// How many changes there are, of all targets.
    change_count: usize,
    missing: HashMap<MessageId, Unexplained>,
    /// Whether changes were forgotten, so that a missing payload may have an explanation that is not known.
    has_forgotten: bool,
}

#[derive(Clone, Copy, Debug)]
struct Change {
    by: MessageId,
    number: u64,
    revision: u32,
    deletes: bool,
    sender: MemberId,
    may_change_others: bool,
}

#[derive(Clone, Debug)]
struct Unexplained {
    topic: TopicId,
    number: u64,
    /// The message whose changes explain it.
    target: MessageId,
    /// Events in the tree when it was shown.
    size: u64,
}

/// Effect of the edits and deletes that were read on a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Nothing: it stands as it was posted.
    Posted,
    /// It is replaced by the content of an edit.
    Edited {
        /// The edit.
        by: MessageId,
        /// Its revision, from 1.
        revision: u32,
    },
    /// It is removed.
    Deleted {
        /// The delete.
        by: MessageId,
    },
}

/// A payload that is missing, and that nothing explains: the server withholds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Withheld {
    /// The topic.
    pub topic: TopicId,
    /// The message.
    pub message: MessageId,
    /// Number of the event.
    pub number: u64,
}

impl Revisions {
    /// The sender of a message that was read, and whether the message is itself a change; `None` if it is not remembered.
    pub(super) fn sender(&self, id: &MessageId) -> Option<(MemberId, bool)> {
        self.senders.get(id).copied()
    }

    /// Takes note of a message that was verified. `size` is that of the tree when it was shown, if all later changes of it will have
    /// been read once the topic was read to there.
    pub(super) fn note(&mut self, message: &LogMessage, size: Option<u64>) {
        let id = message.id();
        let target = message.target();
        let sender = message.message().sender;
        if self
            .senders
            .insert(id, (sender, target.is_some()))
            .is_none()
        {
            self.sender_order.push_back(id);
        }
        if self.sender_order.len() > REMEMBERED
            && let Some(oldest) = self.sender_order.pop_front()
        {
            self.senders.remove(&oldest);
        }
        let changed = target.map(|target| MessageId::from_hash(target.message));
        if let (Some(target), Some(changed)) = (target, changed) {
            let topic = message.message().topic_id.clone();
            self.note_change(
                (topic, changed),
                Change {
                    by: id,
                    number: message.number(),
                    revision: target.revision,
                    deletes: target.change == TargetChange::Delete,
                    sender,
                    may_change_others: message.may_change_others,
                },
            );
        }
        if *message.payload() == Payload::Missing
            && let Some(size) = size
            && self.missing.len() < REMEMBERED
        {
            let unexplained = Unexplained {
                topic: message.message().topic_id.clone(),
                number: message.number(),
                target: changed.unwrap_or(id),
                size,
            };
            self.missing.insert(id, unexplained);
        }
    }

    fn note_change(&mut self, target: (TopicId, MessageId), change: Change) {
        if !self.changes.contains_key(&target) {
            self.change_order.push_back(target.clone());
        }
        let changes = self.changes.entry(target).or_default();
        let at = changes.partition_point(|known| known.number < change.number);
        if changes
            .get(at)
            .is_some_and(|known| known.number == change.number)
        {
            return;
        }
        changes.insert(at, change);
        if changes.len() > CHANGES_OF_ONE {
            // Newer ones tell more.
            changes.remove(0);
        } else {
            self.change_count += 1;
        }
        while (self.change_order.len() > REMEMBERED || self.change_count > CHANGES)
            && let Some(oldest) = self.change_order.pop_front()
        {
            let forgotten = self.changes.remove(&oldest).unwrap_or_default();
            self.change_count = self.change_count.saturating_sub(forgotten.len());
            self.has_forgotten = true;
        }
    }

    /// Returns what the changes that were read so far make of a message.
    pub fn standing(&self, message: &LogMessage) -> Standing {
        let (newest, _) = self.resolve(message);
        match newest {
            None => Standing::Posted,
            Some(change) if change.deletes => Standing::Deleted { by: change.by },
            Some(change) => Standing::Edited {
                by: change.by,
                revision: change.revision,
            },
        }
    }

    /// Returns the edits and deletes of a message that have no effect on it, and why: by another member without the right, or not
    /// the next revision.
    pub fn refused(&self, message: &LogMessage) -> Vec<(MessageId, Reason)> {
        self.resolve(message).1
    }

    fn resolve(&self, message: &LogMessage) -> (Option<Change>, Vec<(MessageId, Reason)>) {
        let topic = message.message().topic_id.clone();
        self.resolve_target(&(topic, message.id()), Some(message.message().sender))
    }

    fn resolve_target(
        &self,
        target: &(TopicId, MessageId),
        sender: Option<MemberId>,
    ) -> (Option<Change>, Vec<(MessageId, Reason)>) {
        let (mut newest, mut refused) = (None::<Change>, Vec::new());
        for change in self.changes.get(target).into_iter().flatten() {
            let is_author = sender.is_none_or(|sender| sender == change.sender);
            if !is_author && !change.may_change_others {
                refused.push((change.by, Reason::NotAuthor));
                continue;
            }
            // The first one that is known may not be the first of all.
            let is_next = newest.is_none_or(|newest| {
                !newest.deletes && Some(change.revision) == newest.revision.checked_add(1)
            });
            if is_next {
                newest = Some(*change);
            } else {
                refused.push((change.by, Reason::Revision));
            }
        }
        (newest, refused)
    }

    /// Returns the payloads that are withheld, once a topic was read to its end by a question that was asked when the tree had `size`
    /// events.
    pub(super) fn settle(&mut self, topic: &TopicId, size: u64) -> Vec<Withheld> {
        if self.has_forgotten {
            return Vec::new();
        }
        let due: Vec<MessageId> = self
            .missing
            .iter()
            .filter(|(_, missing)| missing.topic == *topic && missing.size <= size)
            .map(|(id, _)| *id)
            .collect();
        let mut withheld = Vec::new();
        for id in due {
            let Some(missing) = self.missing.remove(&id) else {
                continue;
            };
            let sender = self.senders.get(&missing.target).map(|(sender, _)| *sender);
            let target = (missing.topic.clone(), missing.target);
            let (newest, _) = self.resolve_target(&target, sender);
            if newest.is_none_or(|newest| newest.number <= missing.number) {
                withheld.push(Withheld {
                    topic: missing.topic,
                    message: id,
                    number: missing.number,
                });
            }
        }
        withheld.sort_unstable_by_key(|withheld| withheld.number);
        withheld
    }

    /// Forgets the changes, and the missing payloads, of event `size` and later ones: a restored server has lost them.
    pub(super) fn cut(&mut self, size: u64) {
        self.changes.retain(|_, changes| {
            changes.retain(|change| change.number < size);
            !changes.is_empty()
        });
        self.change_count = self.changes.values().map(Vec::len).sum();
        let changes = &self.changes;
        self.change_order
            .retain(|target| changes.contains_key(target));
        self.missing.retain(|_, missing| missing.number < size);
        for missing in self.missing.values_mut() {
            // The tree is smaller now, and all that follows is read again.
            missing.size = missing.size.min(size);
        }
    }

    /// Messages, changes and missing payloads that are remembered.
    pub fn remembered(&self) -> [usize; 3] {
        [self.senders.len(), self.change_count, self.missing.len()]
    }
}
