//! State: the newest message of the topic `state` at each path.

use reeeductio_core::replica::Range;
use reeeductio_core::{ChainError, Key, NONCE_LENGTH, VerifiedMessage, open, seal};
use reeeductio_proto::{ChainId, ErrorCode, MessageId, Position, StatePath, TopicId};

use super::Space;
use super::messages::MessagePage;
use crate::error::{ClientError, Refusal};
use crate::platform::random;

impl Space {
    /// Sets an entry that the server can read.
    pub async fn set_plaintext_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Position, ClientError> {
        self.post_message(&TopicId::state(), path.as_str(), value)
            .await
    }

    /// Sets an entry behind `prev_hash`, the head of the topic `state`, and nowhere else: if the head is
    /// another, the server refuses with [`ErrorCode::ChainConflict`](reeeductio_proto::ErrorCode).
    pub async fn set_plaintext_state_after(
        &self,
        path: &StatePath,
        value: &[u8],
        prev_hash: Option<MessageId>,
    ) -> Result<Position, ClientError> {
        self.post_message_after(&TopicId::state(), path.as_str(), value, prev_hash)
            .await
    }

    /// Seals a value and sets it.
    pub async fn set_encrypted_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Position, ClientError> {
        self.set_encrypted_state_with(&self.inner.keys.state(), path, value)
            .await
    }

    /// [`set_encrypted_state`](Self::set_encrypted_state) with a key of one's own.
    pub async fn set_encrypted_state_with(
        &self,
        key: &Key,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Position, ClientError> {
        let sealed = seal(key, random::<NONCE_LENGTH>()?, value)?;
        self.set_plaintext_state(path, &sealed).await
    }

    /// Removes an entry: its value becomes empty, and its history stays.
    pub async fn delete_state(&self, path: &StatePath) -> Result<Position, ClientError> {
        self.set_plaintext_state(path, b"").await
    }

    /// The newest entry at a path as it was written, tombstones included.
    ///
    /// Which one that is, and that there is none, follows from the whole chain of the state, read up to now.
    pub async fn state(&self, path: &StatePath) -> Result<VerifiedMessage, ClientError> {
        self.follow_state().await?;
        let now = self.source().now().await?;
        let member = self.member();
        if !self.with_replica(|replica| replica.state().may_read(&member, path, now)) {
            return Err(denied(path));
        }
        let (position, body) = self.with_replica(|replica| {
            let position = replica.state().entry(path);
            (position, position.and_then(|at| replica.entry(&at.hash)))
        });
        let Some(position) = position else {
            return Err(not_set(path));
        };
        if let Some(body) = body {
            return Ok(body);
        }
        match self.kept_message(&TopicId::state(), &position.hash).await? {
            Some(message) => Ok(message),
            None => self.fetch_entry(position).await,
        }
    }

    async fn fetch_entry(&self, position: Position) -> Result<VerifiedMessage, ClientError> {
        let (chain, range) = (ChainId::state(), Range::at(position.timestamp));
        let answer = self.fetch(&chain, range).await?;
        let mut messages = answer.messages.into_iter();
        let Some(message) = messages.find(|message| message.position() == position) else {
            let what = format!("message {} of topic state", position.hash);
            return Err(ChainError::Withheld { what }.into());
        };
        let message = self.with_replica(|replica| replica.state().accept(position, message))?;
        self.with_replica(|replica| replica.keep_entry(&message));
        Ok(message)
    }

    /// The value at a path, as it is stored; empty if it was removed.
    pub async fn plaintext_state(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        Ok(self.state(path).await?.bytes()?)
    }

    /// Opens the value at a path; empty if it was removed.
    pub async fn encrypted_state(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        self.encrypted_state_with(&self.inner.keys.state(), path)
            .await
    }

    /// [`encrypted_state`](Self::encrypted_state) with a key of one's own.
    pub async fn encrypted_state_with(
        &self,
        key: &Key,
        path: &StatePath,
    ) -> Result<Vec<u8>, ClientError> {
        let sealed = self.plaintext_state(path).await?;
        if sealed.is_empty() {
            return Ok(sealed);
        }
        Ok(open(key, &sealed)?)
    }

    /// The messages by which the state came about.
    pub async fn state_history(&self, range: Range) -> Result<MessagePage, ClientError> {
        self.messages(&TopicId::state(), range).await
    }
}

/// What a server answers where nothing was ever set.
fn not_set(path: &StatePath) -> ClientError {
    refusal(
        404,
        ErrorCode::StateNotFound,
        format!("nothing was ever set at {path}"),
    )
}

/// What a server answers to a member without the right.
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
