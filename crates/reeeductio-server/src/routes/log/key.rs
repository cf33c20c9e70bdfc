//! `GET /log`

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::LogBody;
use reeeductio_proto::encoding;

use crate::app::AppState;
use crate::routes::refusals::refusals;

refusals!([ANY],);

/// The name and the key by which this server signs checkpoints.
///
/// The owner of a new space writes both into `space/settings`; from then on members take them from there.
#[utoipa::path(get, path = "/log", tag = "log",
    responses((status = 200, description = "Name and key", body = LogBody), Refused))]
pub(in crate::routes) async fn get_log_key(State(state): State<AppState>) -> Json<LogBody> {
    let key = state.engine.log_key();
    Json(LogBody {
        host: key.host().to_owned(),
        log_key: encoding::encode(&key.public_key()),
    })
}
