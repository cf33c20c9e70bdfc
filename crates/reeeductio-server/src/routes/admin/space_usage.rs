//! `GET /admin/spaces/{space_id}`

use axum::Json;
use axum::extract::{RawQuery, State};
use reeeductio_proto::api::SpaceStatusBody;
use reeeductio_proto::{ErrorCode, MemberId};

use super::status_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Operator, Path, space_id};
use crate::routes::refusals::refusals;

refusals!(
    [ANY, SPACE, TOKEN, RIGHT],
    AdminNotConfigured,
    MemberInvalidId
);

/// Read the usage of a space, or of one of its members.
///
/// For the owner of the admin space and for its members who may `read` `state/spaces/{space_id}` there.
#[utoipa::path(get, path = "/admin/spaces/{space_id}", tag = "admin", security(("bearer" = [])),
    params(("member" = Option<String>, Query, description = "Count what this member stores only")),
    responses((status = 200, description = "What it stores", body = SpaceStatusBody), Refused))]
pub(in crate::routes) async fn admin_space_usage(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    Operator(operator): Operator,
) -> Result<Json<SpaceStatusBody>, Failure> {
    let space = space_id(&space)?;
    let query = query.unwrap_or_default();
    let member = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "member")
        .map(|(_, member)| {
            MemberId::parse(&member).map_err(|error| {
                Failure::new(ErrorCode::MemberInvalidId, format!("member: {error}"))
            })
        })
        .transpose()?;
    let status = state.engine.space_status(&operator, space, member).await?;
    Ok(Json(status_body(&status)))
}
