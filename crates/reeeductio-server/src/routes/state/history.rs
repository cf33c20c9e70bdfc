//! `GET /spaces/{space_id}/state`

use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_proto::api::MessagePage;

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, space_id};
use crate::routes::messages::page::{page_body, page_request, page_room};
use crate::routes::refusals::refusals;

refusals!([ANY, SPACE, TOKEN],);

/// The history of all state; every member may read it.
#[utoipa::path(get, path = "/spaces/{space_id}/state", tag = "state",
    security(("bearer" = [])),
    params(("from" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("to" = Option<i64>, Query, description = "Unix milliseconds, inclusive"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "100 if not given")),
    responses((status = 200, description = "A page", body = MessagePage), Refused))]
pub(in crate::routes) async fn list_state(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let request = page_request(query.as_deref().unwrap_or_default())?;
    let member = token.member(&state, space_id(&space)?).await?;
    let room = page_room(&state, &member, request).await?;
    let page = state.engine.state_history(&member, request).await?;
    page_body(page, room)
}
