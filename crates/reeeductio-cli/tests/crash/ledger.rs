//! Writes that a server has acknowledged, and those that it was asked for and did not answer.

use std::collections::{BTreeSet, HashMap};

use reeeductio_client::{MemberId, MessageId, Posted};
use reeeductio_proto::tree::TreeHash;

/// Acknowledged writes of all rounds, and those that were asked for.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Messages that were acknowledged, with the number of the event and the body; no edits and deletes.
    pub(crate) posts: HashMap<MessageId, (u64, String)>,
    /// Changes of messages, by the message.
    pub(crate) changes: HashMap<MessageId, Changes>,
    /// Edits and deletes that were acknowledged, with the number of the event.
    pub(crate) changed: Vec<(MessageId, u64)>,
    /// Messages and edits of which an acknowledged change has removed the payload.
    pub(crate) replaced: BTreeSet<MessageId>,
    /// Members whose admission was acknowledged, and whose removal nobody has asked for.
    pub(crate) members: BTreeSet<MemberId>,
    /// Members whose removal was acknowledged.
    pub(crate) removed: BTreeSet<MemberId>,
    /// Epochs whose beginning was acknowledged.
    pub(crate) epochs: u32,
    /// Checkpoints that the server signed: sizes and roots.
    pub(crate) checkpoints: Vec<(u64, TreeHash)>,
    /// Everything that was acknowledged.
    pub(crate) acknowledged: usize,
}

/// The edits and deletes of one message.
#[derive(Default)]
pub(crate) struct Changes {
    /// The body that each makes of it; `None` for a delete.
    asked: Vec<Option<String>>,
    /// How many of them are settled: the last of these was acknowledged.
    settled: usize,
    /// The newest one that was acknowledged.
    newest: Option<MessageId>,
}

impl Changes {
    /// Returns whether the message was deleted for sure.
    pub(crate) fn is_deleted(&self) -> bool {
        self.settled > 0 && self.asked[self.settled - 1].is_none()
    }
}

impl Ledger {
    pub(crate) fn posted(&mut self, posted: Posted, body: String) {
        let id = posted.position.hash;
        self.posts.insert(id, (posted.number, body));
        self.acknowledged += 1;
    }

    /// Takes note of a change before it is asked for.
    pub(crate) fn ask(&mut self, message: MessageId, body: Option<String>) {
        self.changes.entry(message).or_default().asked.push(body);
    }

    /// Takes note that the newest change of a message was acknowledged.
    pub(crate) fn changed(&mut self, message: MessageId, posted: Posted) {
        let changes = self.changes.entry(message).or_default();
        changes.settled = changes.asked.len();
        let id = posted.position.hash;
        let before = changes.newest.replace(id).unwrap_or(message);
        self.replaced.insert(before);
        self.changed.push((id, posted.number));
        self.acknowledged += 1;
    }

    /// The bodies that a message may be shown with; `None` if it is deleted. More than one while an answer is missing.
    pub(crate) fn expected(&self, message: &MessageId) -> Vec<Option<&str>> {
        let (_, body) = &self.posts[message];
        let own = Some(body.as_str());
        let Some(changes) = self.changes.get(message) else {
            return vec![own];
        };
        let asked = changes.asked.iter().map(Option::as_deref);
        let all: Vec<Option<&str>> = [own].into_iter().chain(asked).collect();
        all[changes.settled..].to_vec()
    }
}
