//! Which failures pass by themselves.

use std::time::Duration;

use crate::error::ClientError;
use crate::transport::TransportError;

/// What helps against a failure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cure {
    /// Trying again, not before this has passed.
    After(Duration),
    /// Nothing that the client could do.
    None,
    /// Trying again.
    Soon,
}

impl Cure {
    pub(super) fn of(error: &ClientError) -> Self {
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
        let check = |error: ClientError, expected: Cure| assert_eq!(Cure::of(&error), expected);
        let handshake = |status| TransportError::Handshake(status).into();
        check(TransportError::Timeout.into(), Cure::Soon);
        check(TransportError::Connect(String::new()).into(), Cure::Soon);
        check(TransportError::Tls(String::new()).into(), Cure::None);
        for status in [0, 408, 429, 500, 502, 503, 504] {
            check(handshake(status), Cure::Soon);
        }
        for status in [400, 401, 403, 404, 410, 426, 501] {
            check(handshake(status), Cure::None);
        }
        check(ClientError::NotSignedIn, Cure::None);
        let patient = Cure::of_status(429, Some(7));
        assert_eq!(patient, Cure::After(Duration::from_secs(7)));
    }
}
