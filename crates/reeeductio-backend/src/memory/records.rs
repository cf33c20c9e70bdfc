//! Records in memory.

mod append;
mod blobs;
mod data;
mod inboxes;
mod messages;
mod payloads;
mod revisions;
mod space;
mod spaces;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use reeeductio_proto::{MemberId, Message, Position, SpaceId, StatePath, registration_path};

use crate::{
    BackendError, CommitSink, Committed, ItemLeft, Judged, Moved, Operator, Page, PageLimit,
    Records, Registration, State, Tools,
};
use space::Space;

/// Records in memory, as one process of possibly several sees them.
#[derive(Default)]
pub struct MemoryRecords {
    all: Arc<Mutex<All>>,
    process: Mutex<Process>,
    shared: bool,
}

/// State that all processes share.
#[derive(Clone, Default)]
struct All {
    spaces: BTreeMap<SpaceId, Space>,
    /// Spaces whose purge is not finished.
    purging: BTreeSet<SpaceId>,
}

impl All {
    /// Returns the position of a space's registration in another one; `None` if it has none there.
    fn registration(&self, registrar: SpaceId, space: SpaceId) -> Option<Position> {
        let registrar = self.spaces.get(&registrar)?;
        let entry = registrar.state_entry(&registration_path(&space))?;
        (!entry.data.is_empty()).then(|| Position::from(&**entry))
    }

    /// Why a judgement does not stand any more.
    fn judgement_moved(&self, space: SpaceId, judged: Option<Judged>) -> Option<Moved> {
        let judged = judged?;
        if let Some(Registration { registrar, entry }) = judged.registration
            && self.registration(registrar, space) != Some(entry)
        {
            return Some(Moved::Registration);
        }
        let moved = self.spaces.get(&space)?.authority_moved(&judged);
        moved.map(Moved::Authority)
    }

    /// Why the operator's judgement does not stand any more.
    fn operator_moved(&self, operator: Option<Operator>) -> Option<Moved> {
        let Operator { admin, judged } = operator?;
        self.judgement_moved(admin, Some(judged))
    }
}

/// State of one process.
#[derive(Default)]
struct Process {
    sink: Option<Arc<dyn CommitSink>>,
    closed: bool,
    /// The next blob is recorded and the answer to it is lost.
    loses_an_answer: bool,
}

impl std::fmt::Debug for MemoryRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryRecords").finish_non_exhaustive()
    }
}

impl MemoryRecords {
    /// Empty records that several processes write to: see [`beside`](Self::beside).
    #[must_use]
    pub fn shared() -> Self {
        Self {
            shared: true,
            ..Self::default()
        }
    }

    /// The same records as another process opens them: its sink receives only what it commits itself.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            all: Arc::clone(&self.all),
            process: Mutex::default(),
            shared: self.shared,
        }
    }

    /// Records that hold the same, open for writing and without a sink, like a store that was opened again.
    #[must_use]
    pub fn reopened(self) -> Self {
        self.beside()
    }

    /// Records that hold the same now and go their own way from here on, like a backup that is put in their place.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self {
            all: Arc::new(Mutex::new(self.all.lock().clone())),
            process: Mutex::default(),
            shared: self.shared,
        }
    }

    /// Records the next blob and answers with an error all the same, like a store whose connection breaks at the worst
    /// moment.
    pub fn lose_an_answer(&self) {
        self.process.lock().loses_an_answer = true;
    }

    /// The outcome, unless the answer is to be lost.
    fn answered<T>(&self, outcome: T) -> Result<T, BackendError> {
        if std::mem::take(&mut self.process.lock().loses_an_answer) {
            return Err(BackendError::unavailable("write", "the answer was lost"));
        }
        Ok(outcome)
    }

    fn writable(&self) -> Result<(), BackendError> {
        if self.process.lock().closed {
            return Err(BackendError::unavailable(
                "write",
                "the records are closed for writing",
            ));
        }
        Ok(())
    }

    fn publish(&self, committed: &[Committed]) {
        let sink = self.process.lock().sink.clone();
        if let Some(sink) = sink {
            sink.committed(committed);
        }
    }

    fn publish_item(&self, item: ItemLeft) {
        let sink = self.process.lock().sink.clone();
        if let Some(sink) = sink {
            sink.items_left(&[item]);
        }
    }

    /// Reads a space; `default` where there is none.
    fn read<T>(&self, space: SpaceId, read: impl FnOnce(&Space) -> T) -> Option<T> {
        self.all.lock().spaces.get(&space).map(read)
    }
}

/// The items up to the limit, of which each has so many bytes.
fn page<T>(
    items: impl Iterator<Item = T>,
    limit: PageLimit,
    bytes: impl Fn(&T) -> usize,
) -> Page<T> {
    let mut found = Vec::new();
    let mut sum = 0_usize;
    for item in items {
        if found.len() >= limit.count || (!found.is_empty() && sum >= limit.bytes) {
            return Page {
                items: found,
                has_more: true,
            };
        }
        sum = sum.saturating_add(bytes(&item));
        found.push(item);
    }
    Page {
        items: found,
        has_more: false,
    }
}

#[async_trait]
impl State for MemoryRecords {
    async fn state_entry(
        &self,
        space: SpaceId,
        path: &StatePath,
    ) -> Result<Option<Arc<Message>>, BackendError> {
        let found = self.read(space, |space| space.state_entry(path.as_str()).cloned());
        Ok(found.flatten())
    }

    async fn authority_entries(
        &self,
        space: SpaceId,
        after: i64,
        limit: PageLimit,
    ) -> Result<Page<Message>, BackendError> {
        let found = self.read(space, |space| {
            let entries = space
                .authority_after(after)
                .map(|message| Message::clone(message));
            page(entries, limit, |message| message.data.len())
        });
        Ok(found.unwrap_or_else(|| page(std::iter::empty(), limit, |_| 0)))
    }
}

#[async_trait]
impl Tools for MemoryRecords {
    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError> {
        let uses = self.read(space, |space| space.tool_uses.get(&tool).copied());
        Ok(uses.flatten().unwrap_or(0))
    }

    async fn raise_tool_uses(
        &self,
        space: SpaceId,
        tool: MemberId,
        at_least: u64,
    ) -> Result<(), BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        let space = all.spaces.entry(space).or_default();
        let uses = space.tool_uses.entry(tool).or_default();
        *uses = at_least.max(*uses);
        Ok(())
    }
}

#[async_trait]
impl Records for MemoryRecords {
    fn attach(&self, sink: Arc<dyn CommitSink>) -> Result<(), BackendError> {
        let mut process = self.process.lock();
        if process.sink.is_some() {
            return Err(BackendError::unavailable(
                "attach a sink",
                "there is one already",
            ));
        }
        process.sink = Some(sink);
        Ok(())
    }

    fn is_shared(&self) -> bool {
        self.shared
    }

    async fn ready(&self) -> Result<(), BackendError> {
        self.writable()
    }

    async fn close(&self) -> Result<(), BackendError> {
        self.process.lock().closed = true;
        Ok(())
    }
}
