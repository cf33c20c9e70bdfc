//! Verdicts on the topics and subjects that a session's member may read.

use std::collections::HashMap;
use std::hash::Hash;

/// Topics whose verdict a session remembers: all that most spaces have, and little memory in an idle stream.
const REMEMBERED_TOPICS: usize = 32;

/// Which topics, or subjects, the member may read, as of a version of the view and a second of the clock: grants lapse.
pub(super) struct Verdicts<T> {
    judged: Option<(u64, i64)>,
    /// At most [`REMEMBERED_TOPICS`]; the room of more is given back.
    readable: HashMap<T, bool>,
}

impl<T> Default for Verdicts<T> {
    fn default() -> Self {
        Self {
            judged: None,
            readable: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Verdicts<T> {
    /// Forgets what was judged by another version of the view or in another second.
    pub(super) fn hold_for(&mut self, version: u64, second: i64) {
        let judged = Some((version, second));
        if self.judged != judged {
            self.judged = judged;
            self.readable.clear();
        }
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.judged = None;
        self.readable.clear();
    }

    pub(super) fn may_read(&mut self, topic: &T, judge: impl FnOnce(&T) -> bool) -> bool {
        if let Some(readable) = self.readable.get(topic) {
            return *readable;
        }
        if self.readable.len() >= REMEMBERED_TOPICS {
            self.readable = HashMap::new();
        }
        let readable = judge(topic);
        self.readable.insert(topic.clone(), readable);
        readable
    }
}

#[cfg(test)]
mod tests {
    use reeeductio_proto::TopicId;

    use super::*;

    #[test]
    fn a_burst_over_many_topics_leaves_little_behind() {
        let mut verdicts = Verdicts::default();
        for number in 0..10 * REMEMBERED_TOPICS {
            let topic = TopicId::parse(&format!("topic-{number}")).unwrap();
            assert!(verdicts.may_read(&topic, |_| true));
            assert!(verdicts.may_read(&topic, |_| panic!("is remembered")));
            assert!(verdicts.readable.capacity() <= 2 * REMEMBERED_TOPICS);
        }
    }
}
