//! Messages of which it is not known whether the server has stored them.

use reeeductio_proto::{SealedHeader, encoding};

use super::lane::SignedMessage;
use super::posting::Posted;
use super::topic::PolicyTopic;
use crate::error::ClientError;

impl PolicyTopic {
    /// Returns whether a message is sealed under another epoch than the one to send under now.
    pub(super) async fn is_superseded(&self, message: &SignedMessage) -> Result<bool, ClientError> {
        let now = self.space.base().source().now().await?;
        let header = encoding::decode(&message.body.data).ok();
        let header = header.and_then(|bytes| SealedHeader::parse(&bytes).ok());
        let epoch = header.map(|header| header.epoch);
        Ok(self.space.with(|known| {
            let view = known.state.view();
            let newest = view.newest_epoch().map(|newest| newest.entry.number);
            epoch != newest || epoch < known.roots.sent_under() || !view.is_epoch_current(now)
        }))
    }

    /// The place of a message that is not to be sent any more, if it is stored. If it is not, it will not be either.
    pub(super) async fn find_superseded(
        &self,
        message: &SignedMessage,
    ) -> Result<Option<Posted>, ClientError> {
        if let Some(posted) = self.find_stored(message).await? {
            return Ok(Some(posted));
        }
        // A copy may still be on its way. Once the next epoch has begun, the server refuses it.
        self.space.sending_epoch().await?;
        self.find_stored(message).await
    }

    /// The place of a message, by the server's word, if it is stored.
    pub(super) async fn find_stored(
        &self,
        message: &SignedMessage,
    ) -> Result<Option<Posted>, ClientError> {
        match self.space.message(&self.id, &message.id, None).await {
            Ok(found) => {
                let found = found.answer.entries.first();
                let found = found.map(|entry| (entry.message.position(), entry.number));
                match found {
                    Some((position, number)) if position.hash == message.id => {
                        Ok(Some(Posted { position, number }))
                    }
                    _ => Err(ClientError::answer("message", "is another one")),
                }
            }
            Err(absent) if absent.is_not_found() => Ok(None),
            // A member that may not read has the server's word alone.
            Err(refused) if refused.status() == Some(403) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
