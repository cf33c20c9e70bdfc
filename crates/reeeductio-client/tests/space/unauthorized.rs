//! A message whose sender had no right to post it is not believed, and hides nothing.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::{Identity, LiveMessages, LiveOptions, Range, Space, VerifiedMessage};
use reeeductio_proto::{Message, Operation};

use crate::history::{bodies, frame, serve, signed};
use crate::meddled::{Meddled, Since};
use crate::rig::{Rig, soon, topic};

/// A server that forgets to check who posts: the second message of its topic is by somebody without the right.
struct Forgetful {
    space: Space,
    network: Arc<Meddled>,
    history: Vec<Message>,
    rig: Rig,
}

/// The sender of the second message.
#[derive(Clone, Copy)]
enum Sender {
    /// Removed one second before.
    Removed,
    /// Never a member.
    Stranger,
}

impl Forgetful {
    async fn start(sender: Sender) -> Self {
        let rig = Rig::start().await;
        let user = rig.user(2, &[(Operation::Create, "topics/{any}")]).await;
        let removed = rig.owner.members().remove(&user.member()).await.unwrap();
        let owner = Identity::from_seed(&[1; 32]);
        let sender = match sender {
            Sender::Removed => Identity::from_seed(&[2; 32]),
            Sender::Stranger => Identity::from_seed(&[8; 32]),
        };
        let mut history: Vec<Message> = Vec::new();
        for (n, sender) in (0..).zip([&owner, &sender, &owner, &owner]) {
            let time = removed.timestamp + 999 + i64::from(n);
            let message = signed(&rig, sender, history.last(), time, &[n]);
            history.push(message);
        }
        let (space, network) = rig.meddled();
        serve(&network, &bodies(&history));
        Self {
            space,
            network,
            history,
            rig,
        }
    }

    /// Serves no more than the first messages.
    fn serve_first(&self, count: usize) {
        serve(&self.network, &bodies(&self.history[..count]));
    }

    /// Stores one more message of the owner and returns it as streams send it.
    fn store_next(&mut self, n: u8) -> String {
        let last = self.history.last().unwrap();
        let owner = Identity::from_seed(&[1; 32]);
        let time = last.server_timestamp + 1;
        let next = signed(&self.rig, &owner, Some(last), time, &[n]);
        let pushed = frame(&next);
        self.history.push(next);
        serve(&self.network, &bodies(&self.history));
        pushed
    }

    async fn live(&self, options: LiveOptions) -> LiveMessages {
        let options = LiveOptions {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
            ..options
        };
        soon(self.space.live_with(options)).await.unwrap()
    }
}

fn contents(messages: &[VerifiedMessage]) -> Vec<u8> {
    let content = |message: &VerifiedMessage| message.bytes().unwrap()[0];
    messages.iter().map(content).collect()
}

/// The next messages that a stream hands out. It may tell of those that it does not.
async fn next(live: &mut LiveMessages, count: usize) -> Vec<u8> {
    let mut found = Vec::new();
    while found.len() < count {
        match soon(live.next()).await {
            Some(Ok(message)) => found.extend(contents(&[message])),
            None => panic!("the stream ended after {found:?}"),
            Some(Err(error)) => assert_eq!(error.code_text(), "verify.unauthorized"),
        }
    }
    found
}

async fn check_history(sender: Sender) {
    let server = Forgetful::start(sender).await;
    let all = server
        .space
        .topic(&topic("general"))
        .history()
        .all()
        .await
        .unwrap();
    assert_eq!(contents(&all), [0, 2, 3]);
}

async fn check_pages(sender: Sender) {
    let server = Forgetful::start(sender).await;
    let general = topic("general");
    let read = async |range| {
        let page = server.space.topic(&general).page(range).await.unwrap();
        contents(&page.messages)
    };
    assert_eq!(read(Range::first(10)).await, [0, 2, 3]);
    assert_eq!(read(Range::last(10)).await, [3, 2, 0]);
    let since = server.history[1].server_timestamp;
    assert_eq!(read(Range::since(since, 10)).await, [2, 3]);
    let id = server.history[1].message_hash;
    let read = server.space.topic(&general).message(id).await;
    assert_eq!(read.unwrap_err().code_text(), "verify.unauthorized");
}

async fn check_reader(sender: Sender) {
    let mut server = Forgetful::start(sender).await;
    server.serve_first(2);
    let mut reader = server.space.topic(&topic("general")).history();
    let mut read = async || {
        let mut found = Vec::new();
        while let Some(page) = reader.next_page().await.unwrap() {
            found.extend(contents(&page.messages));
        }
        found
    };
    assert_eq!(read().await, [0]);
    server.store_next(4);
    assert_eq!(read().await, [2, 3, 4]);
}

async fn check_followed_stream(sender: Sender) {
    let mut server = Forgetful::start(sender).await;
    let options = LiveOptions {
        follow: vec![(topic("general"), None)],
        ..LiveOptions::default()
    };
    let mut live = server.live(options).await;
    assert_eq!(next(&mut live, 3).await, [0, 2, 3]);
    let pushed = server.store_next(4);
    server.network.push(pushed);
    assert_eq!(next(&mut live, 1).await, [4]);
}

async fn check_stream_that_was_cut(sender: Sender) {
    let mut server = Forgetful::start(sender).await;
    server.serve_first(1);
    // The meddled lists differ from what the server would resume a stream with, so it gets no cursor.
    server.network.meddle_with_cursors(Since::Removed);
    let mut live = server.live(LiveOptions::default()).await;
    server.network.push(frame(&server.history[0]));
    assert_eq!(next(&mut live, 1).await, [0]);
    server.serve_first(4);
    server.network.cut();
    assert_eq!(next(&mut live, 2).await, [2, 3]);
    let pushed = server.store_next(4);
    server.network.push(pushed);
    assert_eq!(next(&mut live, 1).await, [4]);
}

async fn check_stream(sender: Sender) {
    let server = Forgetful::start(sender).await;
    server.serve_first(0);
    let mut live = server.live(LiveOptions::default()).await;
    for (index, message) in server.history.iter().enumerate() {
        server.serve_first(index + 1);
        server.network.push(frame(message));
    }
    assert_eq!(next(&mut live, 3).await, [0, 2, 3]);
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_in_the_history() {
    check_history(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_in_pages() {
    check_pages(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_from_a_reader() {
    check_reader(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_of_a_followed_topic() {
    check_followed_stream(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_from_a_stream_that_was_cut() {
    check_stream_that_was_cut(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_of_a_stranger_hides_nothing_from_a_stream() {
    check_stream(Sender::Stranger).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_in_the_history() {
    check_history(Sender::Removed).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_in_pages() {
    check_pages(Sender::Removed).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_given_by_a_reader() {
    check_reader(Sender::Removed).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_given_of_a_followed_topic() {
    check_followed_stream(Sender::Removed).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_given_after_a_cut() {
    check_stream_that_was_cut(Sender::Removed).await;
}

#[tokio::test]
async fn a_message_dated_after_the_removal_of_its_sender_is_not_given_by_a_stream() {
    check_stream(Sender::Removed).await;
}
