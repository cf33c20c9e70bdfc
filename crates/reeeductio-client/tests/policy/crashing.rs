//! Programs that end at each of their steps, and go on in the next run.
//!
//! A step is a commit of the local store, or a request that writes. The life of a space is run once for the first step of each of its
//! actions, once for the second, and so on: the program ends there, and the next run does the action again. Each of these lives
//! is run twice: the program ends before the step, and after it and before it knows.

mod device;
mod process;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::future::join_all;
use reeeductio_client::{
    ClientError, Identity, NewLink, PolicySpace, Space, SpaceId, TopicId, TopicItem,
};
use reeeductio_core::log::Shown;
use reeeductio_proto::{MemberKind, TargetChange};
use reeeductio_testkit::TestServer;

use crate::rig::{admit, keys, text};
use device::{Device, Way};
use process::Crash;

/// Lives at once.
const BATCH: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_ends_before_any_step_goes_on_in_the_next_run() {
    crash_everywhere(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_ends_after_any_step_before_it_knows_goes_on_in_the_next_run() {
    crash_everywhere(true).await;
}

async fn crash_everywhere(is_done: bool) {
    let server = TestServer::start().await;
    let mut crashes = HashSet::new();
    for first in (0..).step_by(BATCH) {
        let lives = (first..first + BATCH).map(|at| Box::pin(live(&server, at, is_done)));
        let ended = join_all(lives).await;
        let is_over = ended.iter().any(Vec::is_empty);
        crashes.extend(ended.into_iter().flatten());
        if is_over {
            break;
        }
    }
    assert!(crashes.len() > 40, "{crashes:#?}");
    for wanted in [
        "create: Post commands",
        "post: Post topics/random/messages",
        "send the outbox: Post topics/general/messages",
        "edit: Post topics/general/messages",
        "delete: Post topics/general/messages",
        "rotate: Put blobs",
        "remove: Post commands",
        "make a link: Post commands",
        "redeem: Post commands",
    ] {
        assert!(crashes.contains(wanted), "{wanted}: {crashes:#?}");
    }
}

fn topic(name: &str) -> TopicId {
    TopicId::parse(name).unwrap()
}

/// The life of a space, in which the programs crash at a step of each action. Returns where they did: nowhere, if no action has so many
/// steps.
async fn live(server: &TestServer, at: usize, is_done: bool) -> Vec<String> {
    let crash = Arc::new(Crash::new(at, is_done));
    let url = server.url();
    let mut seed = [0xA0; 32];
    seed[..8].copy_from_slice(&at.to_be_bytes());
    let mut owner = Device::new(&url, Identity::from_seed(&seed), Way::Create, &crash);
    let id = owner.run("create", async |space| Ok(space.id())).await;
    for user in [2, 3] {
        let admitted = async |space: &PolicySpace| admit(space, user, "editor").await;
        owner.run("admit", admitted).await;
    }
    let ada = member(&url, id, 2).await;
    let cleo = member(&url, id, 3).await;

    let first = post(&mut owner, "general", "first", 1).await;
    post(&mut owner, "random", "aside", 2).await;
    let gone = post(&mut owner, "general", "gone", 3).await;
    let general = ada.topic(&topic("general"));
    general.post(&text("from ada")).await.unwrap();
    let mut unread = unread_numbers(&mut owner).await;

    for (name, body, client_id) in [("general", "drafted", 4), ("random", "drafted aside", 5)] {
        let added = async |space: &PolicySpace| {
            let draft = text(body).with_client_id([client_id; 16]);
            space.outbox().add(&topic(name), &draft).await
        };
        owner.run("add to the outbox", added).await;
    }
    let sent = async |space: &PolicySpace| space.outbox().send().await;
    owner.run("send the outbox", sent).await;
    let edited = async |space: &PolicySpace| {
        let by = text("edited").with_client_id([6; 16]);
        space.topic(&topic("general")).edit(&first, &by).await
    };
    owner.run("edit", edited).await;
    let deleted = async |space: &PolicySpace| space.topic(&topic("general")).delete(&gone).await;
    owner.run("delete", deleted).await;

    let rotated = async |space: &PolicySpace| space.members().rotate().await;
    owner.run("rotate", rotated).await;
    post(&mut owner, "general", "rotated", 7).await;
    let removed = async |space: &PolicySpace| space.members().remove(keys(3).user_id()).await;
    owner.run("remove", removed).await;
    post(&mut owner, "random", "without cleo", 8).await;

    let terms = NewLink {
        role: "editor".to_owned(),
        uses: 1,
        expires_at: server.now() + 3_600_000,
        password: None,
        page: None,
    };
    let made = async |space: &PolicySpace| space.links().create(&terms).await;
    let link = owner.run("make a link", made).await;
    let mut guest = Device::new(&url, keys(4), Way::Redeem(link), &crash);
    guest.run("redeem", async |_| Ok(())).await;
    post(&mut guest, "general", "thanks", 9).await;
    guest
        .run("read", async |space| history(space, "general").await)
        .await;
    unread.extend(unread_numbers(&mut owner).await);
    for device in [&mut owner, &mut guest] {
        let compared = async |space: &PolicySpace| {
            space.log().checkpoint().await?;
            space.log().compare_seen().await
        };
        device.run("compare", compared).await;
    }

    let run = format!("{crash:?}");
    // A program may crash between a page and its use, but nothing is given out twice.
    assert!(
        unread.is_sorted_by(|one, next| one < next),
        "{unread:?}, {run}"
    );
    check_sent(&owner, &run);
    check_sent(&guest, &run);
    cleo.refresh().await.unwrap_err();
    let identity = Identity::from_seed(&seed);
    let fresh = PolicySpace::open(Space::builder(&url), id, identity.user_id(), identity);
    for space in [&ada, &fresh.await.unwrap()] {
        check_space(space, &run).await.unwrap();
    }
    for device in [&mut owner, &mut guest] {
        device.restart();
        let checked = async |space: &PolicySpace| check_space(space, &run).await;
        device.run("check", checked).await;
    }
    let left = owner
        .run("list", async |space| space.outbox().list().await)
        .await;
    assert!(left.is_empty(), "{left:?}, {run}");
    crash.crashes()
}

/// A member's handle that never crashes.
async fn member(url: &str, space: SpaceId, seed: u8) -> PolicySpace {
    let member = PolicySpace::open(Space::builder(url), space, keys(seed).user_id(), keys(seed));
    member.await.unwrap()
}

async fn post(
    device: &mut Device,
    name: &str,
    body: &str,
    client_id: u8,
) -> reeeductio_client::MessageId {
    let draft = text(body).with_client_id([client_id; 16]);
    let posted = async |space: &PolicySpace| space.topic(&topic(name)).post(&draft).await;
    device.run("post", posted).await.position.hash
}

/// Reads on in a topic, and returns the numbers of what came.
async fn unread_numbers(device: &mut Device) -> Vec<u64> {
    let read = async |space: &PolicySpace| space.topic(&topic("general")).unread().await;
    let page = device.run("read on", read).await;
    let numbers = page
        .items
        .iter()
        .filter_map(|item| Some(item.message()?.number));
    numbers.collect()
}

/// A topic as a member reads it, oldest first.
async fn history(space: &PolicySpace, name: &str) -> Result<Vec<String>, ClientError> {
    let mut items = Vec::new();
    let mut history = space.topic(&topic(name)).history();
    while let Some(page) = history.next_page().await? {
        items.extend(page.items.iter().map(shown));
    }
    items.reverse();
    Ok(items)
}

fn shown(item: &TopicItem) -> String {
    let Some(message) = item.message() else {
        return format!("[{item:?}]");
    };
    let target = message.target.map(|target| target.change);
    match (&message.shown, target, message.body()) {
        (Shown::Deleted { .. }, ..) => "[deleted]".to_owned(),
        (_, Some(TargetChange::Delete), _) => "[delete]".to_owned(),
        (_, _, Some(body)) => String::from_utf8(body.to_vec()).unwrap(),
        (other, ..) => format!("[{other:?}]"),
    }
}

/// Checks what a member sees in the end.
async fn check_space(space: &PolicySpace, run: &str) -> Result<(), ClientError> {
    let general = [
        "edited",
        "[deleted]",
        "from ada",
        "drafted",
        "edited",
        "[delete]",
        "rotated",
        "thanks",
    ];
    assert_eq!(history(space, "general").await?, general, "{run}");
    let random = ["aside", "drafted aside", "without cleo"];
    assert_eq!(history(space, "random").await?, random, "{run}");
    space.log().checkpoint().await?;
    space.log().compare_seen().await?;
    let suspicions = space.log().suspicions();
    assert!(suspicions.is_empty(), "{suspicions:?}, {run}");
    let mut members = [keys(2).user_id(), keys(4).user_id()];
    members.sort_unstable_by_key(reeeductio_client::MemberId::to_bytes);
    let mut listed = space.members().list().await?;
    // The tools of links are among them.
    listed.retain(|member| member.kind() == MemberKind::User);
    assert_eq!(listed, members, "{run}");
    // A link whose making was not acknowledged may be left over.
    let links = space.links().list().await?;
    let used = links.iter().filter(|link| link.state.used == 1);
    assert_eq!(used.count(), 1, "{links:?}, {run}");
    assert!(links.len() <= 2, "{links:?}, {run}");
    Ok(())
}

/// Checks the messages that a device has sent: no key was used for two, it has one lane in each topic, and never sealed under an epoch
/// before the last one.
fn check_sent(device: &Device, run: &str) {
    let sent = device.sent.lock().unwrap();
    let (mut keys, mut lanes, mut ids) = (HashMap::new(), HashMap::new(), HashSet::new());
    let mut highest = 0;
    for message in sent.iter() {
        let (header, post) = (&message.header, &message.post);
        let first = keys
            .entry((header.epoch, header.lane, header.salt))
            .or_insert(post);
        let same = first.message_hash == post.message_hash && first.payload == post.payload;
        assert!(same, "two messages have one key: {post:?}, {run}");
        let lane = lanes.entry(&message.topic).or_insert(header.lane);
        assert_eq!(*lane, header.lane, "{}, {run}", message.topic);
        // One that was sent before is sent again as it was.
        if ids.insert(&post.message_hash) {
            assert!(header.epoch >= highest, "epoch {}, {run}", header.epoch);
            highest = header.epoch;
        }
    }
}
