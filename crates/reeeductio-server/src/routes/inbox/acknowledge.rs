//! `POST /spaces/{space_id}/inbox`

use axum::extract::State;
use axum::http::StatusCode;
use reeeductio_proto::api::InboxAcknowledgement;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken, space_id};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, JSON, TOKEN], FormatMalformed, SpaceNoPolicy);

/// Acknowledge items of the caller's own inbox: they are removed for good.
///
/// Items that are not there are passed over, so the same can be sent again if its answer was lost.
#[utoipa::path(post, path = "/spaces/{space_id}/inbox", tag = "inbox",
    security(("bearer" = [])), request_body = InboxAcknowledgement,
    responses((status = 204, description = "None of them is there now"), Refused))]
pub(in crate::routes) async fn acknowledge_items(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<InboxAcknowledgement>,
) -> Result<StatusCode, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    // Also on a full disk: it makes room.
    state.engine.acknowledge_items(&member, &body.items).await?;
    Ok(StatusCode::NO_CONTENT)
}
