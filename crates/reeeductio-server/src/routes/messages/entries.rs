//! Messages of spaces with a policy, as JSON with what proves them.

use axum::response::Response;
use reeeductio_backend::Entry;
use reeeductio_engine::{EntryPage, Inclusion, write_beside};
use reeeductio_proto::api::InclusionBody;
use reeeductio_proto::{ErrorCode, encoding};
use serde::Serialize;

use super::page::json_response;
use crate::answer::Failure;
use crate::memory::Held;
use crate::routes::log::proofs::hashes;

/// Bytes of a message beside its texts, in JSON.
const AROUND: usize = 700;

/// Writes a page without an intermediate tree, as pages of the base protocol are.
pub(in crate::routes) fn entries_body(page: EntryPage, room: Held) -> Result<Response, Failure> {
    let entries = &page.entries.items;
    let mut json = Vec::with_capacity(entries.iter().map(length).sum::<usize>() + 4096);
    json.extend_from_slice(b"{\"messages\":[");
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        write_entry(entry, &mut json);
    }
    json.extend_from_slice(if page.entries.has_more {
        b"],\"has_more\":true"
    } else {
        b"],\"has_more\":false"
    });
    let oldest = entries.iter().min_by_key(|entry| entry.leaf.number);
    write_proof(oldest, page.inclusion.as_ref(), &mut json)?;
    // From here on only the JSON is held.
    drop(page);
    json_response(json, room)
}

/// Writes one message with its proof.
pub(in crate::routes) fn entry_body(
    entry: &Entry,
    inclusion: &Inclusion,
    room: Held,
) -> Result<Response, Failure> {
    let mut json = Vec::with_capacity(length(entry) + 4096);
    write_entry(entry, &mut json);
    json.pop();
    write_proof(Some(entry), Some(inclusion), &mut json)?;
    json_response(json, room)
}

fn length(entry: &Entry) -> usize {
    let payload = entry.payload.as_ref().map_or(0, Vec::len);
    AROUND + entry.message.data.len() + payload.div_ceil(3) * 4
}

/// The eight keys of the base protocol, and what the leaf needs.
pub(crate) fn write_entry(entry: &Entry, json: &mut Vec<u8>) {
    entry.message.write_json(json);
    json.pop();
    write_beside(entry.payload.as_deref(), &entry.leaf, json);
    if let Some(revised) = &entry.revised {
        json.extend_from_slice(
            format!(
                ",\"revised\":{{\"by\":\"{}\",\"revision\":{},\"deleted\":{}}}",
                revised.by, revised.number, revised.deletes
            )
            .as_bytes(),
        );
    }
    json.push(b'}');
}

/// Where the oldest message is linked to, and the proof of the newest; ends the object.
fn write_proof(
    oldest: Option<&Entry>,
    inclusion: Option<&Inclusion>,
    json: &mut Vec<u8>,
) -> Result<(), Failure> {
    let proof = Proof {
        previous: oldest
            .map(|oldest| oldest.previous)
            .filter(|previous| *previous != [0; 32])
            .map(|previous| encoding::encode(&previous)),
        proof: inclusion.map(|inclusion| InclusionBody {
            checkpoint: inclusion.checkpoint.clone(),
            hashes: hashes(&inclusion.proof),
            consistency: inclusion.consistency.as_ref().map(hashes),
        }),
    };
    let text = serde_json::to_vec(&proof)
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    json.push(b',');
    json.extend_from_slice(text.strip_prefix(b"{").unwrap_or(&text));
    Ok(())
}

/// The last keys of a page, and of a message by itself.
#[derive(Serialize)]
struct Proof {
    previous: Option<String>,
    proof: Option<InclusionBody>,
}
