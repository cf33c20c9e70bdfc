//! Messages of a topic as they are stored.

use std::collections::VecDeque;
use std::future::poll_fn;

use super::PolicyTopic;
use super::item::{TopicItem, TopicPage};
use crate::error::ClientError;
use crate::platform::wait;
use crate::space::live::{Backoff, Event, Listener, RetryPolicy};
use crate::space::steps::Steps;

/// The messages of a topic that this installation has not read, and those that are stored from now on.
///
/// The stream only says that something was stored: each message is read with its proof, so nothing is left out when the connection is
/// lost and made again. All streams of a handle share one connection.
#[derive(Debug)]
pub struct TopicLive {
    topic: PolicyTopic,
    listener: Listener,
    /// The reading of a page, in a task of its own: it goes on when the caller of `next` has gone.
    pages: Steps<PolicyTopic, Result<TopicPage, ClientError>>,
    ready: VecDeque<TopicItem>,
    /// Whether messages may be there that were not read.
    is_behind: bool,
    backoff: Backoff,
    ended: bool,
}

impl TopicLive {
    pub(super) async fn open(topic: PolicyTopic) -> Result<Self, ClientError> {
        let base = topic.space.base();
        let options = base.live_options();
        let listener = base.hub().listen(&options).await?;
        Ok(Self {
            pages: Steps::new(topic.clone()),
            topic,
            listener,
            ready: VecDeque::new(),
            // Messages may have been stored before the connection was open.
            is_behind: true,
            backoff: Backoff::new(options.first_pause, options.longest_pause),
            ended: false,
        })
    }

    /// The next item; `None` after the end, which a refusal brings that does not pass by itself. Cancelling loses no message.
    pub async fn next(&mut self) -> Option<Result<TopicItem, ClientError>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.ended {
                return None;
            }
            if self.is_behind {
                match self.read().await {
                    Ok(()) => self.backoff.reset(),
                    Err(error) => match self.pause_after(error).await {
                        Ok(()) => {}
                        Err(error) => return Some(Err(error)),
                    },
                }
                continue;
            }
            match self.listener.next().await {
                Event::Message(message) => {
                    let message = message.message();
                    let topic = &message.topic_id;
                    // A key that somebody was waiting for may come with the state.
                    let is_wanted = *topic == self.topic.id || topic.is_state();
                    self.is_behind |= is_wanted && !self.was_read(message.server_timestamp, topic);
                }
                Event::Connected { resumed: false, .. } | Event::Missed => self.is_behind = true,
                Event::Unreadable(error) => return Some(Err(error)),
                Event::Ended(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
                _ => {}
            }
        }
    }

    /// Returns whether a message was read already: others may have asked for it.
    fn was_read(&self, timestamp: i64, topic: &reeeductio_proto::TopicId) -> bool {
        let tail = self.topic.space.with(|known| known.log.tail(topic));
        tail.is_some_and(|tail| timestamp <= tail.timestamp)
    }

    async fn read(&mut self) -> Result<(), ClientError> {
        let page = poll_fn(|context| self.pages.poll(context, |topic| Box::pin(step(topic))));
        let page = page.await??;
        self.is_behind = page.has_more;
        self.ready.extend(page.items);
        Ok(())
    }

    /// Waits before it is tried again, or gives the error back if trying again does not help.
    async fn pause_after(&mut self, error: ClientError) -> Result<(), ClientError> {
        match RetryPolicy::of(&error) {
            RetryPolicy::None => {
                // The next message has it read again. That the server was restored is told once.
                self.is_behind = is_restored(&error);
                return Err(error);
            }
            RetryPolicy::After(pause) => self.backoff.at_least(pause),
            RetryPolicy::Soon => {}
        }
        let pause = self.backoff.pause(self.topic.space.base().jitter().share());
        self.backoff.failed();
        wait(pause).await;
        Ok(())
    }
}

fn is_restored(error: &ClientError) -> bool {
    match error {
        ClientError::Policy(failure) => failure.error().restored().is_some(),
        _ => false,
    }
}

async fn step(topic: PolicyTopic) -> (PolicyTopic, Result<TopicPage, ClientError>) {
    let page = topic.read_after().await;
    (topic, page)
}
