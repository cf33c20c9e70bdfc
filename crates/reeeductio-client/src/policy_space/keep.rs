//! Records in the local store, so that the next run goes on from there.

use reeeductio_core::log::{InForce, Judged, Log, LogError, LogRecord, Withheld};
use reeeductio_core::{Epoch, Key, StateChain, open_in, seal_in};
use reeeductio_proto::TopicId;
use zeroize::Zeroizing;

use super::PolicySpace;
use super::known::Known;
use super::lane::OwnLane;
use crate::error::ClientError;
use crate::platform::random;
use crate::space::Space;
use crate::store::records::{InForceRecord, LogBatch};
use crate::store::{Snapshot, StoreError};

/// Contexts of what is sealed with the key that derives from the member's own.
const SNAPSHOT: &[u8] = b"reeeductio local state snapshot";
const IN_FORCE: &[u8] = b"reeeductio local state in force";
const ROOT: &[u8] = b"reeeductio local epoch root";
/// From how many new messages on the state is kept again; or an eighth of it, if that is more.
const SNAPSHOT_AFTER: usize = 16;
/// Checkpoints that are kept because messages name them.
const NAMED: usize = 64;

/// Loads the records of earlier runs. `kept_state` are the prefixes of the state whose values are kept at hand.
pub(super) async fn load(
    space: &Space,
    kept_state: &'static [&'static str],
) -> Result<Known, ClientError> {
    let mut known = Known::new(space.id(), kept_state);
    let Some(records) = space.records() else {
        return Ok(known);
    };
    let (local, member) = (space.keys().local(), space.member());
    let kept = records.add_member(&member).await?;
    if kept != member {
        // Else what one has read is read for the other too.
        let problem =
            format!("holds what {kept} has read of this space; give {member} a store of its own");
        return Err(ClientError::argument("store", problem));
    }
    for record in records.log_records().await? {
        if let LogRecord::Named(signed) = &record {
            known.named.push_back(signed.checkpoint().size);
        }
        known.log.apply(&record);
    }
    if let Some(snapshot) = records.snapshot().await? {
        // If it does not open it is another member's, or of the time before a restore, or of a program that kept less at hand: then the messages
        // are read, which are signed.
        let opened = open_in(&snapshot_context(&known.log), local, &snapshot.bytes).ok();
        let state = opened
            .and_then(|bytes| StateChain::from_snapshot_keeping(space.id(), kept_state, &bytes));
        if let Some(state) = state {
            known.in_snapshot = state.len();
            known.state = state;
        }
    }
    if let Some(kept) = records.in_force().await? {
        let opened = open_in(IN_FORCE, local, &kept.sealed).ok();
        let in_force = opened.and_then(|bytes| InForce::from_bytes(space.id(), &bytes));
        if let Some(in_force) = in_force {
            known.log.put_in_force(in_force, &known.state);
        }
    }
    for (number, sealed) in records.epoch_roots().await? {
        let Ok(root) = open_in(ROOT, local, &sealed).map(Zeroizing::new) else {
            continue;
        };
        let root: [u8; 32] = root.as_slice().try_into().map_err(|_| damaged())?;
        let epoch = Epoch::new(space.id(), number, Key::new(root));
        known.stored_roots.insert(number, epoch);
    }
    if let Some(number) = records.sent_under().await? {
        known.roots.note_sent(number);
    }
    Ok(known)
}

/// Context of a snapshot, which is one of a history: a process that has not gone over yet does not replace it.
fn snapshot_context(log: &Log) -> Vec<u8> {
    let mut context = SNAPSHOT.to_vec();
    if let (1.., Some(checkpoint)) = (log.restores(), log.checkpoint()) {
        context.extend_from_slice(&checkpoint.origin.incarnation());
    }
    context
}

fn damaged() -> ClientError {
    StoreError::Damaged("the record of an epoch's root cannot be read".to_owned()).into()
}

impl PolicySpace {
    /// Keeps what was judged, and then remembers it. Returns the payloads of which it is known now that the server withholds them.
    pub(super) async fn keep_judged(&self, judged: &Judged) -> Result<Vec<Withheld>, ClientError> {
        let restores = self.with(|known| {
            known.log.check_judged(judged)?;
            Ok::<_, LogError>(known.log.restores())
        })?;
        self.save(LogBatch {
            restores,
            records: judged.records.clone(),
            ..LogBatch::default()
        })
        .await?;
        // Another task may have gone over to the history of a restored server meanwhile.
        Ok(self.with(|known| {
            known.log.check_judged(judged)?;
            Ok::<_, LogError>(known.log.remember(judged))
        })?)
    }

    pub(super) async fn keep_records(&self, records: Vec<LogRecord>) -> Result<(), ClientError> {
        self.save(LogBatch {
            restores: self.with(|known| known.log.restores()),
            records,
            ..LogBatch::default()
        })
        .await
    }

    pub(super) async fn save(&self, batch: LogBatch) -> Result<(), ClientError> {
        match self.base().records() {
            Some(records) if !batch.is_empty() => Ok(records.save_log(batch).await?),
            _ => Ok(()),
        }
    }

    /// Keeps the state, if it has grown so much that reading it again would take long.
    pub(super) async fn keep_snapshot(&self) -> Result<(), ClientError> {
        if self.base().records().is_none() {
            return Ok(());
        }
        let due = self.with(|known| {
            let (length, kept) = (known.state.len(), known.in_snapshot);
            let is_short = kept > 0 && length < kept + SNAPSHOT_AFTER.max(kept / 8);
            if (is_short && !known.has_taken_away) || length == kept {
                return None;
            }
            let snapshot = self.seal_snapshot(&known.log, &known.state);
            Some(snapshot.map(|snapshot| (length, snapshot)))
        });
        let Some((length, snapshot)) = due.transpose()? else {
            return Ok(());
        };
        self.save(LogBatch {
            snapshot,
            ..LogBatch::default()
        })
        .await?;
        self.with(|known| {
            known.in_snapshot = length;
            known.has_taken_away &= known.state.len() > length;
        });
        Ok(())
    }

    fn seal_snapshot(
        &self,
        log: &Log,
        state: &StateChain,
    ) -> Result<Option<Snapshot>, ClientError> {
        let Some(position) = state.head() else {
            return Ok(None);
        };
        let local = self.base().keys().local();
        let bytes = seal_in(&snapshot_context(log), local, random()?, &state.snapshot())?;
        Ok(Some(Snapshot { position, bytes }))
    }

    /// Keeps, in one step, that the server was restored.
    pub(super) async fn keep_restore(
        &self,
        log: &Log,
        state: &StateChain,
        records: Vec<LogRecord>,
    ) -> Result<(), ClientError> {
        if self.base().records().is_none() {
            return Ok(());
        }
        let local = self.base().keys().local();
        let seal = |in_force: &InForce| {
            let sealed = seal_in(IN_FORCE, local, random()?, &in_force.to_bytes())?;
            let messages = in_force.len() as u64;
            Ok::<_, ClientError>(InForceRecord { messages, sealed })
        };
        self.save(LogBatch {
            restores: log.restores(),
            records,
            snapshot: self.seal_snapshot(log, state)?,
            in_force: log.in_force().map(seal).transpose()?,
            ..LogBatch::default()
        })
        .await
    }

    /// Keeps the roots of epochs, and then uses them: what they sealed cannot be read without them.
    pub(super) async fn keep_root(&self, epoch: Epoch) -> Result<(), ClientError> {
        if self.base().records().is_some() {
            let local = self.base().keys().local();
            let sealed = seal_in(ROOT, local, random()?, epoch.root().expose())?;
            self.save(LogBatch {
                roots: vec![(epoch.number(), sealed)],
                ..LogBatch::default()
            })
            .await?;
        }
        self.with(|known| known.keep_root(epoch));
        Ok(())
    }

    /// The lane that this installation writes in a topic. The store is asked each time, also for the epoch that was sent under: others
    /// may share it.
    pub(super) async fn own_lane(&self, topic: &TopicId) -> Result<OwnLane, ClientError> {
        let kept = match self.base().records() {
            Some(records) => {
                if let Some(number) = records.sent_under().await? {
                    self.with(|known| known.roots.note_sent(number));
                }
                let bytes = records.own_lane(topic).await?;
                bytes.map(|bytes| OwnLane::from_bytes(&bytes)).transpose()?
            }
            None => self.with(|known| known.lanes.get(topic).cloned()),
        };
        self.with(|known| {
            let log = &known.log;
            let Some(mut lane) = kept else {
                return OwnLane::begin(log.restores());
            };
            lane.go_over(log.restores(), |restores| log.survived_since(restores))?;
            Ok(lane)
        })
    }

    /// The lanes that this installation writes, by their topics.
    pub(super) async fn own_lanes(&self) -> Result<Vec<(TopicId, OwnLane)>, ClientError> {
        let Some(records) = self.base().records() else {
            return Ok(self.with(|known| {
                let lanes = known.lanes.iter();
                lanes
                    .map(|(topic, lane)| (topic.clone(), lane.clone()))
                    .collect()
            }));
        };
        let lanes = records.own_lanes().await?.into_iter();
        let lanes = lanes.map(|(topic, bytes)| Ok((topic, OwnLane::from_bytes(&bytes)?)));
        lanes.collect()
    }

    /// Keeps the lane, with records that belong to its message, and the epoch that it is sent under.
    pub(super) async fn keep_lane(
        &self,
        topic: &TopicId,
        lane: &OwnLane,
        records: Vec<LogRecord>,
        epoch: Option<u32>,
    ) -> Result<(), ClientError> {
        if self.base().records().is_none() {
            self.with(|known| known.lanes.insert(topic.clone(), lane.clone()));
            return Ok(());
        }
        let (sent_under, forgotten) = self.with(|known| {
            let is_newer = epoch > known.roots.sent_under();
            let forgotten = note_named(known, &records);
            (epoch.filter(|_| is_newer), forgotten)
        });
        self.save(LogBatch {
            records,
            own_lane: Some((topic.clone(), lane.to_bytes())),
            sent_under,
            forgotten,
            ..LogBatch::default()
        })
        .await
    }
}

/// Takes note of the checkpoints that messages name, and returns those that need not be kept any more.
fn note_named(known: &mut Known, records: &[LogRecord]) -> Vec<u64> {
    for record in records {
        if let LogRecord::Named(signed) = record {
            let size = signed.checkpoint().size;
            // A restored server may have had the size before.
            known.named.retain(|known| *known != size);
            known.named.push_back(size);
        }
    }
    let surplus = known.named.len().saturating_sub(NAMED);
    known.named.drain(..surplus).collect()
}
