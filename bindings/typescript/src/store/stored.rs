//! Messages in a local store, without a handle on their space.

use reeeductio_client::{Records, argument};
use wasm_bindgen::prelude::*;

use super::LocalStore;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

/// How many messages of a space there are.
#[wasm_bindgen(js_name = countMessages)]
pub fn count_messages(store: LocalStore, space: &str) -> Result<Pending, Failure> {
    let records = Records::new(store.shared(), argument::space(space)?);
    Ok(Pending::new(async move {
        counted(records.count().await.map_err(Into::into))
    }))
}

/// Deletes messages of one topic or all, before a time (Unix milliseconds) or all. Gives their number.
#[wasm_bindgen(js_name = deleteMessages)]
pub fn delete_messages(
    store: LocalStore,
    space: &str,
    topic: Option<String>,
    before: Option<f64>,
) -> Result<Pending, Failure> {
    let records = Records::new(store.shared(), argument::space(space)?);
    let topic = topic.as_deref().map(argument::topic).transpose()?;
    let before = before.map(record::millis);
    Ok(Pending::new(async move {
        let deleted = records.delete_messages(topic.as_ref(), before).await;
        counted(deleted.map_err(Into::into))
    }))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact far beyond what a store holds"
)]
fn counted(
    count: Result<u64, reeeductio_client::ClientError>,
) -> Result<f64, reeeductio_client::ClientError> {
    count.map(|count| count as f64)
}
