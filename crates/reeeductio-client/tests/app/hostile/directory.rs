//! Entries of the directory that an honest client never writes.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::{ChannelOptions, MemoryStore, NewMember, NewSpace, PolicySpace, Space};
use reeeductio_core::app::{
    Asks, ChannelEntry, ChannelProfile, DirectoryName, UserEntry, keeper_entry,
};
use reeeductio_core::{Identity, StateEntry};

use super::{code, raw_user, write};
use crate::channels::{join, private};
use crate::person::Person;
use crate::rig::{KeptApp, PASSWORD, Rig, keys};

fn channel_name(name: &str) -> DirectoryName {
    DirectoryName::Channel(name.to_owned())
}

fn entry_of(rig: &Rig, name: &str, creator: &Identity) -> ChannelEntry {
    let at = channel_name(name);
    ChannelEntry::new(rig.app.id(), &at, creator, [9; 16], Asks::Creator).unwrap()
}

/// The entry at a name.
async fn written(rig: &Rig, name: &DirectoryName) -> StateEntry {
    let path = name.path().unwrap();
    let value = rig.app.space().state().get(&path).await.unwrap().unwrap();
    StateEntry {
        value: String::from_utf8(value.value).unwrap(),
        path,
    }
}

#[tokio::test]
async fn an_entry_that_its_space_and_its_creator_have_not_both_signed_is_no_channel() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    let eve = Person::new(&kept.rig).await;
    let hers = raw_user(&kept.rig, &eve).await;
    let true_entry = written(&kept.rig, &channel_name("general")).await.value;
    let own = entry_of(&kept.rig, "elsewhere", &eve.keys);
    let own = own.entry(&channel_name("elsewhere")).unwrap().value;
    let elsewhere = ChannelEntry::new(
        keys(77).space_id(),
        &channel_name("foreign"),
        &eve.keys,
        [9; 16],
        Asks::Creator,
    );
    let elsewhere = elsewhere.unwrap().entry(&channel_name("foreign")).unwrap();
    let ada_s = ada.user().unwrap().id.to_string();
    for (name, value) in [
        // Ada's channel under another name, by eve; and as if it was hers.
        ("copied", true_entry.clone()),
        ("claimed", true_entry.replace(&ada_s, &eve.id().to_string())),
        // Her own one, for another name and for another app.
        ("moved", own),
        ("foreign", elsewhere.value),
    ] {
        let path = channel_name(name).path().unwrap();
        assert_eq!(write(&hers, &StateEntry { path, value }).await.status, 201);
        assert_eq!(
            code(bob.channels().resolve(name).await),
            "directory.invalid",
            "{name}"
        );
        assert_eq!(code(join(&bob, name).await), "directory.invalid", "{name}");
    }
    let listed = bob.channels().list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].space, made.id());
}

#[tokio::test]
async fn an_entry_that_counts_for_nothing_hides_no_channel_of_the_other_listing() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada.channels().create("board", private()).await.unwrap();
    let eve = Person::new(&kept.rig).await;
    let hers = raw_user(&kept.rig, &eve).await;
    let at = [channel_name("board"), DirectoryName::Space(made.id())];
    for name in at {
        let entry = StateEntry {
            path: name.path().unwrap(),
            value: r#"{"version":1,"space":"none"}"#.to_owned(),
        };
        assert_eq!(write(&hers, &entry).await.status, 201);
    }
    let found = bob.channels().resolve("board").await.unwrap();
    assert_eq!(found, Some(made.id()));
    made.invite("bob").await.unwrap();
    let by_id = bob.channels();
    let by_id = by_id.join_space(made.id(), Duration::from_secs(15)).await;
    assert_eq!(by_id.unwrap().id(), made.id());
}

#[tokio::test]
async fn a_later_channel_of_the_same_name_in_the_other_listing_is_not_found_by_it() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada.channels().create("board", private()).await.unwrap();
    let eve = Person::new(&kept.rig).await;
    let twin = entry_of(&kept.rig, "board", &eve.keys);
    let twin = twin.entry(&channel_name("board")).unwrap();
    let hers = raw_user(&kept.rig, &eve).await;
    assert_eq!(write(&hers, &twin).await.status, 201);
    let found = bob.channels().resolve("board").await.unwrap();
    assert_eq!(found, Some(made.id()));
}

#[tokio::test]
async fn a_space_that_says_to_be_of_another_app_is_no_channel_of_this_one() {
    let rig = Rig::start().await;
    let bob = rig.user("bob").await;
    let eve = Person::new(&rig).await;
    let entry = entry_of(&rig, "foreign", &eve.keys);
    let owner = eve.keys.space_key(&entry.salt);
    let builder = Space::builder(&rig.server.url());
    let space = PolicySpace::create(builder, owner, NewSpace::default());
    let space = space.await.unwrap();
    let profile = ChannelProfile {
        app: keys(77).space_id(),
        creator: eve.id(),
        salt: entry.salt,
    };
    let profile = profile.entry().unwrap();
    let state = space.state();
    let put = state.put(&profile.path, profile.value.as_bytes()).await;
    put.unwrap();
    let new = NewMember {
        user: bob.user().unwrap().id,
        role: "editor".to_owned(),
        key: None,
    };
    space.members().admit(&new).await.unwrap();
    let entry = entry.entry(&channel_name("foreign")).unwrap();
    assert_eq!(write(&raw_user(&rig, &eve).await, &entry).await.status, 201);
    for _ in 0..2 {
        assert_eq!(code(join(&bob, "foreign").await), "channel.not_found");
    }
}

#[tokio::test]
async fn a_name_that_the_owner_of_the_app_gives_to_another_one_is_reported_to_those_who_knew_it() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    kept.user("bob").await;
    let store = Arc::new(MemoryStore::default());
    let bob = kept.rig.client_with(&store);
    bob.auth().login("bob", PASSWORD).await.unwrap();
    let found = bob.channels().resolve("general").await.unwrap();
    assert_eq!(found, Some(made.id()));
    let directory = bob.directory().await.unwrap();
    directory.user("ada").await.unwrap();

    let owner = keys(1);
    let channel = entry_of(&kept.rig, "general", &owner);
    let entry = UserEntry {
        user: owner.user_id(),
    };
    for entry in [
        channel.entry(&channel_name("general")).unwrap(),
        entry.entry("ada").unwrap(),
    ] {
        let state = kept.rig.app.space().state();
        let put = state.put(&entry.path, entry.value.as_bytes()).await;
        put.unwrap();
    }
    let restarted = kept.rig.client_with(&store);
    restarted.auth().login("bob", PASSWORD).await.unwrap();
    for client in [&bob, &restarted] {
        let channels = client.channels();
        assert_eq!(code(channels.resolve("general").await), "directory.changed");
        assert_eq!(code(join(client, "general").await), "directory.changed");
        let directory = client.directory().await.unwrap();
        assert_eq!(code(directory.user("ada").await), "directory.changed");
    }
    // One that never knew the name cannot know.
    let found = kept.user("cas").await.channels().resolve("general").await;
    assert_eq!(found.unwrap(), Some(channel.space));
}

#[tokio::test]
async fn a_user_has_the_first_of_the_names_that_it_takes_and_none_that_another_one_takes_for_it() {
    let rig = Rig::start().await;
    let ada = rig.user("ada").await.user().unwrap();
    let eve = Person::new(&rig).await;
    let hers = raw_user(&rig, &eve).await;
    let entry = |user, name: &str| UserEntry { user }.entry(name).unwrap();
    for (user, name) in [(eve.id(), "eve"), (eve.id(), "root"), (ada.id, "bob")] {
        assert_eq!(write(&hers, &entry(user, name)).await.status, 201);
    }
    let names: Vec<String> = (rig.app.users().await.unwrap().into_iter())
        .map(|user| user.username)
        .collect();
    assert_eq!(names, ["ada", "eve"]);
    let directory = rig.app.directory();
    for name in ["root", "bob"] {
        assert_eq!(code(directory.user(name).await), "account.unknown");
        let late = rig.client();
        let taken = late.auth().register(name, PASSWORD).await;
        assert_eq!(code(taken), "account.taken");
    }
}

#[tokio::test]
async fn a_keeper_that_somebody_else_than_the_owner_names_is_asked_by_nobody() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let options = ChannelOptions::default();
    ada.channels().create("general", options).await.unwrap();
    let eve = Person::new(&kept.rig).await;
    let hers = raw_user(&kept.rig, &eve).await;
    let named = keeper_entry(eve.id()).unwrap();
    let refused = write(&hers, &named).await;
    assert_eq!(refused.refusal(), (403, "permission.denied"));
    // The app's owner has given her too much.
    let owner = kept.rig.server.owner(1).await;
    owner
        .grant(&hers, "too_much", "write", "state/app/{any}")
        .await;
    assert_eq!(write(&hers, &named).await.status, 201);
    assert_eq!(code(join(&bob, "general").await), "directory.invalid");
    let directory = bob.directory().await.unwrap();
    assert_eq!(code(directory.keeper().await), "directory.invalid");
}
