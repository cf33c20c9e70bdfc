//! State.

use reeeductio_core::{NONCE_LENGTH, open, seal};
use reeeductio_proto::api::{MessageBody, MessageCreated};
use reeeductio_proto::{Message, StatePath, TopicId, encoding};

use super::Space;
use crate::error::ClientError;
use crate::platform::random;
use crate::request::read;

impl Space {
    /// Sets an entry that the server can read.
    pub async fn set_plaintext_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<MessageCreated, ClientError> {
        self.post_message(&TopicId::state(), path.as_str(), value)
            .await
    }

    /// Seals a value and sets it.
    pub async fn set_encrypted_state(
        &self,
        path: &StatePath,
        value: &[u8],
    ) -> Result<MessageCreated, ClientError> {
        let key = self.keys.topic(&TopicId::state());
        let sealed = seal(&key, random::<NONCE_LENGTH>()?, value);
        self.set_plaintext_state(path, &sealed).await
    }

    /// The newest entry at a path, as it is stored.
    pub async fn plaintext_state(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        let url = self.url(&format!("state/{path}"));
        let request = self.http.get(url).bearer_auth(self.token().await?);
        let body: MessageBody = read(request.send().await?).await?;
        let message =
            Message::try_from(body).map_err(|error| ClientError::Answer(error.to_string()))?;
        message
            .verify_by_sender(&self.id)
            .map_err(|error| ClientError::Forged(error.to_string()))?;
        if message.kind != path.as_str() || !message.topic_id.is_state() {
            return Err(ClientError::Forged(format!(
                "asked for {path}, got {}",
                message.kind
            )));
        }
        encoding::decode(&message.data).map_err(|error| ClientError::Answer(error.to_string()))
    }

    /// Opens the newest entry at a path.
    pub async fn encrypted_state(&self, path: &StatePath) -> Result<Vec<u8>, ClientError> {
        let sealed = self.plaintext_state(path).await?;
        Ok(open(&self.keys.topic(&TopicId::state()), &sealed)?)
    }
}
