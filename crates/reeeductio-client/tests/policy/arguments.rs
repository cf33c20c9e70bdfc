//! Arguments that would do harm are refused, and what was done before is done.

use std::sync::Arc;

use reeeductio_client::{MemoryStore, NewLink, NewMessage, NewSpace, PolicySpace, Store, TopicId};

use crate::rig::{Rig, bodies, keys, post, text, topic, unread};

const LATER: i64 = 4_000_000_000_000;

fn link(expires_at: i64) -> NewLink {
    NewLink {
        role: "viewer".to_owned(),
        uses: 1,
        expires_at,
        password: None,
        page: None,
    }
}

#[tokio::test]
async fn members_are_removed_once_and_others_not_at_all() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await.member();
    let members = rig.owner.members();
    let (stranger, owner) = (keys(9).user_id(), rig.owner.member());
    rig.owner.links().create(&link(LATER)).await.unwrap();
    let tool = rig.owner.links().list().await.unwrap()[0].tool;
    for wrong in [stranger, owner, tool] {
        let error = members.remove(wrong).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
    }
    members.remove(ada).await.unwrap();
    let stored = post(&rig.owner, "then").await.unwrap().number;
    members.remove(ada).await.unwrap();
    let next = post(&rig.owner, "nothing happened").await.unwrap().number;
    assert_eq!(next, stored + 1);
    // The stranger can still come by a link.
    let anchored = rig.owner.links().create(&link(LATER)).await.unwrap();
    let came = PolicySpace::redeem(rig.builder(), &anchored, None, keys(9));
    assert_eq!(came.await.unwrap().member(), stranger);
}

#[tokio::test]
async fn links_are_revoked_once_and_members_are_no_links() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await.member();
    let links = rig.owner.links();
    links.create(&link(LATER)).await.unwrap();
    let tool = links.list().await.unwrap()[0].tool;
    for wrong in [ada, rig.owner.member(), keys(8).tool_id()] {
        let error = links.revoke(wrong).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
    }
    assert_eq!(rig.owner.members().list().await.unwrap().len(), 2);
    links.revoke(tool).await.unwrap();
    let stored = post(&rig.owner, "then").await.unwrap().number;
    links.revoke(tool).await.unwrap();
    let next = post(&rig.owner, "nothing happened").await.unwrap().number;
    assert_eq!(next, stored + 1);
    assert_eq!(rig.owner.members().list().await.unwrap(), [ada]);
}

#[tokio::test]
async fn times_in_seconds_and_times_that_have_passed_end_nothing() {
    let rig = Rig::start().await;
    for wrong in [1, 1_795_000_000, 1_000_000_000_000_i64] {
        let expires = u64::try_from(wrong).unwrap();
        let (general, draft) = (rig.owner.topic(&topic()), text("x").expiring(expires));
        let error = general.post(&draft).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
        let error = rig.owner.links().create(&link(wrong)).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
    }
    assert!(unread(&rig.owner).await.is_empty());
}

#[tokio::test]
async fn a_message_that_is_too_long_never_gets_into_the_outbox() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    let long = |bytes: usize| NewMessage::new("text/plain", vec![b'a'; bytes]);
    let outbox = owner.outbox();
    // With the content type it is one byte more than a message holds.
    for more in [65_443, 1 << 20] {
        let error = outbox.add(&topic(), &long(more)).await.unwrap_err();
        assert_eq!(error.code_text(), "client.seal", "{error}");
        let error = owner.topic(&topic()).post(&long(more)).await.unwrap_err();
        assert_eq!(error.code_text(), "client.seal", "{error}");
    }
    outbox.add(&topic(), &long(65_442)).await.unwrap();
    assert_eq!(outbox.send().await.unwrap().len(), 1);
    // Now it names a checkpoint that it has seen.
    assert_eq!(bodies(&unread(&owner).await)[0].len(), 65_442);
    owner.topic(&topic()).post(&long(65_442)).await.unwrap();
}

#[tokio::test]
async fn a_draft_that_can_never_be_sent_names_itself() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    let owner = rig.kept(1, &store).await;
    let outbox = owner.outbox();
    let number = outbox
        .add(&topic(), &text("late").expiring(1))
        .await
        .unwrap();
    outbox.add(&topic(), &text("next")).await.unwrap();
    let error = outbox.send().await.unwrap_err();
    let reeeductio_client::ClientError::Draft { draft, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(draft.number, number);
    outbox.discard(number).await.unwrap();
    outbox.send().await.unwrap();
    assert_eq!(bodies(&unread(&owner).await), ["next"]);
}

#[tokio::test]
async fn the_state_is_no_topic_of_messages() {
    let rig = Rig::start().await;
    let state = rig.owner.topic(&TopicId::state());
    for refused in [
        state.unread().await.map(drop),
        state.history().next_page().await.map(drop),
        state.post(&text("x")).await.map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code_text(), "client.argument", "{error}");
    }
}

#[tokio::test]
async fn a_store_is_one_members_and_opens_for_no_other_of_the_space() {
    let rig = Rig::start().await;
    let store = Arc::new(MemoryStore::default());
    rig.admit(2, "editor").await;
    rig.admit(3, "editor").await;
    drop(rig.kept(2, &store).await);
    let builder = rig.builder().store(Arc::clone(&store) as Arc<dyn Store>);
    let error = rig.open(3, builder).await.unwrap_err();
    assert_eq!(error.code_text(), "client.argument", "{error}");
    post(&rig.kept(2, &store).await, "hers").await.unwrap();
    // Another space is another matter.
    let builder = rig.builder().store(store as Arc<dyn Store>);
    let other = PolicySpace::create(builder, keys(9), NewSpace::default());
    other.await.unwrap();
}
