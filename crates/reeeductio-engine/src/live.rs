//! The live stream: what a space's members are told as it happens.
//!
//! The store is the truth; a hub only keeps the newest events at hand and wakes the sessions. A
//! session that has fallen behind what is at hand reads the store, so a slow reader costs neither
//! messages nor memory.

mod cursor;
mod hub;
mod session;
mod verdicts;

pub(crate) use cursor::CursorKey;
pub(crate) use hub::Hub;
pub use hub::Wake;
pub use session::{BATCH_BYTES, Close, Effects, Input, Session, SessionConfig};

use cursor::{Cursor, Told};
use reeeductio_backend::PageLimit;
use reeeductio_proto::ErrorCode;

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::{Details, Refusal};
use crate::space::Space;

impl Engine {
    /// Opens a session that begins with the first event after this call.
    pub async fn open_session(
        &self,
        caller: SpaceMember,
        config: SessionConfig,
    ) -> Result<Session, Refusal> {
        // Joining first makes the hub keep events; what the store holds after that is before them.
        let membership = hub::Membership::join(&caller.space);
        let last = self.records.last_event(caller.space_id()).await?;
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
        let last = self.records.last_event(space.id()).await?;
        let mut resumed = None;
        if let Some(named) = Cursor::parse(since).filter(|named| named.event <= last) {
            let held = self.cursor(space, named.event).await?;
            resumed = held.filter(|held| *held == named);
        }
        let start = match resumed {
            Some(start) => start,
            None => self.cursor(space, last).await?.ok_or_else(lost)?,
        };
        // Events after the start are in the store and, unless other sessions were open, not in the hub.
        membership.hub().known(last);
        let told = Told::new(start, resumed.is_some());
        let now = self.monotonic();
        Ok(Session::new(caller, membership, start.event, config, now).telling(told))
    }

    /// The cursor at an event of the store, `None` if it is not there.
    async fn cursor(&self, space: &Space, event: u64) -> Result<Option<Cursor>, Refusal> {
        let (id, key) = (space.id(), &space.source().cursor_key);
        let Some(before) = event.checked_sub(1) else {
            return Ok(Some(key.beginning(id)));
        };
        let found = self.records.events(id, before, PageLimit::count(1)).await?;
        let found = found
            .items
            .first()
            .filter(|found| found.event.position.message == event);
        Ok(found.map(|found| key.at(id, &found.event)))
    }

    /// Feeds a session the events it asked for with [`Effects::read_store`].
    pub async fn replay(&self, session: &mut Session) -> Result<Effects, Refusal> {
        let events = self
            .records
            .events(session.space_id(), session.cursor(), session::REPLAY)
            .await?;
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
