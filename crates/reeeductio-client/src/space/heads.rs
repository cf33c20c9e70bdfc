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

/// The newest message of each topic that was posted to.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<HashMap<TopicId, Arc<Mutex<Guess>>>>);

impl Heads {
    /// The guess for a topic. The holder of the lock posts; so the posts of one handle never conflict with each
    /// other.
    pub(super) async fn of(&self, topic: &TopicId) -> Arc<Mutex<Guess>> {
        let mut all = self.0.lock().await;
        Arc::clone(all.entry(topic.clone()).or_default())
    }

    /// Forgets all guesses.
    pub(super) async fn forget(&self) {
        self.0.lock().await.clear();
    }
}
