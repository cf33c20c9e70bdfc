//! State: the newest message of the topic `state` at each path.

use reeeductio_core::replica::Range;
use reeeductio_core::{ChainError, Key, StateEntry, VerifiedMessage};
use reeeductio_proto::{ChainId, ErrorCode, Position, StatePath, TopicId};

use super::Space;
use super::content::{Content, open_value};
use super::messages::MessagePage;
use super::topic::Place;
use crate::argument;
use crate::error::{ClientError, Refusal};

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
        space.follow_state().await?;
        let now = space.source().now().await?;
        let member = space.member();
        if !space.with_replica(|replica| replica.state().may_read(&member, path, now)) {
            return Err(denied(path));
        }
        let (position, body) = space.with_replica(|replica| {
            let position = replica.state().entry(path);
            (position, position.and_then(|at| replica.entry(&at.hash)))
        });
        let Some(position) = position else {
            return Err(not_set(path));
        };
        if let Some(body) = body {
            return Ok(body);
        }
        match space
            .kept_message(&TopicId::state(), &position.hash)
            .await?
        {
            Some(message) => Ok(message),
            None => self.fetch_entry(position).await,
        }
    }

    async fn fetch_entry(&self, position: Position) -> Result<VerifiedMessage, ClientError> {
        let (chain, range) = (ChainId::state(), Range::at(position.timestamp));
        let answer = self.0.fetch(&chain, range).await?;
        let mut messages = answer.messages.into_iter();
        let Some(message) = messages.find(|message| message.position() == position) else {
            let what = format!("message {} of topic state", position.hash);
            return Err(ChainError::Withheld { what }.into());
        };
        let space = &self.0;
        let message = space.with_replica(|replica| replica.state().accept(position, message))?;
        space.with_replica(|replica| replica.keep_entry(&message));
        Ok(message)
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

/// The answer of a server where nothing was ever set.
fn not_set(path: &StatePath) -> ClientError {
    refusal(
        404,
        ErrorCode::StateNotFound,
        format!("nothing was ever set at {path}"),
    )
}

/// The answer of a server to a member without the right.
fn denied(path: &StatePath) -> ClientError {
    let message = format!("no right to read state/{path}");
    refusal(403, ErrorCode::PermissionDenied, message)
}

fn refusal(status: u16, code: ErrorCode, message: String) -> ClientError {
    Box::new(Refusal {
        status,
        code: code.as_str().to_owned(),
        message,
        head: None,
        retry_after: None,
    })
    .into()
}
