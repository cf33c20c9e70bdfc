//! Topics that begin while a stream has no connection.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::{Content, LiveMessages, LiveOptions, Space};

use crate::meddled::{Meddled, Since};
use crate::rig::{Rig, soon, topic};

/// A stream that loses its connection, and somebody who posts meanwhile.
struct Outage {
    rig: Rig,
    network: Arc<Meddled>,
    space: Space,
    live: LiveMessages,
}

impl Outage {
    async fn start(since: Since) -> Self {
        let rig = Rig::start().await;
        let (space, network) = rig.meddled();
        network.meddle_with_cursors(since);
        let options = LiveOptions {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
            ..LiveOptions::default()
        };
        let live = space.live_with(options).await.unwrap();
        let mut outage = Self {
            rig,
            network,
            space,
            live,
        };
        outage.post("known", "before").await;
        assert_eq!(outage.next().await, "known before");
        outage
    }

    async fn post(&self, name: &str, data: &str) {
        let owner = &self.rig.owner;
        let posted = owner
            .topic(&topic(name))
            .post(Content::Plain(data.as_bytes()), "n")
            .await;
        posted.unwrap();
    }

    /// Posts to topics while there is no connection.
    async fn post_without_connection(&self, messages: &[(&str, &str)]) {
        let mut held = self.network.hold_streams();
        self.network.cut();
        held.waiting().await;
        for (name, data) in messages {
            self.post(name, data).await;
        }
        held.release();
    }

    async fn next(&mut self) -> String {
        let message = soon(self.live.next()).await.unwrap();
        let message = message.expect("the stream ended");
        let data = String::from_utf8(message.bytes().unwrap()).unwrap();
        format!("{} {data}", message.topic_id)
    }

    async fn gives(&mut self, expected: &[&str]) {
        for expected in expected {
            assert_eq!(self.next().await, *expected);
        }
    }

    /// Pages that were read since the last call.
    fn pages(&self) -> Vec<String> {
        let mut requests = self.network.requests();
        requests.retain(|line| line.starts_with("Get topics/") && line.ends_with("/messages"));
        requests
    }
}

#[tokio::test]
async fn the_only_message_of_a_topic_that_began_without_a_connection_is_delivered() {
    let mut outage = Outage::start(Since::Kept).await;
    outage.post_without_connection(&[("new", "during")]).await;
    outage.gives(&["new during"]).await;
    outage.post("known", "after").await;
    outage.gives(&["known after"]).await;
}

#[tokio::test]
async fn a_resumed_stream_gives_what_was_missed_in_order_and_reads_no_topic_again() {
    let mut outage = Outage::start(Since::Kept).await;
    for _ in 0..3 {
        outage.pages();
        let messages = [("new", "one"), ("known", "one"), ("new", "two")];
        outage.post_without_connection(&messages).await;
        outage.gives(&["new one", "known one", "new two"]).await;
        outage.post("known", "live").await;
        outage.gives(&["known live"]).await;
        assert_eq!(outage.pages(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_message_that_a_resumed_stream_leaves_out_is_read() {
    let mut outage = Outage::start(Since::Kept).await;
    outage.network.drop_messages(2);
    let messages = [("known", "one"), ("known", "two"), ("known", "three")];
    outage.post_without_connection(&messages).await;
    outage
        .gives(&["known one", "known two", "known three"])
        .await;
}

#[tokio::test]
async fn a_server_that_cannot_resume_the_stream_has_known_topics_read() {
    let mut outage = Outage::start(Since::Kept).await;
    outage.network.meddle_with_cursors(Since::Foreign);
    outage.post_without_connection(&[("known", "1")]).await;
    outage.gives(&["known 1"]).await;
    outage.network.meddle_with_cursors(Since::Kept);
    let messages = [("known", "2"), ("new", "1")];
    outage.post_without_connection(&messages).await;
    outage.gives(&["known 2", "new 1"]).await;
}

#[tokio::test]
async fn a_server_that_resumes_streams_no_more_has_known_topics_read_at_its_first_frame() {
    let mut outage = Outage::start(Since::Kept).await;
    outage.network.meddle_with_cursors(Since::Removed);
    let mut held = outage.network.hold_streams();
    outage.network.cut();
    held.waiting().await;
    outage.post("known", "1").await;
    outage.network.push(r#"{"type": "ping"}"#.to_owned());
    held.release();
    outage.gives(&["known 1"]).await;
    outage.post("known", "2").await;
    outage.gives(&["known 2"]).await;
}

#[tokio::test]
async fn of_a_published_server_a_topic_that_began_without_a_connection_comes_with_its_next_message()
{
    let mut outage = Outage::start(Since::Removed).await;
    let messages = [("fresh", "0"), ("fresh", "1"), ("known", "1")];
    outage.post_without_connection(&messages).await;
    outage.gives(&["known 1"]).await;
    outage.post("fresh", "2").await;
    outage.gives(&["fresh 0", "fresh 1", "fresh 2"]).await;
}

#[tokio::test]
async fn what_is_read_after_the_connection_was_lost_hides_no_topic_that_began_meanwhile() {
    let mut outage = Outage::start(Since::Removed).await;
    let mut other = outage.space.live().await.unwrap();
    outage.network.drop_messages(1);
    outage.post("known", "1").await;
    outage.post("known", "2").await;
    // So both streams were told of it, and this one has yet to read what it lacks.
    soon(other.next()).await.unwrap().unwrap();
    let mut held = outage.network.hold_streams();
    outage.network.cut();
    held.waiting().await;
    outage.post("fresh", "0").await;
    outage.post("known", "3").await;
    outage.gives(&["known 1", "known 2", "known 3"]).await;
    held.release();
    // The connection is there again when what was missed of a known topic was read.
    outage.post("known", "4").await;
    outage.gives(&["known 4"]).await;
    outage.post("fresh", "1").await;
    outage.gives(&["fresh 0", "fresh 1"]).await;
}
