//! Logging in with a password: from a username to the member's secrets (wire.md 9).

use std::sync::Arc;

use reeeductio_core::MemberSecrets;
use reeeductio_core::password::{self, PasswordError, Stretching};
use reeeductio_proto::api::{
    LoginFinishRequest, LoginFinishResponse, LoginInitRequest, LoginInitResponse,
};
use reeeductio_proto::{DataPath, ErrorCode, MemberId, SpaceId, encoding, opaque};
use zeroize::Zeroizing;

use crate::endpoint::Endpoint;
use crate::error::ClientError;
use crate::platform::{compute, random, system};
use crate::space::{Space, SpaceBuilder};
use crate::transport::Transport;

/// The secrets that a password yields.
#[derive(Clone, Debug)]
pub struct PasswordLogin {
    /// The space.
    pub space: SpaceId,
    /// The member of the password: its key is the one in `secrets`.
    pub member: MemberId,
    /// Everything the member needs.
    pub secrets: MemberSecrets,
    /// How the password was stretched when it was registered.
    pub stretching: Stretching,
}

impl PasswordLogin {
    /// Logs in to `space` on the server at `base_url`. Nothing that yields the password or the secrets is
    /// shown to the server. Passwords that either published client registered are understood.
    pub async fn log_in(
        space: SpaceId,
        username: &str,
        password: &str,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        Self::over(system()?, space, username, password, base_url).await
    }

    /// [`log_in`](Self::log_in) over a network of one's own.
    pub async fn over(
        transport: Arc<dyn Transport>,
        space: SpaceId,
        username: &str,
        password: &str,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        if password.is_empty() {
            return Err(ClientError::argument("password", "is empty"));
        }
        Self::with_any(transport, space, username, password, base_url).await
    }

    /// Logs in, also with an empty password: the published clients register one if they are told to, and it can be changed.
    pub(crate) async fn with_any(
        transport: Arc<dyn Transport>,
        space: SpaceId,
        username: &str,
        password: &str,
        base_url: &str,
    ) -> Result<Self, ClientError> {
        check_username(username)?;
        let endpoint = Endpoint::new(transport, base_url, &format!("spaces/{space}/opaque"))?;
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let (login, request) = password::PasswordLogin::start([random()?, random()?], &password)?;
        let answer: LoginInitResponse = endpoint
            .post(
                "login/init",
                &LoginInitRequest {
                    username: username.to_owned(),
                    credential_request: encoding::encode(&request),
                },
            )
            .await?;
        let response = decode("credential_response", &answer.credential_response)?;
        let login_state = answer.login_state;
        let finished = compute(move || login.finish(&password, &response)).await??;
        let answer: LoginFinishResponse = endpoint
            .post(
                "login/finish",
                &LoginFinishRequest {
                    username: username.to_owned(),
                    credential_finalization: encoding::encode(&finished.finalization),
                    login_state,
                },
            )
            .await?;
        let sealed = decode("encrypted_credentials", &answer.encrypted_credentials)?;
        let secrets = finished.wrap_key.open(&sealed)?;
        let member = MemberId::parse(&answer.public_key)
            .map_err(|error| ClientError::answer("public_key", error))?;
        secrets.check_member(member)?;
        Ok(Self {
            space,
            member,
            secrets,
            stretching: finished.stretching,
        })
    }

    /// Opens the space as the member. The user's own key comes from the login unless the builder names one.
    pub fn open(&self, builder: SpaceBuilder) -> Result<Space, ClientError> {
        let MemberSecrets {
            identity,
            symmetric_root,
            user_key,
        } = &self.secrets;
        builder.user_key_unless_set(user_key.as_ref()).open(
            self.space,
            self.member,
            identity.clone(),
            symmetric_root,
        )
    }
}

/// The data path of a username's record, if it is one that servers take.
pub(crate) fn check_username(username: &str) -> Result<DataPath, ClientError> {
    opaque::record_path(username).ok_or_else(|| ClientError::Invalid {
        code: ErrorCode::OpaqueInvalidUsername,
        field: "username",
        message: "must be 1 to 255 characters of a-z, A-Z, 0-9 and . _ @ + -".to_owned(),
    })
}

pub(crate) fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, ClientError> {
    encoding::decode(text).map_err(|_| PasswordError::Malformed { field }.into())
}
