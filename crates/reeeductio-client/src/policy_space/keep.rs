//! Records in the local store, so that the next run goes on from there.

use reeeductio_core::log::{Judged, LogRecord, Withheld};
use reeeductio_core::{Epoch, EpochRoots, Key, StateChain, open_in, seal_in};
use reeeductio_proto::{TopicId, View};
use zeroize::Zeroizing;

use super::PolicySpace;
use super::known::Known;
use super::lane::OwnLane;
use crate::error::ClientError;
use crate::platform::random;
use crate::space::Space;
use crate::store::records::LogBatch;
use crate::store::{Snapshot, StoreError};

/// Contexts of what is sealed with the key that derives from the member's own.
const SNAPSHOT: &[u8] = b"reeeductio local state snapshot";
const ROOT: &[u8] = b"reeeductio local epoch root";
/// From how many new messages on the state is kept again; or an eighth of it, if that is more.
const SNAPSHOT_AFTER: usize = 16;
/// Checkpoints that are kept because messages name them.
const NAMED: usize = 64;

/// Loads the records of earlier runs.
pub(super) async fn load(space: &Space) -> Result<Known, ClientError> {
    let mut known = Known::new(space.id());
    let Some(records) = space.records() else {
        return Ok(known);
    };
    let local = space.keys().local();
    if let Some(snapshot) = records.snapshot().await? {
        // If it does not open it is another member's: then the messages are read, which are signed.
        let opened = open_in(SNAPSHOT, local, &snapshot.bytes).ok();
        let state = opened.and_then(|bytes| StateChain::from_snapshot(space.id(), &bytes));
        if let Some(state) = state {
            known.in_snapshot = state.len();
            known.state = state;
        }
    }
    for record in records.log_records().await? {
        if let LogRecord::Named(signed) = &record {
            known.named.push_back(signed.checkpoint().size);
        }
        known.log.apply(&record);
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

/// Keeps a root, and those before it as far as they open. One that does not is missing, by the fault of the member that carried it:
/// the others are as good as before.
fn keep_opened(roots: &mut EpochRoots, view: &View, epoch: Epoch) {
    let _broken = roots.keep(view, epoch);
}

fn damaged() -> ClientError {
    StoreError::Damaged("the record of an epoch's root cannot be read".to_owned()).into()
}

impl PolicySpace {
    /// Keeps what was judged, and then remembers it. Returns the payloads of which it is known now that the server withholds them.
    pub(super) async fn keep_judged(&self, judged: &Judged) -> Result<Vec<Withheld>, ClientError> {
        self.keep_records(judged.records.clone()).await?;
        Ok(self.with(|known| known.log.remember(judged)))
    }

    pub(super) async fn keep_records(&self, records: Vec<LogRecord>) -> Result<(), ClientError> {
        self.save(LogBatch {
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
            if kept > 0 && length < kept + SNAPSHOT_AFTER.max(kept / 8) || length == kept {
                return None;
            }
            Some((length, known.state.head()?, known.state.snapshot()))
        });
        let Some((length, position, bytes)) = due else {
            return Ok(());
        };
        let local = self.base().keys().local();
        let bytes = seal_in(SNAPSHOT, local, random()?, &bytes)?;
        self.save(LogBatch {
            snapshot: Some(Snapshot { position, bytes }),
            ..LogBatch::default()
        })
        .await?;
        self.with(|known| known.in_snapshot = length);
        Ok(())
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
        self.with(|known| keep_opened(&mut known.roots, known.state.view(), epoch));
        Ok(())
    }

    /// The lane that this installation writes in a topic. The store is asked each time, also for the epoch that was sent under: others
    /// may share it.
    pub(super) async fn own_lane(&self, topic: &TopicId) -> Result<OwnLane, ClientError> {
        if let Some(records) = self.base().records() {
            if let Some(number) = records.sent_under().await? {
                self.with(|known| known.roots.note_sent(number));
            }
            return match records.own_lane(topic).await? {
                Some(bytes) => Ok(OwnLane::from_bytes(&bytes)?),
                None => OwnLane::begin(),
            };
        }
        match self.with(|known| known.lanes.get(topic).cloned()) {
            Some(lane) => Ok(lane),
            None => OwnLane::begin(),
        }
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
            if known.named.back() != Some(&size) {
                known.named.push_back(size);
            }
        }
    }
    let surplus = known.named.len().saturating_sub(NAMED);
    known.named.drain(..surplus).collect()
}
