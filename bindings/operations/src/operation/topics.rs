//! Topics, with their messages opened.

use futures_util::{Stream, TryStreamExt as _};
use reeeductio_client::{
    ClientError, MaybeSend, MessageId, Position, Space, TopicId, VerifiedMessage,
};

use super::messages::range;
use super::operations;
use crate::answer::{Answer, Items, Opened};
use crate::signature::AnswerType;

operations! {
    /// Gives the messages of a topic after one that was seen, or all, oldest first.
    History { topic_id: TopicId, after: Option<Position> } -> History,
    /// Reads the newest messages of a topic, oldest first.
    Newest { topic_id: TopicId, count: u32 } -> OpenedPage,
    /// Gives the messages of a topic as they are stored: from now on, from its beginning, or after one.
    Live { topic_id: TopicId, from_start: bool, after: Option<Position> } -> History,
    /// Gives the messages of a topic after one that was seen, or all, first those of the local store, and then those that are stored.
    Follow { topic_id: TopicId, after: Option<Position> } -> History,
    /// Reads a message of a topic.
    OpenMessage { topic_id: TopicId, message_hash: MessageId } -> Opened,
    /// Reads messages of a topic that are in the local store, without asking the server.
    StoredMessages {
        topic_id: TopicId,
        from_timestamp: Option<i64>,
        to_timestamp: Option<i64>,
        limit: u32,
    } -> OpenedPage,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::History { topic_id, after } => {
                opened(space, space.topic(&topic_id).history_after(after))
            }
            Self::Newest { topic_id, count } => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                page(space, space.topic(&topic_id).last(count).await?)
            }
            Self::Live {
                topic_id,
                from_start,
                after,
            } => {
                let topic = space.topic(&topic_id);
                let live = if from_start || after.is_some() {
                    topic.live_after(after).await?
                } else {
                    topic.live().await?
                };
                opened(space, live)
            }
            Self::Follow { topic_id, after } => opened(space, space.topic(&topic_id).follow(after)),
            Self::OpenMessage {
                topic_id,
                message_hash,
            } => {
                let message = space.topic(&topic_id).message(message_hash).await?;
                Answer::Opened(Box::new(Opened::of(space, message)))
            }
            Self::StoredMessages {
                topic_id,
                from_timestamp,
                to_timestamp,
                limit,
            } => {
                let range = range(from_timestamp, to_timestamp, limit);
                page(space, space.topic(&topic_id).stored(range).await?)
            }
        })
    }
}

fn page(space: &Space, messages: Vec<VerifiedMessage>) -> Answer {
    let opened = messages.into_iter().map(|each| Opened::of(space, each));
    Answer::OpenedPage(opened.collect())
}

fn opened(
    space: &Space,
    messages: impl Stream<Item = Result<VerifiedMessage, ClientError>> + MaybeSend + 'static,
) -> Answer {
    let space = space.clone();
    let opened = messages.map_ok(move |message| Opened::of(&space, message));
    Answer::Stream(
        AnswerType::History,
        Items::paged(opened, Answer::OpenedPage),
    )
}
