//! The live stream: what a space's members are told as it happens.
//!
//! The store is the truth; a hub only keeps the newest events at hand and wakes the sessions. A
//! session that has fallen behind what is at hand reads the store, so a slow reader costs neither
//! messages nor memory.

mod checkpoints;
mod cursor;
mod data_frame;
mod hub;
mod names;
mod ring;
mod room;
mod session;
mod signal;
mod signed_in;
mod subscription;
mod verdicts;

pub(crate) use checkpoints::Checkpoints;
pub(crate) use cursor::CursorKey;
pub(crate) use hub::Hub;
pub use hub::{Listener, Wake};
pub(crate) use room::{MEMBER, MEMBERS, Room};
pub use session::{BATCH_BYTES, Close, Effects, Input, Session, SessionConfig};

use cursor::{Cursor, Told};
use reeeductio_backend::PageLimit;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::StreamSubscription;

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::{Details, Refusal};
use crate::space::Space;
use signed_in::SignedIn;
use subscription::Subscription;

impl Engine {
    /// Opens a session that begins with the first event after this call.
    pub async fn open_session(
        &self,
        caller: SpaceMember,
        config: SessionConfig,
    ) -> Result<Session, Refusal> {
        // Joining first makes the hub keep events; what the store holds after that is before them.
        let membership = hub::Membership::join(&caller.space);
        let last = self.records.last_change(caller.space_id()).await?;
        membership.hub().begins(last);
        let now = self.monotonic();
        Ok(Session::new(caller, membership, last, config, now))
    }

    /// Opens a session that tells its client cursors, and that begins with the first event after `since`, a cursor of
    /// an earlier session of the space. If `since` is empty, or what it names is not in the store, the session begins
    /// with the first event after this call, and tells the client so.
    pub async fn resume_session(
        &self,
        caller: SpaceMember,
        config: SessionConfig,
        since: &str,
    ) -> Result<Session, Refusal> {
        let space = &caller.space;
        let membership = hub::Membership::join(space);
        let last = self.records.last_change(space.id()).await?;
        membership.hub().begins(last);
        let mut resumed = None;
        if let Some(named) = Cursor::parse(since).filter(|named| named.event <= last.message) {
            let held = self.cursor(space, named.event).await?;
            resumed = held.filter(|held| *held == named);
        }
        let (start, position) = if let Some(start) = resumed {
            (start, start.position())
        } else {
            let start = self.cursor(space, last.message).await?;
            (start.ok_or_else(lost)?, last)
        };
        // Events after the start are in the store and, unless other sessions were open, not in the hub.
        membership.hub().known(last);
        let told = Told::new(start, resumed.is_some());
        let now = self.monotonic();
        Ok(Session::new(caller, membership, position, config, now).telling(told))
    }

    /// [`resume_session`](Self::resume_session) of a client that has signed in by its first frame: it may change what it is told,
    /// and send and receive signals. `only` is what it is told, and nothing else; `None` is all topics.
    pub async fn signed_in_session(
        &self,
        caller: SpaceMember,
        config: SessionConfig,
        since: &str,
        only: Option<&StreamSubscription>,
    ) -> Result<Session, Refusal> {
        let subscription = Subscription::begin(config.data, only)?;
        let config = SessionConfig {
            data: subscription.tells_data(),
            ..config
        };
        let session = self.resume_session(caller.clone(), config, since).await?;
        // Entered before the tree is read: growth after that is told.
        let mut signed_in = SignedIn::new(&caller, subscription, self.monotonic());
        let mut hello = None;
        if self.has_policy(&caller).await?
            && let Some(signed) = caller.space.signed_tree().await?
        {
            signed_in.told_checkpoint(signed.size);
            hello = Some(signed.note);
        }
        Ok(session.signed_in(signed_in, hello, only.is_some()))
    }

    /// The cursor at a message of the store, by its number; `None` if it is not there.
    async fn cursor(&self, space: &Space, number: u64) -> Result<Option<Cursor>, Refusal> {
        let (id, key) = (space.id(), &space.source().cursor_key);
        let Some(before) = number.checked_sub(1) else {
            return Ok(Some(key.beginning(id)));
        };
        let found = self.records.events(id, before, PageLimit::count(1)).await?;
        let found = found
            .items
            .first()
            .filter(|found| found.event.position.message == number)
            .and_then(|found| found.event.message());
        Ok(found.map(|message| key.at(id, number, message.message_hash)))
    }

    /// Feeds a session the events it asked for with [`Effects::read_store`].
    pub async fn replay(&self, session: &mut Session) -> Result<Effects, Refusal> {
        let (space, after) = (session.space_id(), session.cursor());
        let events = if session.with_data() {
            self.records.changes(space, after, session::REPLAY).await
        } else {
            let after = after.message;
            self.records.events(space, after, session::REPLAY).await
        }?;
        Ok(session.handle(self.now(), self.monotonic(), Input::Replayed(&events)))
    }
}

/// The last event is gone: the space is being purged.
fn lost() -> Refusal {
    Refusal::new(
        ErrorCode::ServerBusy,
        "The space is being removed while its stream is opened. Try again.",
    )
    .with(Details::RetryAfter(1))
}
