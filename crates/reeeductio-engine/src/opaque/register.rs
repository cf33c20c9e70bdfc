//! Registering a password. The record is stored by the client, as a data entry it signs; the server keeps nothing
//! between the two halves (docs/adr/0011).

use opaque_ke::{RegistrationRequest, RegistrationUpload, ServerRegistration};
use reeeductio_proto::{ErrorCode, encoding};

use super::{Suite, check_username, decode, length, malformed, record_path};
use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

impl Engine {
    /// First half: answers a `RegistrationRequest` (base64) with a `RegistrationResponse`. With `replace`
    /// the username may be one whose record the caller wrote, or as the owner anyone's.
    pub async fn opaque_register_init(
        &self,
        caller: &SpaceMember,
        username: &str,
        request: &str,
        replace: bool,
    ) -> Result<String, Refusal> {
        check_username(username)?;
        let setup = self.setup(caller.space_id()).await?;
        self.check_free(caller, username, replace).await?;
        let request: [u8; length::REGISTRATION_REQUEST] = decode("registration_request", request)?;
        let request = RegistrationRequest::<Suite>::deserialize(&request)
            .map_err(|_| malformed("registration_request"))?;
        self.check_pace(caller)?;
        let result = ServerRegistration::<Suite>::start(&setup, request, username.as_bytes())
            .map_err(|_| malformed("registration_request"))?;
        Ok(encoding::encode(&result.message.serialize()))
    }

    /// Second half: turns a `RegistrationUpload` (base64) into the password file the client stores. The right to
    /// store it is judged when it is stored.
    pub async fn opaque_register_finish(
        &self,
        caller: &SpaceMember,
        username: &str,
        record: &str,
    ) -> Result<String, Refusal> {
        check_username(username)?;
        self.setup(caller.space_id()).await?;
        self.check_free(caller, username, true).await?;
        let upload: [u8; length::REGISTRATION_UPLOAD] = decode("registration_record", record)?;
        let upload = RegistrationUpload::<Suite>::deserialize(&upload)
            .map_err(|_| malformed("registration_record"))?;
        let file = ServerRegistration::<Suite>::finish(upload);
        Ok(encoding::encode(&file.serialize()))
    }

    /// An answer to a request for a name that is still free works on passwords like one to a login: members could
    /// prepare guesses. The owner, who has the setup, needs no server for that.
    fn check_pace(&self, caller: &SpaceMember) -> Result<(), Refusal> {
        if caller.is_owner() {
            return Ok(());
        }
        self.opaque
            .attempts
            .register(caller.space_id(), &caller.id, self.clock.monotonic())
            .map_err(|seconds| {
                Refusal::for_now(ErrorCode::RateLimited, "Too many registrations.", seconds)
            })
    }

    async fn check_free(
        &self,
        caller: &SpaceMember,
        username: &str,
        replace: bool,
    ) -> Result<(), Refusal> {
        let path = record_path(username)?;
        let taken = self.records.data(caller.space_id(), &path).await?;
        let taken = taken.is_some_and(|entry| {
            let own = caller.is_owner() || entry.signed_by == caller.id;
            let free = entry.data.is_empty() || (replace && own);
            !free
        });
        if taken {
            return Err(Refusal::new(
                ErrorCode::OpaqueUsernameTaken,
                "username: already registered in this space. Choose another one.",
            ));
        }
        Ok(())
    }
}
