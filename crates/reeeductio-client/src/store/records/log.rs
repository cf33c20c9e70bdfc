//! Records of the log of a space with a policy, of the lanes that this installation writes there, and of the roots of its epochs.

use reeeductio_core::log::LogRecord;
use reeeductio_proto::{ChainId, TopicId};

use super::key::{Key, Kind};
use super::{Records, Snapshot, log_value, value};
use crate::store::{Change, Durability, StoreError};

/// Records of a space with a policy that are saved together, all or none.
#[derive(Clone, Debug, Default)]
pub struct LogBatch {
    /// Facts about the log. The checkpoint and those of topics, lanes and sightings never go back, because another process may have read on
    /// further.
    pub records: Vec<LogRecord>,
    /// Sizes of named checkpoints that need not be kept any more.
    pub forgotten: Vec<u64>,
    /// The lane that this installation writes in a topic, as bytes that only the client reads; replaces the one before.
    pub own_lane: Option<(TopicId, Vec<u8>)>,
    /// Roots of epochs by their numbers, sealed by the client.
    pub roots: Vec<(u32, Vec<u8>)>,
    /// The highest epoch that a message is sent under. Never goes back.
    pub sent_under: Option<u32>,
    /// The state; replaces the one before.
    pub snapshot: Option<Snapshot>,
}

impl LogBatch {
    /// Returns whether there is nothing to save.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.forgotten.is_empty()
            && self.own_lane.is_none()
            && self.roots.is_empty()
            && self.sent_under.is_none()
            && self.snapshot.is_none()
    }

    /// An epoch that was sent under must outlive a loss of power. So must not what else was seen: it can be read again.
    fn durability(&self) -> Durability {
        if self.sent_under.is_none() {
            Durability::Process
        } else {
            Durability::Disk
        }
    }
}

impl Records {
    /// Saves all of a batch or nothing.
    pub async fn save_log(&self, batch: LogBatch) -> Result<(), StoreError> {
        self.check_format().await?;
        let durability = batch.durability();
        let mut changes: Vec<Change> = batch
            .records
            .iter()
            .filter_map(|one| self.change(one))
            .collect();
        for size in batch.forgotten {
            let key = Key::of(Kind::NamedCheckpoint, &self.space).number(size);
            let key = key.into_bytes();
            changes.push(Change::Delete { key });
        }
        if let Some((topic, bytes)) = batch.own_lane {
            let key = Key::of(Kind::OwnLane, &self.space).topic(&topic);
            changes.push(put(key, bytes));
        }
        for (number, sealed) in batch.roots {
            let key = Key::of(Kind::EpochRoot, &self.space).number(number.into());
            changes.push(put(key, sealed));
        }
        if let Some(number) = batch.sent_under {
            let key = Key::of(Kind::SentUnder, &self.space);
            let value = value::bytes(key.bytes(), number.to_be_bytes().to_vec());
            let key = key.into_bytes();
            changes.push(Change::Raise { key, value });
        }
        if let Some(snapshot) = batch.snapshot {
            let key = Key::of(Kind::Snapshot, &self.space);
            let value = value::snapshot(key.bytes(), &snapshot);
            let key = key.into_bytes();
            changes.push(Change::Put { key, value });
        }
        if changes.is_empty() {
            return Ok(());
        }
        changes.push(super::format_record());
        self.store.commit(changes, durability).await
    }

    /// The change that keeps a record; `None` for one that a client of this release does not make.
    fn change(&self, record: &LogRecord) -> Option<Change> {
        let of = |kind| Key::of(kind, &self.space);
        let lane_key = |kind, topic: &TopicId, lane| {
            of(kind).chain(&ChainId {
                topic: topic.clone(),
                lane: Some(lane),
            })
        };
        Some(match record {
            LogRecord::Checkpoint(signed) => {
                raise(of(Kind::Checkpoint), log_value::checkpoint(signed))
            }
            LogRecord::Named(signed) => put(
                of(Kind::NamedCheckpoint).number(signed.checkpoint().size),
                log_value::checkpoint(signed),
            ),
            LogRecord::Topic {
                topic,
                tail,
                is_whole,
            } => raise(
                of(Kind::TopicTail).topic(topic),
                log_value::topic(tail, *is_whole),
            ),
            LogRecord::Lane { topic, lane, tail } => raise(
                lane_key(Kind::LaneTail, topic, *lane),
                log_value::lane(tail),
            ),
            LogRecord::State { place, tail } => put(
                of(Kind::StateTail).number(*place as u64),
                log_value::tail(tail),
            ),
            LogRecord::Seen(sighting) => raise(
                lane_key(Kind::Sighting, &sighting.topic, sighting.lane),
                log_value::sighting(sighting),
            ),
            LogRecord::Restored { .. } => return None,
        })
    }

    /// The facts about the log that were saved, in the order in which a log takes them in, all as they were between two commits.
    pub async fn log_records(&self) -> Result<Vec<LogRecord>, StoreError> {
        let tails = Key::of(Kind::TopicTail, &self.space).range();
        let tails = || self.pairs(tails.0.clone(), tails.1.clone(), usize::MAX, false);
        let mut before = tails().await?;
        loop {
            let records = self.read_log_records().await?;
            let after = tails().await?;
            // Another process may have read on meanwhile. Lanes of one moment and topics of another would refuse what follows; both
            // are saved in one commit.
            if after == before {
                return Ok(records);
            }
            before = after;
        }
    }

    async fn read_log_records(&self) -> Result<Vec<LogRecord>, StoreError> {
        let mut records = Vec::new();
        for kind in [
            Kind::StateTail,
            Kind::TopicTail,
            Kind::LaneTail,
            Kind::Checkpoint,
            Kind::NamedCheckpoint,
            Kind::Sighting,
        ] {
            let (from, to) = Key::of(kind, &self.space).range();
            for (key, value) in self.pairs(from, to, usize::MAX, false).await? {
                records.push(log_value::read(kind, &self.space, &key, &value)?);
            }
        }
        Ok(records)
    }

    /// The lane that this installation writes in a topic.
    pub async fn own_lane(&self, topic: &TopicId) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::of(Kind::OwnLane, &self.space).topic(topic);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        Ok(Some(value::read_bytes(key.bytes(), &value)?))
    }

    /// The roots of epochs, sealed by the client, by ascending number.
    pub async fn epoch_roots(&self) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        let (from, to) = Key::of(Kind::EpochRoot, &self.space).range();
        let pairs = self.pairs(from, to, usize::MAX, false).await?;
        let read = pairs.iter().map(|(key, value)| {
            let number = u32::try_from(value::number(key)?);
            let number = number.map_err(|_| value::damaged(key, "names no epoch"))?;
            Ok((number, value::read_bytes(key, value)?))
        });
        read.collect()
    }

    /// The highest epoch that a message was sent under.
    pub async fn sent_under(&self) -> Result<Option<u32>, StoreError> {
        let key = Key::of(Kind::SentUnder, &self.space);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        let mut fields = value::Fields::open(key.bytes(), &value)?;
        let number = u32::from_be_bytes(fields.take()?);
        fields.end(Some(number))
    }
}

fn put(key: Key, bytes: Vec<u8>) -> Change {
    let value = value::bytes(key.bytes(), bytes);
    let key = key.into_bytes();
    Change::Put { key, value }
}

fn raise(key: Key, bytes: Vec<u8>) -> Change {
    let value = value::bytes(key.bytes(), bytes);
    let key = key.into_bytes();
    Change::Raise { key, value }
}
