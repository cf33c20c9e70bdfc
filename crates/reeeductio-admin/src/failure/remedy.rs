//! Advice on errors of the client and the server.

use reeeductio_client::ClientError;
use reeeductio_proto::{ErrorCode, Remedy};

/// Returns the advice on what to do about an error.
pub(super) fn of(error: &ClientError) -> String {
    if let Some(seconds) = error.refusal().and_then(|refusal| refusal.retry_after) {
        return format!("try again in {seconds} seconds");
    }
    match error.code() {
        Some(code) => of_code(code).to_owned(),
        None => of_client(error).to_owned(),
    }
}

fn of_code(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::AdminNotConfigured => {
            "set admin.space_id in the server's configuration, or use a server that has an admin space"
        }
        ErrorCode::AuthInvalidEntry => "check the role, --cap-id, --op and --path",
        ErrorCode::AuthSelfDefinition => "let another member write the definition",
        ErrorCode::BlobNotFound => "check the blob id; it may be deleted already",
        ErrorCode::ChallengeBadSignature => "check that --member-id is the id of the private key",
        ErrorCode::GrantEscalation => "grant what you hold yourself, or use the space owner's key",
        ErrorCode::MemberUnknown => {
            "use the key of the space's owner or of a member, and --space-id where the key does not own the \
             space"
        }
        ErrorCode::OpaqueInvalidUsername => "choose a --username of a-z, A-Z, 0-9 and . _ @ + -",
        ErrorCode::OpaqueNotEnabled => {
            "run `reeeductio-admin opaque enable` as the space's owner first"
        }
        ErrorCode::OpaqueUsernameTaken => "choose another --username",
        ErrorCode::OpaqueWrongPassword => "check the username and the password",
        ErrorCode::PermissionDenied => "use the owner's key, or have the owner grant the right",
        ErrorCode::RateLimited => "wait, then try again",
        ErrorCode::SpaceInUse => {
            "run `reeeductio-admin space remove` first, also for a space that was never registered; a server that serves every space purges none"
        }
        ErrorCode::SpacePurgeUnfinished => {
            "run `reeeductio-admin space purge` until it is done, then register the space"
        }
        ErrorCode::SpaceUnknown => {
            "register the space: `reeeductio-admin space create --space FILE` with the credentials of the \
             admin space"
        }
        _ => match code.remedy() {
            Remedy::Caller => "correct what the message names; spec/errors.md explains every code",
            Remedy::Operator => "look into the server's log, or ask who operates it",
            Remedy::Retry => "try again",
            // No server's code has another one.
            _ => "spec/errors.md explains every code",
        },
    }
}

fn of_client(error: &ClientError) -> &'static str {
    match error {
        ClientError::Argument {
            field: "base_url", ..
        } => "set --base-url to the server's address, like http://localhost:8000",
        ClientError::Argument { .. } | ClientError::Entry(_) => "correct what the message names",
        ClientError::Randomness(_) => "the system gives no randomness: that must be mended first",
        ClientError::Transport(_) => "check --base-url, the network, and that the server runs",
        ClientError::Answer(_) | ClientError::Refused(_) => {
            "check --base-url: the answer is not one of a rEEEductio server"
        }
        ClientError::BlobMismatch(_) | ClientError::Forged(_) => {
            "do not trust this server before you know why"
        }
        _ => "spec/errors.md explains every code",
    }
}
