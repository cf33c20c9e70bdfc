use std::collections::HashSet;

use reeeductio_client::{Capability, ClientError, Content, Place, PostOptions, Range};
use reeeductio_proto::{ErrorCode, MessageId, Operation, ToolLimits};

use crate::rig::{Rig, owner, topic};

#[tokio::test]
async fn what_is_posted_is_read_back_in_order_and_sealed() {
    let rig = Rig::start().await;
    let general = topic("general");
    for n in 0..5 {
        let text = format!("hello {n}");
        rig.owner
            .topic(&general)
            .post(Content::Sealed(text.as_bytes()), "chat.text")
            .await
            .unwrap();
    }
    let reader = rig.meddled().0;
    let messages = reader.topic(&general).history().all().await.unwrap();
    assert_eq!(messages.len(), 5);
    for (n, message) in messages.iter().enumerate() {
        let text = format!("hello {n}");
        assert_eq!(reader.open_message(message).unwrap(), text.as_bytes());
        assert!(!String::from_utf8_lossy(&message.bytes().unwrap()).contains("hello"));
        assert_eq!(message.kind, "chat.text");
    }
}

#[tokio::test]
async fn plain_messages_are_read_as_they_were_posted_and_do_not_open() {
    let rig = Rig::start().await;
    let general = topic("general");
    let posted = rig
        .owner
        .topic(&general)
        .post(Content::Plain(b"\x00plain\xff"), "note")
        .await
        .unwrap();
    let message = rig
        .owner
        .topic(&general)
        .message(posted.hash)
        .await
        .unwrap();
    assert_eq!(message.bytes().unwrap(), b"\x00plain\xff");
    assert_eq!(message.server_timestamp, posted.timestamp);
    assert!(matches!(
        rig.owner.open_message(&message),
        Err(ClientError::Open(_))
    ));
}

#[tokio::test]
async fn pages_begin_at_either_end_of_a_range() {
    let rig = Rig::start().await;
    let general = topic("general");
    let mut posted = Vec::new();
    for n in 0..6_u8 {
        posted.push(
            rig.owner
                .topic(&general)
                .post(Content::Plain(&[n]), "n")
                .await
                .unwrap(),
        );
    }
    let check = async |range: Range, expected: &[u8], more: bool| {
        let page = rig.owner.topic(&general).page(range).await.unwrap();
        let found: Vec<u8> = page
            .messages
            .iter()
            .map(|message| message.bytes().unwrap()[0])
            .collect();
        assert_eq!(
            (found.as_slice(), page.has_more),
            (expected, more),
            "{range:?}"
        );
    };
    check(Range::first(100), &[0, 1, 2, 3, 4, 5], false).await;
    check(Range::first(2), &[0, 1], true).await;
    check(Range::last(2), &[5, 4], true).await;
    check(Range::last(6), &[5, 4, 3, 2, 1, 0], false).await;
    check(Range::since(posted[4].timestamp, 10), &[4, 5], false).await;
    let middle = Range {
        from: Some(posted[1].timestamp),
        to: Some(posted[3].timestamp),
        limit: 10,
    };
    check(middle, &[1, 2, 3], false).await;
    assert_eq!(
        rig.owner.topic(&general).head().await.unwrap(),
        Some(posted[5].hash)
    );
}

#[tokio::test]
async fn an_empty_topic_has_no_head_and_no_messages() {
    let rig = Rig::start().await;
    let empty = topic("empty");
    assert_eq!(rig.owner.topic(&empty).head().await.unwrap(), None);
    assert!(rig.owner.topic(&empty).newest().await.unwrap().is_none());
    assert!(
        rig.owner
            .topic(&empty)
            .history()
            .all()
            .await
            .unwrap()
            .is_empty()
    );
    let missing = rig
        .owner
        .topic(&empty)
        .message(MessageId::of(b""))
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Some(ErrorCode::MessageNotFound));
}

#[tokio::test]
async fn a_long_topic_is_read_page_by_page_to_its_end_and_on_from_there() {
    let rig = Rig::start().await;
    let long = topic("long");
    for n in 0..1_003_u32 {
        rig.owner
            .topic(&long)
            .post(Content::Plain(&n.to_le_bytes()), "n")
            .await
            .unwrap();
    }
    let mut reader = rig.owner.topic(&long).history();
    let sizes = [
        reader
            .next_page()
            .await
            .unwrap()
            .map(|page| page.messages.len()),
        reader
            .next_page()
            .await
            .unwrap()
            .map(|page| page.messages.len()),
        reader
            .next_page()
            .await
            .unwrap()
            .map(|page| page.messages.len()),
    ];
    assert_eq!(sizes, [Some(1000), Some(3), None]);
    rig.owner
        .topic(&long)
        .post(Content::Plain(b"more"), "n")
        .await
        .unwrap();
    let page = reader.next_page().await.unwrap().unwrap();
    assert_eq!(page.messages[0].bytes().unwrap(), b"more");
    assert_eq!(
        rig.owner.topic(&long).history().all().await.unwrap().len(),
        1_004
    );
}

#[tokio::test]
async fn writers_who_race_all_get_in() {
    let rig = Rig::start().await;
    let race = topic("race");
    let writers: Vec<_> = (0..8).map(|_| owner(&rig.server, 1)).collect();
    let tasks: Vec<_> = writers
        .into_iter()
        .enumerate()
        .map(|(writer, space)| {
            let race = race.clone();
            tokio::spawn(async move {
                for n in 0..8 {
                    let text = format!("{writer}/{n}");
                    space
                        .topic(&race)
                        .post(Content::Plain(text.as_bytes()), "race")
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let found: HashSet<Vec<u8>> = rig
        .owner
        .topic(&race)
        .history()
        .all()
        .await
        .unwrap()
        .iter()
        .map(|message| message.bytes().unwrap())
        .collect();
    assert_eq!(found.len(), 64);
}

#[tokio::test]
async fn posts_of_one_handle_never_conflict_with_each_other() {
    let rig = Rig::start().await;
    let (space, network) = rig.meddled();
    let busy = topic("busy");
    let tasks: Vec<_> = (0..50_u8)
        .map(|n| {
            let (space, busy) = (space.clone(), busy.clone());
            tokio::spawn(async move {
                space
                    .topic(&busy)
                    .post(Content::Plain(&[n]), "n")
                    .await
                    .unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let posts = network
        .requests()
        .iter()
        .filter(|line| line.starts_with("Post topics/"))
        .count();
    assert_eq!(posts, 50);
    assert_eq!(
        rig.owner.topic(&busy).history().all().await.unwrap().len(),
        50
    );
}

#[tokio::test]
async fn a_message_for_one_place_only_is_refused_elsewhere() {
    let rig = Rig::start().await;
    let general = topic("general");
    let first = rig
        .owner
        .topic(&general)
        .post(
            Content::Plain(b"1"),
            PostOptions {
                kind: "n",
                place: Place::After(None),
            },
        )
        .await
        .unwrap();
    let error = rig
        .owner
        .topic(&general)
        .post(
            Content::Plain(b"2"),
            PostOptions {
                kind: "n",
                place: Place::After(None),
            },
        )
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::ChainConflict));
    let after = Some(first.hash);
    rig.owner
        .topic(&general)
        .post(
            Content::Plain(b"2"),
            PostOptions {
                kind: "n",
                place: Place::After(after),
            },
        )
        .await
        .unwrap();
    rig.owner
        .topic(&general)
        .post(Content::Plain(b"3"), "n")
        .await
        .unwrap();
    assert_eq!(
        rig.owner
            .topic(&general)
            .history()
            .all()
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_tool_that_may_post_and_not_read_finds_its_place() {
    let rig = Rig::start().await;
    let alerts = topic("alerts");
    rig.owner
        .topic(&alerts)
        .post(Content::Plain(b"by hand"), "alert")
        .await
        .unwrap();
    let keys = reeeductio_client::Identity::from_seed(&[5; 32]);
    let id = keys.tool_id();
    rig.owner
        .members()
        .create_tool(&id, Some("bell"), ToolLimits::default())
        .await
        .unwrap();
    rig.owner
        .members()
        .grant_to_member(
            &id,
            "ring",
            &Capability::new(Operation::Create, "topics/alerts").unwrap(),
        )
        .await
        .unwrap();
    let bell = rig.member(id, keys);
    bell.topic(&alerts)
        .post(Content::Plain(b"ding"), "alert")
        .await
        .unwrap();
    bell.topic(&alerts)
        .post(Content::Plain(b"dong"), "alert")
        .await
        .unwrap();
    let refused = bell.topic(&alerts).history().all().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::PermissionDenied));
    let all = rig.owner.topic(&alerts).history().all().await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2].sender, id);
}

#[tokio::test]
async fn too_much_is_refused_with_the_servers_words() {
    let rig = Rig::start().await;
    let error = rig
        .owner
        .topic(&topic("general"))
        .post(Content::Plain(&vec![0; 80_000]), "n")
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MessageTooLarge));
    assert!(error.to_string().contains("blob"), "{error}");
}
