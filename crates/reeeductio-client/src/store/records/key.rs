//! Keys of records: a byte for the kind, the space, and what tells the records of a kind apart.

use reeeductio_proto::{ChainId, MessageId, SpaceId, TopicId};
use sha2::{Digest as _, Sha256};

/// Bytes that name a message in a key.
pub(super) const ID: usize = 32;
/// Bytes of a time.
pub(super) const TIME: usize = 8;

/// The first byte of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(super) enum Kind {
    Format = 0,
    Message = 1,
    MessageTime = 2,
    Head = 3,
    SignedTime = 4,
    Entry = 5,
    Snapshot = 6,
    Draft = 7,
    GivenMessage = 8,
    GivenTime = 9,
    LastDraft = 10,
    SentTo = 11,
    Data = 12,
    DraftReceipt = 13,
    Credentials = 14,
    Checkpoint = 15,
    NamedCheckpoint = 16,
    TopicTail = 17,
    LaneTail = 18,
    StateTail = 19,
    Sighting = 20,
    OwnLane = 21,
    EpochRoot = 22,
    SentUnder = 23,
    Restore = 24,
    InForce = 25,
    Passed = 26,
    Member = 27,
    // 28 begins the keys of the parts that belong to one user each.
    Account = 29,
    Pin = 30,
}

/// A key, or the beginning that a range of keys shares.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn format() -> Self {
        Self::all(Kind::Format)
    }

    /// The beginning of all keys of a kind, in any space.
    pub(super) fn all(kind: Kind) -> Self {
        Self(vec![kind as u8])
    }

    pub(super) fn of(kind: Kind, space: &SpaceId) -> Self {
        Self::all(kind).with(space.as_bytes())
    }

    /// The beginning of all chains of a topic. The length tells where the name ends.
    pub(super) fn topic(self, topic: &TopicId) -> Self {
        let name = topic.as_str().as_bytes();
        // A topic's name has at most 64 bytes.
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        self.with(&[length]).with(name)
    }

    pub(super) fn chain(self, chain: &ChainId) -> Self {
        let key = self.topic(&chain.topic);
        match &chain.lane {
            None => key.with(&[0]),
            Some(lane) => key.with(&[1]).with(&lane.member.to_bytes()).with(&lane.id),
        }
    }

    pub(super) fn time(self, time: i64) -> Self {
        self.with(&ordered(time))
    }

    pub(super) fn id(self, id: &MessageId) -> Self {
        self.with(id.hash())
    }

    pub(super) fn number(self, number: u64) -> Self {
        self.with(&number.to_be_bytes())
    }

    /// SHA-256 of bytes.
    pub(super) fn hash_of(self, bytes: &[u8]) -> Self {
        self.with(&Sha256::digest(bytes))
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.with(text.as_bytes())
    }

    pub(super) fn with(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The range of all keys that begin so: first inclusive, last exclusive.
    pub(super) fn range(self) -> (Vec<u8>, Vec<u8>) {
        let to = self.clone().end();
        (self.0, to)
    }

    /// The first key behind all that begin so. There is one: the first byte of no key is the greatest.
    pub(super) fn end(self) -> Vec<u8> {
        let mut end = self.0;
        while let Some(last) = end.pop() {
            if last < u8::MAX {
                end.push(last + 1);
                break;
            }
        }
        end
    }
}

/// The first key that is greater than `key`.
pub(super) fn after(key: &[u8]) -> Vec<u8> {
    let mut after = key.to_vec();
    after.push(0);
    after
}

/// Bytes whose order is the order of numbers: big-endian, the sign bit flipped.
pub(super) fn ordered(number: i64) -> [u8; TIME] {
    (number ^ i64::MIN).to_be_bytes()
}

/// The number of [`ordered`] bytes.
pub(super) fn number(bytes: [u8; TIME]) -> i64 {
    i64::from_be_bytes(bytes) ^ i64::MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_bytes_is_the_order_of_numbers() {
        let numbers = [i64::MIN, -256, -1, 0, 1, 255, 256, i64::MAX];
        for pair in numbers.windows(2) {
            assert!(ordered(pair[0]) < ordered(pair[1]));
        }
        for number_ in numbers {
            assert_eq!(number(ordered(number_)), number_);
        }
    }

    #[test]
    fn a_range_ends_behind_all_that_begin_so() {
        let end = |bytes: &[u8]| Key(bytes.to_vec()).end();
        assert_eq!(end(&[1, 2]), [1, 3]);
        assert_eq!(end(&[1, 0xff, 0xff]), [2]);
    }
}
