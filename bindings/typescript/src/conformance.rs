//! The examination of local stores, for tests of this package only.

use reeeductio_client::ClientError;
use reeeductio_client::store::local::conformance;
use wasm_bindgen::prelude::*;

use crate::pending::Pending;
use crate::store::{Shelf, kept_in};

/// The names of what is examined.
#[wasm_bindgen(js_name = examinations)]
pub fn names() -> Vec<String> {
    [
        "messages_are_kept_as_they_are",
        "ranges_follow_the_rules_of_a_server",
        "heads_and_signed_times_only_grow",
        "messages_are_deleted_by_topic_and_time",
    ]
    .map(str::to_owned)
    .into()
}

/// Examines an empty store. Panics where it fails.
#[wasm_bindgen]
pub fn examine(name: String, shelf: Shelf) -> Pending {
    Pending::silent(async move {
        let store = &*kept_in(shelf);
        match name.as_str() {
            "messages_are_kept_as_they_are" => {
                conformance::messages_are_kept_as_they_are(store).await;
            }
            "ranges_follow_the_rules_of_a_server" => {
                conformance::ranges_follow_the_rules_of_a_server(store).await;
            }
            "heads_and_signed_times_only_grow" => {
                conformance::heads_and_signed_times_only_grow(store).await;
            }
            "messages_are_deleted_by_topic_and_time" => {
                conformance::messages_are_deleted_by_topic_and_time(store).await;
            }
            _ => {
                return Err(ClientError::Argument {
                    field: "name",
                    message: "is of no examination".to_owned(),
                });
            }
        }
        Ok(())
    })
}
