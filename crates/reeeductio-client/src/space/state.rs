//! State: the newest message of the topic `state` at each path.

use reeeductio_core::replica::Range;
use reeeductio_core::{ChainError, Key, StateEntry, VerifiedMessage};
use reeeductio_proto::{
    ChainId, ErrorCode, Message, PathPrefix, Position, StatePath, TopicId, encoding,
};

use super::Space;
use super::content::{Content, open_value};
use super::messages::MessagePage;
use super::rights::{refusal, refusal_of};
use super::topic::Place;
use super::update::Protection;
use super::watches::Watch;
use crate::argument;
use crate::error::ClientError;

/// The shared state of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct State(pub(super) Space);

impl State {
    /// Sets an entry.
    pub async fn set(
        &self,
        path: &StatePath,
        content: Content<'_>,
    ) -> Result<Position, ClientError> {
        self.set_at(path, content, Place::End).await
    }

    /// Sets an entry at a place in the topic `state`, such as after the message that the program has read last.
    pub async fn set_at(
        &self,
        path: &StatePath,
        content: Content<'_>,
        place: Place,
    ) -> Result<Position, ClientError> {
        let value = content.stored(|| self.0.keys().state())?;
        self.0
            .post(&TopicId::state(), path.as_str(), &value, place)
            .await
    }

    /// Removes an entry: its value becomes empty, and its history stays.
    pub async fn delete(&self, path: &StatePath) -> Result<Position, ClientError> {
        self.set(path, Content::Plain(b"")).await
    }

    /// Writes an entry below `auth/`, or in the admin space.
    pub async fn set_entry(&self, entry: &StateEntry) -> Result<Position, ClientError> {
        self.set(&entry.path, Content::Plain(entry.value.as_bytes()))
            .await
    }

    /// The newest entry at a path as it was written, tombstones included.
    ///
    /// Which one that is, and that there is none, follows from the whole chain of the state, read up to now.
    pub async fn entry(&self, path: &StatePath) -> Result<VerifiedMessage, ClientError> {
        let space = &self.0;
        self.readable(path).await?;
        match space.with_replica(|replica| replica.state().entry(path)) {
            Some(position) => space.entry_at(position).await,
            None => Err(not_set(path)),
        }
    }

    /// Reads the state up to now, and checks that this member may read the entry at a path.
    pub(super) async fn readable(&self, path: &StatePath) -> Result<(), ClientError> {
        let space = &self.0;
        space.follow_state().await?;
        let now = space.source().now().await?;
        let member = space.member();
        if space.with_replica(|replica| replica.state().may_read(&member, path, now)) {
            return Ok(());
        }
        Err(denied(path))
    }

    /// Changes an entry by a function of the value that is there, sealed with the space's key for the state: `None` is no entry, before
    /// and after. Returns the value that is there then. A value that stays the same is not written.
    ///
    /// If another member writes the entry meanwhile, the function is applied again, to the new value. Writes at other paths do not disturb.
    /// If the answer is lost, the message is looked for by its id: the change happens once at most.
    pub async fn update(
        &self,
        path: &StatePath,
        change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        self.update_as(path, Protection::Sealed, change).await
    }

    /// [`update`](Self::update) of a value that is protected in another way.
    pub async fn update_as(
        &self,
        path: &StatePath,
        protection: Protection<'_>,
        change: impl FnMut(Option<&[u8]>) -> Option<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        self.0.update_state(path, protection, change).await
    }

    /// The entries at a path and below it, by their paths. Entries that were removed are left out, and those that this member has no
    /// right to read.
    ///
    /// Which they are follows from the whole chain of the state, read up to now.
    pub async fn list(&self, prefix: &PathPrefix) -> Result<Vec<VerifiedMessage>, ClientError> {
        self.0.list_state(prefix).await
    }

    /// Follows the entries at a path and below it: first those that [`list`](Self::list) gives, then every message that changes one,
    /// each once and in order; one without data removes its entry.
    ///
    /// While the server cannot be reached, this fails; a watch that is open waits.
    pub async fn watch(&self, prefix: &PathPrefix) -> Result<Watch<VerifiedMessage>, ClientError> {
        self.0.watch_state(prefix).await
    }

    /// Opens an entry that was listed, watched or read with a history; empty if it removes the entry.
    pub fn open_entry(&self, entry: &Message) -> Result<Vec<u8>, ClientError> {
        self.open_entry_with(&self.0.keys().state(), entry)
    }

    /// [`open_entry`](Self::open_entry) with a key of one's own.
    pub fn open_entry_with(&self, key: &Key, entry: &Message) -> Result<Vec<u8>, ClientError> {
        let value = encoding::decode(&entry.data);
        open_value(
            key,
            value.map_err(|error| ClientError::answer("data", error))?,
        )
    }

    /// The value at a path, as it is stored; empty if it was removed.
    pub async fn value(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        Ok(self.entry(path).await?.bytes()?)
    }

    /// Opens the value at a path; empty if it was removed.
    pub async fn open(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        self.open_with(&self.0.keys().state(), path).await
    }

    /// [`open`](Self::open) with a key of one's own.
    pub async fn open_with(&self, key: &Key, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        open_value(key, self.value(path).await?)
    }

    /// The messages of a range by which the state came about.
    pub async fn page(&self, range: Range) -> Result<MessagePage, ClientError> {
        let range = argument::range(range)?;
        self.0.page(&TopicId::state(), range).await
    }

    /// The entry at a path as it was read last, tombstones included, without asking the server; `None` if none was read. Its hash
    /// and signature are checked again.
    pub async fn stored(&self, path: &StatePath) -> Result<Option<VerifiedMessage>, ClientError> {
        self.0.stored_state(path).await
    }
}

impl Space {
    /// The entry that the state has at a position.
    pub(super) async fn entry_at(
        &self,
        position: Position,
    ) -> Result<VerifiedMessage, ClientError> {
        if let Some(body) = self.body_at_hand(position).await? {
            return Ok(body);
        }
        let range = Range::at(position.timestamp);
        let answer = self.fetch(&ChainId::state(), range).await?;
        let mut messages = answer.messages.into_iter();
        let Some(message) = messages.find(|message| message.position() == position) else {
            let what = format!("message {} of topic state", position.hash);
            return Err(ChainError::Withheld { what }.into());
        };
        let message = self.with_replica(|replica| replica.state().accept(position, message))?;
        self.with_replica(|replica| replica.keep_entry(&message));
        Ok(message)
    }
}

/// The answer of a server where nothing was ever set.
fn not_set(path: &StatePath) -> ClientError {
    refusal_of(
        404,
        ErrorCode::StateNotFound,
        format!("nothing was ever set at {path}"),
    )
}

/// The answer of a server to a member without the right.
fn denied(path: &StatePath) -> ClientError {
    let message = format!("no right to read state/{path}");
    refusal(ErrorCode::PermissionDenied, message)
}
