//! State of the program's own.

use std::sync::Arc;

use reeeductio_client::{
    ClientError, MemoryStore, PathPrefix, PolicySpace, StatePath, StateValue, Store,
};
use reeeductio_core::state_entry;
use reeeductio_proto::{Capability, Operation};
use serde_json::Value;

use crate::commands::{lose_answer, losses};
use crate::rig::{Rig, admit, soon};

/// Changes the status and the body of an answer.
type Change = fn(&mut u16, &mut Value);

const DIRECTORY: &[&str] = &["directory"];

fn path(text: &str) -> StatePath {
    StatePath::parse(text).unwrap()
}

fn prefix(text: &str) -> PathPrefix {
    PathPrefix::parse(text).unwrap()
}

async fn put(space: &PolicySpace, at: &str, value: &str) {
    let put = space.state();
    soon(put.put(&path(at), value.as_bytes())).await.unwrap();
}

async fn create(space: &PolicySpace, at: &str, value: &str) -> Result<(), ClientError> {
    let state = space.state();
    soon(state.create(&path(at), value.as_bytes())).await
}

async fn get(space: &PolicySpace, at: &str) -> Option<String> {
    let value = soon(space.state().get(&path(at))).await.unwrap();
    value.map(text)
}

fn text(value: StateValue) -> String {
    String::from_utf8(value.value).unwrap()
}

async fn list(space: &PolicySpace, below: &str) -> Vec<String> {
    let values = soon(space.state().list(&prefix(below))).await.unwrap();
    let shown = |value: StateValue| {
        let path = value.path.clone();
        format!("{path}={}", text(value))
    };
    values.into_iter().map(shown).collect()
}

/// A member that may write below `names`.
async fn namer(rig: &Rig, seed: u8) -> PolicySpace {
    let owner = rig.server.owner(1).await;
    let right = Capability::new(Operation::Write, "state/names/{...}").unwrap();
    let entries = [
        state_entry::role("namer", None).unwrap(),
        state_entry::right_of_role("namer", "names", &right).unwrap(),
    ];
    for entry in entries {
        let set = owner.set_bytes(entry.path.as_str(), entry.value.as_bytes());
        assert_eq!(set.await.status, 201);
    }
    admit(&rig.owner, seed, "namer").await.unwrap();
    rig.open(seed, rig.builder()).await.unwrap()
}

/// How many messages of the state were written at a path.
async fn written(rig: &Rig, at: &str) -> usize {
    let owner = rig.server.owner(1).await;
    let page = owner.get("topics/state/messages?limit=1000").await;
    let messages = page.json["messages"].as_array().unwrap();
    messages.iter().filter(|one| one["type"] == at).count()
}

#[tokio::test]
async fn a_value_is_what_was_written_last_until_it_is_removed() {
    let rig = Rig::start().await;
    let ada = rig.editor(2).await;
    assert_eq!(get(&ada, "notice").await, None);
    put(&rig.owner, "notice", "first").await;
    put(&rig.owner, "notice", "second").await;
    let value = ada.state().get(&path("notice")).await.unwrap().unwrap();
    assert_eq!(value.sender, rig.owner.member());
    assert_eq!(text(value), "second");
    rig.owner.state().remove(&path("notice")).await.unwrap();
    assert_eq!(get(&ada, "notice").await, None);
    // Also where there is nothing to remove, which writes nothing.
    for at in ["notice", "never"] {
        rig.owner.state().remove(&path(at)).await.unwrap();
    }
    assert_eq!(written(&rig, "notice").await, 3);
    assert_eq!(written(&rig, "never").await, 0);
    put(&rig.owner, "notice", "again").await;
    assert_eq!(get(&ada, "notice").await.as_deref(), Some("again"));
}

#[tokio::test]
async fn values_are_listed_by_their_paths_whether_they_are_kept_at_hand_or_not() {
    let rig = Rig::start().await;
    for at in [
        "directory/b",
        "directory/a",
        "directory/a/x",
        "directory2",
        "other/a",
    ] {
        put(&rig.owner, at, at).await;
    }
    rig.owner
        .state()
        .remove(&path("directory/b"))
        .await
        .unwrap();
    for paths in [DIRECTORY, &[]] {
        let (builder, network) = rig.meddled();
        let space = rig.open(1, builder.keeping_state(paths)).await.unwrap();
        network.requests();
        let expected = ["directory/a=directory/a", "directory/a/x=directory/a/x"];
        assert_eq!(list(&space, "directory").await, expected);
        let asked = network.requests();
        let of_entries = asked.iter().filter(|line| line.contains("messages/M"));
        assert_eq!(of_entries.count(), if paths.is_empty() { 2 } else { 0 });
        assert_eq!(list(&space, "other").await, ["other/a=other/a"]);
        assert_eq!(
            list(&space, "")
                .await
                .iter()
                .filter(|one| one.contains("directory"))
                .count(),
            3
        );
        assert!(list(&space, "none").await.is_empty());
    }
}

#[tokio::test]
async fn of_many_that_make_a_value_at_once_one_succeeds() {
    let rig = Rig::start().await;
    let ada = namer(&rig, 2).await;
    let mut writers = vec![ada, rig.owner.clone()];
    for seed in [1, 2, 1, 2, 1, 2] {
        writers.push(rig.open(seed, rig.builder()).await.unwrap());
    }
    for round in 0..5 {
        let at = format!("names/{round}");
        let tasks = writers.iter().enumerate().map(|(number, writer)| {
            let (writer, at) = (writer.clone(), at.clone());
            tokio::spawn(async move { create(&writer, &at, &number.to_string()).await })
        });
        let mut winners = Vec::new();
        for (number, task) in tasks.collect::<Vec<_>>().into_iter().enumerate() {
            match task.await.unwrap() {
                Ok(()) => winners.push(number.to_string()),
                Err(error) => assert_eq!(error.code_text(), "state.exists"),
            }
        }
        assert_eq!(winners.len(), 1);
        for writer in &writers {
            assert_eq!(get(writer, &at).await.as_ref(), winners.first());
        }
        assert_eq!(written(&rig, &at).await, 1);
    }
}

#[tokio::test]
async fn a_value_that_was_removed_is_not_made_again() {
    let rig = Rig::start().await;
    let ada = namer(&rig, 2).await;
    create(&ada, "names/ann", "ada").await.unwrap();
    ada.state().remove(&path("names/ann")).await.unwrap();
    for space in [&ada, &rig.owner] {
        let error = create(space, "names/ann", "ada").await.unwrap_err();
        assert_eq!(error.code_text(), "state.exists");
        assert_eq!(error.kind(), reeeductio_client::ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn a_value_is_written_once_although_the_answer_was_lost() {
    for error in losses() {
        let rig = Rig::start().await;
        let (builder, network) = rig.meddled();
        let owner = rig.open(1, builder).await.unwrap();
        lose_answer(&network, error.clone());
        create(&owner, "names/ann", "mine").await.unwrap();
        lose_answer(&network, error.clone());
        put(&owner, "notice", "hello").await;
        lose_answer(&network, error);
        soon(owner.state().remove(&path("notice"))).await.unwrap();
        assert_eq!(written(&rig, "names/ann").await, 1);
        assert_eq!(written(&rig, "notice").await, 2);
        // A program that has not heard of its success asks again, maybe after a restart.
        let again = rig.open(1, rig.builder()).await.unwrap();
        create(&again, "names/ann", "mine").await.unwrap();
        assert_eq!(written(&rig, "names/ann").await, 1);
        let other = create(&again, "names/ann", "another").await.unwrap_err();
        assert_eq!(other.code_text(), "state.exists");
    }
}

#[tokio::test]
async fn the_same_value_by_another_member_is_not_taken_for_ones_own() {
    let rig = Rig::start().await;
    let ada = namer(&rig, 2).await;
    create(&rig.owner, "names/ann", "same").await.unwrap();
    let error = create(&ada, "names/ann", "same").await.unwrap_err();
    assert_eq!(error.code_text(), "state.exists");
}

#[tokio::test]
async fn a_member_without_the_right_writes_nothing() {
    let rig = Rig::start().await;
    let ada = namer(&rig, 2).await;
    put(&rig.owner, "notice", "true").await;
    let denied = |result: Result<(), ClientError>| {
        assert_eq!(result.unwrap_err().code_text(), "permission.denied");
    };
    denied(soon(ada.state().put(&path("notice"), b"false")).await);
    denied(create(&ada, "other", "false").await);
    denied(soon(ada.state().remove(&path("notice"))).await);
    assert_eq!(get(&ada, "notice").await.as_deref(), Some("true"));
}

#[tokio::test]
async fn a_server_that_gives_another_value_or_none_is_found_out() {
    let rig = Rig::start().await;
    put(&rig.owner, "notice", "old").await;
    put(&rig.owner, "notice", "true").await;
    let (builder, network) = rig.meddled();
    let space = rig.open(1, builder.clone()).await.unwrap();
    let changed: [(Change, &str); 3] = [
        (
            |_, body| body["data"] = "ZmFsc2U=".into(),
            "verify.message_hash",
        ),
        (
            |_, body| body["type"] = "other".into(),
            "verify.message_hash",
        ),
        (
            |status, body| {
                *status = 404;
                *body = serde_json::json!({"code": "message.not_found", "error": "", "detail": ""});
            },
            "verify.withheld",
        ),
    ];
    for (change, code) in changed {
        network.with(move |route, status, body| {
            if route.starts_with("topics/state/messages/M") {
                let mut answer: Value = serde_json::from_slice(body).unwrap();
                change(status, &mut answer);
                *body = answer.to_string().into_bytes();
            }
        });
        let got = soon(space.state().get(&path("notice"))).await;
        assert_eq!(got.unwrap_err().code_text(), code);
        let listed = soon(space.state().list(&prefix("notice"))).await;
        assert_eq!(listed.unwrap_err().code_text(), code);
    }

    // An older one, which its sender has signed too.
    let old = rig.server.owner(1).await;
    let old = old.get("topics/state/messages?limit=1000").await.json;
    let is_old = |one: &&Value| one["type"] == "notice";
    let old = old["messages"].as_array().unwrap().iter().find(is_old);
    let old = old.unwrap().clone();
    network.with(move |route, _, body| {
        if route.starts_with("topics/state/messages/M") {
            let mut answer: Value = serde_json::from_slice(body).unwrap();
            for (field, value) in old.as_object().unwrap() {
                answer[field] = value.clone();
            }
            *body = answer.to_string().into_bytes();
        }
    });
    let got = soon(space.state().get(&path("notice"))).await;
    assert_eq!(got.unwrap_err().code_text(), "verify.state_fork");

    // In the pages of the state, of which values are kept at hand.
    network.with(|route, _, body| {
        if route.starts_with("topics/state/messages?") {
            let mut page: Value = serde_json::from_slice(body).unwrap();
            for one in page["messages"].as_array_mut().unwrap() {
                if one["type"] == "notice" {
                    one["data"] = "ZmFsc2U=".into();
                }
            }
            *body = page.to_string().into_bytes();
        }
    });
    let opened = rig.open(1, builder.keeping_state(&["notice"])).await;
    assert_eq!(opened.unwrap_err().code_text(), "verify.message_hash");
}

#[tokio::test]
async fn values_that_are_kept_at_hand_are_listed_after_a_restart_without_a_request_for_each() {
    let rig = Rig::start().await;
    for number in 0..20 {
        put(&rig.owner, &format!("directory/{number:02}"), "of old").await;
    }
    let store = Arc::new(MemoryStore::default());
    let builder = || {
        let (builder, network) = rig.meddled();
        let builder = builder.store(Arc::clone(&store) as Arc<dyn Store>);
        (builder, network)
    };
    let (first, _network) = builder();
    let first = rig.open(1, first.keeping_state(DIRECTORY)).await.unwrap();
    drop(first);
    put(&rig.owner, "directory/07", "new").await;
    rig.owner
        .state()
        .remove(&path("directory/08"))
        .await
        .unwrap();

    let (later, network) = builder();
    let later = rig.open(1, later.keeping_state(DIRECTORY)).await.unwrap();
    let listed = list(&later, "directory").await;
    assert_eq!(listed.len(), 19);
    assert_eq!(listed[7], "directory/07=new");
    assert_eq!(listed[8], "directory/09=of old");
    let urls = network.urls();
    let states = urls
        .iter()
        .filter(|url| url.contains("topics/state/messages"));
    for url in states {
        assert!(
            url.contains("from="),
            "read from its beginning, or by entries: {url}"
        );
    }
    drop(later);

    // A program that keeps others reads the state again, and then has them.
    put(&rig.owner, "names/ann", "Ann").await;
    let (other, network) = builder();
    let other = rig
        .open(1, other.keeping_state(&["directory", "names"]))
        .await
        .unwrap();
    network.urls();
    assert_eq!(list(&other, "names").await, ["names/ann=Ann"]);
    assert_eq!(list(&other, "directory").await.len(), 19);
    assert!(!network.urls().iter().any(|url| url.contains("messages/M")));
}

#[tokio::test]
async fn paths_with_a_meaning_of_their_own_are_refused_and_the_call_to_use_is_named() {
    let rig = Rig::start().await;
    let (builder, network) = rig.meddled();
    let owner = rig.open(1, builder).await.unwrap();
    network.requests();
    let user = format!("auth/users/{}", owner.member());
    let refused = [
        (user.as_str(), "`members()`"),
        ("auth/roles/boss", "`roles()`"),
        ("auth/tools/x", "`links()`"),
        ("keyring/0", "`members().rotate`"),
        ("space/settings", "`change_settings`"),
    ];
    let state = owner.state();
    for (at, instead) in refused {
        let at = path(at);
        for result in [
            state.put(&at, b"x").await,
            state.create(&at, b"x").await,
            state.remove(&at).await,
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.code_text(), "client.argument");
            assert!(error.to_string().ends_with(instead), "{error}");
        }
    }
    for result in [
        state.put(&path("notice"), b"").await,
        state.create(&path("notice"), b"").await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "value: is empty, which removes what is there; use `remove`"
        );
    }
    assert!(network.requests().is_empty());
}
