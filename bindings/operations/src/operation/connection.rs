//! The connection of the live streams, and a server that was restored.

use futures_util::stream::unfold;
use reeeductio_client::{ClientError, Space, Status};

use super::operations;
use crate::answer::{Answer, Items};
use crate::signature::AnswerType;

operations! {
    /// Gives the status of the connection that the live streams share: `idle`, `connecting` or `connected`.
    Status {} -> Text,
    /// Gives the status and then each change of it.
    WatchStatus {} -> Statuses,
    /// Takes the server's present history for the true one, after its operator has restored a backup.
    AcceptRestore {} -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::Status {} => Answer::text(&name(*space.status().borrow())),
            Self::WatchStatus {} => {
                let mut status = space.status();
                status.mark_changed();
                let items = unfold(status, |mut status| async {
                    status.changed().await.ok()?;
                    let now = *status.borrow_and_update();
                    Some((Ok(Answer::text(&name(now))), status))
                });
                Answer::Stream(AnswerType::Statuses, Items::new(items))
            }
            Self::AcceptRestore {} => space.accept_restore().await?.into(),
        })
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Idle => "idle",
        Status::Connecting => "connecting",
        Status::Connected => "connected",
    }
}
