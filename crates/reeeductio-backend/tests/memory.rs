//! The in-memory backend passes the conformance suite.
#![allow(missing_docs, clippy::allow_attributes)]

use reeeductio_backend::conformance;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};

macro_rules! examine {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            conformance::records::$name(&MemoryRecords::default()).await;
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
    writes_stand_or_fall_with_the_registration
    writes_stand_or_fall_with_their_judgement
}

#[tokio::test]
async fn blobs() {
    conformance::blobs::examine(&MemoryBlobs::default()).await;
}
