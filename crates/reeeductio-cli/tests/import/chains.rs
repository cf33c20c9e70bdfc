//! Order, forks, and what does not verify.

use serde_json::json;

use crate::target::{Target, owner, served};
use crate::upstream::{Author, Upstream};

const TIME: i64 = 1_700_000_000_000;

#[tokio::test]
async fn the_order_is_that_of_the_links_and_times_are_made_to_rise() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let mut prev = None;
    let mut ids = Vec::new();
    // Equal, backwards, far back, far ahead of what clients ask for, and one that is right.
    let times = [5, 5, 3, -1, 900, i64::MAX, 901, 2000];
    for (number, time) in times.iter().enumerate() {
        let message = space.message(
            &space.owner,
            "general",
            prev,
            &[u8::try_from(number).unwrap()],
            *time,
        );
        prev = Some(message.message_hash);
        ids.push(message);
    }
    for message in ids.iter().rev() {
        space.store(message);
    }
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(0));
    assert_eq!(imported.report["retimed"], 5);
    assert_eq!(imported.report["remarks_by_code"]["message.time"], 2);
    target.verify();
    let server = target.serve().await;
    let owner = owner(&server, &space).await;
    let times = [5, 6, 7, 8, 900, 901, 902, 2000];
    let expected: Vec<_> = ids.iter().map(|m| m.message_hash).zip(times).collect();
    assert_eq!(served(&owner, "general").await, expected);
}

#[tokio::test]
async fn the_longest_branch_is_taken_and_the_others_are_reported() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let stem = space.chain("general", None, &["a", "b"], TIME);
    space.chain("general", Some(stem[1]), &["x", "y"], TIME + 5);
    let long = space.chain("general", Some(stem[1]), &["c", "d", "e"], TIME + 5);
    space.chain("general", None, &["another first"], TIME);
    // Longer still, and by nobody who was ever a member.
    let stranger = Author::user(66);
    let mut prev = Some(stem[1]);
    for number in 0..6 {
        prev = Some(space.store(&space.message(&stranger, "general", prev, &[number], TIME + 50)));
    }
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({"chain.fork": 3, "chain.unlinked": 5, "message.stranger": 1})
    );
    assert_eq!(imported.tally("messages"), [14, 5, 0]);
    target.verify();
    let server = target.serve().await;
    let ids: Vec<_> = served(&owner(&server, &space).await, "general")
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, [stem, long].concat());
}

#[tokio::test]
async fn of_branches_of_equal_length_the_smaller_last_id_decides() {
    for first in [["x", "y"], ["y", "x"]] {
        let upstream = Upstream::new();
        let space = upstream.space(1);
        let stem = space.chain("general", None, &["a"], TIME);
        let [one, two] = first.map(|text| space.chain("general", Some(stem[0]), &[text], TIME)[0]);
        let target = Target::new();
        let imported = target.import(&upstream);
        assert!(
            imported
                .finding("chain.fork")
                .contains(&one.max(two).to_string())
        );
        assert_eq!(target.import(&upstream).tally("messages"), [3, 0, 2]);
    }
}

#[test]
fn a_message_with_a_wrong_signature_is_left_out_with_what_follows() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let ids = space.chain("general", None, &["a", "b", "c", "d"], TIME);
    let other = space.message(&space.owner, "other", None, b"x", TIME);
    space.damage(ids[1], "signature", &other.signature.to_string());
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert!(
        imported
            .finding("message.signature")
            .contains(&ids[1].to_string())
    );
    assert_eq!(imported.report["left_out_by_code"]["chain.unlinked"], 2);
    assert_eq!(imported.tally("messages"), [4, 1, 0]);
    target.verify();
}

#[test]
fn a_message_that_is_not_what_its_hash_says_is_left_out() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    for (topic, column, value) in [
        ("data", "data", "AAAA"),
        ("kind", "type", "chat.image"),
        ("topics", "topic_id", "elsewhere"),
        ("senders", "sender", &Author::user(9).id.to_string()),
    ] {
        let ids = space.chain(topic, None, &["a", "b"], TIME);
        space.damage(ids[1], column, value);
    }
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({"message.hash": 4})
    );
    assert_eq!(imported.tally("messages"), [8, 4, 0]);
    target.verify();
}

#[test]
fn rows_that_are_not_messages_are_named_and_left_out() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    for (number, (column, value)) in [
        ("space_id", "elsewhere"),
        ("topic_id", "No Topic"),
        ("message_hash", "no hash"),
        ("prev_hash", ""),
        ("data", "not base64"),
        ("sender", "nobody"),
        ("signature", "AAAA"),
    ]
    .into_iter()
    .enumerate()
    {
        let topic = format!("topic-{number}");
        let ids = space.chain(&topic, None, &["a"], TIME);
        space.damage(ids[0], column, value);
    }
    let long = space.message(&space.owner, "long", None, &vec![0; 80_000], TIME);
    space.store(&long);
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(
        imported.left_out(),
        [
            "message.data",
            "message.hash",
            "message.prev_hash",
            "message.sender",
            "message.signature",
            "message.size",
            "message.topic",
            "row.space",
        ]
    );
    assert_eq!(imported.tally("messages"), [8, 0, 0]);
}

#[test]
fn a_missing_message_ends_its_chain() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let ids = space.chain("general", None, &["a", "b", "c"], TIME);
    space.delete(ids[1]);
    let target = Target::new();
    let imported = target.import(&upstream);
    assert!(
        imported
            .finding("chain.unlinked")
            .contains(&ids[2].to_string())
    );
    target.verify();
}

#[tokio::test]
async fn a_target_that_went_another_way_is_kept() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let ids = space.chain("general", None, &["a"], TIME);
    let target = Target::new();
    target.import(&upstream);
    let server = target.serve().await;
    let member = owner(&server, &space).await;
    assert_eq!(member.post("general", b"mine").await.status, 201);
    let _stopped = server.stop().await;
    space.chain("general", Some(ids[0]), &["theirs", "more"], TIME + 9);
    let imported = target.import(&upstream);
    assert_eq!(
        imported.report["left_out_by_code"],
        json!({"chain.diverged": 2})
    );
    assert_eq!(imported.tally("messages"), [3, 0, 1]);
    target.verify();
}

#[test]
fn a_signature_spelled_as_the_published_server_let_it_is_taken() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let message = space.message(&space.owner, "general", None, b"a", TIME);
    space.store(&message);
    let spelled = format!("-_{}\n", message.signature);
    space.damage(message.message_hash, "signature", &spelled);
    assert_eq!(Target::new().import(&upstream).code, Some(0));
}
