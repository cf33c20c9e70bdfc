//! Password login (wire.md 9).

use axum::Json;
use axum::extract::State;
use reeeductio_proto::api::{
    ErrorBody, LoginFinishRequest, LoginFinishResponse, LoginInitRequest, LoginInitResponse,
    RegisterFinishRequest, RegisterFinishResponse, RegisterInitRequest, RegisterInitResponse,
    SetupResponse,
};

use crate::answer::Failure;
use crate::app::AppState;
use crate::caller::{Anyone, Path, Token, WithToken, space_id};

/// A fresh server setup for the owner to store.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/setup", tag = "opaque",
    security(("bearer" = [])),
    responses((status = 200, body = SetupResponse),
        (status = 403, description = "not the owner", body = ErrorBody)))]
pub(super) async fn setup(
    State(state): State<AppState>,
    Path(space): Path<String>,
    token: Token,
) -> Result<Json<SetupResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let server_setup = state.engine.opaque_setup(&member)?;
    Ok(Json(SetupResponse { server_setup }))
}

/// Start registering a password.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/register/init", tag = "opaque",
    security(("bearer" = [])), request_body = RegisterInitRequest,
    responses((status = 200, body = RegisterInitResponse),
        (status = 409, description = "username taken", body = ErrorBody),
        (status = 501, description = "not enabled", body = ErrorBody)))]
pub(super) async fn register_init(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<RegisterInitRequest>,
) -> Result<Json<RegisterInitResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let registration_response = state
        .engine
        .opaque_register_init(&member, &body.username, &body.registration_request)
        .await?;
    Ok(Json(RegisterInitResponse {
        registration_response,
    }))
}

/// Finish registering a password.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/register/finish", tag = "opaque",
    security(("bearer" = [])), request_body = RegisterFinishRequest,
    responses((status = 200, body = RegisterFinishResponse),
        (status = 400, description = "no registration in progress", body = ErrorBody)))]
pub(super) async fn register_finish(
    State(state): State<AppState>,
    Path(space): Path<String>,
    WithToken { token, body }: WithToken<RegisterFinishRequest>,
) -> Result<Json<RegisterFinishResponse>, Failure> {
    let member = token.member(&state, space_id(&space)?).await?;
    let password_file = state
        .engine
        .opaque_register_finish(&member, &body.username, &body.registration_record)
        .await?;
    Ok(Json(RegisterFinishResponse { password_file }))
}

/// Start logging in.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/login/init", tag = "opaque",
    request_body = LoginInitRequest,
    responses((status = 200, body = LoginInitResponse),
        (status = 429, description = "too many attempts", body = ErrorBody),
        (status = 501, description = "not enabled", body = ErrorBody)))]
pub(super) async fn login_init(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<LoginInitRequest>,
) -> Result<Json<LoginInitResponse>, Failure> {
    let credential_response = state
        .engine
        .opaque_login_init(space_id(&space)?, &body.username, &body.credential_request)
        .await?;
    Ok(Json(LoginInitResponse {
        credential_response,
    }))
}

/// Finish logging in.
#[utoipa::path(post, path = "/spaces/{space_id}/opaque/login/finish", tag = "opaque",
    request_body = LoginFinishRequest,
    responses((status = 200, body = LoginFinishResponse),
        (status = 401, description = "wrong username or password", body = ErrorBody),
        (status = 404, description = "no login in progress", body = ErrorBody)))]
pub(super) async fn login_finish(
    State(state): State<AppState>,
    Path(space): Path<String>,
    Anyone(body): Anyone<LoginFinishRequest>,
) -> Result<Json<LoginFinishResponse>, Failure> {
    let finished = state
        .engine
        .opaque_login_finish(
            space_id(&space)?,
            &body.username,
            &body.credential_finalization,
        )
        .await?;
    Ok(Json(LoginFinishResponse {
        encrypted_credentials: finished.encrypted_credentials,
        public_key: finished.public_key,
    }))
}
