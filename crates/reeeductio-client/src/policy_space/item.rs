//! Items of a topic, as a program sees them.

use reeeductio_core::log::{LogRefused, Shown, Withheld};
use reeeductio_proto::{MemberId, MessageId, Position, Target};

/// A message of a topic, or what is in its place. A bad one never hides the good ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TopicItem {
    /// It is its sender's, who was allowed to write it, and it stands where the server put it for everybody.
    Message(Box<TopicMessage>),
    /// It is in the log, and not to be believed.
    Refused(Box<LogRefused>),
    /// The same draft was posted before: its sender has an earlier message with the same client id in the topic, which is the one to
    /// show.
    Repeated {
        /// This message.
        message: MessageId,
        /// The one to show.
        first: MessageId,
    },
    /// The payload of a message that came earlier is missing, and nothing explains that: the server withholds it.
    Withheld(Withheld),
}

/// A message of a topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TopicMessage {
    /// The id, and the time by the server's word.
    pub position: Position,
    /// The number of its event.
    pub number: u64,
    /// The member that signed it.
    pub sender: MemberId,
    /// Number of the epoch that it was sealed under; `None` if it names none.
    pub epoch: Option<u32>,
    /// When its payload is removed, by its author's wish, Unix milliseconds. From then on it is [`Shown::Expired`], edited or
    /// not. An edit may end earlier by a time of its own.
    pub expires: Option<u64>,
    /// The message that it edits or deletes; `None` for a message of its own. That one is shown with the change.
    pub target: Option<Target>,
    /// The content to show, or why there is none.
    pub shown: Shown,
}

/// Items of a topic, in the order that was asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TopicPage {
    /// The items.
    pub items: Vec<TopicItem>,
    /// Whether the topic has more in this direction, as the server says.
    pub has_more: bool,
}

impl TopicItem {
    /// The message, if it is one to show.
    pub fn message(&self) -> Option<&TopicMessage> {
        match self {
            Self::Message(message) => Some(message),
            Self::Refused(_) | Self::Repeated { .. } | Self::Withheld(_) => None,
        }
    }

    /// The body of the message as it was posted or last edited, if it is one to show and is at hand.
    pub fn body(&self) -> Option<&[u8]> {
        self.message()?.body()
    }
}

impl TopicMessage {
    /// The body as it was posted or last edited; `None` if it was deleted, or is not at hand.
    pub fn body(&self) -> Option<&[u8]> {
        use reeeductio_core::log::Opened;
        match &self.shown {
            Shown::Posted(content) => Some(&content.body),
            Shown::Edited { content, .. } => match &**content {
                Opened::Content(content) => Some(&content.body),
                _ => None,
            },
            _ => None,
        }
    }
}
