//! Memory of what was seen of each chain, for clients without a local store: bounded, oldest sightings forgotten first.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use reeeductio_proto::{ChainId, MessageId, Position};

use super::batch::Batch;

/// Positions that are remembered.
const POSITIONS: usize = 65_536;
/// Chains of which a head is remembered.
const CHAINS: usize = 16_384;

/// Knowledge of a chain when a question about it is asked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Known {
    /// Position up to which it was seen without a gap, from where it was first seen.
    pub head: Option<Position>,
    /// The newest message that was seen.
    pub newest: Option<Position>,
}

impl Known {
    /// Of a head and the newest message that was kept, which may be older than the head.
    pub fn new(head: Option<Position>, newest: Option<Position>) -> Self {
        let newest = match (head, newest) {
            (Some(head), Some(newest)) if newest.timestamp < head.timestamp => Some(head),
            (head, newest) => newest.or(head),
        };
        Self { head, newest }
    }
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    chains: HashMap<Arc<ChainId>, Chain>,
    /// Chains in the order in which they were first seen.
    names: VecDeque<Arc<ChainId>>,
    /// Positions in the order in which they were seen.
    order: VecDeque<(Arc<ChainId>, Seen)>,
}

#[derive(Debug, Default)]
struct Chain {
    head: Option<Position>,
    seen: BTreeSet<Seen>,
    /// The time of each message in `seen`, by its hash.
    times: HashMap<[u8; 32], i64>,
}

/// Time and hash.
type Seen = (i64, [u8; 32]);

impl Memory {
    pub(super) fn known(&self, chain: &ChainId) -> Known {
        let Some(chain) = self.chains.get(chain) else {
            return Known::default();
        };
        let newest = chain.seen.last().copied().map(position);
        Known::new(chain.head, newest)
    }

    /// Returns the position at which a message was seen.
    pub(super) fn position(&self, chain: &ChainId, id: &MessageId) -> Option<Position> {
        let time = self.chains.get(chain)?.times.get(id.hash())?;
        Some(position((*time, *id.hash())))
    }

    /// Returns the positions between two times, both inclusive.
    pub(super) fn between(&self, chain: &ChainId, from: i64, to: i64) -> Vec<Position> {
        if from > to {
            return Vec::new();
        }
        let seen = self.chains.get(chain).map(|chain| &chain.seen);
        seen.into_iter()
            .flat_map(|seen| seen.range((from, [0; 32])..=(to, [u8::MAX; 32])))
            .copied()
            .map(position)
            .collect()
    }

    pub(super) fn remember(&mut self, batch: &Batch) {
        for message in &batch.messages {
            let chain = ChainId::shared(message.topic_id.clone());
            self.see(&chain, Position::from(&**message));
        }
        for (chain, head) in &batch.heads {
            self.head(chain, *head);
        }
        self.shrink();
    }

    fn see(&mut self, chain: &ChainId, at: Position) {
        let seen = (at.timestamp, *at.hash.hash());
        let (name, chain) = self.chain(chain);
        if chain.seen.insert(seen) {
            chain.times.insert(seen.1, seen.0);
            self.order.push_back((name, seen));
        }
    }

    fn head(&mut self, chain: &ChainId, head: Position) {
        let (_, chain) = self.chain(chain);
        let grows = |old: Position| head.timestamp >= old.timestamp;
        if chain.head.is_none_or(grows) {
            chain.head = Some(head);
        }
    }

    fn shrink(&mut self) {
        while self.order.len() > POSITIONS
            && let Some((name, seen)) = self.order.pop_front()
        {
            if let Some(chain) = self.chains.get_mut(&name) {
                chain.seen.remove(&seen);
                chain.times.remove(&seen.1);
            }
        }
    }

    fn chain(&mut self, chain: &ChainId) -> (Arc<ChainId>, &mut Chain) {
        let known = self.chains.get_key_value(chain);
        let name = known.map_or_else(|| Arc::new(chain.clone()), |(name, _)| Arc::clone(name));
        if known.is_none() {
            if self.names.len() >= CHAINS
                && let Some(oldest) = self.names.pop_front()
            {
                self.chains.remove(&oldest);
            }
            self.names.push_back(Arc::clone(&name));
        }
        let chain = self.chains.entry(Arc::clone(&name)).or_default();
        (name, chain)
    }
}

fn position((timestamp, hash): Seen) -> Position {
    Position {
        hash: MessageId::from_hash(hash),
        timestamp,
    }
}

#[cfg(test)]
mod tests {
    use reeeductio_proto::TopicId;

    use super::*;

    fn chain(name: &str) -> ChainId {
        ChainId::shared(TopicId::parse(name).unwrap())
    }

    fn at(timestamp: i64) -> Position {
        let mut hash = [7; 32];
        hash[..8].copy_from_slice(&timestamp.to_be_bytes());
        position((timestamp, hash))
    }

    #[test]
    fn memory_stays_bounded_and_forgets_the_oldest_sightings_but_no_head() {
        let mut memory = Memory::default();
        let (first, busy) = (chain("first"), chain("busy"));
        memory.see(&first, at(1));
        memory.head(&first, at(1));
        let count = i64::try_from(POSITIONS).unwrap();
        for time in 0..count {
            memory.see(&busy, at(time));
        }
        memory.shrink();
        assert_eq!(memory.order.len(), POSITIONS);
        assert!(memory.between(&first, 0, 10).is_empty());
        assert_eq!(memory.position(&first, &at(1).hash), None);
        assert_eq!(memory.position(&busy, &at(1).hash), Some(at(1)));
        assert_eq!(memory.known(&first).head, Some(at(1)));
        assert_eq!(memory.between(&busy, 0, count).len(), POSITIONS);
        assert_eq!(memory.known(&busy).newest, Some(at(count - 1)));
        for number in 0..=CHAINS {
            memory.head(&chain(&format!("topic-{number}")), at(1));
        }
        assert_eq!(memory.chains.len(), CHAINS);
        assert_eq!(memory.known(&first), Known::default());
        memory.shrink();
    }
}
