//! `GET /spaces/{space_id}/restores`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{RestoreBody, RestoreList};
use reeeductio_proto::{Signature, encoding};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Member;
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, LOG],);

/// The restores of the space's history, each with the operator's statement once that is signed.
#[utoipa::path(get, path = "/spaces/{space_id}/restores", tag = "log",
    security(("bearer" = [])),
    responses((status = 200, description = "All of them, in their order", body = RestoreList), Refused))]
pub(in crate::routes) async fn get_restores(
    State(state): State<AppState>,
    Member(member): Member,
) -> Result<Json<RestoreList>, Failure> {
    let hex = |incarnation| format!("{:016x}", u64::from_be_bytes(incarnation));
    let restores = state.engine.restores(&member).await?;
    let body = |restore: &reeeductio_backend::Restore| RestoreBody {
        old_incarnation: hex(restore.old.incarnation),
        size: restore.old.size,
        root: encoding::encode(&restore.old.root),
        incarnation: hex(restore.new),
        signature: restore
            .signature
            .map(|bytes| Signature::from_bytes(bytes).to_string()),
    };
    Ok(Json(RestoreList {
        restores: restores.iter().map(body).collect(),
    }))
}
