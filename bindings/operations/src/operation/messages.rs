//! Messages.

use std::time::Duration;

use futures_util::stream::unfold;
use reeeductio_client::{
    ClientError, Frame, LiveMessages, LiveOptions, MessageId, Place, PostOptions, Range, Space,
    TopicId,
};

use super::operations;
use crate::answer::{Answer, Items};
use crate::argument::{Content, Follow};
use crate::signature::AnswerType;

operations! {
    /// Appends a message to a topic.
    Post { topic_id: TopicId, msg_type: String, data: Content, prev_hash: Place, sealed: bool } -> Position,
    /// Reads messages of a topic.
    Messages { topic_id: TopicId, from_timestamp: Option<i64>, to_timestamp: Option<i64>, limit: u32 } -> Page,
    /// Reads a message by its hash.
    Message { topic_id: TopicId, message_hash: MessageId, use_cache: bool } -> Message,
    /// Gives the hash of a topic's newest message.
    Head { topic_id: TopicId } -> MaybeText,
    /// Opens a stream of the messages that are stored from now on; pauses and silence are in milliseconds.
    OpenStream {
        follow: Follow,
        first_pause: Option<u32>,
        longest_pause: Option<u32>,
        silence: Option<u32>,
    } -> Live,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::Post {
                topic_id,
                msg_type,
                data,
                prev_hash,
                sealed,
            } => {
                let options = PostOptions {
                    kind: &msg_type,
                    place: prev_hash,
                };
                let content = data.content(sealed, None);
                space.topic(&topic_id).post(content, options).await?.into()
            }
            Self::Messages {
                topic_id,
                from_timestamp,
                to_timestamp,
                limit,
            } => {
                let range = range(from_timestamp, to_timestamp, limit);
                space.topic(&topic_id).believed(range).await?.into()
            }
            Self::Message {
                topic_id,
                message_hash,
                use_cache,
            } => {
                let topic = space.topic(&topic_id);
                if use_cache {
                    topic.message(message_hash).await?.into()
                } else {
                    topic.fetch(message_hash).await?.into()
                }
            }
            Self::Head { topic_id } => {
                let head = space.topic(&topic_id).head().await?;
                Answer::MaybeText(head.map(|hash| hash.to_string().into()))
            }
            Self::OpenStream {
                follow,
                first_pause,
                longest_pause,
                silence,
            } => {
                let usual = space.live_options();
                let options = LiveOptions {
                    follow: follow.0,
                    first_pause: millis(first_pause, usual.first_pause),
                    longest_pause: millis(longest_pause, usual.longest_pause),
                    silence: millis(silence, usual.silence),
                };
                let live = space.live_with(options).await?;
                Answer::Stream(AnswerType::Live, frames(live))
            }
        })
    }
}

/// The messages of a stream, and nothing for each ping. Messages that are not to be believed are passed over: the stream goes on.
fn frames(live: LiveMessages) -> Items {
    Items::new(unfold(live, |mut live| async {
        let answer = loop {
            match live.next_frame().await {
                Ok(Some(Frame::Message(message))) => break Ok(Answer::Message(message)),
                Ok(Some(Frame::Ping)) => break Ok(Answer::None),
                Ok(Some(Frame::Refused(_))) => {}
                Ok(None) => return None,
                Err(error) => break Err(error),
            }
        };
        Some((answer, live))
    }))
}

fn millis(given: Option<u32>, usual: Duration) -> Duration {
    given.map_or(usual, |millis| Duration::from_millis(millis.into()))
}

/// A range of times; `limit` beyond what a page may have is refused by the client.
pub(super) fn range(from: Option<i64>, to: Option<i64>, limit: u32) -> Range {
    Range {
        from,
        to,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    }
}
