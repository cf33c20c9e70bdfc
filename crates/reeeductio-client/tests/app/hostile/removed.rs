//! Members that were removed, and links that have ended.

use std::sync::Arc;

use reeeductio_client::transport::Transport;
use reeeductio_client::{Channel, ChannelOptions, Client, Identity, NewChannelLink};
use reeeductio_testkit::Member;

use super::code;
use crate::channels::{contents, join, post, private};
use crate::meddled::Meddled;
use crate::person::read;
use crate::rig::{KeptApp, PASSWORD, Rig, soon};
use reeeductio_client::{PasswordLogin, PolicySpace, Space};

pub(super) async fn keys_of(rig: &Rig, name: &str) -> Identity {
    let url = rig.server.url();
    let login = PasswordLogin::log_in(rig.app.id(), name, PASSWORD, &url).await;
    login.unwrap().secrets.identity
}

fn many(role: &str) -> NewChannelLink {
    NewChannelLink {
        role: role.to_owned(),
        uses: 5,
        seconds: 3600,
    }
}

#[tokio::test]
async fn a_removed_member_with_its_keys_every_link_and_all_that_the_server_has_reads_nothing_new() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada.channels().create("board", private()).await.unwrap();
    made.invite("bob").await.unwrap();
    join(&bob, "board").await.unwrap();
    made.send(&post("with bob")).await.unwrap();
    let mut tokens = Vec::new();
    for role in ["viewer", "editor"] {
        let link = made.create_link(&many(role)).await.unwrap();
        tokens.push(link.token.unwrap());
    }
    made.remove("bob").await.unwrap();
    made.send(&post("without bob")).await.unwrap();

    // The server shows him all that it has, as if he was ada.
    let ada_s = keys_of(&kept.rig, "ada").await;
    let url = kept.rig.server.url();
    let as_ada = Member::sign_in(&url, made.id(), ada_s.user_id(), ada_s).await;
    let network = Arc::new(Meddled::to(&kept.rig.server));
    let token = as_ada.token.clone();
    network.with(move |route, status, body| {
        let answer = match route {
            "auth/challenge" => serde_json::json!({"challenge": "AAAA", "expires_at": i64::MAX}),
            "auth/verify" => serde_json::json!({"token": token, "expires_at": i64::MAX}),
            _ => return,
        };
        (*status, *body) = (200, answer.to_string().into_bytes());
    });
    let builder = || Space::builder(&url).transport(Arc::clone(&network) as Arc<dyn Transport>);
    let bob_s = keys_of(&kept.rig, "bob").await;
    let space = PolicySpace::open(builder(), made.id(), bob_s.user_id(), bob_s.clone());
    let before = serde_json::json!({"contents": "with bob"}).to_string();
    let seen = read(&space.await.unwrap()).await;
    assert_eq!(seen, [before, "[KeyMissing { epoch: 1 }]".to_owned()]);
    for token in &tokens {
        let redeemed = {
            let builder = Client::builder(&url, &kept.rig.key).unwrap();
            let eve = builder.open().unwrap();
            eve.auth().login("bob", PASSWORD).await.unwrap();
            eve.channels().join_by_link(token, None).await
        };
        assert_eq!(code(redeemed), "member.unknown");
    }
    assert_eq!(contents(&made).await, ["with bob", "without bob"]);
}

async fn race(rig: &Rig, made: &Channel, redeemers: usize) -> usize {
    let link = made.create_link(&many("editor")).await.unwrap();
    let token = link.token.unwrap();
    let mut users = Vec::new();
    for number in 0..redeemers {
        users.push(rig.user(&format!("user-{number}")).await);
    }
    let redeem = users.iter().map(|user| {
        let token = token.clone();
        async move { user.channels().join_by_link(&token, None).await }
    });
    let redeemed = soon(futures_util::future::join_all(redeem)).await;
    let mut joined = 0;
    for channel in redeemed.into_iter().flatten() {
        joined += 1;
        assert_eq!(contents(&channel).await, ["hello"]);
    }
    joined
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_who_redeem_a_link_of_five_uses_at_once_five_join() {
    let kept = KeptApp::start().await;
    let ola = kept.user("ola").await;
    let options = ChannelOptions::default();
    let made = ola.channels().create("x", options).await.unwrap();
    made.send(&post("hello")).await.unwrap();
    assert_eq!(race(&kept.rig, &made, 20).await, 5);
    assert_eq!(made.members().await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_link_that_is_over_lets_in_nobody() {
    let kept = KeptApp::start().await;
    let (ola, ada) = (kept.user("ola").await, kept.user("ada").await);
    let made = ola.channels().create("x", private()).await.unwrap();
    let link = made.create_link(&many("editor")).await.unwrap();
    kept.rig.server.set_clock(3_601_000);
    let late = kept.rig.client();
    late.auth().login("ada", PASSWORD).await.unwrap();
    let token = link.token.unwrap();
    let refused = late.channels().join_by_link(&token, None).await;
    assert_eq!(code(refused), "member.unknown");
    drop(ada);
    assert_eq!(made.members().await.unwrap().len(), 1);
}
