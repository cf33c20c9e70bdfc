//! Registering a password. The record is stored by the client, as a data entry it signs.

use opaque_ke::{RegistrationRequest, RegistrationUpload, ServerRegistration};
use reeeductio_proto::{ErrorCode, encoding};

use super::pending::PendingRegistration;
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
        let result = ServerRegistration::<Suite>::start(&setup, request, username.as_bytes())
            .map_err(|_| malformed("registration_request"))?;
        self.pending_opaque.start_registration(
            (caller.space_id(), username.to_owned()),
            PendingRegistration {
                member: caller.id,
                replace,
            },
            self.now(),
        );
        Ok(encoding::encode(&result.message.serialize()))
    }

    /// Second half: turns a `RegistrationUpload` (base64) into the password file the client stores.
    pub async fn opaque_register_finish(
        &self,
        caller: &SpaceMember,
        username: &str,
        record: &str,
    ) -> Result<String, Refusal> {
        check_username(username)?;
        self.setup(caller.space_id()).await?;
        let name = (caller.space_id(), username.to_owned());
        let replace = match self.pending_opaque.registering(&name, self.now()) {
            Some(pending) if pending.member == caller.id => pending.replace,
            Some(_) => {
                return Err(Refusal::new(
                    ErrorCode::OpaqueOtherRegistration,
                    "Another member is registering this username. Start again with another one.",
                ));
            }
            None => {
                return Err(Refusal::new(
                    ErrorCode::OpaqueNoRegistration,
                    "No registration of this username is in progress. Start with register/init.",
                ));
            }
        };
        self.check_free(caller, username, replace).await?;
        let upload: [u8; length::REGISTRATION_UPLOAD] = decode("registration_record", record)?;
        let upload = RegistrationUpload::<Suite>::deserialize(&upload)
            .map_err(|_| malformed("registration_record"))?;
        let file = ServerRegistration::<Suite>::finish(upload);
        self.pending_opaque.finish_registration(&name);
        Ok(encoding::encode(&file.serialize()))
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
