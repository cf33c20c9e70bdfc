//! Scans and changes as objects of JavaScript: `StoreScan` and `StoreChange` of `ts/store.ts`.

use js_sys::{Array, Object, Reflect, Uint8Array};
use reeeductio_client::store::{Change, Pair, Scan};
use wasm_bindgen::JsValue;

pub(super) fn scan(scan: &Scan) -> Object {
    object_of([
        ("from", bytes(&scan.from)),
        ("to", bytes(&scan.to)),
        ("limit", scan.limit.into()),
        ("bytes", scan.bytes.into()),
        ("reverse", scan.reverse.into()),
    ])
}

pub(super) fn object(change: Change) -> Object {
    match change {
        Change::Insert { key, value, with } => object_of([
            ("type", "insert".into()),
            ("key", bytes(&key)),
            ("value", bytes(&value)),
            ("with", pairs(&with).into()),
        ]),
        Change::Raise { key, value } => set("raise", &key, &value),
        Change::Put { key, value } => set("put", &key, &value),
        Change::Delete { key } => object_of([("type", "delete".into()), ("key", bytes(&key))]),
    }
}

fn set(kind: &str, key: &[u8], value: &[u8]) -> Object {
    object_of([
        ("type", kind.into()),
        ("key", bytes(key)),
        ("value", bytes(value)),
    ])
}

fn pairs(pairs: &[Pair]) -> Array {
    pairs
        .iter()
        .map(|(key, value)| Array::of2(&bytes(key), &bytes(value)))
        .collect()
}

/// A copy in JavaScript's memory: a store may keep it.
fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn object_of<const N: usize>(fields: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a property of a plain object does not fail.
        drop(Reflect::set(&object, &name.into(), &value));
    }
    object
}
