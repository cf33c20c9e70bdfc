mod invitation;
mod page;
mod snapshot;
mod state;
mod values;

use reeeductio_proto::{
    Capability, MemberId, Message, Operation, Pattern, SpaceId, StatePath, TopicId,
};

use super::*;
use crate::state_entry::{self, StateEntry};
use crate::{Draft, Identity};

/// A space with an owner, its state, and one topic.
struct Rig {
    owner: Identity,
    space: SpaceId,
    topic: TopicId,
    state: StateChain,
    messages: Vec<Message>,
    now: i64,
}

impl Rig {
    fn new() -> Self {
        let owner = Identity::from_seed(&[1; 32]);
        Self {
            space: owner.space_id(),
            topic: TopicId::parse("general").unwrap(),
            state: StateChain::new(owner.space_id()),
            owner,
            messages: Vec::new(),
            now: 1_000_000,
        }
    }

    /// A rig with a member that may post to every topic.
    fn with_poster() -> (Self, Identity) {
        let mut rig = Self::new();
        let poster = Identity::from_seed(&[2; 32]);
        rig.own(&state_entry::user(poster.user_id(), None).unwrap());
        rig.own(&rights(&poster, &right(Operation::Create, "topics/{any}")));
        (rig, poster)
    }

    fn signed(
        &self,
        topic: &TopicId,
        by: &Identity,
        kind: &str,
        data: &[u8],
        after: &[Message],
    ) -> Message {
        Draft {
            space: &self.space,
            topic,
            kind,
            prev_hash: after.last().map(|message| message.message_hash),
            data,
        }
        .message(&by.user_id(), by, self.now)
    }

    fn post(&mut self, by: &Identity) -> &Message {
        self.now += 1;
        let message = self.signed(&self.topic, by, "chat.text", b"hi", &self.messages);
        self.messages.push(message);
        self.messages.last().unwrap()
    }

    /// A state message behind the head, not yet taken in.
    fn next_state(&self, by: &Identity, path: &str, value: &[u8]) -> Message {
        Draft {
            space: &self.space,
            topic: &TopicId::state(),
            kind: path,
            prev_hash: self.state.head().map(|head| head.hash),
            data: value,
        }
        .message(&by.user_id(), by, self.now)
    }

    fn write(&mut self, by: &Identity, path: &str, value: &[u8]) -> Message {
        self.now += 1;
        let message = self.next_state(by, path, value);
        self.extend(vec![message.clone()]).unwrap();
        message
    }

    fn own(&mut self, entry: &StateEntry) {
        let owner = self.owner.clone();
        self.write(&owner, entry.path.as_str(), entry.value.as_bytes());
    }

    fn remove(&mut self, member: MemberId) {
        let owner = self.owner.clone();
        let path = state_entry::member_path(member).unwrap();
        self.write(&owner, path.as_str(), b"");
    }

    fn page(&self, messages: &[Message]) -> Page {
        Page {
            space: self.space,
            topic: self.topic.clone(),
            order: Order::OldestFirst,
            start: Start::Genesis,
            messages: check(&self.space, messages.to_vec()),
        }
    }

    fn verify(&self) -> Result<Vec<VerifiedMessage>, ChainError> {
        self.verify_these(&self.messages)
    }

    /// The messages, or what is wrong with the first bad one.
    fn verify_these(&self, messages: &[Message]) -> Result<Vec<VerifiedMessage>, ChainError> {
        let items = self.page(messages).link()?.judge(&self.state)?;
        let results = items.into_iter().map(Item::into_result);
        results
            .map(|result| result.map_err(|refused| refused.reason))
            .collect()
    }

    fn error(&self, messages: &[Message]) -> &'static str {
        self.verify_these(messages).unwrap_err().code()
    }

    fn extend(&mut self, messages: Vec<Message>) -> Result<(), ChainError> {
        let checked = check(&self.space, messages);
        self.state.extend(checked)
    }
}

fn right(op: Operation, path: &str) -> Capability {
    Capability {
        op,
        path: Pattern::parse(path).unwrap(),
        must_be_owner: false,
        expires_at: None,
    }
}

fn rights(member: &Identity, right: &Capability) -> StateEntry {
    state_entry::right_of_member(member.user_id(), "cap", right).unwrap()
}

fn path(text: &str) -> StatePath {
    StatePath::parse(text).unwrap()
}
