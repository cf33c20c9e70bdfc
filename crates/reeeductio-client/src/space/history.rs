//! Reading a topic from a place to its end.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, TryStreamExt as _};
use reeeductio_core::VerifiedMessage;
use reeeductio_core::chain::Item;
use reeeductio_proto::{ChainId, Position};

use super::messages::{MessagePage, PAGE, last_in_chain};
use super::steps::Steps;
use super::topic::Topic;
use crate::error::ClientError;

/// The messages of a topic, oldest first, without a gap: a [`Stream`].
///
/// Messages that were posted without the right are passed over. A forged one is an error in its place, and the next item is the
/// message after it. After an error of the network the same page is asked for again. The stream ends where the topic ends now; polled
/// again, it gives what was posted since.
#[derive(Debug)]
pub struct History {
    pages: Steps<Pages, Result<Option<Page>, ClientError>>,
    /// Read and not given yet.
    ready: VecDeque<Item>,
    /// Whether the topic holds more than what is ready.
    has_more: bool,
    cursor: Option<Position>,
}

/// Items, and whether there are more.
type Page = (Vec<Item>, bool);

impl History {
    pub(super) fn new(topic: Topic, cursor: Option<Position>) -> Self {
        let pages = Pages {
            topic,
            after: cursor,
            at_end: false,
        };
        Self {
            pages: Steps::new(pages),
            ready: VecDeque::new(),
            has_more: true,
            cursor,
        }
    }

    /// The place up to which items were given; pass it to [`Topic::history_after`] or [`Topic::live_after`] to go on there.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// The next message; `None` at the end. As [`Stream`] has it, for programs that import no traits.
    pub async fn next(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next messages as a page, which also tells of those that are refused; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<MessagePage>, ClientError> {
        if self.ready.is_empty() && !poll_fn(|context| self.poll_read(context)).await? {
            return Ok(None);
        }
        let items: Vec<Item> = self.ready.drain(..).collect();
        self.cursor = last_in_chain(&items).or(self.cursor);
        Ok(Some(MessagePage::new(items, self.has_more)))
    }

    /// All messages from here on. A forged one is an error. For long topics take them one by one.
    pub async fn all(self) -> Result<Vec<VerifiedMessage>, ClientError> {
        self.try_collect().await
    }

    /// Reads the next page; false at the end.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, ClientError>> {
        let page = ready!(self.pages.poll(context, |pages| Box::pin(pages.step())))?;
        let Some((items, has_more)) = page else {
            return Poll::Ready(Ok(false));
        };
        self.ready.extend(items);
        self.has_more = has_more;
        Poll::Ready(Ok(true))
    }
}

impl Stream for History {
    type Item = Result<VerifiedMessage, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            while let Some(item) = self.ready.pop_front() {
                self.cursor = last_in_chain(std::slice::from_ref(&item)).or(self.cursor);
                match item {
                    Item::Verified(message) => return Poll::Ready(Some(Ok(message))),
                    Item::Refused(refused) if refused.is_forged() => {
                        return Poll::Ready(Some(Err(refused.reason.into())));
                    }
                    Item::Refused(_) => {}
                }
            }
            match ready!(self.poll_read(context)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// Reads page by page.
#[derive(Debug)]
struct Pages {
    topic: Topic,
    after: Option<Position>,
    at_end: bool,
}

impl Pages {
    async fn step(mut self) -> (Self, Result<Option<Page>, ClientError>) {
        let result = self.next().await;
        (self, result)
    }

    /// The next items; `None` when the end was reached. Later calls look for new ones.
    async fn next(&mut self) -> Result<Option<Page>, ClientError> {
        if self.at_end {
            self.at_end = false;
            return Ok(None);
        }
        let Topic { space, id } = &self.topic;
        let chain = ChainId::shared(id.clone());
        let known = space.known(&chain).await?;
        let question =
            space.with_replica(|replica| replica.ask_after(&chain, self.after, PAGE, known));
        let (items, has_more) = space.answer_of(question).await?;
        if items.is_empty() {
            return Ok(None);
        }
        match last_in_chain(&items) {
            Some(last) => self.after = Some(last),
            // The same would be asked for again.
            None if has_more => {
                return Err(ClientError::Answer(
                    "a page of forged messages only".to_owned(),
                ));
            }
            None => {}
        }
        self.at_end = !has_more;
        Ok(Some((items, has_more)))
    }
}
