//! `POST /spaces/{space_id}/inbox/{member}`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use reeeductio_proto::api::{InboxPost, InboxPosted};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, WithToken, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, JSON, TOKEN, RIGHT, WRITE],
    FormatMalformed,
    FormatUnknown,
    InboxBadSignature,
    InboxExpired,
    InboxFull,
    InboxItemExists,
    InboxNoRecipient,
    MemberInvalidId,
    QuotaExceeded,
    SignatureUndecodable,
    SpaceNoPolicy,
    ToolUseLimit,
);

/// Leave an item in the inbox of a member, which alone can read it.
///
/// It is kept until the recipient acknowledges it, for 30 days at most, or until `expires`. To post the same item again is no
/// error and stores nothing.
#[utoipa::path(post, path = "/spaces/{space_id}/inbox/{member}", tag = "inbox",
    params(("member" = String, Path, description = "The recipient's `U…` or `T…` id")),
    security(("bearer" = [])), request_body = InboxPost,
    responses((status = 201, description = "Stored for good", body = InboxPosted), Refused))]
pub(in crate::routes) async fn post_item(
    State(state): State<AppState>,
    Path((space, recipient)): Path<(String, String)>,
    WithToken { token, body }: WithToken<InboxPost>,
) -> Result<(StatusCode, Json<InboxPosted>), Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    state.disks.room(state.engine.monotonic())?;
    let posted = state.engine.post_item(&member, &recipient, body).await?;
    state.metrics.inbox_items.inc();
    Ok((StatusCode::CREATED, Json(posted)))
}
