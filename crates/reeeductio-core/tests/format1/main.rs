//! Vectors of sealed format 1 (`spec/vectors/format1.json`), which another implementation wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    missing_docs
)]

mod epochs;
mod inbox;
mod joins;
mod keys;
mod links;
mod messages;
mod signals;

use reeeductio_core::{Epoch, Key};
use reeeductio_proto::{FormatError, MemberId, SpaceId};
use serde_json::Value;

pub(crate) fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../spec/vectors/format1.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn array<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

/// Bytes, or a run of one byte.
pub(crate) fn bytes(case: &Value, name: &str) -> Vec<u8> {
    if let Some(length) = case[format!("{name}_length")].as_u64() {
        let [byte] = array(&case[format!("{name}_byte_hex")]);
        return vec![byte; usize::try_from(length).unwrap()];
    }
    hex(&case[format!("{name}_hex")])
}

pub(crate) fn space(case: &Value) -> SpaceId {
    SpaceId::parse(case["space"].as_str().unwrap()).unwrap()
}

pub(crate) fn member(value: &Value) -> MemberId {
    MemberId::parse(value.as_str().unwrap()).unwrap()
}

pub(crate) fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

pub(crate) fn cases<'a>(all: &'a Value, section: &str, kind: &str) -> &'a Vec<Value> {
    let cases = all[section][kind].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

pub(crate) fn of_format(error: &FormatError) -> &'static str {
    match error {
        FormatError::Unknown { .. } => "format.unknown",
        _ => "format.malformed",
    }
}

pub(crate) fn epoch(case: &Value) -> Epoch {
    let root = Key::new(array(&case["root_hex"]));
    Epoch::new(space(case), number(&case["epoch"]), root)
}
