//! State: the newest message of the topic `state` at each path.

use reeeductio_core::{ChainError, Key, NONCE_LENGTH, VerifiedMessage, open, seal};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{MessageId, StatePath, TopicId};

use super::Space;
use super::messages::{MessagePage, Range, read_message};
use super::posting::Posted;
use crate::error::ClientError;
use crate::platform::random;

impl Space {
    /// Sets an entry that the server can read.
    pub async fn set_plaintext_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Posted, ClientError> {
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
    ) -> Result<Posted, ClientError> {
        self.post_message_after(&TopicId::state(), path.as_str(), value, prev_hash)
            .await
    }

    /// Seals a value and sets it.
    pub async fn set_encrypted_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Posted, ClientError> {
        self.set_encrypted_state_with(&self.inner.keys.state(), path, value)
            .await
    }

    /// [`set_encrypted_state`](Self::set_encrypted_state) with a key of one's own.
    pub async fn set_encrypted_state_with(
        &self,
        key: &Key,
        path: &StatePath,
        value: &[u8],
    ) -> Result<Posted, ClientError> {
        let sealed = seal(key, random::<NONCE_LENGTH>()?, value)?;
        self.set_plaintext_state(path, &sealed).await
    }

    /// Removes an entry: its value becomes empty, and its history stays.
    pub async fn delete_state(&self, path: &StatePath) -> Result<Posted, ClientError> {
        self.set_plaintext_state(path, b"").await
    }

    /// The newest entry at a path as it was written, tombstones included.
    ///
    /// It is checked against the whole chain of state, and is never older than one seen before.
    pub async fn state(&self, path: &StatePath) -> Result<VerifiedMessage, ClientError> {
        let before = self.inner.state.lock().await.entry(path);
        let body: MessageBody = match self.connection().get(&format!("state/{path}")).await {
            Err(error) if error.is_not_found() && before.is_some() => {
                let what = format!("state entry {path}");
                return Err(ChainError::Withheld { what }.into());
            }
            other => other?,
        };
        let message = read_message(body)?;
        let state = self.follow_state().await?;
        Ok(state.accept_entry(path, message, before)?)
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
