//! Which failures pass by themselves.

use std::time::Duration;

use crate::error::ClientError;
use crate::transport::TransportError;

/// The way to go on after a failure of the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RetryPolicy {
    /// Try again, not before this has passed.
    After(Duration),
    /// Give up: trying again does not help.
    None,
    /// Try again.
    Soon,
}

impl RetryPolicy {
    pub(crate) fn of(error: &ClientError) -> Self {
        match error {
            ClientError::Transport(
                TransportError::Connect(_) | TransportError::Failed(_) | TransportError::Timeout,
            ) => Self::Soon,
            ClientError::Transport(TransportError::Handshake(status)) => {
                Self::of_status(*status, None)
            }
            ClientError::Refused(refusal) => Self::of_status(refusal.status, refusal.retry_after),
            _ => Self::None,
        }
    }

    fn of_status(status: u16, retry_after: Option<u64>) -> Self {
        match (status, retry_after) {
            (429 | 503, Some(seconds)) => Self::After(Duration::from_secs(seconds)),
            // 501 is a server that cannot, and never will.
            (501, _) => Self::None,
            // 0 is not known; what will not pass is said to the request that signs in again.
            (0 | 408 | 429 | 500.., _) => Self::Soon,
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_troubles_that_pass() {
        let check = |error: ClientError, expected: RetryPolicy| {
            assert_eq!(RetryPolicy::of(&error), expected);
        };
        let handshake = |status| TransportError::Handshake(status).into();
        check(TransportError::Timeout.into(), RetryPolicy::Soon);
        check(
            TransportError::Connect(String::new()).into(),
            RetryPolicy::Soon,
        );
        check(TransportError::Tls(String::new()).into(), RetryPolicy::None);
        for status in [0, 408, 429, 500, 502, 503, 504] {
            check(handshake(status), RetryPolicy::Soon);
        }
        for status in [400, 401, 403, 404, 410, 426, 501] {
            check(handshake(status), RetryPolicy::None);
        }
        check(ClientError::NotSignedIn, RetryPolicy::None);
        let patient = RetryPolicy::of_status(429, Some(7));
        assert_eq!(patient, RetryPolicy::After(Duration::from_secs(7)));
    }
}
