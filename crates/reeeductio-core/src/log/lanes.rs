//! The newest entry of each lane, as far as the topics were read.

use std::collections::{HashMap, VecDeque};

use reeeductio_proto::{Lane, MemberId, MessageId};

use super::entry::Linked;
use super::reason::Reason;

/// Lanes that a member may have in a topic.
pub const LANES_OF_MEMBER: usize = 256;
/// Messages that could not be verified, over which a lane goes on.
const UNREADABLE: usize = 256;

/// The newest entry of a lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LaneTail {
    /// The message.
    pub hash: MessageId,
    /// The one that it follows.
    pub prev_hash: Option<MessageId>,
    /// Number of the event.
    pub number: u64,
    /// Digest of the newest authority that an entry of the lane has named; zero for none.
    pub authority: [u8; 32],
}

/// Messages that were refused because they are not their senders', by number and id, the newest few. Their lanes go on after them: whose
/// they are is not known, but the tree has their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Unreadable(VecDeque<(u64, MessageId)>);

/// Numbers and ids of messages, ascending.
type Passed = Vec<(u64, MessageId)>;

impl Unreadable {
    /// Those that an earlier run has kept.
    pub(super) fn of(messages: &[(u64, MessageId)]) -> Self {
        let surplus = messages.len().saturating_sub(UNREADABLE);
        Self(messages.iter().skip(surplus).copied().collect())
    }

    pub(super) fn add(&mut self, number: u64, id: MessageId) {
        if self.0.len() == UNREADABLE {
            self.0.pop_front();
        }
        self.0.push_back((number, id));
    }

    pub(super) fn holds(&self, id: Option<MessageId>) -> bool {
        id.is_some_and(|id| self.0.iter().any(|(_, known)| *known == id))
    }
}

/// The lanes of a topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    tails: HashMap<Lane, LaneTail>,
    counts: HashMap<MemberId, usize>,
    /// Whether every lane of the topic is here: it was read from its first message on.
    is_whole: bool,
    unreadable: Unreadable,
}

/// The lanes of a topic, and what the messages of an answer add.
#[derive(Debug)]
pub(super) struct Following<'a> {
    lanes: &'a Lanes,
    added: HashMap<Lane, LaneTail>,
    new_of_member: HashMap<MemberId, usize>,
    unreadable: Unreadable,
    has_passed: bool,
}

impl Lanes {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            is_whole,
            ..Self::default()
        }
    }

    pub(super) fn tail(&self, lane: &Lane) -> Option<&LaneTail> {
        self.tails.get(lane)
    }

    pub(super) fn len(&self) -> usize {
        self.tails.len()
    }

    /// Takes note of a lane's newest entry. Beyond `room` lanes it is forgotten, and with it that every lane is known.
    pub(super) fn set(&mut self, lane: Lane, tail: LaneTail, room: usize) {
        if let Some(known) = self.tails.get_mut(&lane) {
            if known.number <= tail.number {
                *known = tail;
            }
        } else if self.tails.len() < room {
            self.tails.insert(lane, tail);
            *self.counts.entry(lane.member).or_default() += 1;
        } else {
            self.is_whole = false;
        }
    }

    pub(super) fn set_unreadable(&mut self, unreadable: Unreadable) {
        self.unreadable = unreadable;
    }

    pub(super) fn follow(&self) -> Following<'_> {
        Following {
            lanes: self,
            added: HashMap::new(),
            new_of_member: HashMap::new(),
            unreadable: self.unreadable.clone(),
            has_passed: false,
        }
    }
}

impl Following<'_> {
    fn tail(&self, lane: &Lane) -> Option<&LaneTail> {
        self.added.get(lane).or_else(|| self.lanes.tails.get(lane))
    }

    /// The authority that the lane's entry before has named; zero for none.
    pub(super) fn authority(&self, lane: &Lane) -> [u8; 32] {
        self.tail(lane).map_or([0; 32], |tail| tail.authority)
    }

    /// Checks that a message is the next of its lane.
    pub(super) fn check(&self, entry: &Linked) -> Result<(), Reason> {
        let (lane, prev_hash) = (&entry.lane, entry.message().prev_hash);
        let skips = self.unreadable.holds(prev_hash);
        match self.tail(lane) {
            Some(tail) if prev_hash == Some(tail.hash) => Ok(()),
            Some(tail) if entry.id() == tail.hash => Err(Reason::LaneLink),
            Some(tail) if prev_hash == tail.prev_hash => Err(Reason::LaneForked(tail.hash)),
            _ if skips => Ok(()),
            // If the topic was not read from its first message on, the lane may have begun before.
            None if prev_hash.is_none() || !self.lanes.is_whole => self.check_count(lane),
            _ => Err(Reason::LaneLink),
        }
    }

    fn check_count(&self, lane: &Lane) -> Result<(), Reason> {
        let count = |counts: &HashMap<MemberId, usize>| counts.get(&lane.member).copied();
        let known = count(&self.lanes.counts).unwrap_or_default();
        if known + count(&self.new_of_member).unwrap_or_default() < LANES_OF_MEMBER {
            return Ok(());
        }
        Err(Reason::LaneLimit)
    }

    /// Goes on to a message that is the next of its lane. `authority` is the newest one that the lane has named.
    pub(super) fn advance(&mut self, entry: &Linked, authority: [u8; 32]) {
        if self.tail(&entry.lane).is_none() {
            *self.new_of_member.entry(entry.lane.member).or_default() += 1;
        }
        let tail = LaneTail {
            hash: entry.id(),
            prev_hash: entry.message().prev_hash,
            number: entry.entry.number,
            authority,
        };
        self.added.insert(entry.lane, tail);
    }

    /// Passes over a message that is not its sender's.
    pub(super) fn pass(&mut self, entry: &Linked) {
        self.unreadable.add(entry.entry.number, entry.id());
        self.has_passed = true;
    }

    /// The lanes that have moved, and the messages that were passed over, if there are more of them than before.
    pub(super) fn into_added(self) -> (HashMap<Lane, LaneTail>, Option<Passed>) {
        let passed = self.has_passed.then(|| self.unreadable.0.into());
        (self.added, passed)
    }
}
