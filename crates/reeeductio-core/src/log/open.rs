//! Opening messages, and what an application sees of them.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use reeeductio_proto::{MessageId, SpaceId};

use super::message::{LogMessage, Payload};
use super::revisions::{Revisions, Standing};
use crate::epoch::Epoch;
use crate::sealed::{MessageContent, MessagePlace, SealedError, message_key, open_message};

/// The epochs whose roots a client has.
pub trait EpochKeys {
    /// The epoch of a number, with its root; `None` if the client does not have it, or not yet.
    fn epoch(&self, number: u32) -> Option<&Epoch>;
}

impl<S: BuildHasher> EpochKeys for HashMap<u32, Epoch, S> {
    fn epoch(&self, number: u32) -> Option<&Epoch> {
        self.get(&number)
    }
}

impl EpochKeys for BTreeMap<u32, Epoch> {
    fn epoch(&self, number: u32) -> Option<&Epoch> {
        self.get(&number)
    }
}

/// A message, opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Opened {
    /// The content.
    Content(MessageContent),
    /// It was never sealed: a value of the state that everybody can read.
    Plain,
    /// Its payload is not there; the value says why, and is never [`Payload::Here`].
    Gone(Payload),
    /// The root of its epoch is missing: the message is to be kept, in [`Waiting`](super::Waiting), until it comes.
    KeyMissing {
        /// Number of the epoch.
        epoch: u32,
    },
    /// Its author sealed it wrongly: it opens for nobody.
    Unreadable(SealedError),
}

/// A message as an application sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shown {
    /// As it was posted.
    Posted(MessageContent),
    /// As the newest edit says.
    Edited {
        /// The edit.
        by: MessageId,
        /// Its revision, from 1.
        revision: u32,
        /// The edit, opened; [`Opened::Gone`] also if it was not given.
        content: Box<Opened>,
    },
    /// Deleted.
    Deleted {
        /// The delete.
        by: MessageId,
    },
    /// Its time has come, by its author's wish or by the space's settings.
    Expired,
    /// Its payload is missing. Whether a later edit or delete explains that is known once the topic was read to its end: otherwise it
    /// is reported as [withheld](super::Withheld).
    Missing,
    /// The key is missing.
    KeyMissing {
        /// Number of the epoch.
        epoch: u32,
    },
    /// It opens for nobody.
    Unreadable(SealedError),
}

impl LogMessage {
    /// Opens the message.
    pub fn open(&self, space: &SpaceId, keys: &impl EpochKeys) -> Opened {
        let (Some(header), Payload::Here(payload)) = (self.header(), self.payload()) else {
            return match self.payload() {
                Payload::Plain | Payload::Here(_) => Opened::Plain,
                gone => Opened::Gone(gone.clone()),
            };
        };
        // A root that another history of the space had under this number is no key of the message.
        let epoch = keys.epoch(header.epoch);
        let Some(epoch) = epoch.filter(|epoch| epoch.key_id() == header.key_id) else {
            return Opened::KeyMissing {
                epoch: header.epoch,
            };
        };
        let message = self.message();
        let place = MessagePlace {
            space,
            topic: &message.topic_id,
            kind: &message.kind,
            sender: &message.sender,
        };
        let key = message_key(&epoch.topic(&message.topic_id), place, header);
        match open_message(&key, place, header, payload) {
            Ok(content) => Opened::Content(content),
            Err(error) => Opened::Unreadable(error),
        }
    }
}

impl Revisions {
    /// Returns what an application sees of a message. `edit` gives the edit that [`standing`](Self::standing) names, if it is at hand.
    pub fn show<'a>(
        &self,
        space: &SpaceId,
        message: &LogMessage,
        edit: impl FnOnce(&MessageId) -> Option<&'a LogMessage>,
        keys: &impl EpochKeys,
    ) -> Shown {
        match self.standing(message) {
            Standing::Deleted { by } => Shown::Deleted { by },
            Standing::Edited { by, revision } => {
                let edit = edit(&by).filter(|edit| edit.id() == by);
                let content = edit.map_or(Opened::Gone(Payload::Missing), |edit| {
                    edit.open(space, keys)
                });
                Shown::Edited {
                    by,
                    revision,
                    content: Box::new(content),
                }
            }
            Standing::Posted => match message.open(space, keys) {
                Opened::Content(content) => Shown::Posted(content),
                Opened::Gone(Payload::Expired | Payload::NotRetained) => Shown::Expired,
                Opened::Gone(_) | Opened::Plain => Shown::Missing,
                Opened::KeyMissing { epoch } => Shown::KeyMissing { epoch },
                Opened::Unreadable(error) => Shown::Unreadable(error),
            },
        }
    }
}
