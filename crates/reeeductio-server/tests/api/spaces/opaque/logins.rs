//! The state between the two halves of a login: sealed and handed to the client, and in memory for those that do not
//! hand it back (docs/adr/0011).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse};
use rand::rngs::OsRng;
use reeeductio_backend::memory::MemoryRecords;
use reeeductio_engine::OpaqueLimits;
use reeeductio_proto::encoding;
use serde_json::json;

use super::{Suite, enable, field, register};
use crate::rig::{Answer, Member, Rig, base64, from, request_to};

const HOME: &str = "192.0.2.1";
const STRANGER: &str = "203.0.113.9";

/// A login whose first half was answered.
pub(super) struct Begun {
    client: ClientLogin<Suite>,
    password: String,
    response: Vec<u8>,
    state: String,
}

impl Begun {
    /// The second half, and the state to hand back. `Err` when the password is wrong.
    pub(super) fn finalize(self) -> Result<(Vec<u8>, String), ()> {
        let finished = self.client.finish(
            &mut OsRng,
            self.password.as_bytes(),
            CredentialResponse::deserialize(&self.response).unwrap(),
            ClientLoginFinishParameters::default(),
        );
        let finished = finished.map_err(|_| ())?;
        Ok((finished.message.serialize().to_vec(), self.state))
    }
}

/// A first half that comes from an address.
pub(super) fn request(address: &str, space: &Member, name: &str) -> Request<Body> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"guess").unwrap();
    let body = json!({
        "username": name,
        "credential_request": base64(&started.message.serialize()),
    });
    let path = space.path("opaque/login/init");
    from(address, request_to(Method::POST, &path, &body))
}

pub(super) async fn begin(
    rig: &Rig,
    address: &str,
    space: &Member,
    name: &str,
    password: &str,
) -> Result<Begun, Answer> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let body = json!({
        "username": name,
        "credential_request": base64(&started.message.serialize()),
    });
    let path = space.path("opaque/login/init");
    let answer = from(address, request_to(Method::POST, &path, &body));
    let answer = rig.send(answer).await;
    if answer.status != 200 {
        return Err(answer);
    }
    let answer = answer.expect(200);
    Ok(Begun {
        client: started.state,
        password: password.to_owned(),
        response: field(&answer, "credential_response"),
        state: answer["login_state"].as_str().unwrap().to_owned(),
    })
}

pub(super) async fn finish(
    rig: &Rig,
    address: &str,
    space: &Member,
    name: &str,
    finalization: &[u8],
    state: Option<&str>,
) -> Answer {
    let mut body = json!({"username": name, "credential_finalization": base64(finalization)});
    if let Some(state) = state {
        body["login_state"] = json!(state);
    }
    let path = space.path("opaque/login/finish");
    rig.send(from(address, request_to(Method::POST, &path, &body)))
        .await
}

/// A server that limits no attempts, on records that another may share.
fn server(records: &Arc<MemoryRecords>) -> Rig {
    Rig::with(|plan| {
        plan.engine.opaque = OpaqueLimits::per_minute(0.0);
        plan.records = Arc::new(records.beside());
    })
}

/// The owner of a space in which `al` has the password `right`.
async fn space() -> (Rig, Arc<MemoryRecords>, Member) {
    let records = Arc::default();
    let rig = server(&records);
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right").await;
    (rig, records, owner)
}

async fn begun(rig: &Rig, owner: &Member) -> (Vec<u8>, String) {
    let begun = begin(rig, HOME, owner, "al", "right").await;
    begun.ok().unwrap().finalize().unwrap()
}

#[tokio::test]
async fn the_logins_that_a_stranger_begins_end_nobodys() {
    let (rig, _, owner) = space().await;
    let (finalization, _) = begun(&rig, &owner).await;
    for _ in 0..100 {
        let strangers = begin(&rig, STRANGER, &owner, "al", "guess").await;
        assert!(strangers.is_ok());
    }
    finish(&rig, HOME, &owner, "al", &finalization, None)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_login_is_finished_from_another_address() {
    let (rig, _, owner) = space().await;
    for handed_back in [true, false] {
        let (finalization, state) = begun(&rig, &owner).await;
        let state = handed_back.then_some(&*state);
        finish(&rig, "2001:db8::1", &owner, "al", &finalization, state)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_login_is_finished_by_another_server_and_after_a_restart() {
    let (rig, records, owner) = space().await;
    let (finalization, state) = begun(&rig, &owner).await;
    let other = server(&records);
    let lost = finish(&other, HOME, &owner, "al", &finalization, None).await;
    lost.refused(404, "opaque.no_login");
    let finished = finish(&other, HOME, &owner, "al", &finalization, Some(&state)).await;
    assert_eq!(
        finished.expect(200),
        json!({"encrypted_credentials": base64(&[5; 124]), "public_key": owner.id.to_string()})
    );
    drop((rig, other));
    let restarted = server(&records);
    let (finalization, state) = begun(&restarted, &owner).await;
    drop(restarted);
    let restarted = server(&records);
    finish(&restarted, HOME, &owner, "al", &finalization, Some(&state))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_login_that_was_finished_is_no_longer_in_memory() {
    let (rig, _, owner) = space().await;
    for handed_back in [true, false] {
        let (finalization, state) = begun(&rig, &owner).await;
        let state = handed_back.then_some(&*state);
        finish(&rig, HOME, &owner, "al", &finalization, state)
            .await
            .expect(200);
        finish(&rig, HOME, &owner, "al", &finalization, None)
            .await
            .refused(404, "opaque.no_login");
    }
}

#[tokio::test]
async fn the_state_of_a_login_is_of_one_name_in_one_space_and_ends() {
    let (rig, _, owner) = space().await;
    let other = rig.owner(2).await;
    enable(&rig, &other).await;
    register(&rig, &other, "al", "right").await;
    register(&rig, &owner, "bo", "right").await;
    let (finalization, state) = begun(&rig, &owner).await;
    let finish = async |space: &Member, name: &str, state: &str| {
        finish(&rig, HOME, space, name, &finalization, Some(state)).await
    };
    let refused = async |space: &Member, name: &str, state: &str| {
        let answer = finish(space, name, state).await;
        answer.refused(404, "opaque.no_login");
    };
    refused(&owner, "bo", &state).await;
    refused(&other, "al", &state).await;
    let sealed = encoding::decode(&state).unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        refused(&owner, "al", &base64(&changed)).await;
    }
    for text in ["", "AAAA", "no base64", &base64(&sealed[1..])] {
        refused(&owner, "al", text).await;
    }
    rig.clock.advance(299_999);
    finish(&owner, "al", &state).await.expect(200);
    rig.clock.advance(1);
    refused(&owner, "al", &state).await;
}

#[tokio::test]
async fn the_state_of_another_secret_is_none() {
    let (rig, records, owner) = space().await;
    let (finalization, state) = begun(&rig, &owner).await;
    let other = Rig::with(|plan| {
        plan.records = Arc::new(records.beside());
        plan.engine.token_secret = reeeductio_engine::Secret::from(vec![8; 32]);
    });
    finish(&other, HOME, &owner, "al", &finalization, Some(&state))
        .await
        .refused(404, "opaque.no_login");
}

#[tokio::test]
async fn the_state_of_a_name_that_nobody_has_looks_like_any() {
    let (rig, _, owner) = space().await;
    let mut lengths = Vec::new();
    for name in ["al", "nobody"] {
        let begun = begin(&rig, HOME, &owner, name, "guess").await.ok().unwrap();
        lengths.push((begun.response.len(), begun.state.len()));
        for state in [Some(&*begun.state), None] {
            finish(&rig, HOME, &owner, name, &[7; 64], state)
                .await
                .refused(401, "opaque.wrong_password");
        }
    }
    assert_eq!(lengths[0], lengths[1]);
}

#[tokio::test]
async fn a_login_that_was_begun_with_another_password_is_begun_again() {
    let (rig, _, owner) = space().await;
    for handed_back in [true, false] {
        let (finalization, state) = begun(&rig, &owner).await;
        rig.clock.advance(1);
        let path = "data/opaque/users/al";
        owner
            .call(&rig, Method::DELETE, path, None)
            .await
            .expect(204);
        register(&rig, &owner, "al", "right").await;
        let state = handed_back.then_some(&*state);
        finish(&rig, HOME, &owner, "al", &finalization, state)
            .await
            .refused(404, "opaque.no_login");
    }
}
