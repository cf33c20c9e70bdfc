//! `/spaces/{space_id}/auth/…` and the bearer token (wire.md 7).

mod ending;

use axum::body::Body;
use axum::http::{Method, Request, header};
use reeeductio_proto::{MemberId, SpaceId};
use serde_json::json;

use crate::rig::{Member, Plan, Rig, START, base64, key_space, other_version, tool_id, user_id};

const HOUR: i64 = 3_600_000;

fn space(seed: u8) -> SpaceId {
    key_space(seed)
}

async fn with_header(rig: &Rig, path: &str, authorization: &str) -> crate::rig::Answer {
    rig.send(
        Request::builder()
            .uri(path)
            .header(header::AUTHORIZATION, authorization)
            .body(Body::empty())
            .unwrap(),
    )
    .await
}

/// Asks for something that only needs a valid token.
async fn opens(rig: &Rig, member: &Member) -> crate::rig::Answer {
    member.get(rig, "state").await
}

#[tokio::test]
async fn a_signed_challenge_gives_a_token_that_opens_the_space() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let page = opens(&rig, &owner).await.expect(200);
    assert_eq!(page, json!({"messages": [], "has_more": false}));
}

#[tokio::test]
async fn challenge_and_token_say_when_they_expire() {
    let rig = Rig::start();
    let asked = json!({"public_key": user_id(1).to_string()});
    let path = format!("/spaces/{}/auth/challenge", space(1));
    let challenge = rig.post(&path, asked).await.expect(200);
    assert_eq!(challenge["expires_at"], START + 300_000);
    assert_eq!(challenge["challenge"].as_str().unwrap().len(), 44);
    let text = challenge["challenge"].as_str().unwrap();
    let token = rig
        .answer_challenge(space(1), 1, user_id(1), text)
        .await
        .expect(200);
    assert_eq!(token["expires_at"], START + 24 * 3_600_000);
}

#[tokio::test]
async fn a_failed_answer_leaves_the_challenge_valid_and_success_consumes_it() {
    let rig = Rig::start();
    let challenge = rig.challenge(space(1), user_id(1)).await;
    let answer = async |seed| {
        rig.answer_challenge(space(1), seed, user_id(1), &challenge)
            .await
    };
    answer(2).await.refused(401, "challenge.bad_signature");
    answer(1).await.expect(200);
    answer(1).await.refused(401, "challenge.unknown");
}

#[tokio::test]
async fn a_challenge_is_for_one_id_and_one_space() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    owner.add_user(&rig, user_id(2)).await;
    let challenge = rig.challenge(space(1), user_id(1)).await;
    rig.answer_challenge(space(1), 2, user_id(2), &challenge)
        .await
        .refused(401, "challenge.unknown");
    rig.answer_challenge(space(2), 1, user_id(1), &challenge)
        .await
        .refused(401, "challenge.unknown");
    rig.answer_challenge(space(1), 1, user_id(1), "AAAA")
        .await
        .refused(401, "challenge.unknown");
}

#[tokio::test]
async fn a_challenge_expires() {
    let rig = Rig::start();
    let challenge = rig.challenge(space(1), user_id(1)).await;
    rig.clock.advance(300_000);
    rig.answer_challenge(space(1), 1, user_id(1), &challenge)
        .await
        .refused(401, "challenge.unknown");
}

#[tokio::test]
async fn who_is_not_a_member_gets_a_challenge_but_no_token() {
    let rig = Rig::start();
    rig.try_sign_in(space(1), 2, user_id(2))
        .await
        .refused(403, "member.unknown");
}

#[tokio::test]
async fn an_answer_that_is_no_signature_of_the_challenge_is_401_whatever_its_length() {
    let rig = Rig::start();
    let challenge = rig.challenge(space(1), user_id(1)).await;
    let path = format!("/spaces/{}/auth/verify", space(1));
    for signature in no_signatures() {
        let body = json!({
            "public_key": user_id(1).to_string(), "challenge": challenge, "signature": signature,
        });
        let refused = rig.post(&path, body).await;
        refused.refused(401, "challenge.bad_signature");
    }
    // None of them has used the challenge up.
    rig.answer_challenge(space(1), 1, user_id(1), &challenge)
        .await
        .expect(200);
}

/// Returns texts in place of a signature: of other lengths, of the right one, and no base64.
pub(crate) fn no_signatures() -> Vec<String> {
    let mut texts: Vec<_> = [0, 1, 56, 63, 64, 65]
        .into_iter()
        .map(|length| base64(&vec![7; length]))
        .collect();
    texts.extend(["AAAA=", "not base64", "\u{0}"].map(str::to_owned));
    texts
}

#[tokio::test]
async fn the_owner_signs_in_under_its_space_id_too_but_not_as_a_tool() {
    let rig = Rig::start();
    let owner = rig.sign_in(space(1), 1, MemberId::owner_of(space(1))).await;
    owner.say(&rig, "general", b"hello").await;
    rig.try_sign_in(space(1), 1, tool_id(1))
        .await
        .refused(403, "member.unknown");
}

#[tokio::test]
async fn other_spellings_of_an_id_are_not_ids() {
    let rig = Rig::start();
    let id = user_id(1).to_string();
    let path = format!("/spaces/{}/auth/challenge", space(1));
    let spellings = [
        "x".to_owned(),
        other_version(&id),
        id.replace('_', "/").replace('-', "+") + "=",
        id.to_lowercase(),
        format!("{id}\n"),
        String::new(),
    ];
    for spelling in spellings {
        let refused = rig.post(&path, json!({"public_key": spelling})).await;
        refused.refused(400, "member.invalid_id");
    }
}

#[tokio::test]
async fn a_malformed_space_id_is_400_and_an_unknown_space_404() {
    let rig = Rig::with(|plan: &mut Plan| plan.engine.auto_create_spaces = false);
    let body = json!({"public_key": user_id(1).to_string()});
    for (space, status, code) in [
        ("abc".to_owned(), 400, "space.invalid_id"),
        (user_id(1).to_string(), 400, "space.invalid_id"),
        (space(1).to_string(), 404, "space.unknown"),
    ] {
        let path = format!("/spaces/{space}/auth/challenge");
        rig.post(&path, body.clone()).await.refused(status, code);
    }
}

#[tokio::test]
async fn a_token_expires() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    rig.clock.advance(24 * 3_600_000 - 1);
    opens(&rig, &owner).await.expect(200);
    rig.clock.advance(1);
    opens(&rig, &owner).await.refused(401, "token.expired");
}

#[tokio::test]
async fn a_token_is_for_one_space() {
    let rig = Rig::start();
    let mut owner = rig.owner(1).await;
    owner.space = space(2);
    opens(&rig, &owner).await.refused(401, "token.wrong_space");
}

#[tokio::test]
async fn a_token_of_another_server_or_with_a_changed_letter_is_not_valid() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let other = Rig::with(|plan: &mut Plan| {
        plan.engine.token_secret = reeeductio_engine::Secret::from(vec![8; 32]);
    });
    opens(&other, &owner).await.refused(401, "token.invalid");
    for at in [3, owner.token.len() / 2, owner.token.len() - 3] {
        let mut letters = owner.token.clone().into_bytes();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        let mut forged = owner.clone();
        forged.token = String::from_utf8(letters).unwrap();
        opens(&rig, &forged).await.refused(401, "token.invalid");
    }
}

#[tokio::test]
async fn a_token_without_an_algorithm_is_not_valid() {
    let rig = Rig::start();
    let mut owner = rig.owner(1).await;
    let payload = owner.token.split('.').nth(1).unwrap().to_owned();
    // {"alg":"none","typ":"JWT"}
    owner.token = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.");
    opens(&rig, &owner).await.refused(401, "token.invalid");
}

/// Returns the claims of a token.
fn claims(token: &str) -> serde_json::Value {
    let payload = token.split('.').nth(1).unwrap();
    let standard = payload.replace('-', "+").replace('_', "/");
    let padded = format!("{standard}{}", "=".repeat((4 - standard.len() % 4) % 4));
    let claims = reeeductio_proto::encoding::decode(&padded).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
async fn a_token_says_space_id_times_and_protocol_of_streams_and_nothing_else() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let seconds = START / 1000;
    assert_eq!(
        claims(&owner.token),
        json!({"space_id": space(1).to_string(), "id": user_id(1).to_string(), "iat": seconds, "exp": seconds + 86_400, "stream": 2})
    );
}

#[tokio::test]
async fn a_refreshed_token_says_when_its_holder_signed_in() {
    let rig = Rig::start();
    let mut owner = rig.owner(1).await;
    let seconds = START / 1000;
    for hours in 1..=3 {
        rig.clock.advance(HOUR);
        let fresh = owner.call(&rig, Method::POST, "auth/refresh", None).await;
        let fresh = fresh.expect(200);
        fresh["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut owner.token);
        let now = seconds + hours * 3_600;
        assert_eq!(fresh["expires_at"], (now + 86_400) * 1000);
        assert_eq!(
            claims(&owner.token),
            json!({
                "space_id": space(1).to_string(), "id": user_id(1).to_string(),
                "iat": now, "exp": now + 86_400, "auth_time": seconds, "stream": 2,
            })
        );
        opens(&rig, &owner).await.expect(200);
    }
}

#[tokio::test]
async fn a_copied_token_is_good_for_thirty_days_at_most_however_it_is_refreshed() {
    let rig = Rig::start();
    let mut copied = rig.owner(1).await;
    let mut expires_at = START + 24 * HOUR;
    loop {
        rig.clock.advance(10 * HOUR);
        let fresh = copied.call(&rig, Method::POST, "auth/refresh", None).await;
        if fresh.status != 200 {
            fresh.refused(401, "token.expired");
            break;
        }
        let fresh = fresh.expect(200);
        expires_at = fresh["expires_at"].as_i64().unwrap();
        fresh["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut copied.token);
    }
    assert_eq!(expires_at, START + 720 * HOUR);
    opens(&rig, &copied).await.expect(200);
    rig.clock.advance(expires_at - rig.now());
    opens(&rig, &copied).await.refused(401, "token.expired");
    // The holder of the key signs in again.
    opens(&rig, &rig.owner(1).await).await.expect(200);
}

#[tokio::test]
async fn a_missing_or_odd_authorization_header_is_401_and_names_the_scheme() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for rest in [
        "state",
        "state/a",
        "topics/general/messages",
        "data/a",
        "blobs/B",
    ] {
        let refused = rig.get(&owner.path(rest)).await;
        refused.refused(401, "token.missing");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    for odd in ["", "Bearer", "Bearer ", "Basic abc", &owner.token] {
        let refused = with_header(&rig, &owner.path("state"), odd).await;
        refused.refused(401, "token.missing");
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn the_scheme_word_may_be_in_any_case() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let authorization = format!("{scheme} {}", owner.token);
        with_header(&rig, &owner.path("state"), &authorization)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn every_route_of_a_space_checks_the_token() {
    let rig = Rig::start();
    let mut owner = rig.owner(1).await;
    owner.token = "x.y.z".to_owned();
    let blob = crate::rig::blob_id(b"");
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let message = json!({"data": "", "message_hash": "", "signature": "", "type": "a"});
    let entry = json!({"data": "", "signature": "", "signed_by": "", "signed_at": 0});
    let register = json!({"username": "al", "registration_request": "", "registration_record": ""});
    for (method, rest, body) in [
        (&post, "auth/refresh", None),
        (&get, "topics/general/messages", None),
        (&get, "topics/general/messages/x", None),
        (&post, "topics/general/messages", Some(&message)),
        (&get, "state", None),
        (&get, "state/a", None),
        (&put, "state/a", Some(&message)),
        (&get, "data/a", None),
        (&get, "data/", None),
        (&put, "data/a", Some(&entry)),
        (&Method::DELETE, "data/a", None),
        (&get, &format!("blobs/{blob}"), None),
        (&put, &format!("blobs/{blob}"), None),
        (&Method::DELETE, &format!("blobs/{blob}"), None),
        (&post, "opaque/setup", None),
        (&post, "opaque/register/init", Some(&register)),
        (&post, "opaque/register/finish", Some(&register)),
    ] {
        let answer = owner.call(&rig, method.clone(), rest, body.cloned()).await;
        assert_eq!(answer.status, 401, "{method} {rest}: {:?}", answer.body);
        answer.refused(401, "token.invalid");
    }
}
