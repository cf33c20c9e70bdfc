//! `GET /spaces/{space_id}/inbox`

use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_engine::{INBOX_ITEMS, InboxItems, InboxRequest, SpaceMember, item_body};
use reeeductio_proto::api::InboxPage;
use reeeductio_proto::{ErrorCode, SEALED_ITEM};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, space_id};
use crate::memory::Held;
use crate::routes::messages::page::{json_response, time};
use crate::routes::refusals::refusals;

/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Bytes of an item beside its content, in JSON.
const AROUND: usize = 400;

refusals!(
    [ANY, SPACE, TOKEN],
    FormatMalformed,
    RequestInvalid,
    SpaceNoPolicy
);

/// List the caller's own inbox, the oldest item first.
///
/// A page ends at about 4 MiB, whatever its limit. Begin without `after` each time, and acknowledge what was taken care of.
#[utoipa::path(get, path = "/spaces/{space_id}/inbox", tag = "inbox",
    security(("bearer" = [])),
    params(("after" = Option<i64>, Query, description = "`received_at` of the last item of the page before"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 256, description = "100 if not given")),
    responses((status = 200, description = "A page", body = InboxPage), Refused))]
pub(in crate::routes) async fn list_inbox(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let request = parse(query.as_deref().unwrap_or_default())?;
    let member = token.member(&state, space_id(&space)?).await?;
    let room = room(&state, &member, request.limit).await?;
    let items = state.engine.inbox(&member, request).await?;
    let json = json(items)?;
    json_response(json, room)
}

fn parse(query: &str) -> Result<InboxRequest, Failure> {
    let mut request = InboxRequest {
        after: None,
        limit: DEFAULT_LIMIT,
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "after" => request.after = Some(time("after", &value)?),
            "limit" => {
                request.limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=INBOX_ITEMS).contains(limit))
                    .ok_or_else(|| Failure::query("limit", "an integer from 1 to 256"))?;
            }
            _ => {}
        }
    }
    Ok(request)
}

/// Takes room for a page: for its items as they are read, and for the same as JSON, which is longer by a third.
async fn room(state: &AppState, member: &SpaceMember, limit: usize) -> Result<Held, Failure> {
    let item = *SEALED_ITEM.end() + AROUND;
    let page = limit
        .saturating_mul(item)
        .min(state.engine.limits().page_bytes.saturating_add(item));
    state.memory.take(member, page / 3 * 7).await
}

/// Writes a page, letting go of each item as it is written.
fn json(items: InboxItems) -> Result<Vec<u8>, Failure> {
    let failed = |error: serde_json::Error| Failure::new(ErrorCode::Internal, error.to_string());
    let length = |sealed: &[u8]| sealed.len().div_ceil(3) * 4 + AROUND;
    let content: usize = items.items.iter().map(|item| length(&item.sealed)).sum();
    let mut json = Vec::with_capacity(content + 64);
    json.extend_from_slice(b"{\"items\":[");
    for (index, item) in items.items.into_iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        serde_json::to_writer(&mut json, &item_body(&item)).map_err(failed)?;
    }
    json.extend_from_slice(b"],\"has_more\":");
    serde_json::to_writer(&mut json, &items.has_more).map_err(failed)?;
    json.push(b'}');
    Ok(json)
}
