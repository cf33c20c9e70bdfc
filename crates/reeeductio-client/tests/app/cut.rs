//! A member whose network is cut at random.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reeeductio_client::transport::{Transport, TransportError};
use reeeductio_client::{
    Channel, ChannelEvent, ChannelEvents, ChannelOptions, Client, ClientError,
};
use serde_json::Value;

use crate::channels::{join, post};
use crate::meddled::Meddled;
use crate::rig::{KeptApp, PASSWORD};

/// Posts, edits and deletes of the two writers together.
const ACTS: u64 = 1_000;

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Posts, edits and deletes. An act whose answer was lost is done again.
async fn write(channel: &Channel, name: &str, seed: u64, acts: u64) {
    let mut dice = Dice(seed);
    let mut own: Vec<i64> = Vec::new();
    for act in 0..acts {
        let text = format!("{name} {act}");
        match dice.roll(4) {
            0 if !own.is_empty() => {
                let at = own[dice.roll(own.len())];
                let edit = post(&text);
                again(|| channel.edit(at, &edit)).await;
            }
            1 if !own.is_empty() => {
                let at = own.swap_remove(dice.roll(own.len()));
                again(|| channel.delete(at)).await;
            }
            _ => {
                let mut client_id = [0; 16];
                client_id[..8].copy_from_slice(&seed.to_be_bytes());
                client_id[8..].copy_from_slice(&act.to_be_bytes());
                let draft = post(&text).with_client_id(client_id);
                own.push(again(|| channel.send(&draft)).await);
            }
        }
    }
}

async fn again<T, F: Future<Output = Result<T, ClientError>>>(act: impl Fn() -> F) -> T {
    loop {
        match act().await {
            Ok(done) => return done,
            Err(ClientError::Transport(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// A program's view of a channel, by its events.
#[derive(Default)]
struct Screen {
    shown: BTreeMap<i64, String>,
    seen: BTreeSet<i64>,
    heard: u64,
}

impl Screen {
    /// Shows messages until the last one.
    async fn follow(&mut self, events: &mut ChannelEvents) {
        loop {
            match events.next().await.unwrap().unwrap() {
                ChannelEvent::Message(message) => {
                    let body: Value = message.json().unwrap();
                    assert!(self.seen.insert(message.handle), "twice");
                    self.heard += 1;
                    let text = body["contents"].as_str().unwrap().to_owned();
                    if text == "the end" {
                        return;
                    }
                    self.shown.insert(message.handle, text);
                }
                ChannelEvent::Edited(message) => {
                    let body: Value = message.json().unwrap();
                    let text = body["contents"].as_str().unwrap().to_owned();
                    // One that was deleted before this program has seen it is not shown.
                    if let Some(shown) = self.shown.get_mut(&message.handle) {
                        *shown = text;
                    }
                }
                ChannelEvent::Deleted { handle, .. } => drop(self.shown.remove(&handle)),
                ChannelEvent::Unreadable(unreadable) => panic!("{unreadable:?}"),
                _ => {}
            }
        }
    }
}

/// All messages of the channel, as a new device reads them.
async fn whole(client: &Client, channel: &Channel) -> BTreeMap<i64, String> {
    let fresh = client.channels().get(channel.id()).await.unwrap();
    let (mut all, mut before) = (BTreeMap::new(), None);
    loop {
        let page = fresh.history(before, 200).await.unwrap();
        assert_eq!(page.unreadable, []);
        for message in &page.messages {
            let body: Value = message.json().unwrap();
            let text = body["contents"].as_str().unwrap().to_owned();
            assert_eq!(all.insert(message.handle, text), None);
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_whose_network_is_cut_at_random_becomes_that_of_the_server() {
    let kept = KeptApp::start().await;
    let ada = kept.user("ada").await;
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    kept.user("bob").await;
    let network = Arc::new(Meddled::to(&kept.rig.server));
    let transport = Arc::clone(&network) as Arc<dyn Transport>;
    let builder = Client::builder(&kept.rig.server.url(), &kept.rig.key).unwrap();
    let bob = builder.transport(transport).open().unwrap();
    bob.auth().login("bob", PASSWORD).await.unwrap();
    let joined = join(&bob, "general").await.unwrap();
    let mut events = joined.events().await.unwrap();

    let (lost, is_over) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    // Every ninth request does not arrive, and every ninth answer; every thirtieth cuts the stream.
    let counted = Arc::new(AtomicU64::new(1));
    let passage = |offset: u64| {
        let (counted, lost, is_over) = (
            Arc::clone(&counted),
            Arc::clone(&lost),
            Arc::clone(&is_over),
        );
        let network = Arc::downgrade(&network);
        move |_line: String| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let goes_on = !is_over.load(Ordering::Relaxed);
            let fails = goes_on && (number + offset).is_multiple_of(9);
            lost.fetch_add(u64::from(fails), Ordering::Relaxed);
            if goes_on
                && number.is_multiple_of(30)
                && let Some(network) = network.upgrade()
            {
                network.cut();
            }
            async move {
                if fails {
                    return Err(TransportError::Failed("lost".to_owned()));
                }
                Ok(())
            }
        }
    };
    network.on_request(passage(0));
    network.on_answer(passage(4));
    let mut screen = Screen::default();
    let writers = async {
        let (one, other) = (
            write(&made, "ada", 1, ACTS / 2),
            write(&joined, "bob", 2, ACTS / 2),
        );
        tokio::join!(one, other);
        is_over.store(true, Ordering::Relaxed);
        made.send(&post("the end")).await.unwrap();
    };
    let all = async { tokio::join!(writers, screen.follow(&mut events)) };
    let within = tokio::time::timeout(Duration::from_mins(5), Box::pin(all));
    within.await.expect("it does not come to an end");

    assert!(
        lost.load(Ordering::Relaxed) > 20,
        "the network was too good"
    );
    let phone = kept.rig.client();
    phone.auth().login("ada", PASSWORD).await.unwrap();
    let mut there = whole(&phone, &made).await;
    assert_eq!(there.pop_last().unwrap().1, "the end");
    assert!(there.len() > 200, "{}", there.len());
    assert_eq!(screen.shown, there);
}
