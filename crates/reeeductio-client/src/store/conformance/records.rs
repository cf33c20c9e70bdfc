//! The records of [`Records`], the same in every store. Each function takes an empty store and panics at the
//! first rule that is broken.

mod credentials;
mod damage;
mod drafts;
mod heads;
mod messages;

use std::sync::Arc;

use reeeductio_core::{Draft, Identity};
use reeeductio_proto::{ChainId, Message, MessageId, SpaceId, StatePath, TopicId};

pub use credentials::credentials_are_kept_by_space;
pub use damage::what_was_never_saved_is_damage;
pub use drafts::drafts_are_kept_in_order;
pub use heads::{
    entries_are_listed_below_a_path, heads_and_signed_times_only_grow, the_last_snapshot_is_kept,
};
pub use messages::{
    given_messages_are_apart, long_lists_are_whole, messages_are_deleted_by_topic_and_time,
    messages_are_kept_as_they_are, messages_of_one_time_follow_their_links,
    ranges_follow_the_rules_of_a_server,
};

use crate::store::{Batch, Records, Store};

/// A message of the owner whose key is made of `seed`.
pub fn message(seed: u8, topic: &str, kind: &str, time: i64, prev: Option<MessageId>) -> Message {
    let owner = Identity::from_seed(&[seed; 32]);
    let draft = Draft {
        space: &owner.space_id(),
        topic: &TopicId::parse(topic).unwrap(),
        kind,
        prev_hash: prev,
        data: b"content \"with\" | \xff bytes",
    };
    draft.message(&owner.user_id(), &owner, time)
}

fn space(seed: u8) -> SpaceId {
    Identity::from_seed(&[seed; 32]).space_id()
}

fn records(store: &Arc<dyn Store>, seed: u8) -> Records {
    Records::new(Arc::clone(store), space(seed))
}

fn chain(name: &str) -> ChainId {
    ChainId::shared(TopicId::parse(name).unwrap())
}

fn path(text: &str) -> StatePath {
    StatePath::parse(text).unwrap()
}

async fn save(records: &Records, messages: &[Message]) {
    let batch = Batch {
        messages: messages.iter().cloned().map(Into::into).collect(),
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
}

async fn give(records: &Records, messages: &[Message]) {
    let batch = Batch {
        given: messages.iter().cloned().map(Into::into).collect(),
        ..Batch::default()
    };
    records.save(batch).await.unwrap();
}

fn times(messages: &[Message]) -> Vec<i64> {
    messages
        .iter()
        .map(|message| message.server_timestamp)
        .collect()
}
