//! `GET /spaces/{space_id}/data/{path}`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::DataBody;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN, RIGHT], DataInvalidPath, DataNotFound);

/// The entry at a path.
#[utoipa::path(get, path = "/spaces/{space_id}/data/{*path}", tag = "data",
    params(("path" = String, Path, description = "Percent-decoded; may contain slashes")),
    security(("bearer" = [])),
    responses((status = 200, description = "The entry as it was signed", body = DataBody), Refused))]
pub(in crate::routes) async fn get_data(
    State(state): State<AppState>,
    Path((_space, path)): Path<(String, String)>,
    Member(member): Member,
) -> Result<Json<DataBody>, Failure> {
    let entry = state.engine.data(&member, &path).await?;
    Ok(Json(DataBody::from(&*entry)))
}
