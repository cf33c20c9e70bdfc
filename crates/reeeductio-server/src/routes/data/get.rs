//! `GET /spaces/{space_id}/data/{path}`

use axum::extract::State;
use axum::response::Response;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::DataBody;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Member, Path};
use crate::routes::messages::page::json_response;
use crate::routes::refusals::refusals;

/// Bytes that room is taken for before an entry is read: most are small, and the others are found to be large
/// soon enough.
const EXPECTED: usize = 16 << 10;

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
) -> Result<Response, Failure> {
    let room = state.memory.take(&member, EXPECTED).await?;
    let entry = state.engine.data(&member, &path).await?;
    let json = serde_json::to_vec(&DataBody::from(&*entry))
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
    json_response(json, room)
}
