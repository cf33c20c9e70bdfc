//! The store in memory passes the conformance suite.
#![allow(missing_docs)]

use std::sync::Arc;

use reeeductio_client::MemoryStore;
use reeeductio_client::store::conformance;

macro_rules! passes {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            conformance::$name(&MemoryStore::default()).await;
        })*
    };
}

macro_rules! keeps {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            conformance::records::$name(Arc::new(MemoryStore::default())).await;
        })*
    };
}

passes! {
    values_are_read_back_by_their_keys
    ranges_are_in_the_order_of_bytes
    scans_stop_at_their_limits
    inserts_keep_what_is_there
    raises_keep_the_greater_value
    changes_follow_each_other
    a_commit_with_a_refused_change_changes_nothing
    inserts_at_once_do_not_mix
}

keeps! {
    messages_are_kept_as_they_are
    ranges_follow_the_rules_of_a_server
    messages_of_one_time_follow_their_links
    long_lists_are_whole
    heads_and_signed_times_only_grow
    messages_are_deleted_by_topic_and_time
    entries_are_listed_below_a_path
    the_last_snapshot_is_kept
    drafts_are_kept_in_order
    given_messages_are_apart
    credentials_are_kept_by_space
    what_was_never_saved_is_damage
}
