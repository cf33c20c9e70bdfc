//! The live stream: what a space's members are told as it happens.
//!
//! The store is the truth; a hub only keeps the newest events at hand and wakes the sessions. A
//! session that has fallen behind what is at hand reads the store, so a slow reader costs neither
//! messages nor memory.

mod hub;
mod session;

pub(crate) use hub::Hub;
pub use hub::Wake;
pub use session::{BATCH_BYTES, Close, Effects, Input, Session, SessionConfig};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

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
        Ok(Session::new(
            caller,
            membership,
            last,
            config,
            self.monotonic(),
        ))
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
