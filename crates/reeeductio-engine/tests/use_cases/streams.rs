//! Streams that go on where an earlier one ended.

use reeeductio_core::state_entry;
use reeeductio_engine::live::{Close, Effects, Input, Session, SessionConfig};
use reeeductio_proto::Operation;
use serde_json::Value;

use crate::rig::{Member, Rig};

/// One client's end of a session.
pub(crate) struct Stream<'a> {
    rig: &'a Rig,
    session: Session,
    /// The cursor that came last.
    pub(crate) cursor: String,
    /// How often the store was read.
    pub(crate) reads: usize,
    /// Most frames that came at once.
    largest: usize,
    closed: Option<Close>,
}

impl<'a> Stream<'a> {
    /// Opens a stream and reads the hello: whether it goes on after `since`.
    pub(crate) async fn open(rig: &'a Rig, member: &Member, since: &str) -> (Self, bool) {
        Self::open_with(rig, member, since, SessionConfig::default()).await
    }

    /// [`open`](Self::open) of a stream that tells changes of data.
    pub(crate) async fn with_data(rig: &'a Rig, member: &Member, since: &str) -> (Self, bool) {
        let config = SessionConfig {
            data: true,
            ..SessionConfig::default()
        };
        Self::open_with(rig, member, since, config).await
    }

    async fn open_with(
        rig: &'a Rig,
        member: &Member,
        since: &str,
        config: SessionConfig,
    ) -> (Self, bool) {
        let caller = member.caller.clone();
        let session = rig.engine.resume_session(caller, config, since).await;
        let mut stream = Self {
            rig,
            session: session.unwrap(),
            cursor: String::new(),
            reads: 0,
            largest: 0,
            closed: None,
        };
        let hello = stream.feed(Input::Alive).send.remove(0);
        let hello: Value = serde_json::from_slice(&hello).unwrap();
        assert_eq!(hello["type"], "hello");
        hello["cursor"]
            .as_str()
            .unwrap()
            .clone_into(&mut stream.cursor);
        (stream, hello["resumed"].as_bool().unwrap())
    }

    fn feed(&mut self, input: Input<'_>) -> Effects {
        let clock = &self.rig.engine;
        self.session.handle(clock.now(), clock.monotonic(), input)
    }

    /// Everything that is to be had: types of control frames, topics of messages with their types, and paths of data entries
    /// with their data.
    pub(crate) async fn frames(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            let mut effects = self.feed(Input::Wake);
            if effects.read_store {
                assert!(effects.send.is_empty());
                self.reads += 1;
                effects = self.rig.engine.replay(&mut self.session).await.unwrap();
            }
            self.largest = self.largest.max(effects.send.len());
            self.closed = effects.close;
            for frame in &effects.send {
                let frame: Value = serde_json::from_slice(frame).unwrap();
                let text = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
                if frame["message_hash"].is_string() {
                    found.push(format!("{} {}", text("topic_id"), text("type")));
                } else if frame["path"].is_string() {
                    let what = frame["data"].as_str().unwrap_or("removed");
                    found.push(format!("{} {what}", text("path")));
                } else {
                    found.push(text("type"));
                }
                if frame["cursor"].is_string() {
                    self.cursor = text("cursor");
                }
            }
            if !effects.more {
                return found;
            }
        }
    }
}

async fn say(rig: &Rig, member: &Member, topic: &str, kinds: &[&str]) {
    for kind in kinds {
        member.post(rig, topic, kind, b"").await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_goes_on_where_an_earlier_one_ended_without_gap_or_doubles() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    say(&rig, &owner, "one", &["1"]).await;
    let (mut first, resumed) = Stream::open(&rig, &owner, "").await;
    assert!(!resumed, "there is nothing to resume");
    say(&rig, &owner, "one", &["2"]).await;
    assert_eq!(first.frames().await, ["one 2", "cursor"]);
    let cursor = first.cursor.clone();
    drop(first);
    say(&rig, &owner, "one", &["3"]).await;
    say(&rig, &owner, "two", &["1"]).await;
    let (mut second, resumed) = Stream::open(&rig, &owner, &cursor).await;
    assert!(resumed);
    assert_eq!(second.cursor, cursor);
    say(&rig, &owner, "one", &["4"]).await;
    assert_eq!(
        second.frames().await,
        ["one 3", "two 1", "one 4", "cursor"],
        "stored before and after it was opened"
    );
    say(&rig, &owner, "two", &["2"]).await;
    assert_eq!(second.frames().await, ["two 2", "cursor"]);
    assert_eq!(second.frames().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_stream_is_resumed_after_the_server_was_started_again_and_beside_others() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (other, _) = Stream::open(&rig, &owner, "").await;
    let beginning = other.cursor.clone();
    say(&rig, &owner, "one", &["1", "2"]).await;
    let (mut beside, resumed) = Stream::open(&rig, &owner, &beginning).await;
    assert!(resumed, "an empty space has a cursor too");
    assert_eq!(beside.frames().await, ["one 1", "one 2", "cursor"]);
    let again = rig.again();
    let owner = again.owner().await;
    let (mut later, resumed) = Stream::open(&again, &owner, &beginning).await;
    assert!(resumed);
    assert_eq!(later.frames().await, ["one 1", "one 2", "cursor"]);
    assert_eq!(later.cursor, beside.cursor);
}

#[tokio::test]
async fn a_cursor_that_is_not_of_this_history_begins_at_now_and_says_so() {
    let (rig, other) = (Rig::start(), Rig::start());
    let owner = rig.owner().await;
    let stranger = other.owner().await;
    say(&rig, &owner, "one", &["1", "2"]).await;
    say(&other, &stranger, "one", &["1", "other"]).await;
    let (here, _) = Stream::open(&rig, &owner, "").await;
    let (same_number, _) = Stream::open(&other, &stranger, "").await;
    say(&other, &stranger, "one", &["3"]).await;
    let (future, _) = Stream::open(&other, &stranger, "").await;
    let number = |cursor: &str| cursor.split('.').next().unwrap().to_owned();
    assert_eq!(number(&here.cursor), number(&same_number.cursor));
    let forged = format!("1.{}", here.cursor.split('.').nth(1).unwrap());
    let texts = [&same_number.cursor, &future.cursor, &forged, "2", "x", "2."];
    for since in texts.map(str::to_owned) {
        let (mut stream, resumed) = Stream::open(&rig, &owner, &since).await;
        assert!(!resumed, "{since}");
        assert_eq!(stream.cursor, here.cursor);
        assert_eq!(stream.frames().await, Vec::<String>::new(), "{since}");
    }
}

#[tokio::test]
async fn a_replay_is_judged_like_what_is_live() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    owner
        .grant(&rig, &member, Operation::Read, "topics/open")
        .await;
    let (first, _) = Stream::open(&rig, &member, "").await;
    let cursor = first.cursor.clone();
    drop(first);
    say(&rig, &owner, "secret", &["1"]).await;
    say(&rig, &owner, "open", &["1"]).await;
    say(&rig, &owner, "secret", &["2"]).await;
    let (mut stream, resumed) = Stream::open(&rig, &member, &cursor).await;
    assert!(resumed);
    assert_eq!(stream.frames().await, ["open 1", "cursor"]);
    let taken = format!("auth/users/{}/rights/cap_read", member.id);
    owner.post(&rig, "state", &taken, b"").await.unwrap();
    let (mut stream, _) = Stream::open(&rig, &member, &cursor).await;
    let frames = stream.frames().await;
    assert_eq!(frames.len(), 2, "the state and a cursor: {frames:?}");
    let ended = state_entry::ended_tokens(member.id).unwrap();
    let (mut stream, _) = Stream::open(&rig, &member, &cursor).await;
    owner.set(&rig, &ended).await.unwrap();
    assert_eq!(stream.frames().await, Vec::<String>::new());
    assert_eq!(stream.closed, Some(Close::Revoked));
}

#[tokio::test]
async fn what_was_withheld_is_told_with_the_next_ping_only() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let member = rig.user(&owner, 2).await;
    let (mut stream, _) = Stream::open(&rig, &member, "").await;
    let before = stream.cursor.clone();
    say(&rig, &owner, "secret", &["1", "2"]).await;
    assert_eq!(stream.frames().await, Vec::<String>::new());
    rig.clock.advance(30_000);
    assert_eq!(stream.frames().await, ["cursor", "ping"]);
    assert_ne!(stream.cursor, before);
    let (_, resumed) = Stream::open(&rig, &member, &stream.cursor).await;
    assert!(resumed);
    rig.clock.advance(30_000);
    assert_eq!(stream.frames().await, ["ping"], "it has not moved");
}

#[tokio::test]
async fn a_long_replay_comes_in_batches_each_with_its_cursor() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let (first, _) = Stream::open(&rig, &owner, "").await;
    let cursor = first.cursor.clone();
    drop(first);
    say(&rig, &owner, "one", &["n"; 300]).await;
    let (mut stream, _) = Stream::open(&rig, &owner, &cursor).await;
    let frames = stream.frames().await;
    let count = |wanted: &str| frames.iter().filter(|frame| *frame == wanted).count();
    assert_eq!((count("one n"), count("cursor")), (300, 3));
    assert_eq!(stream.largest, 129);
}

#[tokio::test]
async fn a_stream_of_the_base_protocol_hears_of_no_cursor() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    let config = SessionConfig::default();
    let session = rig.engine.open_session(owner.caller.clone(), config).await;
    let mut stream = Stream {
        rig: &rig,
        session: session.unwrap(),
        cursor: String::new(),
        reads: 0,
        largest: 0,
        closed: None,
    };
    assert_eq!(stream.frames().await, Vec::<String>::new());
    say(&rig, &owner, "one", &["1"]).await;
    assert_eq!(stream.frames().await, ["one 1"]);
    rig.clock.advance(30_000);
    assert_eq!(stream.frames().await, ["ping"]);
}
