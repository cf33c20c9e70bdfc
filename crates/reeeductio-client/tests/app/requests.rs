//! The number of requests that joining takes: each is a round trip for the user.

use std::sync::Arc;

use reeeductio_client::transport::Transport;
use reeeductio_client::{ChannelOptions, Client, NewChannelLink};

use crate::channels::{contents, join, post};
use crate::meddled::Meddled;
use crate::rig::{KeptApp, PASSWORD};

/// A user of the app, and its network.
async fn user(kept: &KeptApp, name: &str) -> (Client, Arc<Meddled>) {
    let network = Arc::new(Meddled::to(&kept.rig.server));
    let builder = Client::builder(&kept.rig.server.url(), &kept.rig.key).unwrap();
    let transport = Arc::clone(&network) as Arc<dyn Transport>;
    let client = builder.transport(transport).open().unwrap();
    client.auth().register(name, PASSWORD).await.unwrap();
    (client, network)
}

#[tokio::test]
async fn joining_takes_no_more_requests_than_it_did() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    made.send(&post("hello")).await.unwrap();
    kept.settled(&made).await;
    let (bob, network) = user(&kept, "bob").await;
    network.requests();
    let joined = join(&bob, "general").await.unwrap();
    let asked = network.requests();
    assert!(asked.len() <= 13, "{asked:#?}");
    assert_eq!(contents(&joined).await, ["hello"]);

    let link = made.create_link(&NewChannelLink::default()).await.unwrap();
    let (eve, network) = user(&kept, "eve").await;
    network.requests();
    let token = link.token.unwrap();
    let joined = eve.channels().join_by_link(&token, None).await.unwrap();
    let asked = network.requests();
    assert!(asked.len() <= 22, "{asked:#?}");
    assert_eq!(contents(&joined).await, ["hello"]);
}
