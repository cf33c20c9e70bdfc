//! Commands whose answers do not come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reeeductio_client::transport::{Transport, TransportError};
use reeeductio_client::{MemberId, NewSpace, PolicySpace, Space};
use reeeductio_testkit::TestServer;

use crate::meddled::Meddled;
use crate::rig::{Rig, admit, bodies, history, keys, post, soon};

/// Loses the answer to the next command.
pub(crate) fn lose_answer(network: &Meddled, error: TransportError) {
    let lost = AtomicBool::new(false);
    network.on_answer(move |line| {
        let lose = line == "Post commands" && !lost.swap(true, Ordering::SeqCst);
        let result = if lose { Err(error.clone()) } else { Ok(()) };
        async move { result }
    });
}

/// The ways in which an answer is lost: one is worth another attempt at once, the other is not.
pub(crate) fn losses() -> [TransportError; 2] {
    [
        TransportError::Failed("reset".to_owned()),
        TransportError::Timeout,
    ]
}

async fn owner(rig: &Rig) -> (PolicySpace, Arc<Meddled>) {
    let (builder, network) = rig.meddled();
    (rig.open(1, builder).await.unwrap(), network)
}

#[tokio::test]
async fn a_space_is_made_once_although_the_answer_was_lost() {
    for error in losses() {
        let server = TestServer::start().await;
        let network = Arc::new(Meddled::to(&server));
        let builder = Space::builder(&server.url());
        let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
        lose_answer(&network, error);
        let made = PolicySpace::create(builder.clone(), keys(1), NewSpace::default());
        let space = soon(made).await.unwrap();
        post(&space, "hello").await.unwrap();
        let again = PolicySpace::open(builder, space.id(), space.member(), keys(1));
        assert_eq!(bodies(&history(&again.await.unwrap()).await), ["hello"]);
    }
}

#[tokio::test]
async fn a_program_that_ends_while_it_makes_a_space_finds_the_keys_again() {
    let server = TestServer::start().await;
    let network = Arc::new(Meddled::to(&server));
    let builder = Space::builder(&server.url());
    let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
    // The command is stored, and nothing comes back any more.
    let sent = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&sent);
    network.on_answer(move |line| {
        if line == "Post commands" {
            gone.store(true, Ordering::SeqCst);
        }
        let result = if gone.load(Ordering::SeqCst) {
            Err(TransportError::Timeout)
        } else {
            Ok(())
        };
        async move { result }
    });
    let made = PolicySpace::create(builder, keys(1), NewSpace::default());
    soon(made).await.unwrap_err();
    assert!(sent.load(Ordering::SeqCst));
    // The root is nowhere but in the space: wrapped to the owner.
    let builder = Space::builder(&server.url());
    let again = PolicySpace::create(builder, keys(1), NewSpace::default());
    post(&soon(again).await.unwrap(), "hello").await.unwrap();
}

#[tokio::test]
async fn a_member_is_admitted_and_removed_once_although_the_answers_were_lost() {
    for error in losses() {
        let rig = Rig::start().await;
        let (owner, network) = owner(&rig).await;
        lose_answer(&network, error.clone());
        soon(admit(&owner, 2, "editor")).await.unwrap();
        let ada = rig.open(2, rig.builder()).await.unwrap();
        post(&ada, "here").await.unwrap();
        lose_answer(&network, error);
        soon(owner.members().remove(ada.member())).await.unwrap();
        assert_eq!(
            owner.members().list().await.unwrap(),
            Vec::<MemberId>::new()
        );
        post(&owner, "without her").await.unwrap();
        assert_eq!(bodies(&history(&rig.owner).await), ["here", "without her"]);
        // One epoch began, not two.
        let keyring = rig.server.owner(1).await.get("state/keyring/2").await;
        assert_eq!(keyring.status, 404);
    }
}

#[tokio::test]
async fn a_member_has_left_although_the_answer_was_lost() {
    let rig = Rig::start().await;
    rig.admit(2, "editor").await;
    let (builder, network) = rig.meddled();
    let ada = rig.open(2, builder).await.unwrap();
    lose_answer(&network, TransportError::Failed("reset".to_owned()));
    soon(ada.members().leave()).await.unwrap();
    assert!(rig.owner.members().list().await.unwrap().is_empty());
}

#[tokio::test]
async fn two_members_that_are_admitted_at_once_are_both_in_and_have_the_key() {
    let rig = Rig::start().await;
    let second = rig.open(1, rig.builder()).await.unwrap();
    let (one, two) = tokio::join!(admit(&rig.owner, 2, "editor"), admit(&second, 3, "editor"));
    one.unwrap();
    two.unwrap();
    for seed in [2, 3] {
        let member = rig.open(seed, rig.builder()).await.unwrap();
        post(&member, "here").await.unwrap();
    }
}

#[tokio::test]
async fn a_member_that_is_admitted_while_an_epoch_begins_has_its_key() {
    let rig = Rig::start().await;
    let second = rig.open(1, rig.builder()).await.unwrap();
    let members = second.members();
    let (admitted, rotated) = tokio::join!(admit(&rig.owner, 2, "editor"), members.rotate());
    admitted.unwrap();
    rotated.unwrap();
    let ada = rig.open(2, rig.builder()).await.unwrap();
    post(&ada, "here").await.unwrap();
}
