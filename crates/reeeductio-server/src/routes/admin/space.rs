//! `GET /admin/space`

use axum::Json;
use reeeductio_proto::api::AdminSpaceBody;

use crate::caller::Operator;
use crate::routes::refusals::refusals;

refusals!([ANY, TOKEN], AdminNotConfigured);

/// The id of the admin space, for its members.
#[utoipa::path(get, path = "/admin/space", tag = "admin", security(("bearer" = [])),
    responses((status = 200, description = "The id", body = AdminSpaceBody), Refused))]
pub(in crate::routes) async fn admin_space(Operator(member): Operator) -> Json<AdminSpaceBody> {
    Json(AdminSpaceBody {
        space_id: member.space_id().to_string(),
    })
}
