//! `GET /spaces/{space_id}/data/` and without the slash: there is no listing, and clients know that as 404
//! and as a redirect.

use axum::extract::OriginalUri;
use axum::response::Redirect;
use reeeductio_proto::ErrorCode;

use crate::answer::Failure;
use crate::caller::Member;

pub(in crate::routes) async fn nothing(_caller: Member) -> Failure {
    Failure::new(
        ErrorCode::DataNotFound,
        "There is no listing of data entries.",
    )
}

pub(in crate::routes) async fn redirect(OriginalUri(uri): OriginalUri) -> Redirect {
    Redirect::temporary(&format!("{}/", uri.path()))
}
