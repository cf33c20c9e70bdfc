//! How a stream behaves.

use std::time::Duration;

use reeeductio_proto::{Position, TopicId};

/// How a stream behaves.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Topics whose messages come from after the given one on, or from the first, also those that were
    /// stored before the stream was opened.
    pub follow: Vec<(TopicId, Option<Position>)>,
    /// The longest pause before the first attempt to connect again. Each further one may be twice as long.
    pub first_pause: Duration,
    /// The longest pause between attempts.
    pub longest_pause: Duration,
    /// How long to hear nothing before the connection is taken for lost. Servers ask every half minute
    /// whether anybody is there.
    pub silence: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            follow: Vec::new(),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            silence: Duration::from_mins(2),
        }
    }
}
