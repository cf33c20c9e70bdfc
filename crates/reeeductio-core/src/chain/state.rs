//! The topic `state`, followed from its first message.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use reeeductio_proto::{
    Action, Applied, DataEntry, MemberId, Message, MessageId, Operation, PathPrefix, Position,
    Resource, SpaceId, StatePath, StateWrite, TopicId, Verdict, View, judge, judge_state_value,
};

use super::checked::Checked;
use super::error::ChainError;
use super::page::{Start, check_links};
use super::past::{Claim, Entries, Judge};
use super::turns::Turns;
use super::values::Values;
use super::verified::VerifiedMessage;

/// How far a signer's clock may be from the server's: servers refuse a data entry beyond that.
const CLOCK_SKEW: i64 = 60_000;

/// The topic `state` of a space, followed from its first message and judged message by message. It knows
/// who may do what, and which entry is the newest at each path.
#[derive(Clone, Debug)]
pub struct StateChain {
    pub(super) space: SpaceId,
    pub(super) topic: TopicId,
    pub(super) view: View,
    pub(super) head: Option<Position>,
    /// The place of each message, from 0.
    pub(super) known: HashMap<MessageId, usize>,
    pub(super) entries: BTreeMap<String, Newest>,
    pub(super) values: Values,
    /// Messages in the chain whose senders had no authority for them, with the reason.
    pub(super) refused: HashMap<MessageId, String>,
    /// Entries of the view that had authority, for judging what happened in the past.
    pub(super) authority: Entries,
    pub(super) turns: Turns,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    pub(super) position: Position,
    pub(super) sender: MemberId,
    pub(super) is_removed: bool,
}

impl StateChain {
    /// A space in which nothing was read yet.
    pub fn new(space: SpaceId) -> Self {
        Self {
            space,
            topic: TopicId::state(),
            view: View::new(space),
            head: None,
            known: HashMap::new(),
            entries: BTreeMap::new(),
            values: Values::below(&[]),
            refused: HashMap::new(),
            authority: Entries::default(),
            turns: Turns::default(),
        }
    }

    /// The newest message, `None` while the chain is empty.
    pub fn head(&self) -> Option<Position> {
        self.head
    }

    /// Messages in the chain.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Returns whether the chain holds nothing.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Returns the view of the `auth/` state as of the head.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The ids of the messages in the chain, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = &MessageId> {
        self.known.keys()
    }

    /// Returns whether the message is in the chain.
    pub fn contains(&self, message: &MessageId) -> bool {
        self.known.contains_key(message)
    }

    /// The newest entry at a path that was written with authority, tombstones included.
    pub fn entry(&self, path: &StatePath) -> Option<Position> {
        self.entries
            .get(path.as_str())
            .map(|newest| newest.position)
    }

    /// Returns whether a member may read the entry at a path at `now`, Unix milliseconds, as a server judges it. The chain itself is read by
    /// every member.
    pub fn may_read(&self, member: &MemberId, path: &StatePath, now: i64) -> bool {
        let newest = self.entries.get(path.as_str());
        let action = Action {
            op: Operation::Read,
            resource: Resource::State(path),
            owner: newest.map(|newest| newest.sender),
        };
        judge(&self.view, member, &action, now) == Verdict::Allow
    }

    /// The newest entries at a path and below it that a member may read at `now`, Unix milliseconds, tombstones included, by their
    /// paths.
    pub fn readable_below(
        &self,
        prefix: &PathPrefix,
        member: &MemberId,
        now: i64,
    ) -> Vec<(StatePath, Position)> {
        self.newest_below(prefix)
            .filter_map(|newest| Some((StatePath::parse(newest.path).ok()?, newest.position)))
            .filter(|(path, _)| self.may_read(member, path, now))
            .collect()
    }

    /// Why a message of the chain has no authority; `None` if it has, or is not in the chain.
    pub fn refusal(&self, message: &MessageId) -> Option<&str> {
        self.refused.get(message).map(String::as_str)
    }

    /// Judges claims about the past.
    pub(crate) fn judge(&self) -> Judge<'_> {
        Judge::new(self.space, &self.view, &self.authority)
    }

    /// Takes in what follows the head, oldest first. Messages known already may come before it: they are
    /// passed over, as long as they are at the start. If anything is wrong the chain stays as it was.
    ///
    /// A message without authority is no error here: it stays without effect, and reading it is refused. A forged one is: without
    /// what stood there nobody can say who may do what.
    pub fn extend(&mut self, mut messages: Vec<Checked>) -> Result<(), ChainError> {
        let known = messages
            .iter()
            .take_while(|checked| self.known.contains_key(&checked.message().message_hash))
            .count();
        messages.drain(..known);
        let start = self.head.map_or(Start::Genesis, Start::After);
        check_links(&self.topic, start, messages.iter().map(Checked::message))?;
        let messages = messages
            .into_iter()
            .map(Checked::into_message)
            .collect::<Result<Vec<_>, _>>()?;
        for message in messages {
            self.append(message);
        }
        Ok(())
    }

    /// Accepts a message of the topic `state` that is in the chain and had authority.
    pub fn authorize_state(&self, message: &Message) -> Result<(), ChainError> {
        let id = message.message_hash;
        if !self.known.contains_key(&id) {
            return Err(ChainError::NotInChain(id));
        }
        if self.refused.contains_key(&id) {
            return Err(ChainError::Unauthorized {
                what: format!("state entry {}", message.kind),
                sender: message.sender,
            });
        }
        Ok(())
    }

    /// Accepts a message as the entry that the chain has at `position`.
    pub fn accept(
        &self,
        position: Position,
        message: Checked,
    ) -> Result<VerifiedMessage, ChainError> {
        if message.position() != position {
            return Err(ChainError::NotInChain(message.position().hash));
        }
        let message = message.into_message()?;
        self.authorize_state(&message)?;
        Ok(VerifiedMessage::new(message))
    }

    /// Accepts a data entry whose signer was allowed to write it when it was signed. Its signature must
    /// have been checked.
    pub fn authorize_entry(&self, entry: &DataEntry) -> Result<(), ChainError> {
        let ops: &[Operation] = if entry.data.is_empty() {
            &[Operation::Delete]
        } else {
            &[Operation::Create, Operation::Modify]
        };
        let claim = Claim {
            member: entry.signed_by,
            ops,
            resource: Resource::Data(&entry.path),
            from: entry.signed_at.saturating_sub(CLOCK_SKEW),
            to: entry.signed_at.saturating_add(CLOCK_SKEW),
        };
        if self.judge().holds(&claim) {
            return Ok(());
        }
        Err(ChainError::Unauthorized {
            what: format!("data entry {}", entry.path),
            sender: entry.signed_by,
        })
    }

    /// Takes in a message whatever it follows.
    pub(crate) fn append(&mut self, message: Arc<Message>) {
        let position = Position::from(&*message);
        self.head = Some(position);
        let place = self.known.len();
        self.known.insert(position.hash, place);
        match self.judge_next(&message) {
            Ok(()) => {
                self.take_value(&message);
                self.turns.note(place, &self.view);
                self.authority.push(place, message);
            }
            Err(reason) => {
                self.refused.insert(position.hash, reason);
            }
        }
    }

    /// Brings the view up to the message, and says why the message has no authority.
    fn judge_next(&mut self, message: &Message) -> Result<(), String> {
        let applied = self.view.apply(message);
        let is_owner = self.space.is_owned_by(&message.sender);
        match applied {
            Applied::Changed => Ok(()),
            // With a policy the owner is bound by its rules: what has no effect now must have none either when the view is made
            // again of the entries that had authority.
            Applied::Ignored(refusal) if self.view.policy().is_some() => Err(refusal.to_string()),
            // Everything else that the owner writes has authority; the view decides what it means.
            _ if is_owner => Ok(()),
            Applied::Ignored(refusal) => Err(refusal.to_string()),
            Applied::Unrelated => self.judge_unrelated(message),
        }
    }

    /// Judges what is not below `auth/`.
    fn judge_unrelated(&self, message: &Message) -> Result<(), String> {
        let path = StatePath::parse(&message.kind).map_err(|error| error.to_string())?;
        let write = StateWrite {
            path: &path,
            data: &message.data,
            existing: self.entries.get(path.as_str()).map(|newest| newest.sender),
            prev: None,
        };
        judge_state_value(
            &self.view,
            &message.sender,
            &write,
            message.server_timestamp,
        )
        .map_err(|refusal| refusal.to_string())
    }
}
