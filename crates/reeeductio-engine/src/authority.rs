//! A space's authorization view, kept up with every commit.

use parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};
use reeeductio_backend::{Committed, Head, Records};
use reeeductio_proto::{Applied, Message, SpaceId, TopicId, View};

use crate::refusal::Refusal;

/// State messages read from the store at a time while a space is loaded.
const LOAD_PAGE: usize = 1000;

/// The view and the head of the state chain it was brought to, always changed together.
pub(crate) struct Authority {
    pub(crate) view: View,
    /// Head of the topic `state`.
    pub(crate) head: Option<Head>,
}

impl Authority {
    fn apply(&mut self, message: &Message) {
        if let Applied::Ignored(refusal) = self.view.apply(message) {
            tracing::error!(message = %message.message_hash, %refusal, "a committed state message was judged twice, differently");
        }
        self.head = Some(Head {
            hash: message.message_hash,
            timestamp: message.server_timestamp,
        });
    }
}

/// Loads the view on first use; commits that arrive meanwhile are kept and applied after.
#[derive(Default)]
pub(crate) struct AuthorityCell {
    loaded: RwLock<Option<Authority>>,
    /// Lets one loader in at a time.
    gate: async_lock::Mutex<()>,
    /// Commits heard while loading; `None` when nobody is loading.
    heard: Mutex<Option<Vec<Committed>>>,
}

impl AuthorityCell {
    /// The view, loaded if need be.
    pub(crate) async fn read(
        &self,
        space: SpaceId,
        records: &dyn Records,
    ) -> Result<MappedRwLockReadGuard<'_, Authority>, Refusal> {
        loop {
            if let Some(authority) = self.peek() {
                return Ok(authority);
            }
            let _gate = self.gate.lock().await;
            if self.loaded.read().is_none() {
                self.load(space, records).await?;
            }
        }
    }

    /// The view if it is loaded.
    pub(crate) fn peek(&self) -> Option<MappedRwLockReadGuard<'_, Authority>> {
        RwLockReadGuard::try_map(self.loaded.read(), Option::as_ref).ok()
    }

    /// Takes in a committed state message.
    pub(crate) fn committed(&self, commit: &Committed) {
        // Holding `heard` decides between "kept for the loader" and "applied to the view".
        let mut heard = self.heard.lock();
        if let Some(heard) = heard.as_mut() {
            heard.push(commit.clone());
        } else if let Some(authority) = self.loaded.write().as_mut() {
            authority.apply(&commit.message);
        }
    }

    async fn load(&self, space: SpaceId, records: &dyn Records) -> Result<(), Refusal> {
        // From here on, what commits is heard; what committed before is in the store.
        let listening = Listening::start(self);
        let mut authority = Authority {
            view: View::new(space),
            head: None,
        };
        let mut after = i64::MIN;
        loop {
            let page = records
                .state_under(space, "auth/", after, LOAD_PAGE)
                .await?;
            for message in &page {
                if let Applied::Ignored(refusal) = authority.view.replay(message) {
                    tracing::warn!(%space, message = %message.message_hash, %refusal, "a stored auth entry does not count");
                }
                after = message.server_timestamp;
            }
            if page.len() < LOAD_PAGE {
                break;
            }
        }
        authority.head = records.head(space, &TopicId::state()).await?;
        listening.finish(authority, after);
        Ok(())
    }
}

/// Keeps commits for the loader, and stops keeping them if the loader fails or is cancelled.
struct Listening<'a> {
    cell: &'a AuthorityCell,
}

impl<'a> Listening<'a> {
    fn start(cell: &'a AuthorityCell) -> Self {
        *cell.heard.lock() = Some(Vec::new());
        Self { cell }
    }

    /// Publishes the view, brought up to date with what was heard.
    fn finish(self, mut authority: Authority, read_up_to: i64) {
        let mut heard = self.cell.heard.lock();
        for commit in heard.take().unwrap_or_default() {
            // The pages may have held it already.
            let timestamp = commit.message.server_timestamp;
            let head = authority.head;
            if timestamp > read_up_to {
                authority.apply(&commit.message);
            }
            // A head read from the store may be newer than the first of what was heard.
            if let Some(head) = head
                && head.timestamp > timestamp
            {
                authority.head = Some(head);
            }
        }
        *self.cell.loaded.write() = Some(authority);
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.cell.heard.lock().take();
    }
}
