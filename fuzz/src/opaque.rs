//! The messages of password login.

use reeeductio_core::sign_entry;
use reeeductio_engine::{Refusal, Source};
use reeeductio_proto::{DataPath, encoding};
use serde_json::json;

use crate::cast::{owner, space};
use crate::input::lines;
use crate::rig::{Rig, SignedIn, now};
use crate::script::START;

/// Bytes of the messages.
const REGISTRATION_REQUEST: usize = 32;
const REGISTRATION_RESPONSE: usize = 64;
const CREDENTIAL_REQUEST: usize = 96;
const CREDENTIAL_RESPONSE: usize = 320;
const LOGIN_STATE: usize = 201;
/// Bytes of a password file and of a server setup.
const PASSWORD_FILE: usize = 192;
const SETUP: usize = 128;

/// Six lines: a username; in base64 a `RegistrationRequest`, a `RegistrationUpload`, a `CredentialRequest`, a
/// `CredentialFinalization`, and a password file or server setup.
///
/// Whatever they are, answers have the one size there is, the same for names that are registered and names that
/// are not; nobody logs in without the password; what is read has the one length there is.
pub fn check(data: &[u8]) {
    let Some([name, request, upload, credential, finalization, stored]) = lines(data) else {
        return;
    };
    let rig = Rig::start();
    let owner = rig.owner();
    let engine = &rig.engine;
    let source = Source::default();
    let login = || {
        let started = now(engine.opaque_login_init(source, space(), name, credential))?;
        let sizes = (
            size(&started.credential_response),
            size(&started.login_state),
        );
        Ok::<_, Refusal>((sizes, started.login_state))
    };
    assert!(login().is_err(), "password login is not enabled yet");
    let setup = encoding::decode(stored).unwrap_or_default();
    let enabled = put(&rig, &owner, "opaque/server/setup", &setup, 0).is_ok();
    assert!(!enabled || setup.is_empty() || setup.len() == SETUP);
    let setup = encoding::decode(&engine.opaque_setup(&owner.member).unwrap()).unwrap();
    put(&rig, &owner, "opaque/server/setup", &setup, 1).unwrap();

    if let Ok(response) = now(engine.opaque_register_init(&owner.member, name, request, false)) {
        assert_eq!(size(request), REGISTRATION_REQUEST);
        assert_eq!(size(&response), REGISTRATION_RESPONSE);
        if let Ok(file) = now(engine.opaque_register_finish(&owner.member, name, upload)) {
            assert_eq!(size(&file), PASSWORD_FILE);
            assert_eq!(upload, file, "a client stores what it uploaded");
        }
    }
    let unknown = login();
    let record = json!({"password_file": stored, "encrypted_credentials": "", "public_key": ""});
    let path = format!("opaque/users/{name}");
    if put(&rig, &owner, &path, record.to_string().as_bytes(), 2).is_ok() {
        assert_eq!(
            unknown.as_ref().ok().map(|(sizes, _)| *sizes),
            login().ok().map(|(sizes, _)| sizes),
            "existence shows"
        );
    }
    if let Ok(((response, state), sealed)) = unknown {
        assert_eq!(
            (size(credential), response, state),
            (CREDENTIAL_REQUEST, CREDENTIAL_RESPONSE, LOGIN_STATE)
        );
        for state in [None, Some(&*sealed), Some(stored)] {
            let finished = engine.opaque_login_finish(source, space(), name, finalization, state);
            assert!(now(finished).is_err());
        }
    }
}

/// Bytes of a message.
fn size(text: &str) -> usize {
    encoding::decode(text).unwrap().len()
}

fn put(rig: &Rig, by: &SignedIn, path: &str, value: &[u8], after: i64) -> Result<(), Refusal> {
    let Ok(parsed) = DataPath::parse(path) else {
        return now(rig.engine.delete_data(&by.member, path));
    };
    let keys = owner();
    let body = sign_entry(
        &space(),
        &parsed,
        value,
        START + after,
        by.member.id(),
        &keys,
    );
    now(rig.engine.put_data(&by.member, path, body)).map(drop)
}
