//! `/spaces/{space_id}/opaque/…` (wire.md 9). The password login's own tests live here; what it keeps
//! from an attacker is also in `defects.rs` (14.1.12).

mod guesses;
mod logins;
mod records;

use axum::http::Method;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rand::rngs::OsRng;
use reeeductio_engine::Rate;
use reeeductio_proto::encoding;
use serde_json::{Value, json};

use crate::rig::{Answer, Member, Rig, START, base64};

/// As the published clients, but without stretching the password.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

fn field(answer: &Value, name: &str) -> Vec<u8> {
    encoding::decode(answer[name].as_str().unwrap()).unwrap()
}

/// Stores a setup, as the owner.
pub(crate) async fn enable(rig: &Rig, owner: &Member) {
    let setup = owner.call(rig, Method::POST, "opaque/setup", None).await;
    let setup = field(&setup.expect(200), "server_setup");
    assert_eq!(setup.len(), 128);
    owner
        .put_data(rig, "opaque/server/setup", &setup, rig.now())
        .await
        .expect(200);
}

async fn init(
    rig: &Rig,
    member: &Member,
    name: &str,
    password: &str,
) -> (Answer, ClientRegistration<Suite>) {
    let started = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let body = json!({
        "username": name,
        "registration_request": base64(&started.message.serialize()),
    });
    let answer = member
        .call(rig, Method::POST, "opaque/register/init", Some(body))
        .await;
    (answer, started.state)
}

/// Registers and stores the record, as `member`, for the login as `public_key`.
pub(crate) async fn register(rig: &Rig, member: &Member, name: &str, password: &str) {
    let (answer, state) = init(rig, member, name, password).await;
    let response = field(&answer.expect(200), "registration_response");
    assert_eq!(response.len(), 64);
    let finished = state
        .finish(
            &mut OsRng,
            password.as_bytes(),
            RegistrationResponse::deserialize(&response).unwrap(),
            ClientRegistrationFinishParameters::default(),
        )
        .unwrap();
    let body = json!({
        "username": name,
        "registration_record": base64(&finished.message.serialize()),
    });
    let answer = member
        .call(rig, Method::POST, "opaque/register/finish", Some(body))
        .await
        .expect(200);
    assert_eq!(field(&answer, "password_file").len(), 192);
    let record = json!({
        "password_file": answer["password_file"],
        "encrypted_credentials": base64(&[5; 124]),
        "public_key": member.id.to_string(),
    });
    member
        .put_data(
            rig,
            &format!("opaque/users/{name}"),
            record.to_string().as_bytes(),
            rig.now(),
        )
        .await
        .expect(200);
}

/// Both halves of a login. `Err` when the client itself finds the password wrong.
pub(crate) async fn login(
    rig: &Rig,
    space: &Member,
    name: &str,
    password: &str,
) -> Result<Answer, ()> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let body = json!({
        "username": name,
        "credential_request": base64(&started.message.serialize()),
    });
    let answer = rig.post(&space.path("opaque/login/init"), body).await;
    let response = field(&answer.expect(200), "credential_response");
    assert_eq!(response.len(), 320);
    let finished = started.state.finish(
        &mut OsRng,
        password.as_bytes(),
        CredentialResponse::deserialize(&response).unwrap(),
        ClientLoginFinishParameters::default(),
    );
    let finished = finished.map_err(|_| ())?;
    let finalization = base64(&finished.message.serialize());
    let body = json!({"username": name, "credential_finalization": finalization});
    Ok(rig.post(&space.path("opaque/login/finish"), body).await)
}

async fn start_login(rig: &Rig, space: &Member, name: &str) -> Answer {
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"guess").unwrap();
    let body = json!({
        "username": name,
        "credential_request": base64(&started.message.serialize()),
    });
    rig.post(&space.path("opaque/login/init"), body).await
}

async fn finish_login(rig: &Rig, space: &Member, name: &str, finalization: &[u8]) -> Answer {
    let body = json!({"username": name, "credential_finalization": base64(finalization)});
    rig.post(&space.path("opaque/login/finish"), body).await
}

#[tokio::test]
async fn a_member_registers_a_password_and_logs_in_with_it() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "r", "create", "data/opaque/users/{any}")
        .await;
    register(&rig, &member, "ann@example.org", "correct horse").await;
    let finished = login(&rig, &owner, "ann@example.org", "correct horse").await;
    assert_eq!(
        finished.unwrap().expect(200),
        json!({"encrypted_credentials": base64(&[5; 124]), "public_key": member.id.to_string()})
    );
}

#[tokio::test]
async fn a_wrong_password_ends_at_the_client_and_a_forged_finish_at_the_server() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right").await;
    assert!(login(&rig, &owner, "al", "wrong").await.is_err());
    for finalization in [vec![0; 64], vec![1, 2, 3], Vec::new()] {
        start_login(&rig, &owner, "al").await.expect(200);
        finish_login(&rig, &owner, "al", &finalization)
            .await
            .refused(401, "opaque.wrong_password");
    }
}

#[tokio::test]
async fn a_login_must_have_begun_and_not_too_long_ago() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    finish_login(&rig, &owner, "al", &[0; 64])
        .await
        .refused(404, "opaque.no_login");
    start_login(&rig, &owner, "al").await.expect(200);
    rig.clock.advance(300_001);
    finish_login(&rig, &owner, "al", &[0; 64])
        .await
        .refused(404, "opaque.no_login");
}

#[tokio::test]
async fn without_a_setup_every_route_but_setup_is_501() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (answer, _) = init(&rig, &owner, "al", "x").await;
    answer.refused(501, "opaque.not_enabled");
    start_login(&rig, &owner, "al")
        .await
        .refused(501, "opaque.not_enabled");
    finish_login(&rig, &owner, "al", &[0; 64])
        .await
        .refused(501, "opaque.not_enabled");
    let body = json!({"username": "al", "registration_record": ""});
    owner
        .call(&rig, Method::POST, "opaque/register/finish", Some(body))
        .await
        .refused(501, "opaque.not_enabled");
}

#[tokio::test]
async fn only_the_owner_makes_a_setup() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    owner.grant(&rig, &member, "all", "write", "{...}").await;
    let refused = member.call(&rig, Method::POST, "opaque/setup", None).await;
    refused.refused(403, "permission.denied");
    let planted = member
        .put_data(&rig, "opaque/server/setup", &[1; 128], START)
        .await;
    planted.refused(403, "permission.denied");
    let garbage = owner
        .put_data(&rig, "opaque/server/setup", b"x", START)
        .await;
    garbage.refused(400, "opaque.malformed");
}

#[tokio::test]
async fn a_username_is_taken_once_by_the_first_that_stores_a_record() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    let member = rig.user(&owner, 2).await;
    let record = json!({"username": "al", "registration_record": base64(&[0; 192])});
    let finish = async |member: &Member| {
        let rest = "opaque/register/finish";
        member
            .call(&rig, Method::POST, rest, Some(record.clone()))
            .await
    };
    // A registration that was begun does not stop others: nothing is kept of it.
    let (answer, _) = init(&rig, &member, "al", "x").await;
    answer.expect(200);
    finish(&owner).await.refused(400, "opaque.malformed");
    register(&rig, &owner, "al", "x").await;
    let (answer, _) = init(&rig, &member, "al", "x").await;
    answer.refused(409, "opaque.username_taken");
    finish(&member).await.refused(409, "opaque.username_taken");
}

#[tokio::test]
async fn names_and_messages_are_checked() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    let post =
        async |rest: &str, body: Value| owner.call(&rig, Method::POST, rest, Some(body)).await;
    for name in ["", "a b", "a/b", "ü", "a\u{0}", &"a".repeat(256)] {
        let body = json!({"username": name, "registration_request": ""});
        let refused = post("opaque/register/init", body).await;
        refused.refused(422, "opaque.invalid_username");
        let refused = start_login(&rig, &owner, name).await;
        refused.refused(422, "opaque.invalid_username");
    }
    for message in [
        "",
        "not base64",
        "AAAA",
        &base64(&[255; 32]),
        &base64(&[0; 96]),
    ] {
        let body = json!({"username": "al", "registration_request": message});
        post("opaque/register/init", body)
            .await
            .refused(400, "opaque.malformed");
        let body = json!({"username": "al", "credential_request": message});
        post("opaque/login/init", body)
            .await
            .refused(400, "opaque.malformed");
    }
    let refused = post("opaque/login/init", json!({"username": "al"})).await;
    assert_eq!(
        refused.refused(422, "request.invalid")["detail"][0]["loc"],
        json!(["body", "credential_request"])
    );
}

#[tokio::test]
async fn nothing_may_follow_a_message() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let longer = |bytes: &[u8]| [bytes, b"x"].concat();
    let setup = owner.call(&rig, Method::POST, "opaque/setup", None).await;
    let setup = longer(&field(&setup.expect(200), "server_setup"));
    let refused = owner
        .put_data(&rig, "opaque/server/setup", &setup, rig.now())
        .await;
    refused.refused(400, "opaque.malformed");

    enable(&rig, &owner).await;
    let started = ClientRegistration::<Suite>::start(&mut OsRng, b"word").unwrap();
    let request = base64(&longer(&started.message.serialize()));
    let body = json!({"username": "al", "registration_request": request});
    let refused = owner
        .call(&rig, Method::POST, "opaque/register/init", Some(body))
        .await;
    refused.refused(400, "opaque.malformed");
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"word").unwrap();
    let request = base64(&longer(&started.message.serialize()));
    let body = json!({"username": "al", "credential_request": request});
    let refused = rig.post(&owner.path("opaque/login/init"), body).await;
    refused.refused(400, "opaque.malformed");
}

#[tokio::test]
async fn two_logins_of_one_name_do_not_disturb_each_other() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right").await;
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"right").unwrap();
    let body =
        json!({"username": "al", "credential_request": base64(&started.message.serialize())});
    let answer = rig.post(&owner.path("opaque/login/init"), body).await;
    let response = field(&answer.expect(200), "credential_response");
    // Somebody else begins, too, and fails.
    start_login(&rig, &owner, "al").await.expect(200);
    finish_login(&rig, &owner, "al", &[0; 64])
        .await
        .refused(401, "opaque.wrong_password");
    let finished = started
        .state
        .finish(
            &mut OsRng,
            b"right",
            CredentialResponse::deserialize(&response).unwrap(),
            ClientLoginFinishParameters::default(),
        )
        .unwrap();
    finish_login(&rig, &owner, "al", &finished.message.serialize())
        .await
        .expect(200);
}

#[tokio::test]
async fn too_many_attempts_are_429_and_say_how_long_to_wait() {
    let rig = Rig::with(|plan| {
        plan.engine.opaque.attempts = Rate {
            per_second: 0.5,
            burst: 3.0,
        };
    });
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right").await;
    for name in ["al", "nobody"] {
        for _ in 0..3 {
            start_login(&rig, &owner, name).await.expect(200);
        }
        let refused = start_login(&rig, &owner, name).await;
        let body = refused.refused(429, "rate.limited");
        assert_eq!(body["details"], json!({"retry_after": 2}));
        assert_eq!(refused.header("retry-after"), "2");
    }
    rig.clock.advance(2_000);
    start_login(&rig, &owner, "al").await.expect(200);
}

#[tokio::test]
async fn a_record_is_replaced_by_who_wrote_it_or_the_owner_and_only_if_they_ask_to() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, "r", "write", "data/opaque/users/{any}")
        .await;
    register(&rig, &member, "ann", "old").await;
    register(&rig, &owner, "al", "old").await;
    let begin = async |who: &Member, name: &str, replace: bool| {
        let started = ClientRegistration::<Suite>::start(&mut OsRng, b"new").unwrap();
        let body = json!({
            "username": name,
            "registration_request": base64(&started.message.serialize()),
            "replace": replace,
        });
        who.call(&rig, Method::POST, "opaque/register/init", Some(body))
            .await
    };
    let taken = begin(&member, "ann", false).await;
    taken.refused(409, "opaque.username_taken");
    let taken = begin(&member, "al", true).await;
    taken.refused(409, "opaque.username_taken");
    begin(&member, "ann", true).await.expect(200);
    begin(&owner, "ann", true).await.expect(200);
    begin(&owner, "al", true).await.expect(200);
}
