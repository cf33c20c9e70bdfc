//! Rights of this member, judged before a read that would say nothing.

use reeeductio_proto::{
    Action, ErrorCode, Operation, PathPrefix, Resource, TopicId, Values, Verdict, judge,
};

use super::Space;
use crate::error::{ClientError, Refusal};

impl Space {
    /// Refuses a topic that this member may not read: servers leave its messages out of streams without a word.
    pub(super) async fn check_reads_topic(&self, topic: &TopicId) -> Result<(), ClientError> {
        // Every member reads the state.
        if topic.is_state() {
            return Ok(());
        }
        let now = self.source().now().await?;
        let action = Action {
            op: Operation::Read,
            resource: Resource::Topic(topic),
            owner: None,
        };
        let member = self.member();
        let verdict =
            self.with_replica(|replica| judge(replica.state().view(), &member, &action, now));
        match verdict {
            Verdict::Allow => Ok(()),
            Verdict::Refuse(refused) => Err(refusal(refused.code(), refused.to_string())),
        }
    }

    /// Refuses a prefix below which this member may read nothing: listings and streams leave values out without a word.
    pub(super) async fn check_reads_below(
        &self,
        values: Values,
        prefix: &PathPrefix,
    ) -> Result<(), ClientError> {
        self.follow_state().await?;
        let now = self.source().now().await?;
        let member = self.member();
        let read = Operation::Read;
        let reaches = self.with_replica(|replica| {
            let view = replica.state().view();
            view.reaches(&member, read, values, prefix, now)
        });
        if reaches {
            return Ok(());
        }
        let kind = match values {
            Values::Data => "data",
            Values::State => "state",
        };
        let message = format!("no right to read {kind}/{prefix}; ask for a right that covers it");
        Err(refusal(ErrorCode::PermissionDenied, message))
    }
}

/// The answer of a server to a member without the right.
pub(super) fn refusal(code: ErrorCode, message: String) -> ClientError {
    refusal_of(403, code, message)
}

/// The answer that a server would give.
pub(super) fn refusal_of(status: u16, code: ErrorCode, message: String) -> ClientError {
    Box::new(Refusal {
        status,
        code: code.as_str().to_owned(),
        message,
        ..Refusal::default()
    })
    .into()
}
