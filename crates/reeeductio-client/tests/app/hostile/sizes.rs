//! Long names, long messages, large directories, and many requests.

use std::sync::Arc;

use reeeductio_client::transport::Transport;
use reeeductio_client::{ChannelEvent, ChannelOptions, Client, NewMember, NewPost, random};
use reeeductio_core::Identity;
use reeeductio_core::app::UserEntry;

use super::removed::keys_of;
use super::{code, raw, raw_user, write};
use crate::channels::{contents, join, post};
use crate::meddled::Meddled;
use crate::person::Person;
use crate::rig::{KeptApp, PASSWORD, Rig, soon};

#[tokio::test]
async fn names_have_up_to_128_bytes() {
    let kept = KeptApp::start().await;
    let longest = "é".repeat(64);
    let ada = kept.user(&"a".repeat(128)).await;
    let bob = kept.user("bob").await;
    let options = ChannelOptions::default();
    let channels = ada.channels();
    let made = channels.create(&longest, options).await.unwrap();
    assert_eq!(join(&bob, &longest).await.unwrap().id(), made.id());
    let too_long = format!("{longest}e");
    assert_eq!(
        code(channels.create(&too_long, options).await),
        "client.argument"
    );
    assert_eq!(code(join(&bob, &too_long).await), "client.argument");
    let long = kept.rig.client();
    for name in ["a".repeat(129), "é".to_owned()] {
        let refused = long.auth().register(&name, PASSWORD).await;
        assert!(
            ["client.argument", "opaque.invalid_username"].contains(&code(refused).as_str()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_and_keeps_nothing_from_going_on() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    // The longest that goes is found by halves.
    let (mut fits, mut too_long) = (1_usize, 4_000_000_usize);
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        let sent = made
            .send(&NewPost::bytes("text/plain", vec![7; middle]))
            .await;
        match sent {
            Ok(_) => fits = middle,
            Err(error) => {
                let code = error.code_text().to_owned();
                assert!(
                    ["client.seal", "message.too_large"].contains(&code.as_str()),
                    "{middle}: {code}"
                );
                too_long = middle;
            }
        }
    }
    assert!(fits >= 60_000, "{fits}");
    made.send(&post("after")).await.unwrap();
    let page = made.history(None, 1).await.unwrap();
    assert_eq!(page.messages.len(), 1);
}

#[tokio::test]
async fn of_the_requests_of_a_user_the_newest_alone_stays_in_the_inbox() {
    let rig = Rig::start().await;
    let ada = rig.user("ada").await;
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("gated", options).await.unwrap();
    let user = Person::new(&rig).await;
    let name = UserEntry { user: user.id() }.entry("bob").unwrap();
    assert_eq!(write(&raw_user(&rig, &user).await, &name).await.status, 201);
    let to = ada.user().unwrap().id;
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.push(user.request(made.id()));
        user.ask(to, requests.last().unwrap()).await;
    }
    let events = made.events().await.unwrap();
    made.admit("bob", "viewer").await.unwrap();
    assert_eq!(user.answers(to, &requests[2]).await, [""]);
    let keys = keys_of(&rig, "ada").await;
    let ada = raw(&rig, rig.app.id(), to, &keys).await;
    assert_eq!(ada.get("inbox").await.json["items"], serde_json::json!([]));
    drop(events);
}

/// Admits users of the app in their number, and lets each take a name.
async fn fill(rig: &Rig, first: usize, count: usize) -> Vec<Identity> {
    let owner = rig.server.owner(1).await;
    let mut users = Vec::new();
    for number in first..first + count {
        let keys = Identity::from_seed(&random().unwrap());
        let user = keys.user_id();
        for entry in [
            reeeductio_core::state_entry::user(user, None).unwrap(),
            reeeductio_core::state_entry::role_grant(user, "user", None).unwrap(),
        ] {
            assert_eq!(write(&owner, &entry).await.status, 201);
        }
        let member = raw(rig, rig.app.id(), user, &keys).await;
        let name = UserEntry { user }.entry(&format!("user-{number}"));
        assert_eq!(write(&member, &name.unwrap()).await.status, 201);
        users.push(keys);
    }
    users
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_members_of_a_channel_cost_as_many_requests_however_many_they_are() {
    let rig = Rig::start().await;
    rig.user("ada").await;
    let network = Arc::new(Meddled::to(&rig.server));
    let builder = Client::builder(&rig.server.url(), &rig.key).unwrap();
    let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
    let ada = builder.open().unwrap();
    ada.auth().login("ada", PASSWORD).await.unwrap();
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("general", options).await.unwrap();
    let mut asked = Vec::new();
    for (first, count) in [(0, 5), (5, 55)] {
        for keys in fill(&rig, first, count).await {
            let new = NewMember {
                user: keys.user_id(),
                role: "viewer".to_owned(),
                key: None,
            };
            made.space().members().admit(&new).await.unwrap();
        }
        // It reads on in both states first.
        made.members().await.unwrap();
        network.requests();
        let members = made.members().await.unwrap();
        assert_eq!(members.len(), first + count + 1);
        assert!(members.iter().all(|member| member.username.is_some()));
        asked.push(network.requests().len());
    }
    assert_eq!(asked[0], asked[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_requests_than_are_remembered_leave_the_creator_able_to_answer() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("gated", options).await.unwrap();
    made.send(&post("hello")).await.unwrap();
    let eve = Person::new(&rig).await;
    let to = ada.user().unwrap().id;
    // Of one user, for spaces that are none.
    for number in 0..1_001_u32 {
        let mut seed = [0xEE; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let request = eve.request(Identity::from_seed(&seed).space_id());
        eve.ask(to, &request).await;
    }
    let mut events = made.events().await.unwrap();
    let bobs = bob.channels();
    let joined = bobs.join("gated", std::time::Duration::from_secs(15));
    let admitted = async {
        loop {
            let event = events.next().await.unwrap().unwrap();
            if let ChannelEvent::Asked(user) = event
                && user == bob.user().unwrap().id
            {
                return made.admit("bob", "editor").await.unwrap();
            }
        }
    };
    let (joined, ()) = soon(async { tokio::join!(joined, admitted) }).await;
    assert_eq!(contents(&joined.unwrap()).await, ["hello"]);
}
