//! The outbox: messages that are kept on this machine until the server has them.

mod draft;

use std::fmt;
use std::time::Duration;

use reeeductio_core::chain::Item;
use reeeductio_core::open;
use reeeductio_core::replica::Range;
use reeeductio_proto::{ChainId, ErrorCode, Message, Position, TopicId, encoding};
use zeroize::Zeroizing;

use super::Space;
use super::content::Content;
use super::heads::Guess;
use super::live::{Backoff, RetryPolicy};
use super::messages::PAGE;
use super::posting::{Outcome, longest_pause};
use super::remembering::no_store;
use super::topic::Place;
use crate::error::ClientError;
use crate::platform::{random, wait, within};
use crate::store::{Batch, Records};
use draft::Draft;

/// Milliseconds by which a topic's times may be behind the time at which a draft was made: a server's clock may be set back.
const BEHIND: i64 = 86_400_000;
/// Attempts to get a draft in between what others post.
const ATTEMPTS: u32 = 64;
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
        let number = self.records()?.add_draft(&draft.to_bytes()).await?;
        self.0.inner.outbox.added.notify_one();
        Ok(number)
    }

    /// The messages that wait, oldest first, at most `limit`.
    pub async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>, ClientError> {
        let drafts = self.records()?.drafts(None, limit).await?;
        drafts
            .into_iter()
            .map(|(number, bytes)| {
                let draft = Draft::from_bytes(&bytes)?;
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
    /// reason that does not pass, [`discard`](Self::discard) it.
    pub async fn send_next(&self) -> Result<Option<Sent>, ClientError> {
        // One at a time, in order.
        let _turn = self.0.inner.outbox.turn.lock().await;
        let Some((number, draft, sent_to)) = self.first().await? else {
            return Ok(None);
        };
        let chain = ChainId::shared(draft.topic.clone());
        let (message, position) = self.0.post_draft(&draft, sent_to).await?;
        let batch = Batch {
            messages: message.into_iter().map(Into::into).collect(),
            sent: vec![number],
            sent_to: vec![(chain, position)],
            ..Batch::default()
        };
        self.records()?.save(batch).await?;
        Ok(Some(Sent { number, position }))
    }

    /// The first draft, and where the one before it was sent to in its topic.
    async fn first(&self) -> Result<Option<(u64, Draft, Option<Position>)>, ClientError> {
        let records = self.records()?;
        let mut first = records.drafts(None, 1).await?;
        loop {
            let Some((number, bytes)) = first.pop() else {
                return Ok(None);
            };
            let draft = Draft::from_bytes(&bytes)?;
            let chain = ChainId::shared(draft.topic.clone());
            let sent_to = records.sent_to(&chain).await?;
            // Another program may have sent it meanwhile, and then that is where it was sent to. If it still waits, it is not.
            first = records.drafts(None, 1).await?;
            if first.iter().any(|(first, _)| *first == number) {
                return Ok(Some((number, draft, sent_to)));
            }
        }
    }

    /// Sends all messages that wait, in order.
    pub async fn send(&self) -> Result<Vec<Sent>, ClientError> {
        let mut all = Vec::new();
        while let Some(sent) = self.send_next().await? {
            all.push(sent);
        }
        Ok(all)
    }

    /// Sends messages that wait and messages that are added, and tries again when the network fails. Runs until it is dropped, or until a message is
    /// refused for a reason that does not pass by itself: the first that waits then.
    pub async fn keep_sending(&self) -> Result<(), ClientError> {
        let (first, longest) = PAUSES;
        let mut backoff = Backoff::new(first, longest);
        loop {
            match self.send_next().await {
                Ok(Some(_)) => backoff.reset(),
                Ok(None) => drop(within(LOOK, self.0.inner.outbox.added.notified()).await),
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
    added: tokio::sync::Notify,
}

impl Space {
    /// Posts a draft, unless it is in its topic already: after where the one before it was sent to. Gives the message if it was posted
    /// now.
    async fn post_draft(
        &self,
        draft: &Draft,
        sent_to: Option<Position>,
    ) -> Result<(Option<Message>, Position), ClientError> {
        let guess = self.inner.heads.of(&draft.topic).await;
        let mut guess = guess.lock().await;
        *guess = Guess::Unknown;
        let data = draft.data()?;
        // Once a restore of the server was accepted, a position from before it may not exist.
        let after = match draft.after {
            Some(after)
                if self.stored_position(&draft.topic, &after.hash).await? == Some(after) =>
            {
                Some(after)
            }
            _ => None,
        };
        let both = after.into_iter().chain(sent_to);
        let mut at = both.max_by_key(|at| at.timestamp);
        let mut attempt = 0;
        loop {
            match self.search(draft, at).await {
                Ok(Search::Found(position)) => return Ok((None, position)),
                Ok(Search::End(end)) => at = end.or(at),
                // It may be posted, and not looked for.
                Err(error) if is_denied(&error) => {
                    drop(guess);
                    let position = self
                        .post(&draft.topic, &draft.kind, &data, Place::End)
                        .await?;
                    return Ok((None, position));
                }
                Err(error) => return Err(error),
            }
            let prev_hash = at.map(|at| at.hash);
            let mut message = self.sign(&draft.topic, &draft.kind, &data, prev_hash);
            // If others were faster, it is looked for among what they posted.
            if let Outcome::Stored(position) = self.append(&message).await? {
                message.server_timestamp = position.timestamp;
                *guess = Guess::Known(Some(position.hash));
                return Ok((Some(message), position));
            }
            attempt += 1;
            if attempt == ATTEMPTS {
                return Err(ClientError::Conflict {
                    topic: draft.topic.to_string(),
                    attempts: ATTEMPTS,
                });
            }
            self.inner.jitter.pause(longest_pause(attempt)).await;
        }
    }

    /// Reads a topic to its end, looking for a draft.
    async fn search(&self, draft: &Draft, mut at: Option<Position>) -> Result<Search, ClientError> {
        let chain = ChainId::shared(draft.topic.clone());
        let from = draft.since.map(|since| since.saturating_sub(BEHIND));
        loop {
            let known = self.known(&chain).await?;
            let question = self.with_replica(|replica| match (at, from) {
                (None, Some(from)) => replica.ask_page(&chain, Range::since(from, PAGE), known),
                _ => replica.ask_after(&chain, at, PAGE, known),
            });
            let (items, has_more) = self.answer_of(question).await?;
            let own = items.iter().find_map(|item| match item {
                Item::Verified(message) if draft.is(message, self.member()) => {
                    Some(item.position())
                }
                _ => None,
            });
            if let Some(position) = own {
                return Ok(Search::Found(position));
            }
            at = items.last().map(Item::position).or(at);
            if has_more {
                continue;
            }
            if at.is_some() {
                return Ok(Search::End(at));
            }
            // Nothing from the time on: then the topic ends before it, unless somebody has posted since.
            let end = self.newest_position(&draft.topic).await?;
            if end.is_none_or(|end| from.is_some_and(|from| end.timestamp < from)) {
                return Ok(Search::End(end));
            }
        }
    }
}

/// Returns whether the member has no right to read; what a proxy refuses may pass.
fn is_denied(error: &ClientError) -> bool {
    let refusal = error.refusal();
    refusal.is_some_and(|refusal| {
        refusal.status == 403
            && (refusal.code.is_empty() || refusal.code == ErrorCode::PermissionDenied.as_str())
    })
}

enum Search {
    /// The draft is there.
    Found(Position),
    /// It is not there; the topic ends here.
    End(Option<Position>),
}
