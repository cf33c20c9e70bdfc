use reeeductio_client::{LiveMessages, VerifiedMessage};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, path, topic};

async fn next(live: &mut LiveMessages) -> VerifiedMessage {
    live.next().await.unwrap().expect("the stream ended")
}

#[tokio::test]
async fn messages_of_all_topics_arrive_in_order() {
    let rig = Rig::start().await;
    let mut live = rig.owner.live().await.unwrap();
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    user.post_encrypted_message(&topic("general"), "chat.text", b"from the user")
        .await
        .unwrap();
    rig.owner
        .set_encrypted_state(&path("a"), b"b")
        .await
        .unwrap();
    rig.owner
        .post_message(&topic("other"), "n", b"1")
        .await
        .unwrap();
    user.post_message(&topic("general"), "n", b"2")
        .await
        .unwrap();

    let mut seen = Vec::new();
    for _ in 0..6 {
        let message = next(&mut live).await;
        seen.push((
            message.topic_id.to_string(),
            message.sender == rig.owner.member(),
        ));
    }
    let expected = [
        ("state", true),
        ("state", true),
        ("general", false),
        ("state", true),
        ("other", true),
        ("general", false),
    ];
    assert_eq!(seen, expected.map(|(topic, own)| (topic.to_owned(), own)));
    live.close();
}

#[tokio::test]
async fn frames_that_get_lost_are_read_instead() {
    let rig = Rig::start().await;
    let general = topic("general");
    let (space, network) = rig.meddled();
    let mut live = space.live().await.unwrap();
    rig.owner.post_message(&general, "n", b"0").await.unwrap();
    assert_eq!(next(&mut live).await.bytes().unwrap(), b"0");
    network.drop_messages(3);
    for n in 1..=5 {
        let text = n.to_string();
        rig.owner
            .post_message(&general, "n", text.as_bytes())
            .await
            .unwrap();
    }
    for n in 1..=5 {
        assert_eq!(
            next(&mut live).await.bytes().unwrap(),
            n.to_string().as_bytes()
        );
    }
    network.drop_messages(1);
    rig.owner
        .set_plaintext_state(&path("lost"), b"1")
        .await
        .unwrap();
    rig.owner
        .set_plaintext_state(&path("kept"), b"2")
        .await
        .unwrap();
    assert_eq!(next(&mut live).await.kind, "lost");
    assert_eq!(next(&mut live).await.kind, "kept");
}

#[tokio::test]
async fn a_member_sees_the_topics_it_may_read_until_it_is_removed() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[(Operation::Read, "topics/open")]).await;
    let mut live = user.live().await.unwrap();
    rig.owner
        .post_encrypted_message(&topic("secret"), "n", b"no")
        .await
        .unwrap();
    rig.owner
        .post_encrypted_message(&topic("open"), "n", b"yes")
        .await
        .unwrap();
    let message = next(&mut live).await;
    assert_eq!(user.open_message(&message).unwrap(), b"yes");
    rig.owner.remove_member(&user.member()).await.unwrap();
    let refused = live.next().await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    assert!(live.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_for_a_stranger_is_refused() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[]).await;
    user.authenticate().await.unwrap();
    rig.owner.remove_member(&user.member()).await.unwrap();
    assert!(user.live().await.is_err());
}
