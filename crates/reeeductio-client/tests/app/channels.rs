//! Making, finding and joining channels.

use std::time::Duration;

use reeeductio_client::{
    Channel, ChannelOptions, Client, ClientError, NewChannelLink, NewPost, SpaceHistory,
};
use serde_json::{Value, json};

use crate::rig::{KeptApp, Rig, soon};

pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) fn post(text: &str) -> NewPost {
    NewPost::json(&json!({ "contents": text })).unwrap()
}

/// The contents of the messages that a member reads.
pub(crate) async fn contents(channel: &Channel) -> Vec<String> {
    let page = soon(channel.history(None, 200)).await.unwrap();
    assert_eq!(page.unreadable, []);
    let contents = page.messages.iter().map(|message| {
        let body: Value = message.json().unwrap();
        body["contents"].as_str().unwrap().to_owned()
    });
    contents.collect()
}

pub(crate) fn private() -> ChannelOptions {
    ChannelOptions {
        is_private: true,
        ..ChannelOptions::default()
    }
}

pub(crate) async fn join(client: &Client, name: &str) -> Result<Channel, ClientError> {
    soon(client.channels().join(name, PATIENCE)).await
}

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    result.unwrap_err().code_text().to_owned()
}

#[tokio::test]
async fn a_user_joins_a_public_channel_by_the_keeper_and_reads_it_from_the_beginning() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    made.send(&post("hello")).await.unwrap();
    // Ada is not there any more.
    drop(made);
    ada.close().await;

    let joined = join(&bob, "general").await.unwrap();
    assert_eq!(contents(&joined).await, ["hello"]);
    joined.send(&post("hi")).await.unwrap();
    assert_eq!(contents(&joined).await, ["hello", "hi"]);
    let roles: Vec<(Option<String>, String)> = (joined.members().await.unwrap().into_iter())
        .map(|member| (member.username, member.role))
        .collect();
    assert_eq!(roles.len(), 2);
    assert!(roles.contains(&(Some("ada".to_owned()), "owner".to_owned())));
    assert!(roles.contains(&(Some("bob".to_owned()), "editor".to_owned())));
    let audited = joined.audit().await.unwrap();
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].fault, None);
}

#[tokio::test]
async fn a_taken_name_is_refused_and_leaves_no_space_behind() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    ada.channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let before = kept.rig.app.space().refresh().await;
    before.unwrap();
    for options in [ChannelOptions::default(), private()] {
        let taken = bob.channels().create("general", options).await;
        assert_eq!(code(taken), "channel.exists");
    }
    assert_eq!(
        code(ada.channels().create("general", private()).await),
        "channel.exists"
    );
    assert_eq!(bob.channels().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_who_create_a_name_at_once_one_makes_the_channel() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let (channels, other_channels) = (ada.channels(), bob.channels());
    let (one, other) = tokio::join!(
        channels.create("general", ChannelOptions::default()),
        other_channels.create("general", ChannelOptions::default()),
    );
    let made = [one, other].map(|made| made.map_err(|error| error.code_text().to_owned()));
    assert_eq!(
        made.iter().filter(|made| made.is_ok()).count(),
        1,
        "{made:?}"
    );
    let space = made
        .iter()
        .find_map(|made| made.as_ref().ok())
        .unwrap()
        .id();
    assert_eq!(
        ada.channels().resolve("general").await.unwrap(),
        Some(space)
    );
    let there = other_channels.get_or_create("general", ChannelOptions::default(), PATIENCE);
    assert_eq!(soon(there).await.unwrap().id(), space);
}

#[tokio::test]
async fn a_name_that_nobody_has_made_is_not_found() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    assert_eq!(code(join(&ada, "nowhere").await), "channel.not_found");
    assert_eq!(ada.channels().resolve("nowhere").await.unwrap(), None);
    let elsewhere = crate::rig::keys(99).space_id().to_string();
    assert_eq!(code(join(&ada, &elsewhere).await), "channel.not_found");
}

#[tokio::test]
async fn the_directory_is_read_with_the_app_key_alone_and_the_contents_are_not() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let made = ada
        .channels()
        .create("Café", ChannelOptions::default())
        .await
        .unwrap();
    let nobody = kept.rig.client();
    let listed = nobody.channels().list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].name.as_str(), listed[0].space),
        ("Café", made.id())
    );
    assert_eq!(
        nobody.channels().resolve("Café").await.unwrap(),
        Some(made.id())
    );
    assert_eq!(nobody.channels().resolve("other").await.unwrap(), None);
    assert_eq!(code(join(&nobody, "Café").await), "account.signed_out");
    assert_eq!(
        code(nobody.channels().get(made.id()).await),
        "account.signed_out"
    );
}

#[tokio::test]
async fn a_private_channel_is_in_no_listing_and_lets_in_those_alone_who_are_invited() {
    let kept = KeptApp::start().await;
    let (ada, bob, eve) = (
        kept.user("ada").await,
        kept.user("bob").await,
        kept.user("eve").await,
    );
    let made = ada.channels().create("board", private()).await.unwrap();
    made.send(&post("secret")).await.unwrap();
    assert_eq!(eve.channels().list().await.unwrap(), []);
    let refused = join(&eve, "board").await.unwrap_err();
    assert_eq!(refused.code_text(), "channel.refused");
    assert!(
        refused.to_string().contains("channel.not_invited"),
        "{refused}"
    );
    assert_eq!(
        code(eve.channels().get(made.id()).await),
        "channel.not_found"
    );

    made.invite("bob").await.unwrap();
    let joined = join(&bob, "board").await.unwrap();
    assert_eq!(contents(&joined).await, ["secret"]);
    // Those who write invite others, too.
    joined.invite("eve").await.unwrap();
    assert_eq!(
        contents(&join(&eve, "board").await.unwrap()).await,
        ["secret"]
    );
    let audited = made.audit().await.unwrap();
    assert_eq!(
        audited.iter().map(|one| one.fault).collect::<Vec<_>>(),
        [None, None]
    );
}

#[tokio::test]
async fn a_space_without_a_name_is_joined_by_its_id() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada
        .channels()
        .create_space(ChannelOptions::default())
        .await
        .unwrap();
    made.send(&post("hello")).await.unwrap();
    assert_eq!(ada.channels().list().await.unwrap(), []);
    let joined = join(&bob, &made.id().to_string()).await.unwrap();
    assert_eq!(joined.id(), made.id());
    assert_eq!(contents(&joined).await, ["hello"]);
}

#[tokio::test]
async fn without_a_keeper_the_creator_is_asked_and_nothing_is_handed_over_before_it_admits() {
    let rig = Rig::start().await;
    let (ada, bob, eve) = (
        rig.user("ada").await,
        rig.user("bob").await,
        rig.user("eve").await,
    );
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("gated", options).await.unwrap();
    made.send(&post("hello")).await.unwrap();
    let mut events = made.events().await.unwrap();
    let (bobs, eves) = (bob.channels(), eve.channels());
    let (bob_asks, eve_asks) = (bobs.join("gated", PATIENCE), eves.join("gated", PATIENCE));
    let answers = async {
        let mut asked = Vec::new();
        while asked.len() < 2 {
            if let reeeductio_client::ChannelEvent::Asked(user) =
                events.next().await.unwrap().unwrap()
            {
                asked.push(user);
            }
        }
        assert_eq!(made.members().await.unwrap().len(), 1);
        made.admit("bob", "viewer").await.unwrap();
        made.refuse("eve").await.unwrap();
        asked
    };
    let (joined, refused, asked) = soon(Box::pin(async {
        tokio::join!(bob_asks, eve_asks, answers)
    }))
    .await;
    assert!(asked.contains(&bob.user().unwrap().id));
    let joined = joined.unwrap();
    assert_eq!(contents(&joined).await, ["hello"]);
    assert_eq!(code(refused), "channel.refused");
    // A viewer reads.
    assert_eq!(code(joined.send(&post("no")).await), "permission.denied");
    made.set_role("bob", "editor").await.unwrap();
    joined.send(&post("yes")).await.unwrap();
}

#[tokio::test]
async fn nobody_who_answers_is_a_timeout_and_no_channel_without_a_key() {
    let rig = Rig::start().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    ada.channels().create("gated", options).await.unwrap();
    ada.close().await;
    let late = bob
        .channels()
        .join("gated", Duration::from_millis(50))
        .await;
    assert_eq!(code(late), "channel.timeout");
    let none = rig.user("cas").await;
    let made = none
        .channels()
        .create("kept", ChannelOptions::default())
        .await;
    drop(made);
    assert_eq!(
        code(bob.channels().join("kept", PATIENCE).await),
        "app.keeper"
    );
}

#[tokio::test]
async fn a_channel_that_was_cut_short_is_completed_by_its_creator_and_by_nobody_else() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    kept.reserve(&ada, "general").await;
    assert_eq!(
        code(
            bob.channels()
                .create("general", ChannelOptions::default())
                .await
        ),
        "channel.exists"
    );
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    assert_eq!(join(&bob, "general").await.unwrap().id(), made.id());
}

#[tokio::test]
async fn a_link_lets_in_as_a_viewer_whom_the_owner_promotes() {
    let kept = KeptApp::start().await;
    let (ola, ada) = (kept.user("ola").await, kept.user("ada").await);
    let made = ola.channels().create("x", private()).await.unwrap();
    made.send(&post("before")).await.unwrap();
    let link = made.create_link(&NewChannelLink::default()).await.unwrap();
    let token = link.token.unwrap();
    let joined = ada.channels().join_by_link(&token, None).await.unwrap();
    assert_eq!(contents(&joined).await, ["before"]);
    let role = |members: Vec<reeeductio_client::ChannelMember>| {
        let ada = members
            .into_iter()
            .find(|member| member.username.as_deref() == Some("ada"));
        ada.unwrap().role
    };
    assert_eq!(role(made.members().await.unwrap()), "viewer");
    made.set_role("ada", "editor").await.unwrap();
    assert_eq!(role(made.members().await.unwrap()), "editor");
    // It let in one, and is in no list any more.
    assert_eq!(made.links().await.unwrap(), []);
}

#[tokio::test]
async fn links_are_listed_with_their_tokens_to_their_maker_alone_and_end_when_they_are_revoked() {
    let kept = KeptApp::start().await;
    let (ola, ada) = (kept.user("ola").await, kept.user("ada").await);
    let made = ola.channels().create("x", private()).await.unwrap();
    let new = NewChannelLink {
        role: "editor".to_owned(),
        uses: 5,
        seconds: 3600,
    };
    let link = made.create_link(&new).await.unwrap();
    let token = link.token.clone().unwrap();
    assert_eq!(made.links().await.unwrap(), [link]);
    let joined = ada.channels().join_by_link(&token, None).await.unwrap();
    let seen = joined.links().await.unwrap();
    assert_eq!((seen.len(), seen[0].token.as_ref()), (1, None));
    assert_eq!(seen[0].state.used, 1);
    assert_eq!(code(joined.create_link(&new).await), "grant.escalation");
    assert_eq!(code(joined.revoke_link(&token).await), "permission.denied");
    made.revoke_link(&token).await.unwrap();
    assert_eq!(made.links().await.unwrap(), []);
    let late = kept.user("late").await;
    assert_eq!(
        code(late.channels().join_by_link(&token, None).await),
        "member.unknown"
    );
    assert_eq!(
        code(late.channels().join_by_link("1.nonsense", None).await),
        "client.link_damaged"
    );
    let out = kept.rig.client();
    assert_eq!(
        code(out.channels().join_by_link(&token, None).await),
        "account.signed_out"
    );
}

#[tokio::test]
async fn a_removed_member_reads_nothing_that_is_written_after_and_is_not_let_in_again() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let joined = join(&bob, "general").await.unwrap();
    made.remove("bob").await.unwrap();
    made.send(&post("without bob")).await.unwrap();
    assert_eq!(code(joined.history(None, 10).await), "member.unknown");
    let again = kept.rig.client();
    again
        .auth()
        .login("bob", crate::rig::PASSWORD)
        .await
        .unwrap();
    let refused = join(&again, "general").await.unwrap_err();
    assert!(refused.to_string().contains("join.refused"), "{refused}");
}

#[tokio::test]
async fn with_rotating_history_a_newcomer_reads_from_its_epoch_on() {
    let kept = KeptApp::start().await;
    let (ada, bob) = (kept.user("ada").await, kept.user("bob").await);
    let options = ChannelOptions {
        history: SpaceHistory::Rotate,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("general", options).await.unwrap();
    kept.settled(&made).await;
    made.send(&post("before")).await.unwrap();
    assert_eq!(made.rotate().await.unwrap(), 1);
    made.send(&post("after")).await.unwrap();
    let joined = join(&bob, "general").await.unwrap();
    let page = joined.history(None, 10).await.unwrap();
    let bodies: Vec<Value> = page
        .messages
        .iter()
        .map(|one| one.json().unwrap())
        .collect();
    assert_eq!(bodies, [json!({ "contents": "after" })]);
    assert_eq!(page.unreadable.len(), 1);
    assert_eq!(page.unreadable[0].reason, "key.missing");
}
