//! A stream that was signed in to by its first frame, as its client has it.

use reeeductio_core::{SignalPlace, check_subject};
use reeeductio_engine::live::{Close, Effects, Input, Session, SessionConfig};
use reeeductio_proto::api::StreamSubscription;
use reeeductio_proto::{MemberId, encoding};
use serde_json::{Value, json};

use crate::rig::{Member, Rig};

pub(crate) struct SignedIn<'a> {
    rig: &'a Rig,
    session: Session,
    pub(crate) hello: Value,
    pub(crate) closed: Option<Close>,
    /// How often the store was read.
    pub(crate) reads: usize,
}

impl<'a> SignedIn<'a> {
    pub(crate) async fn open(rig: &'a Rig, member: &Member) -> Self {
        Self::open_with(rig, member, "", None).await
    }

    /// Opens a stream that tells only this.
    pub(crate) async fn only(rig: &'a Rig, member: &Member, only: Value) -> Self {
        Self::open_with(rig, member, "", Some(only)).await
    }

    pub(crate) async fn open_with(
        rig: &'a Rig,
        member: &Member,
        since: &str,
        only: Option<Value>,
    ) -> Self {
        let only: Option<StreamSubscription> =
            only.map(|only| serde_json::from_value(only).unwrap());
        let session = rig
            .engine
            .signed_in_session(
                member.caller.clone(),
                SessionConfig::default(),
                since,
                only.as_ref(),
            )
            .await
            .unwrap();
        let mut stream = Self {
            rig,
            session,
            hello: Value::Null,
            closed: None,
            reads: 0,
        };
        let mut first = values(&stream.feed(Input::Alive));
        stream.hello = first.remove(0);
        let answers = only.map(|_| json!({"type": "subscribed"}));
        assert_eq!(first, Vec::from_iter(answers), "right after the hello");
        stream
    }

    fn feed(&mut self, input: Input<'_>) -> Effects {
        let clock = &self.rig.engine;
        let effects = self.session.handle(clock.now(), clock.monotonic(), input);
        self.closed = self.closed.or(effects.close);
        effects
    }

    /// Sends a frame: the answers to it.
    pub(crate) fn send(&mut self, frame: &Value) -> Vec<Value> {
        let effects = self.feed(Input::Text(&frame.to_string()));
        assert_eq!(
            effects.refused.is_some(),
            effects
                .send
                .iter()
                .any(|sent| sent.starts_with(br#"{"type":"error""#))
        );
        values(&effects)
    }

    /// Changes what it tells; this must be taken.
    #[track_caller]
    pub(crate) fn subscribe(&mut self, named: &Value) {
        self.change("subscribe", named);
    }

    #[track_caller]
    pub(crate) fn unsubscribe(&mut self, named: &Value) {
        self.change("unsubscribe", named);
    }

    #[track_caller]
    fn change(&mut self, kind: &str, named: &Value) {
        let mut frame = named.clone();
        frame["type"] = kind.into();
        assert_eq!(self.send(&frame), [json!({"type": "subscribed"})]);
    }

    /// Everything that is to be had, without cursors and pings.
    pub(crate) async fn frames(&mut self) -> Vec<Value> {
        let mut found = Vec::new();
        loop {
            let mut effects = self.feed(Input::Wake);
            found.extend(values(&effects));
            if effects.read_store {
                self.reads += 1;
                effects = self.rig.engine.replay(&mut self.session).await.unwrap();
                found.extend(values(&effects));
            }
            if !effects.more {
                found.retain(|frame| frame["type"] != "cursor" && frame["type"] != "ping");
                return found;
            }
        }
    }

    /// One word for each frame: the type, and of messages, entries and signals what they say.
    pub(crate) async fn told(&mut self) -> Vec<String> {
        let frames = self.frames().await;
        let words = frames.iter().map(|frame| {
            let text = |name: &str| frame[name].as_str().unwrap_or_default();
            match text("type") {
                "signal" => format!("{} {}", text("subject"), frame["counter"]),
                "data" => format!("{} {}", text("path"), text("data")),
                "data_removed" => format!("{} removed", text("path")),
                kind if frame["message_hash"].is_string() => {
                    format!("{} {kind}", text("topic_id"))
                }
                kind => kind.to_owned(),
            }
        });
        words.collect()
    }

    /// Whether there is something to look at since the last look.
    pub(crate) fn is_woken(&mut self, by: impl FnOnce(&mut Self)) -> bool {
        let mut woken = Box::pin(self.session.wake().listen());
        by(self);
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        woken.as_mut().poll(&mut context).is_ready()
    }
}

fn values(effects: &Effects) -> Vec<Value> {
    let value = |sent: &bytes::Bytes| serde_json::from_slice(sent).unwrap();
    effects.send.iter().map(value).collect()
}

/// A signal that is to be sent.
#[derive(Clone)]
pub(crate) struct Said<'a> {
    pub(crate) subject: &'a str,
    pub(crate) to: Option<MemberId>,
    pub(crate) session: [u8; 16],
    pub(crate) counter: u64,
    pub(crate) sealed: Vec<u8>,
}

impl<'a> Said<'a> {
    pub(crate) fn new(subject: &'a str, counter: u64) -> Self {
        Self {
            subject,
            to: None,
            session: [1; 16],
            counter,
            sealed: b"sealed".to_vec(),
        }
    }

    /// The frame, with the signature of a member.
    pub(crate) fn by(&self, member: &Member) -> Value {
        check_subject(self.subject).unwrap();
        let place = SignalPlace {
            space: &member.caller.space_id(),
            subject: self.subject,
            to: self.to.as_ref(),
            sender: &member.id,
            session: self.session,
            counter: self.counter,
        };
        json!({
            "type": "signal",
            "subject": self.subject,
            "to": self.to,
            "session": encoding::encode(&self.session),
            "counter": self.counter,
            "sealed": encoding::encode(&self.sealed),
            "signature": place.sign(&self.sealed, &member.keys).to_string(),
        })
    }
}
