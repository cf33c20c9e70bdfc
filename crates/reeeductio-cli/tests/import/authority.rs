//! Authorization by the published server's rules and by ours.

use serde_json::{Value, json};

use crate::target::{Target, owner, served};
use crate::upstream::{Author, Upstream};

const TIME: i64 = 1_700_000_000_000;

fn user(author: &Author) -> (String, Value) {
    let id = author.id;
    (format!("auth/users/{id}"), json!({"user_id": id}))
}

#[tokio::test]
async fn what_the_published_server_accepted_and_we_do_not_stays_in_the_chain_without_effect() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let (removed, guest) = (Author::user(2), Author::user(3));
    let all = json!({"op": "write", "path": "{...}"});
    let start = [
        user(&removed),
        (format!("auth/users/{}/rights/all", removed.id), all),
        (format!("auth/users/{}", removed.id), Value::Null),
    ];
    let head = space.state(&space.owner, None, &start, TIME);
    // A removed member went on as if nothing had happened.
    let head = space.state(&removed, head, &[user(&guest)], TIME + 10);
    let head = space.state(&removed, head, &[("news".to_owned(), json!(1))], TIME + 20);
    space.state(
        &space.owner,
        head,
        &[("/lead".to_owned(), json!(1))],
        TIME + 30,
    );
    let message = space.message(&guest, "general", None, b"hi", TIME + 40);
    space.store(&message);
    space.entry(&guest, "notes", b"x", TIME);
    let blob = upstream.blob(b"theirs", &[(space.id, guest.id)]);
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert_eq!(
        imported.report["remarks_by_code"],
        json!({"member.without_authority": 1, "state.path": 1, "state.without_authority": 2})
    );
    assert!(imported.finding("entry.stranger").contains("notes"));
    assert!(
        imported
            .finding("reference.stranger")
            .contains(&blob.to_string())
    );
    assert_eq!(imported.tally("messages"), [7, 7, 0]);
    let verified = target.verify();
    assert_eq!(verified["ineffective"].as_array().unwrap().len(), 1);
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    assert_eq!(served(&owner, "general").await.len(), 1);
    // The guest is no member here.
    let challenge = json!({"public_key": guest.id});
    let url = format!("{}/spaces/{}/auth/challenge", owner.url(), space.id);
    let asked: Value = owner
        .http()
        .post(url)
        .json(&challenge)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let text = asked["challenge"].as_str().unwrap();
    let signed = json!({
        "public_key": guest.id,
        "challenge": text,
        "signature": guest.keys.sign(text.as_bytes()),
    });
    let url = format!("{}/spaces/{}/auth/verify", owner.url(), space.id);
    let refused = owner.http().post(url).json(&signed).send().await.unwrap();
    assert_eq!(refused.status(), 403);
}

#[test]
fn who_was_put_into_the_database_is_nobody() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let (member, intruder) = (Author::user(2), Author::user(3));
    let head = space.state(&space.owner, None, &[user(&member)], TIME);
    // Defines itself, and writes as many entries as it likes.
    let entries = [user(&intruder), user(&intruder), ("x".to_owned(), json!(1))];
    space.state(&intruder, head, &entries, TIME + 10);
    let honest = [("profiles".to_owned(), json!(1))];
    space.state(&space.owner, head, &honest, TIME + 10);
    space.store(&space.message(&intruder, "general", None, b"x", TIME));
    space.store(&space.message(&member, "general", None, b"y", TIME));
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({"chain.unlinked": 2, "message.stranger": 2})
    );
    assert_eq!(imported.tally("messages"), [7, 3, 0]);
    assert_eq!(target.verify()["ineffective"], json!([]));
}

#[test]
fn a_fork_of_the_state_decides_who_is_a_member() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let (here, there) = (Author::user(2), Author::user(3));
    let head = space.state(&space.owner, None, &[("start".to_owned(), json!(1))], TIME);
    space.state(&space.owner, head, &[user(&there)], TIME);
    let longer = [user(&here), ("more".to_owned(), json!(1))];
    space.state(&space.owner, head, &longer, TIME);
    space.store(&space.message(&there, "general", None, b"x", TIME));
    space.store(&space.message(&here, "other", None, b"x", TIME));
    let imported = Target::new().import(&upstream);
    assert!(imported.finding("chain.fork").contains("state"));
    assert!(imported.finding("message.stranger").contains("general"));
}
