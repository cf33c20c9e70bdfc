//! Records of the log of a space with a policy, of the lanes that this installation writes there, and of the roots of its epochs.

use reeeductio_core::log::LogRecord;
use reeeductio_proto::{ChainId, TopicId};

use super::key::{Key, Kind};
use super::value::Fields;
use super::{InForceRecord, Records, Snapshot, log_value, value};
use crate::store::{Change, Durability, StoreError};

/// Records of a space with a policy that are saved together, all or none.
#[derive(Clone, Debug, Default)]
pub struct LogBatch {
    /// Restores that were accepted when the records were made. Those of a history that has ended do not replace later ones.
    pub restores: u32,
    /// Facts about the log. The checkpoint and those of topics, lanes, the state and sightings never go back within a history, because
    /// another process may have read on further.
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
    /// The state that stays in force after a restore.
    pub in_force: Option<InForceRecord>,
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
            && self.in_force.is_none()
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
            .map(|one| self.change(one, batch.restores))
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
        if let Some(InForceRecord { messages, sealed }) = batch.in_force {
            let mut fields = batch.restores.to_be_bytes().to_vec();
            fields.extend_from_slice(&messages.to_be_bytes());
            fields.extend_from_slice(&sealed);
            changes.push(raise(Key::of(Kind::InForce, &self.space), fields));
        }
        if changes.is_empty() {
            return Ok(());
        }
        changes.push(super::format_record());
        self.store.commit(changes, durability).await
    }

    /// The change that keeps a record.
    fn change(&self, record: &LogRecord, restores: u32) -> Change {
        let within = |key: Key, fields: Vec<u8>| {
            let mut bytes = restores.to_be_bytes().to_vec();
            bytes.extend_from_slice(&fields);
            raise(key, bytes)
        };
        let of = |kind| Key::of(kind, &self.space);
        let lane_key = |kind, topic: &TopicId, lane| {
            of(kind).chain(&ChainId {
                topic: topic.clone(),
                lane: Some(lane),
            })
        };
        match record {
            LogRecord::Checkpoint(signed) => {
                within(of(Kind::Checkpoint), log_value::checkpoint(signed))
            }
            LogRecord::Named(signed) => put(
                of(Kind::NamedCheckpoint).number(signed.checkpoint().size),
                log_value::checkpoint(signed),
            ),
            LogRecord::Topic {
                topic,
                tail,
                is_whole,
            } => within(
                of(Kind::TopicTail).topic(topic),
                log_value::topic(tail, *is_whole),
            ),
            LogRecord::Lane { topic, lane, tail } => within(
                lane_key(Kind::LaneTail, topic, *lane),
                log_value::lane(tail),
            ),
            LogRecord::State { place, tail } => within(
                of(Kind::StateTail).number(*place as u64),
                log_value::tail(tail),
            ),
            LogRecord::Seen(sighting) => within(
                lane_key(Kind::Sighting, &sighting.topic, sighting.lane),
                log_value::sighting(sighting),
            ),
            LogRecord::Passed { topic, messages } => {
                within(of(Kind::Passed).topic(topic), log_value::passed(messages))
            }
            LogRecord::Restored {
                number,
                before,
                survived,
                begins,
            } => put(
                of(Kind::Restore).number((*number).into()),
                log_value::restored(*before, *survived, begins),
            ),
        }
    }

    /// The facts about the log that were saved, in the order in which a log takes them in, all as they were between two commits, without those that
    /// restores have taken back.
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
        let (from, to) = Key::of(Kind::Restore, &self.space).range();
        let mut restores = Vec::new();
        for (key, value) in self.pairs(from, to, usize::MAX, false).await? {
            restores.push(log_value::read_restored(&self.space, &key, &value)?);
        }
        let survived = Survived::of(&restores);
        let mut records = restores;
        for kind in [
            Kind::StateTail,
            Kind::TopicTail,
            Kind::LaneTail,
            Kind::Checkpoint,
            Kind::NamedCheckpoint,
            Kind::Passed,
            Kind::Sighting,
        ] {
            let (from, to) = Key::of(kind, &self.space).range();
            for (key, value) in self.pairs(from, to, usize::MAX, false).await? {
                let (restores, record) = log_value::read(kind, &self.space, &key, &value)?;
                if survived.has(restores, &record) {
                    records.push(record);
                }
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

    /// The lanes that this installation writes, by their topics.
    pub async fn own_lanes(&self) -> Result<Vec<(TopicId, Vec<u8>)>, StoreError> {
        let (from, to) = Key::of(Kind::OwnLane, &self.space).range();
        let pairs = self.pairs(from, to, usize::MAX, false).await?;
        let read = pairs
            .iter()
            .map(|(key, value)| Ok((value::topic(key)?, value::read_bytes(key, value)?)));
        read.collect()
    }

    /// The state that stays in force after a restore, sealed by the client.
    pub async fn in_force(&self) -> Result<Option<InForceRecord>, StoreError> {
        let key = Key::of(Kind::InForce, &self.space);
        let Some(value) = self.value(&key).await? else {
            return Ok(None);
        };
        let mut fields = Fields::open(key.bytes(), &value)?;
        let _restores: [u8; 4] = fields.take()?;
        Ok(Some(InForceRecord {
            messages: u64::from_be_bytes(fields.take()?),
            sealed: fields.rest.to_vec(),
        }))
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
        let mut fields = Fields::open(key.bytes(), &value)?;
        let number = u32::from_be_bytes(fields.take()?);
        fields.end(Some(number))
    }
}

/// How many events of each history are left.
struct Survived(Vec<u64>);

impl Survived {
    fn of(restores: &[LogRecord]) -> Self {
        let survived = restores.iter().map(|record| match record {
            LogRecord::Restored { survived, .. } => *survived,
            _ => u64::MAX,
        });
        Self(survived.collect())
    }

    /// Returns whether a record that was made after so many restores holds still.
    fn has(&self, restores: u32, record: &LogRecord) -> bool {
        let after = usize::try_from(restores).unwrap_or(usize::MAX);
        let later = self.0.iter().skip(after);
        let left = later.copied().min().unwrap_or(u64::MAX);
        let number = match record {
            // The history that goes on begins with what survived.
            LogRecord::Checkpoint(_) => return after >= self.0.len(),
            LogRecord::Topic { tail, .. } | LogRecord::State { tail, .. } => tail.number,
            LogRecord::Lane { tail, .. } => tail.number,
            LogRecord::Passed { messages, .. } => messages.last().map_or(0, |(number, _)| *number),
            LogRecord::Seen(sighting) => sighting.number,
            LogRecord::Named(_) | LogRecord::Restored { .. } => return true,
        };
        number < left
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
