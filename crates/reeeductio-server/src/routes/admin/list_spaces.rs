//! `GET /admin/spaces`

use axum::Json;
use axum::extract::{RawQuery, State};
use reeeductio_proto::SpaceId;
use reeeductio_proto::api::SpaceListBody;

use super::status_body;
use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::Operator;
use crate::routes::refusals::refusals;

/// Longest page.
const MAX_LIMIT: usize = 500;
/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;

refusals!([ANY, TOKEN, RIGHT], AdminNotConfigured, RequestInvalid);

/// List spaces that are registered or hold anything, by id, with what each stores.
///
/// For the owner of the admin space and for its members who may `read` `state/spaces/{any}` there.
#[utoipa::path(get, path = "/admin/spaces", tag = "admin", security(("bearer" = [])),
    params(("after" = Option<String>, Query, description = "The last space of the page before"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 500, description = "100 if not given")),
    responses((status = 200, description = "A page", body = SpaceListBody), Refused))]
pub(in crate::routes) async fn admin_list_spaces(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    Operator(member): Operator,
) -> Result<Json<SpaceListBody>, Failure> {
    let (after, limit) = page(query.as_deref().unwrap_or_default())?;
    let page = state.engine.list_spaces(&member, after, limit).await?;
    Ok(Json(SpaceListBody {
        spaces: page.items.iter().map(status_body).collect(),
        has_more: page.has_more,
    }))
}

fn page(query: &str) -> Result<(Option<SpaceId>, usize), Failure> {
    let (mut after, mut limit) = (None, DEFAULT_LIMIT);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "after" => {
                let space =
                    SpaceId::parse(&value).map_err(|_| Failure::query("after", "a space id"))?;
                after = Some(space);
            }
            "limit" => {
                limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                    .ok_or_else(|| Failure::query("limit", "an integer from 1 to 500"))?;
            }
            _ => {}
        }
    }
    Ok((after, limit))
}
