//! SQLite passes the conformance suite.
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes)]

use reeeductio_backend::conformance;
use reeeductio_backend_sqlite::SqliteRecords;

macro_rules! examine {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let folder = tempfile::tempdir().unwrap();
            conformance::records::$name(&SqliteRecords::open(folder.path()).unwrap()).await;
        })*
    };
}

examine! {
    appends_compare_with_the_head
    messages_are_listed_by_time
    text_is_kept_as_it_is
    state_is_found_by_path
    events_are_numbered_and_heard_in_order
    tools_are_counted_with_their_writes
    data_is_last_writer_wins
    changes_of_data_are_events
    entries_are_listed_by_prefix
    blobs_live_as_long_as_their_references
    closing_ends_writing
    lanes_are_chains_of_their_own
    messages_are_counted_and_limited
    pages_end_where_their_bytes_do
    purged_spaces_leave_nothing
    values_are_counted_and_limited
    acts_of_the_operator_stand_or_fall_with_their_judgement
    purges_go_by_bytes_too
    repeated_uploads_cost_no_use
    spaces_are_not_registered_while_they_are_purged
    spaces_that_an_app_registers_are_not_purged
    writes_stand_or_fall_with_the_registration
    writes_stand_or_fall_with_their_judgement
    acknowledged_and_expired_items_are_gone
    inboxes_are_limited_in_all_and_by_sender
    inboxes_are_purged_with_their_space
    items_are_counted_as_messages
    items_are_listed_as_they_were_posted
    items_stand_or_fall_with_their_judgement
    receipts_are_limited
    items_are_heard_of_once_and_in_order
    repeated_items_are_stored_once
    commands_are_stored_whole_or_not_at_all
    entries_say_what_is_left_of_a_message
    entries_of_any_length_come_whole
    every_event_is_a_leaf
    lanes_of_a_member_are_limited
    payloads_are_removed_by_their_age
    payloads_are_stored_and_counted
    purges_take_payloads_and_trees
    removal_is_counted_once_among_many_messages
    restores_are_kept_with_the_tree_they_ended
    revisions_follow_one_another
    trees_begin_in_empty_spaces
}
