//! `GET /admin/spaces` and `GET /admin/spaces/{space_id}`

use axum::http::Method;
use reeeductio_proto::SpaceId;
use serde_json::{Value, json};

use super::{administered, register, registration};
use crate::rig::{Answer, Member, Rig, blob_id, key_space, user_id};

/// A request below `/admin/spaces`, with a member's token.
pub(super) async fn call(rig: &Rig, method: Method, rest: &str, by: &Member) -> Answer {
    let mut request = crate::rig::raw(method, &format!("/admin/spaces{rest}"), "");
    let bearer = format!("Bearer {}", by.token);
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    rig.send(request).await
}

async fn get(rig: &Rig, rest: &str, by: &Member) -> Answer {
    call(rig, Method::GET, rest, by).await
}

fn nothing() -> Value {
    json!({"count": 0, "bytes": 0})
}

/// A server with a registered space that holds one of each, its administrator and its owner.
pub(super) async fn with_space() -> (Rig, Member, Member) {
    let (rig, admin) = administered().await;
    let body = registration(1, &admin);
    register(&rig, &admin, key_space(1), &body)
        .await
        .expect(201);
    let owner = rig.owner(1).await;
    owner.say(&rig, "general", b"hello").await;
    let at = rig.now();
    owner.put_data(&rig, "a/b", b"12", at).await.expect(200);
    owner
        .put_blob(&rig, &blob_id(b"bytes"), "bytes")
        .await
        .expect(201);
    (rig, admin, owner)
}

#[tokio::test]
async fn a_space_is_told_with_what_it_and_its_members_store() {
    let (rig, admin, owner) = with_space().await;
    let space = owner.space;
    let told = get(&rig, &format!("/{space}"), &admin).await.expect(200);
    let expected = json!({
        "space_id": space.to_string(),
        "registered": true,
        "served": true,
        // "aGVsbG8=" and "chat.text".
        "messages": {"count": 1, "bytes": 17},
        // "MTI=" and "a/b".
        "data": {"count": 1, "bytes": 7},
        "blobs": {"count": 1, "bytes": 5},
    });
    assert_eq!(told, expected);
    let of = async |member: &str| get(&rig, &format!("/{space}?member={member}"), &admin).await;
    assert_eq!(of(&owner.id.to_string()).await.expect(200), expected);
    let of_nobody = of(&user_id(9).to_string()).await.expect(200);
    assert_eq!(of_nobody["messages"], nothing());
    assert_eq!(of_nobody["registered"], true);
    of("nobody").await.refused(400, "member.invalid_id");
    let unknown = get(&rig, &format!("/{}", key_space(2)), &admin).await;
    unknown.refused(404, "space.unknown");
    let no_id = get(&rig, "/abc", &admin).await;
    no_id.refused(400, "space.invalid_id");
}

#[tokio::test]
async fn spaces_are_listed_page_by_page() {
    let (rig, admin, owner) = with_space().await;
    let body = registration(2, &admin);
    register(&rig, &admin, key_space(2), &body)
        .await
        .expect(201);
    admin
        .set(&rig, &format!("spaces/{}", owner.space), b"")
        .await;
    let mut spaces: Vec<SpaceId> = [1, 2, 100].map(key_space).into();
    spaces.sort_unstable();
    let all = get(&rig, "", &admin).await.expect(200);
    assert_eq!(all["has_more"], false);
    let listed = all["spaces"].as_array().unwrap();
    let ids: Vec<&str> = listed
        .iter()
        .map(|space| space["space_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        spaces.iter().map(ToString::to_string).collect::<Vec<_>>()
    );
    for (seed, registered, served, messages) in [
        (1, false, false, 1),
        (2, true, true, 0),
        (100, false, true, 3),
    ] {
        let at = spaces.binary_search(&key_space(seed)).unwrap();
        let told = &listed[at];
        assert_eq!(told["registered"], registered, "{seed}");
        assert_eq!(told["served"], served, "{seed}");
        assert_eq!(told["messages"]["count"], messages, "{seed}");
    }
    let first = get(&rig, "?limit=2", &admin).await.expect(200);
    assert_eq!(first["has_more"], true);
    assert_eq!(first["spaces"], json!(listed[..2]));
    let rest = format!("?limit=2&after={}", spaces[1]);
    let last = get(&rig, &rest, &admin).await.expect(200);
    assert_eq!(last, json!({"spaces": listed[2..], "has_more": false}));
    for wrong in ["limit=0", "limit=501", "limit=x", "after=abc"] {
        let refused = get(&rig, &format!("?{wrong}"), &admin).await;
        refused.refused(422, "request.invalid");
    }
}

#[tokio::test]
async fn who_is_not_entitled_learns_nothing_of_spaces() {
    let (rig, admin, owner) = with_space().await;
    let one = format!("/{}", owner.space);
    for rest in ["", &one, "/abc"] {
        let path = format!("/admin/spaces{rest}");
        rig.get(&path).await.refused(401, "token.missing");
        let foreign = get(&rig, rest, &owner).await;
        foreign.refused(401, "token.wrong_space");
    }
    let member = rig.user(&admin, 2).await;
    for rest in ["", &one] {
        let refused = get(&rig, rest, &member).await;
        refused.refused(403, "permission.denied");
    }
    // The right for one space is not the right for all.
    let path = format!("state/spaces/{}", owner.space);
    admin.grant(&rig, &member, "one", "read", &path).await;
    get(&rig, &one, &member).await.expect(200);
    let refused = get(&rig, "", &member).await;
    refused.refused(403, "permission.denied");
    admin
        .grant(&rig, &member, "all", "read", "state/spaces/{any}")
        .await;
    get(&rig, "", &member).await.expect(200);
}
