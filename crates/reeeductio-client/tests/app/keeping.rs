//! Keepers, creators and joiners that end at each of their requests, and keepers that work at once.

pub(crate) mod mortal;

use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    Channel, ChannelOptions, Client, Keeper, KeeperPass, MemoryStore, Space, Store,
};

use crate::channels::{contents, join, post};
use crate::person::Person;
use crate::rig::{KeptApp, PASSWORD, Rig, keep, keys, soon};
use mortal::{End, Mortal};

/// Seed of the keeper.
const KEEPER: u8 = 50;
const PATIENCE: Duration = Duration::from_secs(15);

fn message(text: &str) -> String {
    serde_json::json!({ "contents": text }).to_string()
}

/// The keeper of the app, in a new program, over a network if there is one.
async fn keeper(
    rig: &Rig,
    network: Option<&Arc<Mortal>>,
    store: Option<&Arc<MemoryStore>>,
) -> Result<Keeper, reeeductio_client::ClientError> {
    let mut builder = Space::builder(&rig.server.url());
    if let Some(network) = network {
        builder = builder.transport(Arc::clone(network) as Arc<dyn Transport>);
    }
    let store = store.map(|store| Arc::clone(store) as Arc<dyn Store>);
    Keeper::open(builder, rig.app.id(), keys(KEEPER), store).await
}

/// An app with a keeper that runs when it is told to, and a user.
async fn app_of_ada() -> (Rig, Client) {
    let rig = Rig::start().await;
    rig.keeper(KEEPER).await;
    let ada = rig.user("ada").await;
    (rig, ada)
}

async fn general(ada: &Client) -> Channel {
    let options = ChannelOptions::default();
    let made = ada.channels().create("general", options).await.unwrap();
    made.send(&post("hello")).await.unwrap();
    made
}

/// Fails if somebody is accused, or was let in another number of times.
async fn check_audit(channel: &Channel, admitted: usize) {
    let audited = channel.audit().await.unwrap();
    assert_eq!(audited.len(), admitted);
    assert!(audited.iter().all(|one| one.fault.is_none()), "{audited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keepers_at_once_let_each_user_in_once() {
    let (rig, ada) = app_of_ada().await;
    let mut running = Vec::new();
    for _ in 0..2 {
        running.push(tokio::spawn(keep(keeper(&rig, None, None).await.unwrap())));
    }
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        let channel = ada.channels().create(name, ChannelOptions::default()).await;
        made.push(channel.unwrap());
        made.last().unwrap().send(&post(name)).await.unwrap();
    }
    let mut users = Vec::new();
    for number in 0..10 {
        users.push(rig.user(&format!("user-{number}")).await);
    }
    let joins = users.iter().map(|user| async move {
        for name in ["one", "two", "three"] {
            let joined = join(user, name).await.unwrap();
            assert_eq!(contents(&joined).await, [name]);
        }
    });
    futures_util::future::join_all(joins).await;
    for channel in &made {
        assert_eq!(channel.members().await.unwrap().len(), 11);
        check_audit(channel, 10).await;
    }
    running.iter().for_each(tokio::task::JoinHandle::abort);
    for task in running {
        let _aborted = task.await;
    }
    // One may have been ended between an answer and its acknowledgement.
    let third = keeper(&rig, None, None).await.unwrap();
    third.pass().await.unwrap();
    assert_eq!(third.pass().await.unwrap(), KeeperPass::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_ends_before_any_request_of_an_admission_goes_on_in_the_next_run() {
    admit_and_crash(End::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_ends_after_any_request_of_an_admission_goes_on_in_the_next_run() {
    admit_and_crash(End::After).await;
}

async fn admit_and_crash(end: End) {
    let (rig, ada) = app_of_ada().await;
    let made = general(&ada).await;
    let first = keeper(&rig, None, None).await.unwrap();
    assert_eq!(first.pass().await.unwrap().kept, 1);
    let mut admitted = 0;
    for store in [None, Some(Arc::new(MemoryStore::default()))] {
        let mut ends = Vec::new();
        for at in 0.. {
            let user = Person::new(&rig).await;
            let request = user.request(made.id());
            user.ask(first.id(), &request).await;
            let network = Arc::new(Mortal::new(end));
            network.arm(at);
            let run = async {
                let keeper = keeper(&rig, Some(&network), store.as_ref()).await?;
                keeper.pass().await
            };
            let ended = soon(network.run(run)).await;

            let next = keeper(&rig, None, store.as_ref()).await.unwrap();
            let pass = next.pass().await.unwrap();
            assert_eq!((pass.left, pass.refused), (0, 0), "{at}: {ended:?}");
            assert_eq!(next.pass().await.unwrap(), KeeperPass::default());
            let answers = user.answers(next.id(), &request).await;
            assert!(!answers.is_empty(), "{at}: {ended:?}");
            assert!(answers.iter().all(String::is_empty), "{answers:?}");
            assert_eq!(user.read(made.id()).await, [message("hello")]);
            admitted += 1;
            match ended {
                Some(request) => ends.push(request),
                None => break,
            }
        }
        for wanted in ["Post commands", "Post inbox/"] {
            let is_there = ends.iter().any(|end| end.starts_with(wanted));
            assert!(is_there, "{wanted}: {ends:?}");
        }
    }
    check_audit(&made, admitted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_ends_before_any_request_of_taking_a_channel_has_it_in_the_next_run() {
    take_and_crash(End::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_ends_after_any_request_of_taking_a_channel_has_it_in_the_next_run() {
    take_and_crash(End::After).await;
}

async fn take_and_crash(end: End) {
    let (rig, ada) = app_of_ada().await;
    for store in [None, Some(Arc::new(MemoryStore::default()))] {
        let mut ends = Vec::new();
        for at in 0.. {
            let name = format!("{} {at}", store.is_some());
            let options = ChannelOptions::default();
            let made = ada.channels().create(&name, options).await.unwrap();
            made.send(&post("hello")).await.unwrap();
            let network = Arc::new(Mortal::new(end));
            network.arm(at);
            let run = async {
                let keeper = keeper(&rig, Some(&network), store.as_ref()).await?;
                keeper.pass().await
            };
            let ended = soon(network.run(run)).await;

            let next = keeper(&rig, None, store.as_ref()).await.unwrap();
            assert_eq!(next.pass().await.unwrap().left, 0, "{at}: {ended:?}");
            // One that remembers nothing finds the key in the channel.
            let other = keeper(&rig, None, None).await.unwrap();
            let user = Person::new(&rig).await;
            let request = user.request(made.id());
            user.ask(other.id(), &request).await;
            assert_eq!(other.pass().await.unwrap().admitted, 1, "{at}: {ended:?}");
            assert_eq!(user.read(made.id()).await, [message("hello")]);
            check_audit(&made, 1).await;
            match ended {
                Some(request) => ends.push(request),
                None => break,
            }
        }
        assert!(ends.iter().any(|end| end == "Post commands"), "{ends:?}");
    }
}

/// A new program of a user, on a network of its own.
async fn program(rig: &Rig, name: &str, end: End) -> (Client, Arc<Mortal>) {
    let network = Arc::new(Mortal::new(end));
    let builder = Client::builder(&rig.server.url(), &rig.key).unwrap();
    let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
    let client = builder.open().unwrap();
    client.auth().login(name, PASSWORD).await.unwrap();
    (client, network)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creator_that_ends_before_any_request_makes_one_channel_in_the_next_run() {
    create_and_crash(End::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creator_that_ends_after_any_request_makes_one_channel_in_the_next_run() {
    create_and_crash(End::After).await;
}

async fn create_and_crash(end: End) {
    let kept = KeptApp::start().await;
    kept.user("ada").await;
    let bob = kept.user("bob").await;
    let mut ends = Vec::new();
    for at in 0.. {
        let name = format!("room {at}");
        let (ada, network) = program(&kept.rig, "ada", end).await;
        network.arm(at);
        let channels = ada.channels();
        let run = channels.create(&name, ChannelOptions::default());
        let ended = soon(network.run(run)).await;

        let again = kept.rig.client();
        again.auth().login("ada", PASSWORD).await.unwrap();
        let channels = again.channels();
        if at % 2 == 0 {
            let made = channels.create(&name, ChannelOptions::default()).await;
            if let Err(error) = made {
                assert_eq!(error.code_text(), "channel.exists", "{at}: {ended:?}");
            }
        }
        let made = channels.get_or_create(&name, ChannelOptions::default(), PATIENCE);
        let made = soon(made).await.unwrap();
        made.send(&post("hello")).await.unwrap();
        let joined = join(&bob, &name).await;
        let joined = joined.unwrap_or_else(|error| panic!("{at}, {ended:?}: {error:?}"));
        assert_eq!(joined.id(), made.id(), "{at}: {ended:?}");
        assert_eq!(contents(&joined).await, ["hello"]);
        check_audit(&made, 1).await;
        match ended {
            Some(request) => ends.push(request),
            None => break,
        }
    }
    assert_eq!(bob.channels().list().await.unwrap().len(), ends.len() + 1);
    let commands = ends.iter().filter(|end| *end == "Post commands").count();
    assert!(commands >= 1, "{ends:?}");
    assert!(
        ends.iter().any(|end| end.starts_with("Post inbox/")),
        "{ends:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_joiner_that_ends_before_any_request_is_a_member_once_in_the_next_run() {
    join_and_crash(End::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_joiner_that_ends_after_any_request_is_a_member_once_in_the_next_run() {
    join_and_crash(End::After).await;
}

async fn join_and_crash(end: End) {
    let kept = KeptApp::start().await;
    let made = general(&kept.user("ada").await).await;
    let mut ends = Vec::new();
    for at in 0.. {
        let name = format!("user-{at}");
        kept.user(&name).await;
        let (user, network) = program(&kept.rig, &name, end).await;
        network.arm(at);
        let channels = user.channels();
        let ended = soon(network.run(channels.join("general", PATIENCE))).await;
        drop(channels);
        user.close().await;

        let again = kept.rig.client();
        again.auth().login(&name, PASSWORD).await.unwrap();
        let joined = join(&again, "general").await;
        let joined = joined.unwrap_or_else(|error| panic!("{at}, {ended:?}: {error:?}"));
        assert_eq!(contents(&joined).await, ["hello"], "{at}: {ended:?}");
        match ended {
            Some(request) => ends.push(request),
            None => break,
        }
    }
    check_audit(&made, ends.len() + 1).await;
    for wanted in ["Connect", "Post inbox/"] {
        let is_there = ends.iter().any(|end| end.starts_with(wanted));
        assert!(is_there, "{wanted}: {ends:?}");
    }
}

#[tokio::test]
async fn a_member_that_is_removed_while_its_request_waits_is_not_let_in_again() {
    let (rig, ada) = app_of_ada().await;
    let made = general(&ada).await;
    let keeper = keeper(&rig, None, None).await.unwrap();
    keeper.pass().await.unwrap();
    let user = Person::new(&rig).await;
    let first = user.request(made.id());
    user.ask(keeper.id(), &first).await;
    assert_eq!(keeper.pass().await.unwrap().admitted, 1);
    // Asked twice, and removed before the second one is read.
    let second = user.request(made.id());
    user.ask(keeper.id(), &second).await;
    made.remove(&user.id().to_string()).await.unwrap();
    assert_eq!(keeper.pass().await.unwrap().refused, 1);
    assert_eq!(user.answers(keeper.id(), &second).await, ["join.refused"]);
    // The request that let it in counts once.
    user.ask(keeper.id(), &first).await;
    assert_eq!(keeper.pass().await.unwrap().refused, 1);
    assert_eq!(
        user.open(made.id()).await.unwrap_err().code_text(),
        "member.unknown"
    );
    check_audit(&made, 1).await;
}

#[tokio::test]
async fn a_request_lets_in_its_author_alone_and_once() {
    let (rig, ada) = app_of_ada().await;
    let made = general(&ada).await;
    let keeper = keeper(&rig, None, None).await.unwrap();
    keeper.pass().await.unwrap();
    let (user, thief) = (Person::new(&rig).await, Person::new(&rig).await);
    let request = user.request(made.id());
    thief.ask(keeper.id(), &request).await;
    let pass = keeper.pass().await.unwrap();
    assert_eq!((pass.ignored, pass.admitted), (1, 0));
    for _ in 0..3 {
        user.ask(keeper.id(), &request).await;
    }
    assert_eq!(keeper.pass().await.unwrap().admitted, 3);
    assert_eq!(user.answers(keeper.id(), &request).await, ["", "", ""]);
    assert!(thief.open(made.id()).await.is_err());
    check_audit(&made, 1).await;
}

#[tokio::test]
async fn a_user_that_is_removed_from_the_app_before_the_keeper_reads_its_request_is_not_let_in() {
    let (rig, ada) = app_of_ada().await;
    let made = general(&ada).await;
    let keeper = keeper(&rig, None, None).await.unwrap();
    keeper.pass().await.unwrap();
    let user = Person::new(&rig).await;
    user.ask(keeper.id(), &user.request(made.id())).await;
    rig.app.space().members().remove(user.id()).await.unwrap();
    let pass = keeper.pass().await.unwrap();
    assert_eq!((pass.refused, pass.left), (1, 0));
    assert!(user.open(made.id()).await.is_err());
    check_audit(&made, 0).await;
    assert_eq!(keeper.pass().await.unwrap(), KeeperPass::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_that_races_with_the_keeper_keeps_the_user_out() {
    let (rig, ada) = app_of_ada().await;
    let made = general(&ada).await;
    let keeper = keeper(&rig, None, None).await.unwrap();
    keeper.pass().await.unwrap();
    for _ in 0..5 {
        let user = Person::new(&rig).await;
        let request = user.request(made.id());
        for _ in 0..3 {
            user.ask(keeper.id(), &request).await;
        }
        let removal = async {
            // The owner may be faster than the keeper: there is nobody to remove yet.
            while made.remove(&user.id().to_string()).await.is_err() {}
        };
        let (pass, ()) = soon(async { tokio::join!(keeper.pass(), removal) }).await;
        assert_eq!(pass.unwrap().left, 0);
        keeper.pass().await.unwrap();
        assert!(user.open(made.id()).await.is_err());
    }
    check_audit(&made, 5).await;
}

#[tokio::test]
async fn a_keeper_that_comes_after_epochs_have_begun_gets_the_newest_root() {
    let rig = Rig::start().await;
    let keeper = rig.keeper(50).await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    made.rotate().await.unwrap();
    made.send(&post("under the second key")).await.unwrap();
    let pass = keeper.pass().await.unwrap();
    assert_eq!((pass.kept, pass.left), (2, 0));
    let running = tokio::spawn(keep(keeper));
    let joined = join(&bob, "general").await.unwrap();
    assert_eq!(contents(&joined).await, ["under the second key"]);
    running.abort();
}

#[tokio::test]
async fn a_request_that_comes_before_the_keeper_has_the_root_waits_for_it() {
    let rig = Rig::start().await;
    let keeper = rig.keeper(50).await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    // An epoch begins behind the back of the creator's handle, and the keeper has the root of the one before.
    made.space().members().rotate().await.unwrap();
    let early = bob
        .channels()
        .join("general", Duration::from_millis(200))
        .await;
    assert_eq!(early.unwrap_err().code_text(), "channel.timeout");
    let pass = keeper.pass().await.unwrap();
    assert_eq!((pass.kept, pass.left, pass.refused), (1, 1, 0));
    // Ada's program is started again.
    let again = rig.client();
    again.auth().login("ada", PASSWORD).await.unwrap();
    again.channels().get(made.id()).await.unwrap();
    let pass = keeper.pass().await.unwrap();
    assert_eq!((pass.admitted, pass.left), (1, 0));
    bob.channels().get(made.id()).await.unwrap();
}
