//! Data entries (wire.md 5).

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use reeeductio_engine::NewEntry;
use reeeductio_proto::ErrorCode;
use reeeductio_proto::api::{DataBody, DataStored, ErrorBody};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, WithToken, space_id};

/// The entry at a path.
#[utoipa::path(get, path = "/spaces/{space_id}/data/{*path}", tag = "data",
    security(("bearer" = [])),
    responses((status = 200, body = DataBody),
        (status = 404, description = "nothing there", body = ErrorBody)))]
pub(super) async fn get(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    token: Token,
) -> Result<Json<DataBody>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let entry = state.engine.data(&member, &path).await?;
    Ok(Json(DataBody::from(&*entry)))
}

/// Store a signed entry; the latest signed time wins.
#[utoipa::path(put, path = "/spaces/{space_id}/data/{*path}", tag = "data",
    security(("bearer" = [])), request_body = DataBody,
    responses((status = 200, body = DataStored),
        (status = 400, description = "stale, or a wrong signature or field", body = ErrorBody),
        (status = 403, description = "no right, or signed by another", body = ErrorBody)))]
pub(super) async fn put(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    WithToken { token, body }: WithToken<DataBody>,
) -> Result<Json<DataStored>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let new = NewEntry {
        data: body.data,
        signature: body.signature,
        signed_by: body.signed_by,
        signed_at: body.signed_at,
    };
    let signed_at = state.engine.put_data(&member, &path, new).await?;
    Ok(Json(DataStored { path, signed_at }))
}

/// Remove an entry; removing what is not there succeeds.
#[utoipa::path(delete, path = "/spaces/{space_id}/data/{*path}", tag = "data",
    security(("bearer" = [])),
    responses((status = 204), (status = 403, description = "no right", body = ErrorBody)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    Path((space, path)): Path<(String, String)>,
    token: Token,
) -> Result<StatusCode, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    state.engine.delete_data(&member, &path).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn no_listing(
    State(state): State<AppState>,
    Path(space): Path<String>,
    token: Token,
) -> Failure {
    match space_id(&space) {
        Err(failure) => failure,
        Ok(space) => match token.member(&state, space).await {
            Err(failure) => failure,
            Ok(_) => Failure::new(
                ErrorCode::DataNotFound,
                "There is no listing of data entries.",
            ),
        },
    }
}

pub(super) async fn redirect(OriginalUri(uri): OriginalUri) -> Redirect {
    Redirect::temporary(&format!("{}/", uri.path()))
}
