//! Requests and what their answers mean.

use reeeductio_proto::api::ErrorBody;
use reqwest::Response;
use serde::de::DeserializeOwned;

use crate::error::ClientError;

/// Turns an answer into a value, or the server's refusal into an error.
pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let bytes = accepted(response).await?.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer(error.to_string()))
}

/// Lets answers of success through.
pub(crate) async fn accepted(response: Response) -> Result<Response, ClientError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let bytes = response.bytes().await?;
    let body: Option<ErrorBody> = serde_json::from_slice(&bytes).ok();
    Err(ClientError::Refused {
        status: status.as_u16(),
        code: body
            .as_ref()
            .map(|body| body.code.clone())
            .unwrap_or_default(),
        message: body.as_ref().map_or_else(
            || format!("the server answered {status}"),
            |body| body.error.clone(),
        ),
        body: body.map(Box::new),
    })
}
