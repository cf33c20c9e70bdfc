//! A server that is as honest as the test that uses it.

use std::collections::HashMap;

use reeeductio_proto::tree::{
    Frontier, Node, Proof, TreeHash, consistency_ranges, inclusion_ranges, range_root,
};
use reeeductio_proto::{
    Checkpoint, EventKind, EventLeaf, Message, MessageId, Origin, SealedHeader, SpaceId, TopicId,
    encoding,
};

use crate::chain::Checked;
use crate::log::{ConsistencyQuestion, Inclusion, LogAnswer, LogEntry, LogQuestion};
use crate::{Identity, log::Evidence};

pub(super) const HOST: &str = "chat.example";

#[derive(Clone)]
pub(super) struct Server {
    pub(super) key: Identity,
    pub(super) space: SpaceId,
    pub(super) incarnation: [u8; 8],
    pub(super) events: Vec<Event>,
    pub(super) now: i64,
    nodes: HashMap<Node, TreeHash>,
    roots: Vec<TreeHash>,
    frontier: Frontier,
}

#[derive(Clone)]
pub(super) struct Event {
    pub(super) message: Message,
    pub(super) payload: Option<Vec<u8>>,
    pub(super) state: Option<MessageId>,
    pub(super) leaf: TreeHash,
    pub(super) previous: TreeHash,
}

impl Server {
    pub(super) fn new(space: SpaceId) -> Self {
        let frontier = Frontier::default();
        Self {
            key: Identity::from_seed(&[90; 32]),
            space,
            incarnation: [1; 8],
            events: Vec::new(),
            now: 1_700_000_000_000,
            nodes: HashMap::new(),
            roots: vec![frontier.root()],
            frontier,
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.events.len() as u64
    }

    pub(super) fn root(&self, size: u64) -> TreeHash {
        self.roots[usize::try_from(size).unwrap()]
    }

    /// Appends a message that names the newest message of the state, and returns its number.
    pub(super) fn append(&mut self, message: Message, payload: Option<Vec<u8>>) -> u64 {
        let state = self.of_topic(&TopicId::state()).last().map(|n| self.id(*n));
        self.append_at(message, payload, state)
    }

    /// Appends a message that names any message of the state.
    pub(super) fn append_at(
        &mut self,
        mut message: Message,
        payload: Option<Vec<u8>>,
        state: Option<MessageId>,
    ) -> u64 {
        self.now += 1;
        message.server_timestamp = self.now;
        let number = self.size();
        let previous = self.of_topic(&message.topic_id).last().copied();
        let previous = previous.map_or([0; 32], |n| self.events[n].leaf);
        let header = encoding::decode(&message.data).unwrap_or_default();
        let lane = if message.topic_id.is_state() {
            [0; 8]
        } else {
            let unread = |_| header[3..11].try_into().unwrap();
            SealedHeader::parse(&header).map_or_else(unread, |header| header.lane)
        };
        let leaf = EventLeaf {
            space: &self.space,
            number,
            what: EventKind::Message,
            topic: message.topic_id.as_str(),
            lane,
            hash: *message.message_hash.hash(),
            timestamp: u64::try_from(message.server_timestamp).unwrap(),
            previous,
            state: state.map_or([0; 32], |state| *state.hash()),
        };
        let leaf = leaf.hash();
        self.events.push(Event {
            message,
            payload,
            state,
            leaf,
            previous,
        });
        self.grow(leaf);
        number
    }

    fn grow(&mut self, leaf: TreeHash) {
        self.nodes.extend(self.frontier.push(leaf));
        self.roots.push(self.frontier.root());
    }

    /// The server as it was when it had `size` events.
    pub(super) fn backup(&self, size: u64) -> Self {
        let mut backup = Self::new(self.space);
        backup.incarnation = self.incarnation;
        backup.now = self.now;
        for event in self.events.iter().take(usize::try_from(size).unwrap()) {
            backup.events.push(event.clone());
            backup.grow(event.leaf);
        }
        backup
    }

    pub(super) fn id(&self, n: usize) -> MessageId {
        self.events[n].message.message_hash
    }

    fn of_topic(&self, topic: &TopicId) -> Vec<usize> {
        let events = self.events.iter().enumerate();
        let events = events.filter(|(_, event)| event.message.topic_id == *topic);
        events.map(|(n, _)| n).collect()
    }

    pub(super) fn signed(&self, size: u64, root: TreeHash) -> String {
        let origin = Origin::new(HOST, self.space, self.incarnation).unwrap();
        let checkpoint = Checkpoint { origin, size, root };
        let signature = self.key.sign(checkpoint.text().as_bytes());
        checkpoint.to_note(&self.key.public_key(), &signature)
    }

    pub(super) fn note(&self, size: u64) -> String {
        self.signed(size, self.root(size))
    }

    fn prove(&self, ranges: Vec<std::ops::Range<u64>>) -> Proof {
        let mut node = |node| self.nodes.get(&node).copied().ok_or(node);
        let hashes = ranges.into_iter().map(|range| range_root(range, &mut node));
        Proof(hashes.collect::<Result<_, _>>().unwrap())
    }

    pub(super) fn inclusion(&self, number: u64, size: u64) -> Inclusion {
        Inclusion {
            checkpoint: self.note(size),
            proof: self.prove(inclusion_ranges(number, size)),
            consistency: None,
        }
    }

    /// The consistency proof; an empty one of sizes that the server does not have.
    pub(super) fn consistency(&self, question: &ConsistencyQuestion) -> Proof {
        if question.size() > self.size() {
            return Proof::default();
        }
        self.prove(consistency_ranges(question.from(), question.size()))
    }

    /// Evidence out of two notes and this server's proof.
    pub(super) fn evidence(
        &self,
        one: &str,
        other: &str,
    ) -> Result<Evidence, super::EvidenceError> {
        let key = self.key.public_key();
        let question = Evidence::question(&key, one, other)?;
        let proof = question.map_or(Proof::default(), |question| self.consistency(&question));
        Evidence::new(key, one.to_owned(), other.to_owned(), proof)
    }

    pub(super) fn answer(&self, question: &LogQuestion) -> LogAnswer {
        let mut events = self.of_topic(question.topic());
        let time = |n: &usize| self.events[*n].message.server_timestamp;
        if question.is_newest_first() {
            if let Some(before) = question.before() {
                events.retain(|n| time(n) < before);
            }
            events.reverse();
        } else if let Some(after) = question.after() {
            events.retain(|n| time(n) > after);
        }
        let more = events.len() > question.limit();
        events.truncate(question.limit());
        let mut answer = self.answer_of(&events, more);
        if let (Some(inclusion), Some(size)) = (&mut answer.inclusion, question.verified()) {
            let is_there = size <= self.size();
            inclusion.consistency =
                is_there.then(|| self.prove(consistency_ranges(size, self.size())));
        }
        answer
    }

    /// An answer with these events, in this order.
    pub(super) fn answer_of(&self, events: &[usize], has_more: bool) -> LogAnswer {
        let entries = events.iter().map(|n| self.entry(*n)).collect();
        let oldest = events.iter().min().map(|n| self.events[*n].previous);
        let newest = events.iter().max().map(|n| *n as u64);
        LogAnswer {
            entries,
            has_more,
            previous: oldest.filter(|previous| *previous != [0; 32]),
            inclusion: newest.map(|newest| self.inclusion(newest, self.size())),
        }
    }

    /// The newest `space/settings`.
    pub(super) fn settings(&self) -> Checked {
        let messages = self.events.iter().map(|event| &event.message).rev();
        let settings = { messages }.find(|message| message.kind == "space/settings");
        Checked::new(&self.space, settings.unwrap().clone())
    }

    pub(super) fn entry(&self, n: usize) -> LogEntry {
        let event = &self.events[n];
        LogEntry {
            message: Checked::new(&self.space, event.message.clone()),
            payload: event.payload.clone(),
            number: n as u64,
            state: event.state,
        }
    }
}
