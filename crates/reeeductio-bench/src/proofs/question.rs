//! Questions about a tree at random places.

use anyhow::{Context as _, Result};
use reeeductio_client::random;

use crate::connection::Connection;
use crate::member::Member;

/// Messages of a page.
const PAGE: usize = 100;

/// A topic with the member that has written it.
pub(super) struct WrittenTopic {
    pub(super) member: Member,
    pub(super) name: String,
    /// `server_timestamp` of each of its messages.
    pub(super) times: Vec<i64>,
}

/// A space that is asked about.
pub(super) struct Asked {
    pub(super) topics: Vec<WrittenTopic>,
    /// Leaves of the tree.
    pub(super) size: u64,
}

/// A kind of question.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Checkpoint,
    EarlierCheckpoint,
    Consistency,
    Inclusion,
    Message,
    Page,
}

/// A question to a member's server.
pub(super) struct Question<'a> {
    pub(super) topic: &'a WrittenTopic,
    pub(super) what: What,
}

/// The subject of a question.
#[derive(Clone, Copy)]
pub(super) enum What {
    Checkpoint,
    /// The checkpoint of so many leaves.
    EarlierCheckpoint(u64),
    /// The consistency proof from so many leaves.
    Consistency(u64),
    /// The inclusion proof of a leaf.
    Inclusion(u64),
    /// So many messages from a time on.
    Messages(i64, usize),
}

impl Kind {
    pub(super) const ALL: [Self; 6] = [
        Self::Checkpoint,
        Self::EarlierCheckpoint,
        Self::Consistency,
        Self::Inclusion,
        Self::Message,
        Self::Page,
    ];

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Checkpoint => "proofs.checkpoint",
            Self::EarlierCheckpoint => "proofs.earlier_checkpoint",
            Self::Consistency => "proofs.consistency",
            Self::Inclusion => "proofs.inclusion",
            Self::Message => "proofs.message",
            Self::Page => "proofs.page",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::EarlierCheckpoint => "checkpoint of an earlier size",
            Self::Consistency => "consistency proof",
            Self::Inclusion => "inclusion proof of one event",
            Self::Message => "a message with its proof",
            Self::Page => "a page of 100 with its proof",
        }
    }
}

impl Asked {
    /// A question at a random place.
    pub(super) fn question(&self, kind: Kind) -> Result<Question<'_>> {
        let topic = usize::try_from(below(self.topics.len() as u64)?)?;
        let topic = self.topics.get(topic).context("a topic")?;
        let what = match kind {
            Kind::Checkpoint => What::Checkpoint,
            Kind::EarlierCheckpoint => What::EarlierCheckpoint(1 + below(self.size)?),
            Kind::Consistency => What::Consistency(1 + below(self.size)?),
            Kind::Inclusion => What::Inclusion(below(self.size)?),
            Kind::Message => What::Messages(topic.time()?, 1),
            Kind::Page => What::Messages(topic.time()?, PAGE),
        };
        Ok(Question { topic, what })
    }
}

impl WrittenTopic {
    /// The time of a random message that is followed by a full page.
    fn time(&self) -> Result<i64> {
        let early = self.times.len().saturating_sub(PAGE);
        let place = usize::try_from(below(early as u64)?)?;
        self.times.get(place).copied().context("a message")
    }
}

impl Question<'_> {
    /// The request, of a tree of `size` leaves.
    pub(super) fn request(&self, connection: &Connection, size: u64) -> Vec<u8> {
        let path = match self.what {
            What::Checkpoint => "checkpoint".to_owned(),
            What::EarlierCheckpoint(size) => format!("checkpoint?size={size}"),
            What::Consistency(from) => format!("proofs?from={from}&size={size}"),
            What::Inclusion(leaf) => format!("proofs?leaf={leaf}&size={size}"),
            What::Messages(from, limit) => {
                format!(
                    "topics/{}/messages?from={from}&limit={limit}",
                    self.topic.name
                )
            }
        };
        self.topic.member.get(connection, &path)
    }
}

/// A random number below `most`.
fn below(most: u64) -> Result<u64> {
    let number = u64::from_be_bytes(random()?).checked_rem(most);
    number.context("there is nothing to choose from")
}
