//! Changes of data on streams that ask for them.

use reeeductio_proto::Operation;

use crate::rig::{Member, Rig};
use crate::spaces::{operator, register};
use crate::streams::Stream;

async fn put(rig: &Rig, member: &Member, path: &str, value: &[u8]) {
    member.put(rig, path, value).await.unwrap();
}

async fn remove(rig: &Rig, member: &Member, path: &str) {
    rig.engine.delete_data(&member.caller, path).await.unwrap();
}

async fn say(rig: &Rig, member: &Member, kind: &str) {
    member.post(rig, "general", kind, b"").await.unwrap();
}

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn changes_of_data_are_told_in_order_to_streams_that_ask() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    put(&rig, &owner, "before", b"0").await;
    let (mut stream, _) = Stream::with_data(&rig, &owner, "").await;
    let (mut without, _) = Stream::open(&rig, &owner, "").await;
    put(&rig, &owner, "a", b"1").await;
    say(&rig, &owner, "1").await;
    put(&rig, &owner, "a", b"2").await;
    remove(&rig, &owner, "a").await;
    let told = ["a MQ==", "general 1", "a Mg==", "a removed", "cursor"];
    assert_eq!(stream.frames().await, told);
    assert_eq!(without.frames().await, ["general 1", "cursor"]);
    put(&rig, &owner, "a", b"").await;
    assert_eq!(stream.frames().await, ["a "], "a cursor names a message");
    assert_eq!(without.frames().await, NOTHING);
    assert_eq!((stream.reads, without.reads), (0, 0), "it was at hand");
}

#[tokio::test]
async fn a_resumed_stream_tells_the_newest_change_of_each_path_removals_included() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    say(&rig, &owner, "1").await;
    put(&rig, &owner, "a", b"1").await;
    put(&rig, &owner, "gone", b"1").await;
    put(&rig, &owner, "old", b"1").await;
    say(&rig, &owner, "2").await;
    let (first, _) = Stream::with_data(&rig, &owner, "").await;
    let cursor = first.cursor.clone();
    drop(first);
    put(&rig, &owner, "a", b"2").await;
    remove(&rig, &owner, "gone").await;
    say(&rig, &owner, "3").await;
    put(&rig, &owner, "a", b"3").await;
    let missed = ["gone removed", "general 3", "a Mw==", "cursor"];
    for rig in [&rig, &rig.again()] {
        let owner = rig.owner().await;
        let (mut stream, resumed) = Stream::with_data(rig, &owner, &cursor).await;
        assert!(resumed);
        assert_eq!(stream.frames().await, missed);
        // The changes since the message of the cursor come again.
        let (mut again, resumed) = Stream::with_data(rig, &owner, &stream.cursor).await;
        assert!(resumed);
        assert_eq!(again.frames().await, ["a Mw=="]);
    }
    let (mut without, resumed) = Stream::open(&rig, &owner, &cursor).await;
    assert!(resumed);
    assert_eq!(without.frames().await, ["general 3", "cursor"]);
}

#[tokio::test]
async fn a_stream_without_changes_of_data_neither_reads_nor_waits_for_them() {
    let rig = Rig::with(|config| config.limits.live_ring_bytes = 1);
    let owner = rig.owner().await;
    say(&rig, &owner, "1").await;
    let (first, _) = Stream::open(&rig, &owner, "").await;
    for value in [b"1", b"2", b"3"] {
        put(&rig, &owner, "a", value).await;
    }
    let (mut resumed, _) = Stream::open(&rig, &owner, &first.cursor).await;
    assert_eq!(resumed.frames().await, NOTHING);
    assert_eq!(resumed.reads, 0);
    say(&rig, &owner, "2").await;
    put(&rig, &owner, "a", b"4").await;
    put(&rig, &owner, "b", b"5").await;
    assert_eq!(resumed.frames().await, ["general 2", "cursor"], "behind");
    assert!(resumed.reads > 0);
}

#[tokio::test]
async fn a_stream_that_fell_behind_reads_the_newest_changes_from_the_store() {
    let rig = Rig::with(|config| config.limits.live_ring_bytes = 1);
    let owner = rig.owner().await;
    let (mut stream, _) = Stream::with_data(&rig, &owner, "").await;
    for number in 0..300 {
        put(&rig, &owner, &format!("{}", number % 150), b"1").await;
    }
    remove(&rig, &owner, "7").await;
    let told = stream.frames().await;
    assert_eq!(told.len(), 150, "each path once");
    assert_eq!(told.last().unwrap(), "7 removed");
    put(&rig, &owner, "a", b"2").await;
    assert_eq!(stream.frames().await, ["a Mg=="]);
}

#[tokio::test]
async fn a_member_is_told_of_entries_that_it_may_read() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    let (mut stream, _) = Stream::with_data(&rig, &member, "").await;
    put(&rig, &owner, "open/1", b"1").await;
    assert_eq!(stream.frames().await, NOTHING);
    owner
        .grant(&rig, &member, Operation::Read, "data/{...}")
        .await;
    put(&rig, &owner, "open/2", b"1").await;
    put(&rig, &owner, "opaque/users/ada", b"1").await;
    remove(&rig, &owner, "opaque/users/ada").await;
    remove(&rig, &owner, "open/1").await;
    let mut told = stream.frames().await;
    told.retain(|frame| !frame.starts_with("state ") && frame != "cursor");
    // Judged when it is sent, as messages are.
    assert_eq!(told, ["open/2 MQ==", "open/1 removed"]);
}

#[tokio::test]
async fn servers_on_one_store_tell_each_others_changes() {
    let [one, two] = Rig::pair();
    register(&one, &operator(&one).await, 1).await.unwrap();
    let owner = one.owner().await;
    let (mut stream, _) = Stream::with_data(&one, &owner, "").await;
    let there = two.owner().await;
    put(&two, &there, "a", b"1").await;
    say(&two, &there, "1").await;
    put(&two, &there, "b", b"1").await;
    say(&one, &owner, "2").await;
    let mut told = Vec::new();
    // The view follows the store in a task of its own.
    while told.len() < 4 {
        told.extend(stream.frames().await);
        told.retain(|frame| frame != "cursor");
        one.clock.advance(50);
        tokio::task::yield_now().await;
    }
    assert_eq!(told, ["a MQ==", "general 1", "b MQ==", "general 2"]);
}
