//! The conformance suite of local stores, for tests of this package only.

use reeeductio_client::ClientError;
use reeeductio_client::store::conformance;
use wasm_bindgen::prelude::*;

use crate::pending::Pending;
use crate::store::LocalStore;

macro_rules! suite {
    (stores: $($of_store:ident)* ; records: $($of_records:ident)*) => {
        /// The names of the tests.
        #[wasm_bindgen(js_name = conformanceTests)]
        pub fn names() -> Vec<String> {
            [$(stringify!($of_store),)* $(stringify!($of_records),)*]
                .map(str::to_owned)
                .into()
        }

        /// Tests an empty store. Panics where it fails.
        #[wasm_bindgen(js_name = testConformance)]
        pub fn test(name: String, store: LocalStore) -> Pending {
            let store = store.shared();
            Pending::silent(async move {
                match name.as_str() {
                    $(stringify!($of_store) => conformance::$of_store(&*store).await,)*
                    $(stringify!($of_records) => conformance::records::$of_records(store).await,)*
                    _ => {
                        return Err(ClientError::Argument {
                            field: "name",
                            message: "is of no test".to_owned(),
                        });
                    }
                }
                Ok(())
            })
        }
    };
}

suite! {
    stores:
        values_are_read_back_by_their_keys
        ranges_are_in_the_order_of_bytes
        scans_stop_at_their_limits
        inserts_keep_what_is_there
        raises_keep_the_greater_value
        changes_follow_each_other
        a_commit_with_a_refused_change_changes_nothing
        inserts_at_once_do_not_mix;
    records:
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
