//! A server that lies where the client decides.

use reeeductio_client::PolicySpace;
use reeeductio_client::TopicItem;
use reeeductio_core::log::{Evidence, Shown};
use serde_json::Value;
use std::sync::Arc;

use crate::meddled::Meddled;
use crate::rig::{Rig, bodies, post, soon, topic, unread};

/// A handle whose answers about the topic are changed.
async fn lied_to(rig: &Rig) -> (PolicySpace, Arc<Meddled>) {
    let (builder, network) = rig.meddled();
    (rig.open(1, builder).await.unwrap(), network)
}

fn lie(network: &Meddled, change: impl Fn(&mut Value) + Send + 'static) {
    network.with(move |route, _, body| {
        if route.starts_with("topics/general/messages?") {
            let mut page: Value = serde_json::from_slice(body).unwrap();
            change(&mut page);
            *body = page.to_string().into_bytes();
        }
    });
}

async fn error_of(change: impl Fn(&mut Value) + Send + 'static) -> String {
    let rig = Rig::start().await;
    for body in ["one", "two", "three"] {
        post(&rig.owner, body).await.unwrap();
    }
    let (space, network) = lied_to(&rig).await;
    lie(&network, change);
    let result = soon(space.topic(&topic()).unread()).await;
    result.unwrap_err().code_text().to_owned()
}

#[tokio::test]
async fn what_is_left_out_moved_or_renumbered_is_found() {
    let messages = |page: &mut Value| page["messages"].as_array_mut().unwrap().clone();
    let left_out = error_of(move |page| {
        let mut all = messages(page);
        all.remove(1);
        page["messages"] = all.into();
    });
    assert_eq!(left_out.await, "proof.mismatch");
    let first = error_of(move |page| {
        let mut all = messages(page);
        all.remove(0);
        page["messages"] = all.into();
    });
    assert_eq!(first.await, "proof.mismatch");
    let renumbered = error_of(|page| page["messages"][2]["n"] = 99.into());
    assert_eq!(renumbered.await, "proof.mismatch");
    let dated =
        error_of(|page| page["messages"][2]["server_timestamp"] = 4_000_000_000_000_i64.into());
    assert_eq!(dated.await, "proof.mismatch");
    let other_state = error_of(|page| page["messages"][2]["state"] = Value::Null);
    assert_eq!(other_state.await, "proof.mismatch");
    let unproven = error_of(|page| page["proof"] = Value::Null);
    assert_eq!(unproven.await, "client.answer");
    let previous = error_of(|page| {
        page["previous"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=".into();
    });
    // It neither links nor leads to the root; which of both is found first is not promised.
    let found = previous.await;
    assert!(
        ["verify.chain_link", "proof.mismatch"].contains(&found.as_str()),
        "{found}"
    );
}

#[tokio::test]
async fn a_payload_that_is_withheld_is_told_and_hides_nothing_else() {
    let rig = Rig::start().await;
    for body in ["one", "two", "three"] {
        post(&rig.owner, body).await.unwrap();
    }
    let (space, network) = lied_to(&rig).await;
    lie(&network, |page| {
        if let Some(message) = page["messages"].get_mut(1) {
            message["payload"] = Value::Null;
        }
    });
    let mut items = unread(&space).await;
    // Known for sure once the topic was read to its end by a question that was asked later.
    items.extend(unread(&space).await);
    assert_eq!(items[0].body(), Some(&b"one"[..]));
    assert_eq!(items[1].message().unwrap().shown, Shown::Missing);
    assert_eq!(items[2].body(), Some(&b"three"[..]));
    let withheld: Vec<_> = items
        .iter()
        .filter(|item| matches!(item, TopicItem::Withheld(_)))
        .collect();
    assert_eq!(withheld.len(), 1, "{items:?}");
}

#[tokio::test]
async fn another_payload_is_refused_by_its_reason() {
    let rig = Rig::start().await;
    for body in ["one", "two"] {
        post(&rig.owner, body).await.unwrap();
    }
    let (space, network) = lied_to(&rig).await;
    lie(&network, |page| {
        page["messages"][0]["payload"] = page["messages"][1]["payload"].clone();
    });
    assert_eq!(bodies(&unread(&space).await), ["[payload.mismatch]", "two"]);
}

#[tokio::test]
async fn a_lane_goes_on_over_a_message_that_was_forged_also_after_a_restart() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await.member().to_string();
    for body in ["one", "two"] {
        post(&rig.owner, body).await.unwrap();
    }
    let store = Arc::new(reeeductio_client::MemoryStore::default());
    let (builder, network) = rig.meddled();
    let kept = Arc::clone(&store) as Arc<dyn reeeductio_client::Store>;
    let space = rig.open(1, builder.store(kept)).await.unwrap();
    lie(&network, move |page| {
        page["messages"][1]["sender"] = ada.clone().into();
    });
    let expected = ["one", "[verify.message_hash]"];
    assert_eq!(bodies(&unread(&space).await), expected);
    drop(space);
    post(&rig.owner, "three").await.unwrap();
    let again = rig.kept(1, &store).await;
    assert_eq!(bodies(&unread(&again).await), ["three"]);
}

#[tokio::test]
async fn an_edit_that_a_server_makes_up_changes_nothing() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    post(&rig.owner, "true").await.unwrap();
    let other = post(&ada, "other").await.unwrap();
    let (space, network) = lied_to(&rig).await;
    let by = other.position.hash.to_string();
    lie(&network, move |page| {
        page["messages"][0]["revised"] =
            serde_json::json!({"by": by, "revision": 1, "deleted": true});
    });
    assert_eq!(bodies(&unread(&space).await), ["true", "other"]);
}

#[tokio::test]
async fn a_server_that_goes_back_in_time_is_found_also_after_a_restart() {
    let rig = Rig::start().await;
    let store = Arc::new(reeeductio_client::MemoryStore::default());
    let space = rig.kept(1, &store).await;
    post(&space, "one").await.unwrap();
    let old = soon(space.log().checkpoint()).await.unwrap();
    let old = old.note().to_owned();
    post(&space, "two").await.unwrap();
    soon(space.log().checkpoint()).await.unwrap();
    drop(space);
    let (builder, network) = rig.meddled();
    let builder = builder.store(Arc::clone(&store) as Arc<dyn reeeductio_client::Store>);
    let again = rig.open(1, builder).await.unwrap();
    network.with(move |route, _, body| {
        if route == "checkpoint" {
            *body = serde_json::json!({"checkpoint": old})
                .to_string()
                .into_bytes();
        }
    });
    let error = soon(again.log().checkpoint()).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.rolled_back");
    // An old one that another member gives is none.
    network.with(|_, _, _| {});
    post(&again, "three").await.unwrap();
    assert_eq!(bodies(&unread(&again).await), ["one", "two", "three"]);
}

#[tokio::test]
async fn two_signed_histories_are_evidence_that_anybody_can_verify() {
    let rig = Rig::start().await;
    post(&rig.owner, "one").await.unwrap();
    let true_one = soon(rig.owner.log().checkpoint()).await.unwrap();
    let lied = forged(&rig, &true_one);
    let error = rig.owner.log().compare_note(&lied).await.unwrap_err();
    assert_eq!(error.code_text(), "verify.split_view");
    let reeeductio_client::ClientError::Policy(error) = &error else {
        panic!("{error:?}");
    };
    let bytes = error.error().evidence().unwrap().to_bytes();
    let evidence = Evidence::parse(&bytes).unwrap();
    let split = evidence.verify().unwrap();
    assert_eq!(split.smaller.size, true_one.checkpoint().size);
    assert_eq!(evidence.log_key(), true_one.log_key());
    // The server's own history is still what this client goes on from.
    post(&rig.owner, "two").await.unwrap();
    assert_eq!(bodies(&unread(&rig.owner).await), ["one", "two"]);
}

#[tokio::test]
async fn a_signed_history_that_the_server_cannot_prove_is_a_rollback() {
    let rig = Rig::start().await;
    post(&rig.owner, "one").await.unwrap();
    let newest = soon(rig.owner.log().checkpoint()).await.unwrap();
    let longer = reeeductio_proto::Checkpoint {
        size: newest.checkpoint().size + 5,
        root: [7; 32],
        ..newest.checkpoint().clone()
    };
    let error = { rig.owner.log() }.compare_note(&sign(&rig, &longer)).await;
    assert_eq!(error.unwrap_err().code_text(), "verify.rolled_back");
    post(&rig.owner, "two").await.unwrap();
}

/// A note with another root that the server's own key has signed.
fn forged(rig: &Rig, of: &reeeductio_core::log::SignedCheckpoint) -> String {
    let other = reeeductio_proto::Checkpoint {
        root: [7; 32],
        ..of.checkpoint().clone()
    };
    sign(rig, &other)
}

fn sign(rig: &Rig, checkpoint: &reeeductio_proto::Checkpoint) -> String {
    let key = std::fs::read(rig.server.data().join("log.key")).unwrap();
    let key = reeeductio_client::Identity::from_seed(key[..32].try_into().unwrap());
    let signature = key.sign(checkpoint.text().as_bytes());
    checkpoint.to_note(&key.public_key(), &signature)
}

#[tokio::test]
async fn members_that_were_shown_one_history_agree_about_it() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    for body in ["one", "two", "three"] {
        post(&ada, body).await.unwrap();
        unread(&ada).await;
        post(&rig.owner, body).await.unwrap();
        unread(&rig.owner).await;
    }
    unread(&ada).await;
    for space in [&rig.owner, &ada] {
        soon(space.log().checkpoint()).await.unwrap();
        assert!(soon(space.log().compare_seen()).await.unwrap() > 0);
        assert!(space.log().suspicions().is_empty());
    }
}

#[tokio::test]
async fn a_member_that_was_removed_opens_nothing_that_came_after_whoever_gives_it_to_her() {
    let rig = Rig::start().await;
    rig.admit(2, "editor").await;
    post(&rig.owner, "with ada").await.unwrap();
    let (builder, network) = rig.meddled();
    let ada = rig.open(2, builder.clone()).await.unwrap();
    rig.owner.members().remove(ada.member()).await.unwrap();
    post(&rig.owner, "without ada").await.unwrap();
    // The server lets ada in as if she was the owner.
    let token = rig.server.owner(1).await.token;
    network.with(move |route, status, body| {
        let answer = match route {
            "auth/challenge" => serde_json::json!({"challenge": "AAAA", "expires_at": i64::MAX}),
            "auth/verify" => serde_json::json!({"token": token, "expires_at": i64::MAX}),
            _ => return,
        };
        (*status, *body) = (200, answer.to_string().into_bytes());
    });
    let again = rig.open(2, builder).await.unwrap();
    for space in [&ada, &again] {
        let items = unread(space).await;
        assert_eq!(bodies(&items), ["with ada", "[KeyMissing { epoch: 1 }]"]);
        let error = post(space, "still here?").await.unwrap_err();
        assert_eq!(error.code_text(), "key.missing");
    }
}
