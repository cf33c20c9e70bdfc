use reeeductio_client::{Content, LiveMessages, VerifiedMessage};
use reeeductio_proto::{ErrorCode, Operation};

use crate::rig::{Rig, path, topic};

async fn next(live: &mut LiveMessages) -> VerifiedMessage {
    live.next().await.expect("the stream ended").unwrap()
}

#[tokio::test]
async fn messages_of_all_topics_arrive_in_order() {
    let rig = Rig::start().await;
    let mut live = rig.owner.live().await.unwrap();
    let user = rig.user(2, &[(Operation::Write, "topics/{any}")]).await;
    user.topic(&topic("general"))
        .post(Content::Sealed(b"from the user"), "chat.text")
        .await
        .unwrap();
    rig.owner
        .state()
        .set(&path("a"), Content::Sealed(b"b"))
        .await
        .unwrap();
    rig.owner
        .topic(&topic("other"))
        .post(Content::Plain(b"1"), "n")
        .await
        .unwrap();
    user.topic(&topic("general"))
        .post(Content::Plain(b"2"), "n")
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
    drop(live);
}

#[tokio::test]
async fn frames_that_get_lost_are_read_instead() {
    let rig = Rig::start().await;
    let general = topic("general");
    let (space, network) = rig.meddled();
    let mut live = space.live().await.unwrap();
    rig.owner
        .topic(&general)
        .post(Content::Plain(b"0"), "n")
        .await
        .unwrap();
    assert_eq!(next(&mut live).await.bytes().unwrap(), b"0");
    network.drop_messages(3);
    for n in 1..=5 {
        let text = n.to_string();
        rig.owner
            .topic(&general)
            .post(Content::Plain(text.as_bytes()), "n")
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
        .state()
        .set(&path("lost"), Content::Plain(b"1"))
        .await
        .unwrap();
    rig.owner
        .state()
        .set(&path("kept"), Content::Plain(b"2"))
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
        .topic(&topic("secret"))
        .post(Content::Sealed(b"no"), "n")
        .await
        .unwrap();
    rig.owner
        .topic(&topic("open"))
        .post(Content::Sealed(b"yes"), "n")
        .await
        .unwrap();
    let message = next(&mut live).await;
    assert_eq!(user.open_message(&message).unwrap(), b"yes");
    rig.owner.members().remove(&user.member()).await.unwrap();
    let refused = live.next().await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::MemberUnknown));
    assert!(live.next().await.is_none());
}

#[tokio::test]
async fn a_stream_for_a_stranger_is_refused() {
    let rig = Rig::start().await;
    let user = rig.user(2, &[]).await;
    user.session().sign_in().await.unwrap();
    rig.owner.members().remove(&user.member()).await.unwrap();
    assert!(user.live().await.is_err());
}
