//! The frames of a client that has signed in to a stream by its first one.

use std::collections::BTreeSet;

use reeeductio_backend::Clock as _;
use reeeductio_core::{Draft, SignalPlace};
use reeeductio_engine::live::{Close, Effects, Input, Session, SessionConfig};
use reeeductio_proto::api::{PostMessage, SignalBody, StreamFrame};
use reeeductio_proto::{MessageId, TopicId, encoding};
use serde_json::{Value, json};

use crate::cast::{owner, space};
use crate::input::text;
use crate::rig::{Rig, SignedIn, now};

/// Frames that are sent; more would say nothing new.
const LONGEST: usize = 40;
/// Topics in which a message is posted after each frame.
const TOPICS: [&str; 2] = ["general", "other"];

/// A frame of the client in each line. A line `! ` and a JSON object stands for a signal of the owner that is signed, with
/// these fields in the place of others; `. ` and a number for milliseconds that pass.
///
/// Every change of the subscription is answered once, a signal at most by an error, anything else by nothing. After
/// each frame the stream tells the messages in the topics that it is subscribed to, and no others. Another stream is told
/// exactly the signals that were taken, each as it was signed, with rising counters.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let rig = Rig::start();
    let owner = rig.owner();
    let (stream, mut listener) = (open(&rig, &owner), open(&rig, &owner));
    let wanted = r#"{"type": "subscribe", "signals": ["*"]}"#;
    let _answer = feed(&rig, &mut listener, Input::Text(wanted));
    let mut stage = Stage {
        rig,
        owner,
        stream,
        listener,
        topics: BTreeSet::from(["*".to_owned()]),
        heads: [None; 2],
        counter: None,
    };
    for line in text.lines().take(LONGEST) {
        if stage.step(line).is_none() {
            return;
        }
    }
}

fn open(rig: &Rig, owner: &SignedIn) -> Session {
    let config = SessionConfig {
        // Longer than any input lasts.
        idle_limit: i64::MAX,
        ping_after: i64::MAX,
        data: false,
    };
    let member = owner.member.clone();
    let mut session = now(rig.engine.signed_in_session(member, config, "", None)).unwrap();
    let hello = feed(rig, &mut session, Input::Alive);
    assert_eq!(hello.send.len(), 1);
    session
}

fn feed(rig: &Rig, session: &mut Session, input: Input<'_>) -> Effects {
    session.handle(rig.clock.now(), rig.clock.monotonic(), input)
}

struct Stage {
    rig: Rig,
    owner: SignedIn,
    stream: Session,
    listener: Session,
    /// The topics that the stream must be subscribed to.
    topics: BTreeSet<String>,
    heads: [Option<MessageId>; 2],
    /// That of the last signal that was taken.
    counter: Option<u64>,
}

impl Stage {
    /// `None` once the stream has ended.
    fn step(&mut self, line: &str) -> Option<()> {
        if let Some(time) = line.strip_prefix(". ") {
            // Short of the end of the token.
            let time = time.parse().unwrap_or(0_u16);
            self.rig.clock.advance(i64::from(time));
            return Some(());
        }
        let line = match line.strip_prefix("! ").map(signal) {
            Some(Some(signal)) => signal,
            _ => line.to_owned(),
        };
        let effects = feed(&self.rig, &mut self.stream, Input::Text(&line));
        if let Some(close) = effects.close {
            assert_eq!(close, Close::SignedInAgain);
            return None;
        }
        let answers: Vec<Value> = effects
            .send
            .iter()
            .filter(|sent| line != "ping" || *sent != "pong")
            .map(|sent| serde_json::from_slice(sent).unwrap())
            .collect();
        let is_error = answers.iter().any(|answer| answer["type"] == "error");
        assert_eq!(effects.refused.is_some(), is_error);
        let taken = !is_error;
        let mut signal = None;
        match StreamFrame::read(&line) {
            Err(_) => assert!(is_error && answers.len() == 1),
            Ok(StreamFrame::Unknown) => assert!(answers.is_empty()),
            Ok(StreamFrame::Auth(_)) => panic!("the stream goes on"),
            Ok(StreamFrame::Subscribe(named)) => {
                assert_eq!(answers.len(), 1);
                if taken {
                    self.topics.extend(named.topics);
                }
            }
            Ok(StreamFrame::Unsubscribe(named)) => {
                assert_eq!(answers.len(), 1);
                if taken {
                    self.topics.retain(|topic| !named.topics.contains(topic));
                }
            }
            Ok(StreamFrame::Signal(body)) => {
                assert_eq!(answers.len(), usize::from(is_error));
                signal = taken.then_some(body);
            }
        }
        self.heard(signal);
        self.told();
        Some(())
    }

    /// The other stream is told a signal that was taken, and nothing else.
    fn heard(&mut self, taken: Option<SignalBody>) {
        let effects = feed(&self.rig, &mut self.listener, Input::Wake);
        let frames = effects.send.iter().map(|sent| text(sent).unwrap());
        let mut frames = frames.filter(|frame| frame.contains("\"sealed\""));
        if let Some(taken) = taken {
            let Ok(StreamFrame::Signal(heard)) = StreamFrame::read(frames.next().unwrap()) else {
                panic!("not a signal");
            };
            assert_eq!(json!(heard), json!(taken));
            assert!(self.counter < Some(heard.counter));
            self.counter = Some(heard.counter);
            let sealed = encoding::decode(&heard.sealed).unwrap();
            let sender = owner().user_id();
            let place = SignalPlace {
                space: &space(),
                subject: heard.subject.as_str(),
                to: heard.to.as_ref(),
                sender: &sender,
                session: encoding::decode_array(&heard.session).unwrap(),
                counter: heard.counter,
            };
            assert_eq!(place.verify(&sealed, &heard.signature), Ok(()));
        }
        assert_eq!(frames.next(), None);
    }

    /// The stream tells the messages in its topics.
    fn told(&mut self) {
        let mut expected = Vec::new();
        for (index, topic) in TOPICS.into_iter().enumerate() {
            let hash = self.post(index, topic);
            if self.topics.contains("*") || self.topics.contains(topic) {
                expected.push(hash.to_string());
            }
        }
        let mut told = Vec::new();
        loop {
            let mut effects = feed(&self.rig, &mut self.stream, Input::Wake);
            told.extend(hashes(&effects));
            if effects.read_store {
                effects = now(self.rig.engine.replay(&mut self.stream)).unwrap();
                told.extend(hashes(&effects));
            }
            if !effects.more {
                break;
            }
        }
        assert_eq!(told, expected);
        // So that the other stream has nothing but signals to tell.
        let _messages = feed(&self.rig, &mut self.listener, Input::Wake);
    }

    fn post(&mut self, index: usize, topic: &str) -> MessageId {
        let (space, topic, keys) = (space(), TopicId::parse(topic).unwrap(), owner());
        let draft = Draft {
            space: &space,
            topic: &topic,
            kind: "chat.text",
            prev_hash: self.heads[index],
            data: b"hello",
        };
        let (hash, body) = draft.sign(&keys.user_id(), &keys);
        let new = PostMessage {
            kind: body.kind,
            prev_hash: body.prev_hash,
            data: body.data,
            message_hash: body.message_hash,
            signature: body.signature,
            payload: None,
        };
        now(self.rig.engine.append(&self.owner.member, &topic, new)).unwrap();
        self.heads[index] = Some(hash);
        hash
    }
}

fn hashes(effects: &Effects) -> Vec<String> {
    let frames = effects.send.iter().map(|sent| text(sent).unwrap());
    let values = frames.filter_map(|frame| serde_json::from_str::<Value>(frame).ok());
    values
        .filter_map(|frame| Some(frame["message_hash"].as_str()?.to_owned()))
        .collect()
}

/// A signal that is signed, with these fields; `None` if it cannot be.
fn signal(fields: &str) -> Option<String> {
    let mut frame = json!({
        "type": "signal",
        "subject": "typing",
        "to": null,
        "session": encoding::encode(&[1; 16]),
        "counter": 1,
        "sealed": "MQ==",
        "signature": encoding::encode(&[0; 64]),
    });
    let fields: serde_json::Map<String, Value> = serde_json::from_str(fields).ok()?;
    frame.as_object_mut()?.extend(fields);
    let Ok(StreamFrame::Signal(body)) = StreamFrame::read(&frame.to_string()) else {
        return None;
    };
    let place = SignalPlace {
        space: &space(),
        subject: body.subject.as_str(),
        to: body.to.as_ref(),
        sender: &owner().user_id(),
        session: encoding::decode_array(&body.session).ok()?,
        counter: body.counter,
    };
    let sealed = encoding::decode(&body.sealed).ok()?;
    frame["signature"] = place.sign(&sealed, &owner()).to_string().into();
    Some(frame.to_string())
}
