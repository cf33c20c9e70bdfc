//! Posting a draft once, also if it was posted before and the answer was lost.

use reeeductio_core::chain::Item;
use reeeductio_core::replica::Range;
use reeeductio_proto::{ChainId, ErrorCode, Message, Position};

use super::draft::Draft;
use crate::error::ClientError;
use crate::space::Space;
use crate::space::heads::Guess;
use crate::space::messages::PAGE;
use crate::space::posting::{Outcome, longest_pause};
use crate::space::topic::Place;

/// Milliseconds by which a topic's times may be behind the time at which a draft was made: a server's clock may be set back.
const BEHIND: i64 = 86_400_000;
/// Attempts to get a draft in between what others post.
const ATTEMPTS: u32 = 64;

impl Space {
    /// Posts a draft, unless it is in its topic already: after where the one before it was sent to. Gives the message if it was posted
    /// now.
    pub(super) async fn post_draft(
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
