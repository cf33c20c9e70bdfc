//! Records that are saved together.

use std::sync::Arc;

use reeeductio_proto::{ChainId, DataEntry, DataPath, Message, Position, SpaceId, StatePath};

use super::key::{Key, Kind};
use super::{Entry, Snapshot, messages, value};
use crate::store::{Change, Durability};

/// Records that are saved together, all or none.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Messages that the client has verified, of any topics. Those that are there already stay as they are.
    pub messages: Vec<Arc<Message>>,
    /// How far chains were seen without a gap. Never goes back in time; of two positions of one time (first
    /// release's servers) the one with the greater hash stays, and both are true.
    pub heads: Vec<(ChainId, Position)>,
    /// Times with which data entries were seen to be signed, Unix milliseconds. Never go back.
    pub signed_times: Vec<(DataPath, i64)>,
    /// Data entries that the client has verified. Never go back in signed time.
    pub data: Vec<DataEntry>,
    /// Paths at which the program has removed the data entry.
    pub removed_data: Vec<DataPath>,
    /// Newest state entries. Never go back in time, because another process may have read on further.
    pub entries: Vec<(StatePath, Entry)>,
    /// The authority; replaces the one before.
    pub snapshot: Option<Snapshot>,
    /// Drafts that wait to be sent, by number. A number that is taken keeps its draft:
    /// [`add_draft`](super::Records::add_draft) chooses a free one.
    pub drafts: Vec<(u64, Vec<u8>)>,
    /// Numbers of drafts that need not be sent any more.
    pub sent: Vec<u64>,
    /// Where the draft that was sent last stands in its chain: later ones are not before it. Never goes back in time.
    pub sent_to: Vec<(ChainId, Position)>,
    /// Messages that a program gave and nobody has verified. The client never trusts them; only
    /// [`all_messages`](super::Records::all_messages) returns them.
    pub given: Vec<Arc<Message>>,
}

impl Batch {
    /// Drafts must outlive a loss of power: nobody else has them. Messages that were seen can be read again.
    pub(super) fn durability(&self) -> Durability {
        if self.drafts.is_empty() {
            Durability::Process
        } else {
            Durability::Disk
        }
    }
}

/// The changes of a batch, for a store that takes over what an earlier release has written.
/// [`Records::save`](super::Records::save) makes and commits them.
pub fn changes(space: &SpaceId, batch: Batch) -> Vec<Change> {
    let mut changes = Vec::new();
    for message in &batch.messages {
        let kinds = (Kind::Message, Kind::MessageTime);
        changes.push(messages::insert(space, kinds, message));
    }
    for (chain, head) in &batch.heads {
        let key = Key::of(Kind::Head, space).chain(chain);
        changes.push(raise(key, |key| value::position(key, head)));
    }
    for (path, time) in &batch.signed_times {
        let key = Key::of(Kind::SignedTime, space).text(path.as_str());
        changes.push(raise(key, |key| value::time(key, *time)));
    }
    for entry in &batch.data {
        let key = Key::of(Kind::Data, space).text(entry.path.as_str());
        changes.push(raise(key, |key| value::data_entry(key, entry)));
    }
    for path in &batch.removed_data {
        let key = Key::of(Kind::Data, space).text(path.as_str()).into_bytes();
        changes.push(Change::Delete { key });
    }
    for (path, entry) in &batch.entries {
        let key = Key::of(Kind::Entry, space).text(path.as_str());
        changes.push(raise(key, |key| value::entry(key, entry)));
    }
    if let Some(snapshot) = &batch.snapshot {
        let key = Key::of(Kind::Snapshot, space);
        let value = value::snapshot(key.bytes(), snapshot);
        let key = key.into_bytes();
        changes.push(Change::Put { key, value });
    }
    for (number, bytes) in batch.drafts {
        let key = Key::of(Kind::LastDraft, space);
        changes.push(raise(key, |key| value::draft_number(key, number)));
        let receipt = Key::of(Kind::DraftReceipt, space).hash_of(&bytes);
        let kept = value::draft_number(receipt.bytes(), number);
        let key = Key::of(Kind::Draft, space).number(number);
        changes.push(Change::Insert {
            value: value::bytes(key.bytes(), bytes),
            key: key.into_bytes(),
            with: vec![(receipt.into_bytes(), kept)],
        });
    }
    for number in batch.sent {
        let key = Key::of(Kind::Draft, space).number(number).into_bytes();
        changes.push(Change::Delete { key });
    }
    for (chain, position) in &batch.sent_to {
        let key = Key::of(Kind::SentTo, space).chain(chain);
        changes.push(raise(key, |key| value::position(key, position)));
    }
    for message in &batch.given {
        let kinds = (Kind::GivenMessage, Kind::GivenTime);
        changes.push(messages::insert(space, kinds, message));
    }
    changes
}

fn raise(key: Key, value: impl FnOnce(&[u8]) -> Vec<u8>) -> Change {
    let value = value(key.bytes());
    let key = key.into_bytes();
    Change::Raise { key, value }
}
