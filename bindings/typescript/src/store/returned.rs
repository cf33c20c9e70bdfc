//! Checks of the values that a store returns: one of another type is an error, not a promise that waits for ever.

use js_sys::{Array, Uint8Array};
use reeeductio_client::StoreError;
use reeeductio_client::store::{Pair, Scan, Scanned};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::promise::{Unsettled, message, property, settled};

/// Waits for the promise that a method returned, and returns its value. No promise is an error, since a commit may not be
/// done then.
pub(super) async fn promised(
    method: &str,
    returned: Result<JsValue, JsValue>,
) -> Result<JsValue, StoreError> {
    settled(returned).await.map_err(|reason| match reason {
        Unsettled::NoPromise => wrong(method, "must return a promise"),
        Unsettled::Thrown(thrown) => failed(&thrown),
    })
}

/// Returns the array of `length` items that a method's promise resolved with.
pub(super) fn list_of(method: &str, length: usize, value: &JsValue) -> Result<Array, StoreError> {
    value
        .dyn_ref::<Array>()
        .filter(|list| usize::try_from(list.length()) == Ok(length))
        .cloned()
        .ok_or_else(|| {
            let expected = format!("must resolve with an array of {length} items");
            wrong(method, &expected)
        })
}

pub(super) fn bytes_or_none(method: &str, value: JsValue) -> Result<Option<Vec<u8>>, StoreError> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    bytes(method, value).map(Some)
}

fn bytes(method: &str, value: JsValue) -> Result<Vec<u8>, StoreError> {
    match value.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_) => Err(wrong(method, "must give keys and values as Uint8Arrays")),
    }
}

/// Returns the page that `scan` resolved with. Its keys are in the order of the scan: a reader that goes on after the
/// last one comes to an end.
pub(super) fn page_of(scan: &Scan, value: &JsValue) -> Result<Scanned, StoreError> {
    let found = property(value, "pairs");
    let Some(list) = found.dyn_ref::<Array>() else {
        return Err(wrong(
            "scan",
            "must resolve with an object that has an array `pairs`",
        ));
    };
    let Some(has_more) = property(value, "hasMore").as_bool() else {
        return Err(wrong(
            "scan",
            "must resolve with an object that has a boolean `hasMore`",
        ));
    };
    let pairs = list.iter().map(|item| {
        let pair = list_of("scan", 2, &item)?;
        Ok((bytes("scan", pair.get(0))?, bytes("scan", pair.get(1))?))
    });
    let pairs = pairs.collect::<Result<Vec<Pair>, StoreError>>()?;
    let in_range = pairs
        .iter()
        .all(|(key, _)| (&scan.from..&scan.to).contains(&key));
    let in_order = pairs.is_sorted_by(
        |(one, _), (next, _)| {
            if scan.reverse { one > next } else { one < next }
        },
    );
    if !in_range || !in_order || pairs.len() > scan.limit {
        return Err(wrong(
            "scan",
            "must give pairs of the range, in its order, up to its limit",
        ));
    }
    Ok(Scanned { pairs, has_more })
}

fn wrong(method: &str, expected: &str) -> StoreError {
    StoreError::Unavailable(format!("its method {method} {expected}"))
}

/// Makes an error of the value that a store threw. The code `store.damaged` says that it holds data that was never saved.
fn failed(thrown: &JsValue) -> StoreError {
    let message = message(thrown);
    match property(thrown, "code").as_string().as_deref() {
        Some("store.damaged") => StoreError::Damaged(message),
        _ => StoreError::Unavailable(message),
    }
}
