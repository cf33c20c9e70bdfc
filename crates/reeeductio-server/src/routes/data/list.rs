//! `GET /spaces/{space_id}/entries`

use axum::extract::{RawQuery, State};
use axum::response::Response;
use reeeductio_engine::{DataListRequest, DataListing, SpaceMember};
use reeeductio_proto::api::{DataItem, DataList};
use reeeductio_proto::{ErrorCode, MAX_DATA_PATH};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Path, Token, space_id};
use crate::memory::Held;
use crate::routes::messages::page::json_response;
use crate::routes::refusals::refusals;

/// Longest page.
const MAX_LIMIT: usize = 1000;
/// Page length if none is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Bytes of an entry beside its data and its path, in JSON.
const AROUND_DATA: usize = 512;

refusals!([ANY, SPACE, TOKEN, RIGHT], DataInvalidPath, RequestInvalid);

/// Parameters of a listing.
struct Query {
    prefix: String,
    after: Option<String>,
    limit: usize,
}

/// List the data entries at a path and below it.
///
/// Entries that the caller may not read are left out. A page ends at about 4 MiB, whatever its limit, and may be empty although
/// more follow: `next` is `null` at the end of the listing (spec/data.md).
#[utoipa::path(get, path = "/spaces/{space_id}/entries", tag = "data",
    security(("bearer" = [])),
    params(("prefix" = Option<String>, Query, description = "A path; all entries if not given"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "100 if not given")),
    responses((status = 200, description = "A page", body = DataList), Refused))]
pub(in crate::routes) async fn list_data(
    State(state): State<AppState>,
    Path(space): Path<String>,
    RawQuery(query): RawQuery,
    token: Token,
) -> Result<Response, Failure> {
    let query = parse(query.as_deref().unwrap_or_default())?;
    let member = token.member(&state, space_id(&space)?).await?;
    let room = room(&state, &member, query.limit).await?;
    let request = DataListRequest {
        prefix: &query.prefix,
        after: query.after.as_deref(),
        limit: query.limit,
    };
    let listing = state.engine.list_data(&member, request).await?;
    let json = json(listing)?;
    json_response(json, room)
}

fn parse(query: &str) -> Result<Query, Failure> {
    let mut parsed = Query {
        prefix: String::new(),
        after: None,
        limit: DEFAULT_LIMIT,
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "prefix" => parsed.prefix = value.into_owned(),
            "after" => parsed.after = Some(value.into_owned()),
            "limit" => {
                parsed.limit = value
                    .parse()
                    .ok()
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                    .ok_or_else(|| Failure::query("limit", "an integer from 1 to 1000"))?;
            }
            _ => {}
        }
    }
    Ok(parsed)
}

/// Takes room for a page: for its entries as they are read, one that is looked at beyond them, and the same as JSON.
async fn room(state: &AppState, member: &SpaceMember, limit: usize) -> Result<Held, Failure> {
    let limits = state.engine.limits();
    let entry = limits.entry_data + MAX_DATA_PATH + AROUND_DATA;
    let page = limit
        .saturating_mul(entry)
        .min(limits.page_bytes.saturating_add(entry));
    state.memory.take(member, 2 * page).await
}

/// Writes a page, letting go of each entry as it is written.
fn json(listing: DataListing) -> Result<Vec<u8>, Failure> {
    let failed = |error: serde_json::Error| Failure::new(ErrorCode::Internal, error.to_string());
    let content: usize = listing.entries.iter().map(|entry| entry.data.len()).sum();
    let mut json = Vec::with_capacity(content + listing.entries.len() * AROUND_DATA + 64);
    json.extend_from_slice(b"{\"entries\":[");
    for (index, entry) in listing.entries.into_iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        serde_json::to_writer(&mut json, &DataItem::from(entry)).map_err(failed)?;
    }
    json.extend_from_slice(b"],\"next\":");
    serde_json::to_writer(&mut json, &listing.next).map_err(failed)?;
    json.push(b'}');
    Ok(json)
}
