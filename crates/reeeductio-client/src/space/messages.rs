//! Reading messages.

use reeeductio_core::chain::{Checked, Item, Refused, check};
use reeeductio_core::replica::{
    ComparedAnswer, Gap, Judged, Known, NotLinked, PageQuestion, Range,
};
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::{ChainId, ErrorCode, MessageId, Position, TopicId};

use super::Space;
use crate::error::ClientError;
use crate::platform::{compute, elapsed};

/// Messages asked for at a time.
pub(super) const PAGE: usize = 1000;
/// Number of messages from which on their signatures are checked beside the other tasks.
const MANY: usize = 64;

/// Messages of a topic, every one judged for itself.
#[derive(Clone, Debug, Default)]
pub struct MessagePage {
    /// The messages to be believed, in the order asked for.
    pub messages: Vec<VerifiedMessage>,
    /// The messages that are in the topic and not to be believed, in the same order.
    pub refused: Vec<Refused>,
    /// Whether the range holds more.
    pub has_more: bool,
}

impl MessagePage {
    pub(super) fn new(items: Vec<Item>, has_more: bool) -> Self {
        let mut page = Self {
            has_more,
            ..Self::default()
        };
        for item in items {
            match item {
                Item::Verified(message) => page.messages.push(message),
                Item::Refused(refused) => page.refused.push(*refused),
            }
        }
        page
    }

    /// The messages, if none was forged. Those that were posted without the right are left out: members can post them on servers that
    /// let them, and they are nobody's word.
    pub fn unless_forged(self) -> Result<Vec<VerifiedMessage>, ClientError> {
        match self.refused.into_iter().find(Refused::is_forged) {
            None => Ok(self.messages),
            Some(forged) => Err(forged.reason.into()),
        }
    }
}

/// An answer, its messages' signatures checked.
pub(super) struct Answer {
    pub(super) messages: Vec<Checked>,
    pub(super) has_more: bool,
}

impl Space {
    pub(super) async fn page(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<MessagePage, ClientError> {
        let chain = ChainId::shared(topic.clone());
        let known = self.known(&chain).await?;
        let question = self.with_replica(|replica| replica.ask_page(&chain, range, known));
        let (items, has_more) = self.answer_of(question).await?;
        Ok(MessagePage::new(items, has_more))
    }

    /// Asks, and takes the answer through all steps. The items come with whether there is more.
    pub(super) async fn answer_of(
        &self,
        question: PageQuestion,
    ) -> Result<(Vec<Item>, bool), ClientError> {
        let chain = question.chain().clone();
        let answer = self.fetch(&chain, question.range()).await?;
        let has_more = answer.has_more;
        let compared = self.link_and_compare(question, answer).await?;
        if let Some(gap) = compared.gap() {
            self.close_gap(&chain, gap).await?;
        }
        Ok((self.judge(compared).await?, has_more))
    }

    pub(super) async fn fetch(&self, chain: &ChainId, range: Range) -> Result<Answer, ClientError> {
        let page = match self.source().page(chain, range).await {
            // A list may be empty, but not absent: passed on, it would be taken for the absence of what the list was needed for.
            Err(error) if names_absence(&error) => {
                return Err(ClientError::Answer(format!(
                    "to a question for a list: {error}"
                )));
            }
            other => other?,
        };
        let messages = page.messages;
        let outside = messages
            .iter()
            .any(|message| !range.contains(message.server_timestamp));
        if outside || messages.len() > range.limit {
            return Err(ClientError::Answer(
                "messages other than those that were asked for".to_owned(),
            ));
        }
        let space = self.id();
        let messages = if messages.len() < MANY {
            check(&space, messages)
        } else {
            compute(move || check(&space, messages)).await?
        };
        Ok(Answer {
            messages,
            has_more: page.has_more,
        })
    }

    /// Holds an answer together, and against what was seen before.
    pub(super) async fn link_and_compare(
        &self,
        question: PageQuestion,
        answer: Answer,
    ) -> Result<ComparedAnswer, ClientError> {
        let (chain, has_more) = (question.chain().clone(), answer.has_more);
        let linked = match question.link(answer.messages, has_more) {
            Ok(linked) => linked,
            Err(NotLinked::Broken(error)) => return Err(error.into()),
            Err(NotLinked::Missing(question)) => {
                let newest = self.fetch(&chain, Range::last(1)).await?;
                return Err(question.missing(&newest.messages).into());
            }
        };
        if linked.claims_too_much() {
            return Err(ClientError::Answer(
                "a page that says there is more where nothing can be".to_owned(),
            ));
        }
        let seen = self.seen(&chain, &linked).await?;
        Ok(linked.compare(&seen)?)
    }

    /// Judges an answer, reading the state first if it may have changed since it was read.
    pub(super) async fn judge(&self, compared: ComparedAnswer) -> Result<Vec<Item>, ClientError> {
        let Some(time) = compared.needs_state_of() else {
            let judged = self.with_replica(|replica| compared.judge(replica.state()))?;
            return self.commit(judged).await;
        };
        if !self.with_replica(|replica| replica.has_state_of(time, elapsed())) {
            return self.judge_anew(compared).await;
        }
        let judged = self.with_replica(|replica| compared.clone().judge(replica.state()));
        self.commit_or_judge_anew(judged, compared).await
    }

    /// Gives out what was judged. If a right is lacking or an entry is not in the chain, it may have been written since the state was
    /// read: then the state is read first.
    pub(super) async fn commit_or_judge_anew(
        &self,
        judged: Result<Judged<Vec<Item>>, ChainError>,
        compared: ComparedAnswer,
    ) -> Result<Vec<Item>, ClientError> {
        match judged {
            Ok(judged) if !judged.lacks_right() => self.commit(judged).await,
            Ok(_) | Err(ChainError::NotInChain(_)) => self.judge_anew(compared).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the state, and judges by it.
    pub(super) async fn judge_anew(
        &self,
        compared: ComparedAnswer,
    ) -> Result<Vec<Item>, ClientError> {
        self.follow_state_to(compared.needs_state_of()).await?;
        let judged = self.with_replica(|replica| compared.judge(replica.state()))?;
        self.commit(judged).await
    }

    /// Reads from what was seen before up to an answer, which proves that one chain holds both.
    pub(super) async fn close_gap(&self, chain: &ChainId, gap: &Gap) -> Result<(), ClientError> {
        let mut after = gap.after;
        loop {
            let known = Known {
                head: Some(after),
                newest: gap.newest,
            };
            let question =
                self.with_replica(|replica| replica.ask_after(chain, Some(after), PAGE, known));
            let question = if gap.from_head {
                question
            } else {
                question.keeping_head()
            };
            let answer = self.fetch(chain, question.range()).await?;
            let has_more = answer.has_more;
            let compared = self.link_and_compare(question, answer).await?;
            let last = compared.messages().next_back().map(Position::from);
            let reached = gap.reaches(compared.messages())?;
            self.judge(compared).await?;
            match last {
                _ if reached => return Ok(()),
                Some(last) if has_more => after = last,
                last => return Err(gap.unreached(chain, last.unwrap_or(after)).into()),
            }
        }
    }

    pub(super) async fn fetch_message(
        &self,
        topic: &TopicId,
        id: MessageId,
    ) -> Result<VerifiedMessage, ClientError> {
        let chain = ChainId::shared(topic.clone());
        let stored = self.stored_position(topic, &id).await?;
        let question = self.with_replica(|replica| replica.ask_message(&chain, id, stored));
        let message = match self.source().message(&chain, &id).await {
            Err(error) if error.is_not_found() => {
                question.absent()?;
                return Err(error);
            }
            other => other?,
        };
        if message.message_hash != id {
            return Err(ClientError::Answer(format!(
                "asked for message {id}, got {}",
                message.message_hash
            )));
        }
        let time = message.server_timestamp;
        let question = self.with_replica(|replica| replica.take_message(&question, time))?;
        let answer = Answer {
            messages: check(&self.id(), vec![message]),
            has_more: false,
        };
        let compared = self.link_and_compare(question, answer).await?;
        let mut items = self.judge(compared).await?;
        let item = items.pop().map(Item::into_result);
        match item {
            Some(result) => result.map_err(|refused| refused.reason.into()),
            None => Err(ClientError::Answer("no message".to_owned())),
        }
    }

    /// Where the topic ends by the server's word, held against what was seen. The message there need not be one to be believed.
    pub(super) async fn newest_position(
        &self,
        topic: &TopicId,
    ) -> Result<Option<Position>, ClientError> {
        let chain = ChainId::shared(topic.clone());
        let known = self.known(&chain).await?;
        let question = self.with_replica(|replica| replica.ask_page(&chain, Range::last(1), known));
        let (items, _) = self.answer_of(question).await?;
        Ok(items.first().map(Item::position))
    }
}

/// Returns whether the server names a thing that is not there.
fn names_absence(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(
            ErrorCode::BlobNotFound
                | ErrorCode::DataNotFound
                | ErrorCode::MessageNotFound
                | ErrorCode::StateNotFound
        )
    )
}

/// The error of a page after which nothing can be asked for: the next one would be the same.
pub(super) fn forged_only() -> ClientError {
    ClientError::Answer("a page of forged messages only".to_owned())
}

/// The last place of an answer, oldest first, that is in the chain for sure: a forged message claims a hash that no other has.
pub(super) fn last_in_chain(items: &[Item]) -> Option<Position> {
    let forged = |item: &&Item| matches!(item, Item::Refused(refused) if refused.is_forged());
    items.iter().rfind(|item| !forged(item)).map(Item::position)
}
