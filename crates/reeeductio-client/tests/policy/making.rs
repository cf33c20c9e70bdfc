//! Making and opening spaces with a policy.

use reeeductio_client::{Key, NewSpace, PolicySpace, Space};
use reeeductio_testkit::TestServer;

use crate::rig::{Rig, bodies, history, keys, post, topic, unread};

#[tokio::test]
async fn a_message_is_posted_and_read() {
    let rig = Rig::start().await;
    let posted = post(&rig.owner, "hello").await.unwrap();
    let items = unread(&rig.owner).await;
    assert_eq!(bodies(&items), ["hello"]);
    let message = items[0].message().unwrap();
    assert_eq!(
        (message.position, message.number),
        (posted.position, posted.number)
    );
    assert_eq!(message.sender, rig.owner.member());
    assert_eq!(bodies(&history(&rig.owner).await), ["hello"]);
    assert!(unread(&rig.owner).await.is_empty());
}

#[tokio::test]
async fn a_space_that_is_there_is_opened_instead_of_made_again() {
    let rig = Rig::start().await;
    post(&rig.owner, "before").await.unwrap();
    let again = PolicySpace::create(rig.builder(), keys(1), NewSpace::default());
    let again = again.await.unwrap();
    assert_eq!(bodies(&history(&again).await), ["before"]);
    post(&again, "after").await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["before", "after"]);
}

#[tokio::test]
async fn a_handle_of_the_other_kind_of_space_says_so_and_accuses_nobody() {
    let server = TestServer::start().await;
    let base = Space::builder(&server.url());
    let (owner, root) = (keys(1), Key::new([9; 32]));
    let space = base.open(owner.space_id(), owner.user_id(), owner.clone(), &root);
    let space = space.unwrap();
    let plain = reeeductio_client::Content::Sealed(b"x");
    space.topic(&topic()).post(plain, "text").await.unwrap();
    let path = reeeductio_client::StatePath::parse("a/b").unwrap();
    space.state().set(&path, plain).await.unwrap();
    let opened = PolicySpace::open(
        Space::builder(&server.url()),
        owner.space_id(),
        owner.user_id(),
        owner.clone(),
    );
    let error = opened.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "space: has no policy; open it with Space"
    );
    let made = PolicySpace::create(Space::builder(&server.url()), owner, NewSpace::default());
    assert_eq!(made.await.unwrap_err().code_text(), "client.argument");

    let rig = Rig::start().await;
    post(&rig.owner, "x").await.unwrap();
    let base = rig.builder();
    let base = base.open(rig.owner.id(), rig.owner.member(), keys(1), &root);
    let base = base.unwrap();
    let expected = "space: has a policy; open it with PolicySpace";
    let error = base.topic(&topic()).newest().await.unwrap_err();
    assert_eq!(error.to_string(), expected);
    let error = base.topic(&topic()).post(plain, "text").await.unwrap_err();
    assert_eq!(error.to_string(), expected);
    let error = base.state().value(&path).await.unwrap_err();
    assert_eq!(error.to_string(), expected);
    let error = base.live().await.unwrap_err();
    assert_eq!(error.to_string(), expected);
}
