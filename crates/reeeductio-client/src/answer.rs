//! Reads answers of a server: values, or refusals as errors.

use reeeductio_proto::api::ErrorDetails;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{ClientError, Head, Refusal};
use crate::transport::Response;

/// Longest answer that is read into memory: a page of a thousand messages of the greatest size, and room.
const LONGEST: usize = 256 << 20;
/// Longest explanation of a refusal.
const LONGEST_REFUSAL: usize = 1 << 20;

/// Every field is optional: older servers send `detail` only, and some failures are plain text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalBody {
    detail: Value,
    error: Option<String>,
    code: Option<String>,
    details: Option<ErrorDetails>,
}

/// Turns an answer into a value, or the server's refusal into an error.
pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let bytes = accepted(response).await?.collect(LONGEST).await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer(error.to_string()))
}

/// Lets answers of success through.
pub(crate) async fn accepted(response: Response) -> Result<Response, ClientError> {
    let status = response.status;
    if (200..300).contains(&status) {
        return Ok(response);
    }
    let bytes = response.collect(LONGEST_REFUSAL).await?;
    Err(refused(status, &bytes))
}

fn refused(status: u16, bytes: &[u8]) -> ClientError {
    // A web server that knows nothing of spaces. It must not look as if there was no value or no space.
    if status == 404 && serde_json::from_slice::<Map<String, Value>>(bytes).is_err() {
        return ClientError::Foreign { status };
    }
    Box::new(refusal(status, bytes)).into()
}

fn refusal(status: u16, bytes: &[u8]) -> Refusal {
    let body: RefusalBody = serde_json::from_slice(bytes).unwrap_or_default();
    let message = match (body.error, body.detail) {
        (Some(error), _) => error,
        (None, Value::String(detail)) => detail,
        (None, Value::Null) => format!("the server answered with HTTP status {status}"),
        (None, detail) => detail.to_string(),
    };
    let details = body.details.unwrap_or_default();
    Refusal {
        status,
        code: body.code.unwrap_or_default(),
        message,
        head: details
            .head
            .map(|head| head.map_or(Head::Empty, Head::Message)),
        retry_after: details.retry_after,
        quota: details.quota,
    }
}

#[cfg(test)]
mod tests {
    use reeeductio_proto::ErrorKind;

    use super::*;

    #[test]
    fn a_server_that_is_not_ours_does_not_say_that_nothing_is_there() {
        let kind = |bytes: &str| refused(404, bytes.as_bytes()).kind();
        for other in ["", "Not Found", "<html>404</html>", "[]"] {
            assert_eq!(kind(other), ErrorKind::Server, "{other}");
        }
        for own in [r#"{"detail":"Not Found"}"#, r#"{"code":"state.not_found"}"#] {
            assert_eq!(kind(own), ErrorKind::NotFound, "{own}");
        }
        assert_eq!(refused(503, b"busy").kind(), ErrorKind::Server);
    }

    #[test]
    fn refusals_of_every_kind_of_server_are_read() {
        let check = |bytes: &str, code: &str, message: &str| {
            let read = refusal(409, bytes.as_bytes());
            assert_eq!((read.code.as_str(), read.message.as_str()), (code, message));
            read
        };
        let full = check(
            r#"{"detail":"d","error":"moved","code":"chain.conflict",
                "details":{"head":{"message_hash":"M1","server_timestamp":7}}}"#,
            "chain.conflict",
            "moved",
        );
        assert!(matches!(full.head, Some(Head::Message(head)) if head.server_timestamp == 7));
        let empty = check(
            r#"{"detail":"d","error":"moved","code":"chain.conflict","details":{"head":null}}"#,
            "chain.conflict",
            "moved",
        );
        assert_eq!(empty.head, Some(Head::Empty));
        assert_eq!(
            check(r#"{"detail":"Chain conflict"}"#, "", "Chain conflict").head,
            None
        );
        check(
            r#"{"detail":[{"loc":["body"]}]}"#,
            "",
            r#"[{"loc":["body"]}]"#,
        );
        for garbage in ["", "Internal Server Error", "[]", "{\"detail\":", "\u{0}"] {
            check(garbage, "", "the server answered with HTTP status 409");
        }
    }
}
