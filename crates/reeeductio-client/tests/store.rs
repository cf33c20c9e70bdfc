//! The store in memory sits the examination.
#![allow(missing_docs)]

use reeeductio_client::MemoryStore;
use reeeductio_client::store::conformance;

macro_rules! examine {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            conformance::$name(&MemoryStore::default()).await;
        })*
    };
}

examine! {
    messages_are_kept_as_they_are
    ranges_follow_the_rules_of_a_server
    heads_and_signed_times_only_grow
    messages_are_deleted_by_topic_and_time
}
