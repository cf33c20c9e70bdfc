//! Sending what waits, draft by draft.

use std::collections::BTreeSet;

use reeeductio_proto::{ChainId, ErrorCode, Position, TopicId};

use super::draft::Draft;
use super::{Outbox, Sent};
use crate::error::{ClientError, RefusedDraft};
use crate::store::Batch;

/// A draft that is to be sent, and where the one before it was sent to in its topic.
struct Waits {
    number: u64,
    draft: Draft,
    sent_to: Option<Position>,
}

/// A walk over the drafts that wait. Messages of a topic are sent in order, so one that is refused holds up those behind it.
#[derive(Default)]
pub(super) struct Pass {
    /// The number of the last draft that was refused, or held up.
    after: Option<u64>,
    held_up: BTreeSet<TopicId>,
    /// The first refusal.
    refused: Option<ClientError>,
}

impl Pass {
    /// Sends the first draft of the walk; `None` if there is none.
    pub(super) async fn next(&mut self, outbox: &Outbox) -> Result<Option<Sent>, ClientError> {
        // One at a time, in order.
        let _turn = outbox.0.inner.outbox.turn.lock().await;
        while let Some(waits) = outbox.first(self.after).await? {
            if !self.held_up.contains(&waits.draft.topic) {
                return outbox.send_draft(waits).await.map(Some);
            }
            self.after = Some(waits.number);
        }
        Ok(None)
    }

    /// [`next`](Self::next), past those that are refused.
    pub(super) async fn next_of_all(
        &mut self,
        outbox: &Outbox,
    ) -> Result<Option<Sent>, ClientError> {
        loop {
            let error = match self.next(outbox).await {
                Err(error) => error,
                sent => return sent,
            };
            let Some(draft) = error.draft() else {
                return Err(error);
            };
            self.after = Some(draft.number);
            // One that cannot be read holds up no other.
            self.held_up.extend(draft.topic.clone());
            self.refused.get_or_insert(error);
        }
    }

    /// The refusal, if there was one.
    pub(super) fn end<T>(self, done: T) -> Result<T, ClientError> {
        self.refused.map_or(Ok(done), Err)
    }
}

/// Names the draft if the error is its own: another message might be taken.
fn refused(number: u64, topic: TopicId, error: ClientError) -> ClientError {
    if is_of_the_draft(&error) {
        return named(number, Some(topic), error);
    }
    error
}

fn named(number: u64, topic: Option<TopicId>, error: ClientError) -> ClientError {
    ClientError::Draft {
        draft: RefusedDraft { number, topic },
        error: Box::new(error),
    }
}

/// Reads a draft; an error names it.
pub(super) fn read(number: u64, bytes: &[u8]) -> Result<Draft, ClientError> {
    Draft::from_bytes(bytes).map_err(|error| named(number, None, error))
}

fn is_of_the_draft(error: &ClientError) -> bool {
    match error {
        // The topic is not what it was, or others are always faster.
        ClientError::Forged(_) | ClientError::Conflict { .. } => true,
        ClientError::Refused(refusal) => match ErrorCode::parse(&refusal.code) {
            // Every message of this member would be refused. It may be let in again, or get more room.
            Some(
                ErrorCode::MemberUnknown
                | ErrorCode::SpaceUnknown
                | ErrorCode::QuotaExceeded
                | ErrorCode::ToolUseLimit,
            ) => false,
            _ => matches!(refusal.status, 400 | 403 | 413 | 422),
        },
        _ => false,
    }
}

impl Outbox {
    async fn send_draft(&self, waits: Waits) -> Result<Sent, ClientError> {
        let Waits {
            number,
            draft,
            sent_to,
        } = waits;
        let chain = ChainId::shared(draft.topic.clone());
        let posted = Box::pin(self.0.post_draft(&draft, sent_to)).await;
        let (message, position) = posted.map_err(|error| refused(number, draft.topic, error))?;
        let batch = Batch {
            messages: message.into_iter().map(Into::into).collect(),
            sent: vec![number],
            sent_to: vec![(chain, position)],
            ..Batch::default()
        };
        self.records()?.save(batch).await?;
        Ok(Sent { number, position })
    }

    /// The first draft after a number, and where the one before it was sent to in its topic.
    async fn first(&self, after: Option<u64>) -> Result<Option<Waits>, ClientError> {
        let records = self.records()?;
        let mut first = records.drafts(after, 1).await?;
        loop {
            let Some((number, bytes)) = first.pop() else {
                return Ok(None);
            };
            let draft = read(number, &bytes)?;
            let chain = ChainId::shared(draft.topic.clone());
            let sent_to = records.sent_to(&chain).await?;
            // Another program may have sent it meanwhile, and then that is where it was sent to. If it still waits, it is not.
            first = records.drafts(after, 1).await?;
            if first.iter().any(|(first, _)| *first == number) {
                return Ok(Some(Waits {
                    number,
                    draft,
                    sent_to,
                }));
            }
        }
    }
}
