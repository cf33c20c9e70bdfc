//! Resources that capabilities refer to.

use crate::id::{BlobId, MemberId};
use crate::path::{DataPath, StatePath};
use crate::signal::Subject;
use crate::topic::TopicId;

/// Something in a space that a member wants to act on.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// `blobs/{id}`.
    Blob(&'a BlobId),
    /// `data/{path}`.
    Data(&'a DataPath),
    /// `inbox/{member}`: the inbox of a member, in a space with a policy.
    Inbox(&'a MemberId),
    /// `signals/{subject}`.
    Signal(&'a Subject),
    /// `state/{path}`.
    State(&'a StatePath),
    /// `topics/{topic}/messages`: the messages of a topic.
    Topic(&'a TopicId),
}

impl Resource<'_> {
    /// The path that patterns are matched against.
    pub fn path(&self) -> String {
        match self {
            Self::Blob(id) => format!("blobs/{id}"),
            Self::Data(path) => format!("data/{path}"),
            Self::Inbox(member) => format!("inbox/{member}"),
            Self::Signal(subject) => format!("signals/{subject}"),
            Self::State(path) => format!("state/{path}"),
            Self::Topic(topic) => format!("topics/{topic}/messages"),
        }
    }

    /// Returns whether the resource has an owner at all: messages, inboxes and signals have none.
    pub fn can_be_owned(&self) -> bool {
        !matches!(self, Self::Inbox(_) | Self::Signal(_) | Self::Topic(_))
    }

    /// Calls `matches` with the segments of [`path`](Self::path), without building it.
    pub(crate) fn with_segments<T>(
        &self,
        matches: impl FnOnce(&mut dyn Iterator<Item = &str>) -> T,
    ) -> T {
        match self {
            Self::Blob(id) => matches(&mut ["blobs", &id.to_string()].into_iter()),
            Self::Data(path) => {
                matches(&mut std::iter::once("data").chain(path.as_str().split('/')))
            }
            Self::Inbox(member) => matches(&mut ["inbox", &member.to_string()].into_iter()),
            Self::Signal(subject) => matches(&mut ["signals", subject.as_str()].into_iter()),
            Self::State(path) => matches(&mut std::iter::once("state").chain(path.segments())),
            Self::Topic(topic) => matches(&mut ["topics", topic.as_str(), "messages"].into_iter()),
        }
    }
}
