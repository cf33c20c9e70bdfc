//! Channels on a server where users of an app make spaces, and nobody else.

use reeeductio_client::{App, Client, ClientError, NewApp, NewSpace, PolicySpace, Space};
use reeeductio_client::{ChannelOptions, Identity};

use reeeductio_testkit::{Creation, TestServer};

use crate::channels::post;
use crate::rig::{PASSWORD, keys};

#[tokio::test]
async fn users_of_the_app_make_channels_and_a_stranger_makes_no_space() {
    let owner = keys(1);
    let app = owner.space_id();
    let server = TestServer::start_with(|config| {
        config.admin.auto_create_spaces = None;
        config.spaces.creation = Some(Creation::App);
        config.spaces.apps = vec![app.to_string()];
    })
    .await;
    let builder = || Space::builder(&server.url());
    let (_app, key) = App::create(builder(), owner, &NewApp::named("Chat"))
        .await
        .unwrap();
    let ada = Client::builder(&server.url(), &key.expose())
        .unwrap()
        .open()
        .unwrap();
    ada.auth().register("ada", PASSWORD).await.unwrap();
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    made.send(&post("hello")).await.unwrap();

    let stranger: Identity = keys(77);
    let refused: Result<PolicySpace, ClientError> =
        PolicySpace::create(builder(), stranger, NewSpace::default()).await;
    assert_eq!(refused.unwrap_err().code_text(), "space.unknown");
}
