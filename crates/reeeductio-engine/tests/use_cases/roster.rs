//! The roster: who is connected.

use reeeductio_proto::Operation;
use serde_json::{Value, json};

use crate::rig::{Member, Rig, space};
use crate::signed_in::SignedIn;

const NOTHING: [Value; 0] = [];

async fn follower<'a>(rig: &'a Rig, member: &Member) -> SignedIn<'a> {
    SignedIn::only(rig, member, json!({"roster": true})).await
}

fn roster(members: &[&Member]) -> Value {
    let mut ids: Vec<_> = members.iter().map(|member| member.id).collect();
    ids.sort_unstable();
    json!({"type": "roster", "page": 0, "members": ids, "more": false, "count": ids.len()})
}

fn joined(member: &Member) -> Value {
    json!({"type": "joined", "member": member.id})
}

fn left(member: &Member) -> Value {
    json!({"type": "left", "member": member.id})
}

#[tokio::test]
async fn several_streams_of_a_member_are_one_presence() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = rig.user(&owner, 2).await;
    let mut stream = follower(&rig, &owner).await;
    assert_eq!(stream.frames().await, [roster(&[&owner])]);
    let first = SignedIn::open(&rig, &ada).await;
    assert_eq!(stream.frames().await, [joined(&ada)]);
    let second = SignedIn::open(&rig, &ada).await;
    drop(first);
    assert_eq!(stream.frames().await, NOTHING);
    drop(second);
    assert_eq!(stream.frames().await, [left(&ada)]);
    // The owner by the space's id is the owner.
    let id = space().to_string().parse().unwrap();
    let as_space = rig.sign_in(id, 1).await.unwrap();
    let of_space = SignedIn::open(&rig, &as_space).await;
    assert_eq!(stream.frames().await, NOTHING);
    drop((of_space, stream));
    let mut again = follower(&rig, &as_space).await;
    assert_eq!(again.frames().await, [roster(&[&owner])], "by its user id");
}

#[tokio::test]
async fn streams_with_the_token_in_the_url_are_no_presence() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = rig.user(&owner, 2).await;
    let config = reeeductio_engine::live::SessionConfig::default();
    let base = rig.engine.open_session(ada.caller.clone(), config).await;
    let resumed = rig
        .engine
        .resume_session(ada.caller.clone(), config, "")
        .await;
    let mut stream = follower(&rig, &owner).await;
    assert_eq!(stream.frames().await, [roster(&[&owner])]);
    drop((base.unwrap(), resumed.unwrap()));
    assert_eq!(stream.frames().await, NOTHING);
}

#[tokio::test]
async fn the_roster_is_told_by_a_right() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (ada, bob) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let mut stream = follower(&rig, &ada).await;
    assert_eq!(stream.frames().await, NOTHING);
    owner
        .grant(&rig, &ada, Operation::Read, "signals/presence")
        .await;
    assert_eq!(stream.frames().await, [roster(&[&ada])]);
    let of_bob = SignedIn::open(&rig, &bob).await;
    assert_eq!(stream.frames().await, [joined(&bob)]);
    let right = format!("auth/users/{}/rights/cap_read", ada.id);
    owner.post(&rig, "state", &right, b"").await.unwrap();
    drop(of_bob);
    assert_eq!(stream.frames().await, NOTHING);
    owner
        .grant(&rig, &ada, Operation::Read, "signals/{any}")
        .await;
    assert_eq!(
        stream.frames().await,
        [roster(&[&ada])],
        "what was missed is not missing"
    );
}

#[tokio::test]
async fn a_roster_is_told_once_until_it_is_asked_for_again() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = rig.user(&owner, 2).await;
    let mut stream = follower(&rig, &owner).await;
    assert_eq!(stream.frames().await, [roster(&[&owner])]);
    stream.subscribe(&json!({"roster": true}));
    assert_eq!(stream.frames().await, NOTHING);
    stream.unsubscribe(&json!({"roster": true}));
    let _of_ada = SignedIn::open(&rig, &ada).await;
    assert_eq!(stream.frames().await, NOTHING);
    stream.subscribe(&json!({"roster": true}));
    assert_eq!(stream.frames().await, [roster(&[&owner, &ada])]);
}

#[tokio::test]
async fn who_follows_the_roster_is_woken_and_nobody_else() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let ada = rig.user(&owner, 2).await;
    let mut stream = follower(&rig, &owner).await;
    let mut other = SignedIn::only(&rig, &owner, json!({"signals": ["*"]})).await;
    stream.frames().await;
    for (follower, woken) in [(&mut stream, true), (&mut other, false)] {
        let of_ada = SignedIn::open(&rig, &ada).await;
        follower.frames().await;
        assert_eq!(follower.is_woken(|_| drop(of_ada)), woken);
    }
}
