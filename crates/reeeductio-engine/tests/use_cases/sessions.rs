//! How long a sign-in lasts: tokens, their refreshing, and their end.

use reeeductio_core::{StateEntry, state_entry};
use reeeductio_proto::{ErrorCode, Operation, StatePath};

use crate::rig::{Member, Rig, START, code, keys, space};
use crate::spaces::{operator, register};

const HOUR: i64 = 3_600_000;

/// A client that refreshes its token every ten hours: how long, until it has to sign in again.
async fn session(rig: &Rig) -> i64 {
    let mut member = rig.owner().await;
    loop {
        rig.clock.advance(10 * HOUR);
        let token = match rig.engine.refresh(&member.caller) {
            Ok(token) => token,
            Err(refusal) => {
                assert_eq!(refusal.code(), ErrorCode::TokenExpired);
                return member.token.expires_at;
            }
        };
        assert!(token.expires_at > member.token.expires_at);
        let caller = rig.engine.authenticate(space(), &token.token).await;
        member.caller = caller.unwrap();
        member.token = token;
    }
}

#[tokio::test]
async fn a_token_is_refreshed_for_thirty_days_after_the_sign_in() {
    assert_eq!(session(&Rig::start()).await, START + 720 * HOUR);
}

#[tokio::test]
async fn the_operator_says_how_long_a_session_lasts() {
    let rig = Rig::with(|config| config.longest_session = 100 * HOUR);
    assert_eq!(session(&rig).await, START + 100 * HOUR);
    let rig = Rig::with(|config| config.longest_session = HOUR);
    let owner = rig.owner().await;
    assert_eq!(owner.token.expires_at, START + HOUR, "no token outlives it");
    assert_eq!(
        code(rig.engine.refresh(&owner.caller)),
        ErrorCode::TokenExpired
    );
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let authenticate = async || rig.engine.authenticate(space(), &owner.token.token).await;
    rig.clock.advance(24 * HOUR - 1);
    authenticate().await.unwrap();
    rig.clock.advance(1);
    assert_eq!(code(authenticate().await), ErrorCode::TokenExpired);
}

#[tokio::test]
async fn a_removed_member_has_no_session() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    let removed = StateEntry {
        path: state_entry::member_path(member.id).unwrap(),
        value: String::new(),
    };
    owner.set(&rig, &removed).await.unwrap();
    let token = &member.token.token;
    let still = rig.engine.authenticate(space(), token).await;
    assert_eq!(code(still), ErrorCode::TokenRevoked);
    let again = rig.sign_in(member.id, 2).await;
    assert_eq!(code(again.map(|_: Member| ())), ErrorCode::MemberUnknown);
    assert_eq!(keys(2).user_id(), member.id);
}

/// Everything a member can write by a request that was let in before.
async fn writes(rig: &Rig, member: &Member) -> Vec<ErrorCode> {
    let entry = StateEntry {
        path: StatePath::parse("profiles/a").unwrap(),
        value: "value".into(),
    };
    let user = state_entry::user(keys(66).user_id(), None).unwrap();
    vec![
        code(member.post(rig, "general", "n", b"1").await),
        code(member.set(rig, &entry).await),
        code(member.set(rig, &user).await),
        code(member.put(rig, "a", b"1").await),
        code(rig.engine.delete_data(&member.caller, "a").await),
    ]
}

#[tokio::test]
async fn a_request_on_its_way_when_its_token_is_ended_writes_nothing() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    for path in ["topics/{any}/messages/{any}", "state/{...}", "data/{...}"] {
        for op in [Operation::Create, Operation::Delete] {
            owner.grant(&rig, &member, op, path).await;
        }
    }
    let ended = state_entry::ended_tokens(member.id).unwrap();
    owner.set(&rig, &ended).await.unwrap();
    for refused in writes(&rig, &member).await {
        assert_eq!(refused, ErrorCode::TokenRevoked);
    }
    let stolen = rig.owner().await;
    owner
        .set(&rig, &state_entry::all_ended_tokens().unwrap())
        .await
        .unwrap();
    for refused in writes(&rig, &stolen).await {
        assert_eq!(refused, ErrorCode::TokenRevoked);
    }
}

#[tokio::test]
async fn a_token_that_was_ended_on_one_server_writes_nothing_on_another() {
    let [here, there] = Rig::pair();
    let operator = operator(&here).await;
    register(&here, &operator, 1).await.unwrap();
    let owner = here.owner().await;
    let stolen = there.owner().await;
    owner
        .set(&here, &state_entry::all_ended_tokens().unwrap())
        .await
        .unwrap();
    // The other server has not received it yet, but the store has.
    let authenticated = there.engine.authenticate(space(), &stolen.token.token);
    authenticated.await.unwrap();
    for refused in writes(&there, &stolen).await {
        assert_eq!(refused, ErrorCode::TokenRevoked);
    }
}

#[tokio::test]
async fn a_request_on_its_way_when_its_token_expires_writes_nothing() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    rig.clock.advance(24 * HOUR);
    for refused in writes(&rig, &owner).await {
        assert_eq!(refused, ErrorCode::TokenExpired);
    }
}
