//! The outbox: messages that are kept on this machine until the server has them.

mod draft;
mod pass;
mod post;

use std::fmt;
use std::time::Duration;

use reeeductio_core::open;
use reeeductio_proto::{ChainId, Position, TopicId, encoding};
use zeroize::Zeroizing;

use super::Space;
use super::content::Content;
use super::live::{Backoff, RetryPolicy};
use super::remembering::no_store;
use crate::error::ClientError;
use crate::platform::{random, wait, within};
use crate::store::{Batch, Records};
use draft::Draft;
use pass::Pass;

/// How often the store is asked for drafts of another handle or program.
const LOOK: Duration = Duration::from_secs(5);
/// The first pause and the longest one between attempts to send.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Messages that wait to be sent, in the order in which they were added. They survive a restart.
///
/// A message is stored once, whatever breaks: before it is sent (again), the topic is searched for it from where it ended when the
/// message was added. That needs the right to read the topic; without it a message whose answer was lost with the
/// program may be stored twice.
///
/// Nothing is sent by itself: call [`send`](Self::send), or let [`keep_sending`](Self::keep_sending) run.
#[derive(Clone, Debug)]
pub struct Outbox(pub(super) Space);

/// A message that waits to be sent.
#[derive(Clone, Eq, PartialEq)]
pub struct Waiting {
    /// Its number in the outbox.
    pub number: u64,
    /// Its topic.
    pub topic: TopicId,
    /// Its type.
    pub kind: String,
    /// Its content; `None` if it was not sealed with the topic's key.
    pub content: Option<Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("number", &self.number)
            .field("topic", &self.topic)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A message that was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sent {
    /// Its number in the outbox.
    pub number: u64,
    /// Where it stands in its topic.
    pub position: Position,
}

impl Outbox {
    /// Adds a message of the type `kind`. When this returns its number, the message survives a loss of power. Plain content can be read
    /// by anybody who reads the local store.
    pub async fn add(
        &self,
        topic: &TopicId,
        kind: &str,
        content: Content<'_>,
    ) -> Result<u64, ClientError> {
        let data = content.stored(|| self.0.keys().topic(topic))?;
        let chain = ChainId::shared(topic.clone());
        let draft = Draft {
            id: random()?,
            after: self.0.known(&chain).await?.newest,
            since: self.0.source().reached(),
            topic: topic.clone(),
            kind: kind.to_owned(),
            data: encoding::encode(&data),
        };
        let shared = &self.0.inner.outbox;
        // One after the other: messages that are added at once would each take the number of another, and try again.
        let _turn = shared.adding.lock().await;
        let number = self.records()?.add_draft(&draft.to_bytes()).await?;
        shared.added.notify_one();
        Ok(number)
    }

    /// The messages that wait, oldest first, at most `limit`.
    pub async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>, ClientError> {
        let drafts = self.records()?.drafts(None, limit).await?;
        drafts
            .into_iter()
            .map(|(number, bytes)| {
                let draft = pass::read(number, &bytes)?;
                let content = open(&self.0.keys().topic(&draft.topic), &draft.data()?);
                Ok(Waiting {
                    number,
                    content: content.ok().map(Zeroizing::new),
                    topic: draft.topic,
                    kind: draft.kind,
                })
            })
            .collect()
    }

    /// Removes a message that is not to be sent any more. It may have been stored all the same, if it was being sent.
    pub async fn discard(&self, number: u64) -> Result<(), ClientError> {
        let batch = Batch {
            sent: vec![number],
            ..Batch::default()
        };
        Ok(self.records()?.save(batch).await?)
    }

    /// Sends the oldest message that waits; `None` if there is none. After an error it still waits: if the server refuses it for a
    /// reason that does not pass, the error names it ([`ClientError::draft`]): [`discard`](Self::discard) it then.
    pub async fn send_next(&self) -> Result<Option<Sent>, ClientError> {
        Pass::default().next(self).await
    }

    /// Sends all messages that wait, in order. One that is refused for a reason that does not pass by itself holds up those of its
    /// topic that were added after it, and no others: the error comes once they are sent, and names it ([`ClientError::draft`]).
    pub async fn send(&self) -> Result<Vec<Sent>, ClientError> {
        let (mut pass, mut all) = (Pass::default(), Vec::new());
        while let Some(sent) = pass.next_of_all(self).await? {
            all.push(sent);
        }
        pass.end(all)
    }

    /// Sends messages that wait and messages that are added, and tries again when the network fails. Runs until it is dropped, or until a message is
    /// refused for a reason that does not pass by itself. The error comes once what waits in other topics is sent, and names the message
    /// ([`ClientError::draft`]).
    pub async fn keep_sending(&self) -> Result<(), ClientError> {
        let (first, longest) = PAUSES;
        let mut backoff = Backoff::new(first, longest);
        let mut pass = Pass::default();
        loop {
            match pass.next_of_all(self).await {
                Ok(Some(_)) => backoff.reset(),
                Ok(None) => {
                    std::mem::take(&mut pass).end(())?;
                    within(LOOK, self.0.inner.outbox.added.notified()).await;
                }
                Err(error) => {
                    match RetryPolicy::of(&error) {
                        RetryPolicy::None => return Err(error),
                        RetryPolicy::After(pause) => backoff.at_least(pause),
                        RetryPolicy::Soon => {}
                    }
                    wait(backoff.pause(self.0.inner.jitter.share())).await;
                    backoff.failed();
                }
            }
        }
    }

    fn records(&self) -> Result<&Records, ClientError> {
        self.0.records().ok_or_else(no_store)
    }
}

/// The part of the outbox that all clones of a handle share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    turn: tokio::sync::Mutex<()>,
    adding: tokio::sync::Mutex<()>,
    added: tokio::sync::Notify,
}
