//! Registering a password and logging in with it.

use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rand::rngs::OsRng;
use reeeductio_engine::{FinishedLogin, Refusal, Source};
use reeeductio_proto::{ErrorCode, Operation, encoding};
use serde_json::json;

use crate::rig::{Member, Rig, code, space};

/// As the published clients, but without stretching the password.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

async fn enable(rig: &Rig, owner: &Member) {
    let setup = rig.engine.opaque_setup(&owner.caller).unwrap();
    let setup = encoding::decode(&setup).unwrap();
    owner.put(rig, "opaque/server/setup", &setup).await.unwrap();
}

async fn register(
    rig: &Rig,
    member: &Member,
    name: &str,
    password: &str,
    replace: bool,
) -> Result<(), Refusal> {
    let started = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let request = encoding::encode(&started.message.serialize());
    let caller = &member.caller;
    let response = rig
        .engine
        .opaque_register_init(caller, name, &request, replace)
        .await?;
    let response = encoding::decode(&response).unwrap();
    let finished = started
        .state
        .finish(
            &mut OsRng,
            password.as_bytes(),
            RegistrationResponse::deserialize(&response).unwrap(),
            ClientRegistrationFinishParameters::default(),
        )
        .unwrap();
    let upload = encoding::encode(&finished.message.serialize());
    let file = rig
        .engine
        .opaque_register_finish(caller, name, &upload)
        .await?;
    let record = json!({
        "password_file": file,
        "encrypted_credentials": format!("of {password}"),
        "public_key": member.id.to_string(),
    });
    let path = format!("opaque/users/{name}");
    member
        .put(rig, &path, record.to_string().as_bytes())
        .await
        .map(drop)
}

/// `None` when the client finds the password wrong.
async fn log_in(rig: &Rig, name: &str, password: &str) -> Option<Result<FinishedLogin, Refusal>> {
    let source = Source::default();
    let started = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let request = encoding::encode(&started.message.serialize());
    let begun = rig
        .engine
        .opaque_login_init(source, space(), name, &request)
        .await
        .unwrap();
    let response = encoding::decode(&begun.credential_response).unwrap();
    let finished = started
        .state
        .finish(
            &mut OsRng,
            password.as_bytes(),
            CredentialResponse::deserialize(&response).unwrap(),
            ClientLoginFinishParameters::default(),
        )
        .ok()?;
    let finalization = encoding::encode(&finished.message.serialize());
    let state = Some(&*begun.login_state);
    Some(
        rig.engine
            .opaque_login_finish(source, space(), name, &finalization, state)
            .await,
    )
}

#[tokio::test]
async fn what_a_member_stored_is_handed_to_whoever_knows_the_password() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    enable(&rig, &owner).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, Operation::Write, "data/opaque/users/{any}")
        .await;
    register(&rig, &member, "ann", "old", false).await.unwrap();
    let finished = log_in(&rig, "ann", "old").await.unwrap().unwrap();
    assert_eq!(finished.public_key, member.id.to_string());
    assert_eq!(finished.encrypted_credentials, "of old");
    assert!(log_in(&rig, "ann", "wrong").await.is_none());
    assert!(log_in(&rig, "nobody", "old").await.is_none());

    let taken = register(&rig, &member, "ann", "new", false).await;
    assert_eq!(code(taken), ErrorCode::OpaqueUsernameTaken);
    register(&rig, &member, "ann", "new", true).await.unwrap();
    assert!(log_in(&rig, "ann", "old").await.is_none());
    let finished = log_in(&rig, "ann", "new").await.unwrap().unwrap();
    assert_eq!(finished.encrypted_credentials, "of new");
}

#[tokio::test]
async fn two_members_that_begin_to_register_one_name_do_not_stop_each_other_before_it_is_taken() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    enable(&rig, &owner).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    for member in [&ann, &bob] {
        owner
            .grant(&rig, member, Operation::Write, "data/opaque/users/{any}")
            .await;
    }
    let started = ClientRegistration::<Suite>::start(&mut OsRng, b"bob's").unwrap();
    let request = encoding::encode(&started.message.serialize());
    let begun = async |member: &Member| {
        rig.engine
            .opaque_register_init(&member.caller, "al", &request, false)
            .await
    };
    begun(&ann).await.unwrap();
    begun(&bob).await.unwrap();
    register(&rig, &ann, "al", "ann's", false).await.unwrap();
    assert_eq!(code(begun(&bob).await), ErrorCode::OpaqueUsernameTaken);
    let stolen = bob.put(&rig, "opaque/users/al", b"{}").await;
    assert_eq!(code(stolen), ErrorCode::PermissionDenied);
    log_in(&rig, "al", "ann's").await.unwrap().unwrap();
}

#[tokio::test]
async fn the_setup_is_the_owners() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, Operation::Write, "{...}").await;
    assert_eq!(
        code(rig.engine.opaque_setup(&member.caller)),
        ErrorCode::PermissionDenied
    );
    let off = register(&rig, &owner, "al", "right", false).await;
    assert_eq!(code(off), ErrorCode::OpaqueNotEnabled);
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right", false).await.unwrap();
    let path = "opaque/server/setup";
    for value in [&[1; 128][..], b""] {
        let put = member.put(&rig, path, value).await;
        assert_eq!(code(put), ErrorCode::PermissionDenied);
    }
    let removed = rig.engine.delete_data(&member.caller, path).await;
    assert_eq!(code(removed), ErrorCode::PermissionDenied);
    log_in(&rig, "al", "right").await.unwrap().unwrap();
    let no_setup = owner.put(&rig, path, b"x").await;
    assert_eq!(code(no_setup), ErrorCode::OpaqueMalformed);
    rig.engine.delete_data(&owner.caller, path).await.unwrap();
    let off = register(&rig, &owner, "bo", "right", false).await;
    assert_eq!(code(off), ErrorCode::OpaqueNotEnabled);
}

#[tokio::test]
async fn a_record_is_read_written_and_removed_by_its_writer_and_the_owner() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    enable(&rig, &owner).await;
    let (ann, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    for member in [&ann, &bob] {
        owner.grant(&rig, member, Operation::Write, "{...}").await;
    }
    register(&rig, &ann, "ann", "right", false).await.unwrap();
    let path = "opaque/users/ann";
    let engine = &rig.engine;
    for refused in [
        code(engine.data(&bob.caller, path).await),
        code(bob.put(&rig, path, b"{}").await),
        code(bob.put(&rig, path, b"").await),
        code(engine.delete_data(&bob.caller, path).await),
    ] {
        assert_eq!(refused, ErrorCode::PermissionDenied);
    }
    for member in [&ann, &owner] {
        engine.data(&member.caller, path).await.unwrap();
        engine.delete_data(&member.caller, path).await.unwrap();
        register(&rig, &ann, "ann", "right", false).await.unwrap();
    }
}
