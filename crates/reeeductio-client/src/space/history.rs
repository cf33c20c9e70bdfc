//! Reading a topic from a place to its end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::future::Either;
use futures_util::{Stream, TryStreamExt as _};
use reeeductio_core::VerifiedMessage;
use reeeductio_core::chain::Item;
use reeeductio_proto::{ChainId, Position};

use super::messages::{MessagePage, PAGE, forged_only, last_in_chain};
use super::steps::Steps;
use super::topic::Topic;
use crate::error::ClientError;

/// The messages of a topic, oldest first, without a gap: a [`Stream`].
///
/// Messages that were posted without the right are passed over. A forged one is an error in its place, and the next item is the
/// message after it. If a page cannot be read, the error is an item and the stream ends. It also ends where the topic ends now. Polled
/// again after its end, it goes on there.
#[derive(Debug)]
pub struct History {
    pages: Steps<Pages, Result<Option<Page>, ClientError>>,
    /// Items that were read and not given yet.
    ready: VecDeque<Item>,
    /// Whether the topic holds more than the items that are ready.
    has_more: bool,
    cursor: Option<Position>,
    /// Whether the last item was the error of a page.
    failed: bool,
}

/// Items, and whether there are more.
type Page = (Vec<Item>, bool);

impl History {
    pub(super) fn new(topic: Topic, cursor: Option<Position>) -> Self {
        let pages = Pages {
            topic,
            after: cursor,
            told: Vec::new(),
            at_end: false,
        };
        Self {
            pages: Steps::new(pages),
            ready: VecDeque::new(),
            has_more: true,
            cursor,
            failed: false,
        }
    }

    /// The place up to which items were given; pass it to [`Topic::history_after`] or [`Topic::live_after`] to go on there.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// The next message; `None` at the end. Cancelling loses nothing. As [`Stream`] has it, for programs that import no traits.
    pub async fn next(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        loop {
            if let Some(item) = self.take() {
                return Some(item);
            }
            if self.ends() {
                return None;
            }
            let page = self.read().await;
            match self.fill(page) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The next messages as a page, which also tells of those that are refused; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<MessagePage>, ClientError> {
        if self.ready.is_empty() {
            let page = self.read().await;
            let read = self.fill(page);
            self.failed = false;
            if !read? {
                return Ok(None);
            }
        }
        let items: Vec<Item> = self.ready.drain(..).collect();
        self.cursor = last_in_chain(&items).or(self.cursor);
        Ok(Some(MessagePage::new(items, self.has_more)))
    }

    /// All messages from here on. A forged one is an error. For long topics take them one by one.
    pub async fn all(self) -> Result<Vec<VerifiedMessage>, ClientError> {
        self.try_collect().await
    }

    async fn read(&mut self) -> Result<Option<Page>, ClientError> {
        match self.pages.rest().await? {
            Either::Left(pages) => pages.next().await,
            Either::Right(page) => page,
        }
    }

    /// Takes a page in; false at the end.
    fn fill(&mut self, page: Result<Option<Page>, ClientError>) -> Result<bool, ClientError> {
        self.failed = page.is_err();
        let Some((items, has_more)) = page? else {
            return Ok(false);
        };
        self.ready.extend(items);
        self.has_more = has_more;
        Ok(true)
    }

    /// The next item that was read.
    fn take(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        while let Some(item) = self.ready.pop_front() {
            self.cursor = last_in_chain(std::slice::from_ref(&item)).or(self.cursor);
            match item {
                Item::Verified(message) => return Some(Ok(message)),
                Item::Refused(refused) if refused.is_forged() => {
                    return Some(Err(refused.reason.into()));
                }
                Item::Refused(_) => {}
            }
        }
        None
    }

    /// Returns whether the stream ends after the error of a page.
    fn ends(&mut self) -> bool {
        std::mem::take(&mut self.failed)
    }
}

impl Stream for History {
    type Item = Result<VerifiedMessage, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.take() {
                return Poll::Ready(Some(item));
            }
            if self.ends() {
                return Poll::Ready(None);
            }
            let page = ready!(self.pages.poll(context, |pages| Box::pin(pages.step())));
            match self.fill(page.and_then(|page| page)) {
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
    /// Forged messages after it, which were told: the next page begins with them.
    told: Vec<Position>,
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
        let (mut items, has_more) = space.answer_of(question).await?;
        match last_in_chain(&items) {
            Some(last) => self.after = Some(last),
            // The same would be asked for again.
            None if has_more => return Err(forged_only()),
            None => {}
        }
        let told = std::mem::take(&mut self.told);
        self.told = forged_at_end(&items);
        let again = items
            .iter()
            .take_while(|item| told.contains(&item.position()))
            .count();
        items.drain(..again);
        self.at_end = !has_more && !items.is_empty();
        Ok((!items.is_empty()).then_some((items, has_more)))
    }
}

/// The places of the forged messages after the last one that is in the chain for sure.
fn forged_at_end(items: &[Item]) -> Vec<Position> {
    let last = last_in_chain(items);
    let at_end = items.iter().rev().map(Item::position);
    at_end.take_while(|at| Some(*at) != last).collect()
}
