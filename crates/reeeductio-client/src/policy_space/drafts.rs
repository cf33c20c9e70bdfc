//! Drafts that were posted more than once.

use std::collections::{HashMap, VecDeque};

use reeeductio_core::MessageContent;
use reeeductio_core::log::{LogItem, LogMessage, Opened};
use reeeductio_proto::{MemberId, MessageId, TopicId};

/// Drafts that are remembered by their client ids.
const DRAFTS: usize = 65_536;

/// The first message of each draft: of messages of a sender in a topic with one client id the first counts. After a loss of power a
/// draft may be sent again in another lane.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    first: HashMap<Name, (u64, MessageId)>,
    order: VecDeque<Name>,
}

/// The name of a draft.
type Name = (TopicId, MemberId, [u8; 16]);

/// A message, and the draft that it is of.
#[derive(Clone, Debug)]
pub(super) struct DraftOf {
    name: Name,
    number: u64,
    message: MessageId,
}

impl Drafts {
    /// Takes note of the drafts of a page before any of it is shown: in a page that is read backwards the first one comes last.
    pub(super) fn note(&mut self, drafts: &[DraftOf]) {
        for draft in drafts {
            self.repeats(draft);
        }
    }

    /// Returns the message that a message repeats; `None` if it is the first one that is known of its draft.
    pub(super) fn repeats(&mut self, draft: &DraftOf) -> Option<MessageId> {
        let name = &draft.name;
        let this = (draft.number, draft.message);
        let known = self.first.get_mut(name);
        match known {
            // The same message has another number in the log of a restored server to which it was given back.
            Some(first) if first.1 == this.1 => {}
            Some(first) if this.0 > first.0 => return Some(first.1),
            Some(first) => *first = this,
            None => {
                if self.order.len() == DRAFTS
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.first.remove(&oldest);
                }
                self.order.push_back(name.clone());
                self.first.insert(name.clone(), this);
            }
        }
        None
    }

    /// Forgets event `size` and later ones: a restored server has lost them.
    pub(super) fn cut(&mut self, size: u64) {
        self.first.retain(|_, first| first.0 < size);
        let first = &self.first;
        self.order.retain(|key| first.contains_key(key));
    }
}

/// The drafts of messages that were opened, oldest first.
pub(super) fn drafts_of(items: &[LogItem], opened: &[Option<Opened>]) -> Vec<DraftOf> {
    let messages = items.iter().map(LogItem::verified).zip(opened);
    let mut drafts: Vec<DraftOf> = messages
        .filter_map(|(message, opened)| match (message, opened) {
            (Some(message), Some(Opened::Content(content))) => Some(draft_of(message, content)),
            _ => None,
        })
        .collect();
    drafts.sort_unstable_by_key(|draft| draft.number);
    drafts
}

pub(super) fn draft_of(message: &LogMessage, content: &MessageContent) -> DraftOf {
    let signed = message.message();
    DraftOf {
        name: (signed.topic_id.clone(), signed.sender, content.client_id),
        number: message.number(),
        message: message.id(),
    }
}
