//! `DELETE /spaces/{space_id}/data/{path}`

use axum::extract::State;
use axum::http::StatusCode;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, RIGHT], DataInvalidPath);

/// Remove an entry; removing what is not there succeeds.
///
/// Its time is remembered, so that it cannot be stored again by somebody who kept it.
#[utoipa::path(delete, path = "/spaces/{space_id}/data/{*path}", tag = "data",
    params(("path" = String, Path, description = "Percent-decoded; may contain slashes")),
    security(("bearer" = [])),
    responses((status = 204, description = "Nothing is there now"), Refused))]
pub(in crate::routes) async fn delete_data(
    State(state): State<AppState>,
    Path((_space, path)): Path<(String, String)>,
    Member(member): Member,
) -> Result<StatusCode, Failure> {
    state.engine.delete_data(&member, &path).await?;
    Ok(StatusCode::NO_CONTENT)
}
