//! A state that was read, as bytes, so that a program that starts again need not read and judge it anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use reeeductio_proto::{
    BYTE_LENGTH, MemberId, Message, MessageId, Position, Signature, SpaceId, StateRun, TopicId,
    View,
};

use super::past::Entries;
use super::state::{Newest, StateChain};
use super::turns::Turns;
use super::values::{Values, covers_all};

/// The layout below. Bytes of another one are not read: the state is read from the server again.
const VERSION: u8 = 4;

impl StateChain {
    /// Everything that was read, as bytes for [`from_snapshot`](Self::from_snapshot). They are not protected: a
    /// change to them changes the rights that the client believes. Seal them before they leave the program.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Writer(vec![VERSION]);
        out.bytes(self.space.as_bytes());
        out.flag(self.head.is_some());
        if let Some(head) = self.head {
            out.position(head);
        }
        let mut order: Vec<(&MessageId, &usize)> = self.known.iter().collect();
        order.sort_unstable_by_key(|(_, place)| **place);
        out.count(order.len());
        for (hash, _) in order {
            out.bytes(hash.hash());
        }
        out.count(self.entries.len());
        for (path, newest) in &self.entries {
            out.text(path);
            out.position(newest.position);
            out.bytes(&newest.sender.to_bytes());
            out.flag(newest.is_removed);
        }
        out.count(self.values.prefixes().len());
        for prefix in self.values.prefixes() {
            out.text(prefix);
        }
        let values = self.values.all();
        out.count(values.len());
        for (path, data) in values {
            out.text(path);
            out.text(data);
        }
        out.count(self.refused.len());
        for (hash, reason) in &self.refused {
            out.bytes(hash.hash());
            out.text(reason);
        }
        out.count(self.authority.all().len());
        for entry in self.authority.all() {
            out.message(&entry.message);
        }
        let run = self.view.run();
        out.flag(run.is_some());
        if let Some(run) = run {
            out.position(run.newest);
            out.bytes(&run.sender.to_bytes());
            out.bytes(&run.before.to_be_bytes());
        }
        out.0
    }

    /// The state of `space` that bytes of [`snapshot`](Self::snapshot) hold; `None` if they hold none. It keeps no values.
    pub fn from_snapshot(space: SpaceId, bytes: &[u8]) -> Option<Self> {
        Self::from_snapshot_keeping(space, &[], bytes)
    }

    /// The same, with the values that [`keeping`](Self::keeping) keeps; `None` also if the chain of the snapshot did not keep those at all
    /// of these paths.
    pub fn from_snapshot_keeping(
        space: SpaceId,
        prefixes: &'static [&'static str],
        bytes: &[u8],
    ) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.array::<1>()? != [VERSION] || from.array::<32>()? != *space.as_bytes() {
            return None;
        }
        let head = if from.flag()? {
            Some(from.position()?)
        } else {
            None
        };
        let mut known = HashMap::new();
        for place in 0..from.count()? {
            known.insert(from.hash()?, place);
        }
        let mut entries = BTreeMap::new();
        for _ in 0..from.count()? {
            let path = from.text()?.to_owned();
            let newest = Newest {
                position: from.position()?,
                sender: from.member()?,
                is_removed: from.flag()?,
            };
            entries.insert(path, newest);
        }
        let values = from.values(prefixes)?;
        let mut refused = HashMap::new();
        for _ in 0..from.count()? {
            let hash = from.hash()?;
            refused.insert(hash, from.text()?.to_owned());
        }
        let (mut view, mut authority) = (View::new(space), Entries::default());
        let mut turns = Turns::default();
        for _ in 0..from.count()? {
            let message = from.message()?;
            let place = *known.get(&message.message_hash)?;
            view.restore(&message);
            turns.note(place, &view);
            authority.push(place, Arc::new(message));
        }
        let run = if from.flag()? {
            Some(StateRun {
                newest: from.position()?,
                sender: from.member()?,
                before: i64::from_be_bytes(from.array()?),
            })
        } else {
            None
        };
        view.resume(run);
        from.0.is_empty().then_some(Self {
            space,
            topic: TopicId::state(),
            view,
            head,
            known,
            entries,
            values,
            refused,
            authority,
            turns,
        })
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(flag.into());
    }

    fn count(&mut self, count: usize) {
        self.bytes(&(count as u64).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn position(&mut self, position: Position) {
        self.bytes(position.hash.hash());
        self.bytes(&position.timestamp.to_be_bytes());
    }

    fn message(&mut self, message: &Message) {
        self.position(Position::from(message));
        self.text(&message.kind);
        self.flag(message.prev_hash.is_some());
        if let Some(prev) = message.prev_hash {
            self.bytes(prev.hash());
        }
        self.text(&message.data);
        self.bytes(&message.sender.to_bytes());
        self.bytes(&message.signature.to_bytes());
    }
}

/// Reads what [`Writer`] wrote; `None` where the bytes end early or make no sense.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// A number of things that follow, each at least a byte long.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(u64::from_be_bytes(self.array()?)).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Those of the values that are below prefixes.
    fn values(&mut self, prefixes: &'static [&'static str]) -> Option<Values> {
        let kept = (0..self.count()?).map(|_| self.text());
        let kept = kept.collect::<Option<Vec<_>>>()?;
        if !covers_all(&kept, prefixes.iter().copied()) {
            return None;
        }
        let mut values = Values::below(prefixes);
        for _ in 0..self.count()? {
            let path = self.text()?;
            values.put(path, self.text()?);
        }
        Some(values)
    }

    fn hash(&mut self) -> Option<MessageId> {
        Some(MessageId::from_hash(self.array()?))
    }

    fn position(&mut self) -> Option<Position> {
        Some(Position {
            hash: self.hash()?,
            timestamp: i64::from_be_bytes(self.array()?),
        })
    }

    fn member(&mut self) -> Option<MemberId> {
        MemberId::from_bytes(&self.array::<BYTE_LENGTH>()?).ok()
    }

    fn message(&mut self) -> Option<Message> {
        let position = self.position()?;
        Some(Message {
            message_hash: position.hash,
            topic_id: TopicId::state(),
            kind: self.text()?.to_owned(),
            prev_hash: if self.flag()? {
                Some(self.hash()?)
            } else {
                None
            },
            data: self.text()?.to_owned(),
            sender: self.member()?,
            signature: Signature::from_bytes(self.array()?),
            server_timestamp: position.timestamp,
        })
    }
}
