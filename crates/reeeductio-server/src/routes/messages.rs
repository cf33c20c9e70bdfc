//! Messages (wire.md 3).

pub(super) mod entries;
pub(super) mod get;
pub(super) mod list;
pub(super) mod page;
pub(super) mod post;

use reeeductio_proto::{ErrorCode, TopicId};

use crate::answer::Failure;

fn topic_id(text: &str) -> Result<TopicId, Failure> {
    TopicId::parse(text)
        .map_err(|error| Failure::new(ErrorCode::TopicInvalidId, format!("topic_id: {error}")))
}
