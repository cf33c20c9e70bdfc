//! The outbox.

use reeeductio_client::{ClientError, Space, TopicId};

use super::operations;
use crate::answer::Answer;
use crate::argument::Content;

operations! {
    /// Keeps a message on this machine until the server has it: its number.
    AddToOutbox { topic_id: TopicId, msg_type: String, data: Content, sealed: bool } -> Number,
    /// Gives the messages that wait, oldest first.
    Outbox { limit: u32 } -> Waiting,
    /// Removes a message that is not to be sent any more.
    DiscardFromOutbox { number: u64 } -> None,
    /// Sends all messages that wait, in order.
    SendOutbox {} -> Sent,
    /// Sends messages that wait and messages that are added, until it is given up.
    KeepSending {} -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let outbox = space.outbox();
        Ok(match self {
            Self::AddToOutbox {
                topic_id,
                msg_type,
                data,
                sealed,
            } => {
                let content = data.content(sealed, None);
                let number = outbox.add(&topic_id, &msg_type, content).await?;
                Answer::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
            Self::Outbox { limit } => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                Answer::Waiting(outbox.waiting(limit).await?)
            }
            Self::DiscardFromOutbox { number } => outbox.discard(number).await?.into(),
            Self::SendOutbox {} => Answer::Sent(outbox.send().await?),
            Self::KeepSending {} => outbox.keep_sending().await?.into(),
        })
    }
}
