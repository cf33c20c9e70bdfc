//! The epoch that messages are sent under.

use reeeductio_core::{BeginError, Sending};
use reeeductio_proto::MemberId;

use super::roots::is_missing;
use super::{PolicyError, PolicySpace};
use crate::error::ClientError;

/// How often an epoch is looked for: each time somebody was removed meanwhile.
const ROUNDS: u32 = 16;

impl PolicySpace {
    /// The number of the epoch to send under, whose root is at hand. Begins one if that is needed and this member may.
    pub(super) async fn sending_epoch(&self) -> Result<u32, ClientError> {
        for _ in 0..ROUNDS {
            let now = self.base().source().now().await?;
            if let Some(member) = self.undone(now) {
                // Somebody may have removed it again.
                self.follow_state().await?;
                if self.undone(now).is_some() {
                    return Err(PolicyError::Undone(member).into());
                }
            }
            let next = self.with(|known| match known.roots.sending(known.state.view(), now) {
                Sending::Under(epoch) => Next::Under(epoch.number()),
                Sending::Begin => Next::Begin,
                Sending::Find(number) => Next::Find(number),
                Sending::Behind(number) => Next::Behind(number),
            });
            match next {
                Next::Under(_) if self.is_epoch_due(now) && self.may_begin(now) => {
                    self.begin_epoch(None).await?;
                }
                Next::Under(number) => return Ok(number),
                Next::Find(number) => match self.find_root(number).await {
                    Err(error) if is_missing(&error) => {
                        // Another member may have begun the next one.
                        self.follow_state().await?;
                        if self.newest_number() == Some(number) {
                            return Err(error);
                        }
                    }
                    other => other?,
                },
                // One that a restored server has lost is not to be had any more.
                Next::Begin | Next::Behind(_) if self.may_begin(now) => {
                    match self.begin_epoch(None).await {
                        // It has not the root to carry over. Somebody who has may begin the epoch.
                        Err(error) if lacks_previous(&error) && !self.is_owner() => {
                            return Err(PolicyError::Waiting.into());
                        }
                        other => other?,
                    }
                }
                Next::Begin => {
                    // Another member may have done it.
                    self.follow_state().await?;
                    if !self.with_view(|view| view.is_epoch_current(now)) {
                        return Err(PolicyError::Waiting.into());
                    }
                }
                Next::Behind(number) => {
                    self.follow_state().await?;
                    let newest =
                        self.with_view(|view| view.newest_epoch().map(|epoch| epoch.entry.number));
                    if newest.is_none_or(|newest| newest < number) {
                        return Err(PolicyError::Behind(number).into());
                    }
                }
            }
        }
        Err(PolicyError::Waiting.into())
    }

    /// A member whose removal a restore has undone.
    fn undone(&self, now: i64) -> Option<MemberId> {
        self.with(|known| known.log.undone(&known.state, now).first().copied())
    }
}

fn lacks_previous(error: &ClientError) -> bool {
    match error {
        ClientError::Policy(failure) => {
            matches!(failure.error(), PolicyError::Begin(BeginError::Previous))
        }
        _ => false,
    }
}

/// The next step towards an epoch to send under.
enum Next {
    Under(u32),
    Begin,
    Find(u32),
    Behind(u32),
}
