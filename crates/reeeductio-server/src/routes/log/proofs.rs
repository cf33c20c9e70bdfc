//! `GET /spaces/{space_id}/proofs`

use axum::Json;
use axum::extract::{RawQuery, State};
use reeeductio_proto::api::ProofBody;
use reeeductio_proto::encoding;
use reeeductio_proto::tree::Proof;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Member;
use crate::routes::numbers::numbers;
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, LOG],);

/// A proof about the tree of the first `size` events.
///
/// With `leaf`, that this event is in it (RFC 9162, 2.1.3); with `from`, that the tree of the first `from` events is its
/// beginning (RFC 9162, 2.1.4).
#[utoipa::path(get, path = "/spaces/{space_id}/proofs", tag = "log",
    security(("bearer" = [])),
    params(("leaf" = Option<u64>, Query, description = "Number of an event, less than `size`"),
        ("from" = Option<u64>, Query, description = "1 to `size`"),
        ("size" = u64, Query, description = "At most that of the newest checkpoint")),
    responses((status = 200, description = "The proof", body = ProofBody), Refused))]
pub(in crate::routes) async fn get_proof(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    Member(member): Member,
) -> Result<Json<ProofBody>, Failure> {
    let (asked, size) = read(query.as_deref().unwrap_or_default())?;
    let engine = &state.engine;
    let proof = match asked {
        Asked::Leaf(leaf) => engine.prove_inclusion(&member, leaf, size).await?,
        Asked::From(from) => engine.prove_consistency(&member, from, size).await?,
    };
    Ok(Json(ProofBody {
        hashes: hashes(&proof),
    }))
}

/// The hashes of a proof, as JSON has them.
pub(in crate::routes) fn hashes(proof: &Proof) -> Vec<String> {
    proof.0.iter().map(|hash| encoding::encode(hash)).collect()
}

/// The fact to be proven.
#[derive(Debug, Eq, PartialEq)]
enum Asked {
    Leaf(u64),
    From(u64),
}

fn read(query: &str) -> Result<(Asked, u64), Failure> {
    let [leaf, from, size] = numbers(query, ["leaf", "from", "size"])?;
    let size = size.ok_or_else(|| Failure::query("size", "missing"))?;
    match (leaf, from) {
        (Some(leaf), None) => Ok((Asked::Leaf(leaf), size)),
        (None, Some(from)) => Ok((Asked::From(from), size)),
        _ => Err(Failure::query("leaf", "name either `leaf` or `from`")),
    }
}
