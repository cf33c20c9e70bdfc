//! When it is worth sending the same again.

use std::time::Duration;

use crate::error::ClientError;
use crate::jitter::Jitter;
use crate::platform::{elapsed, wait};
use crate::transport::TransportError;

/// Milliseconds after the first failure in which the same is sent again.
const PERSISTENCE: i64 = 15_000;
/// The pause before the second attempt, and the longest one, in milliseconds.
const PAUSES: (u64, u64) = (100, 4_000);

/// Sends again what changes nothing when it arrives twice, as long as the failures look like the network's.
#[derive(Debug)]
pub(crate) struct Persistence<'a> {
    jitter: &'a Jitter,
    failures: u32,
    since: Option<i64>,
}

impl<'a> Persistence<'a> {
    pub(crate) fn new(jitter: &'a Jitter) -> Self {
        Self {
            jitter,
            failures: 0,
            since: None,
        }
    }

    /// Returns whether anything that was sent may have arrived although no answer came.
    pub(crate) fn in_doubt(&self) -> bool {
        self.failures > 0
    }

    /// Returns whether to send again after this error, and waits for the moment if so.
    pub(crate) async fn is_worth_it(&mut self, error: &ClientError) -> bool {
        let lost = match error {
            ClientError::Transport(TransportError::Failed(_)) => true,
            // Nothing was sent: without a doubt from before, the caller may know better.
            ClientError::Transport(TransportError::Connect(_)) => self.in_doubt(),
            _ => false,
        };
        let now = elapsed();
        let since = *self.since.get_or_insert(now);
        if !lost || now.saturating_sub(since) > PERSISTENCE {
            return false;
        }
        let (first, longest) = PAUSES;
        let most = first
            .saturating_mul(1 << self.failures.min(16))
            .min(longest);
        let share = u64::from(self.jitter.share());
        self.failures += 1;
        wait(Duration::from_millis(
            most / 2 + most * share / u64::from(u16::MAX) / 2,
        ))
        .await;
        true
    }
}
