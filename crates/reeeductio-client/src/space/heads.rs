//! The newest message of each topic, as far as this handle knows.

use std::collections::HashMap;
use std::sync::Arc;

use reeeductio_proto::{MessageId, TopicId};
use tokio::sync::Mutex;

/// Cached head of a topic. May be stale: others post too, and a conflict carries the current one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Guess {
    /// It was this message, or the topic was empty.
    Known(Option<MessageId>),
    #[default]
    Unknown,
}

/// Topics of which a head is cached. Beyond it the others are forgotten, and asked for again when they are posted to.
const TOPICS: usize = 16_384;

/// The newest message of each topic that was posted to.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<HashMap<TopicId, Arc<Mutex<Guess>>>>);

impl Heads {
    /// The guess for a topic. The holder of the lock posts; so the posts of one handle never conflict with each
    /// other.
    pub(super) async fn of(&self, topic: &TopicId) -> Arc<Mutex<Guess>> {
        let mut all = self.0.lock().await;
        if all.len() >= TOPICS && !all.contains_key(topic) {
            // Those that are being posted to are kept, so that two posts of one topic never have two locks.
            all.retain(|_, head| Arc::strong_count(head) > 1);
        }
        Arc::clone(all.entry(topic.clone()).or_default())
    }

    /// Forgets all guesses.
    pub(super) async fn forget(&self) {
        self.0.lock().await.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn heads_of_many_topics_are_bounded_and_those_in_use_stay() {
        let heads = Heads::default();
        let topic = |number: usize| TopicId::parse(&format!("topic-{number}")).unwrap();
        let used = heads.of(&topic(0)).await;
        for number in 1..=2 * TOPICS {
            heads.of(&topic(number)).await;
        }
        assert!(heads.0.lock().await.len() <= TOPICS);
        assert!(Arc::ptr_eq(&used, &heads.of(&topic(0)).await));
    }
}
