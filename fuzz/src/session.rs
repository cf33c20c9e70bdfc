//! The frames that a client sends over a stream.

use reeeductio_backend::Clock as _;
use reeeductio_core::Draft;
use reeeductio_engine::live::{Close, Effects, Input, Session, SessionConfig};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{MessageId, TopicId};

use crate::cast::{owner, space};
use crate::input::Numbers;
use crate::rig::{Rig, SignedIn, now};

const PONG: &[u8] = b"pong";
const PING: &[u8] = br#"{"type": "ping"}"#;
/// Steps that are taken; more would say nothing new.
const LONGEST: usize = 64;

/// Two times, then steps of a session: frames, silence, and messages of others.
///
/// A `ping` is answered once and nothing else is; binary frames, silence and the end of the token end the session,
/// which otherwise says when it must be woken; every message comes once, in order.
pub fn check(data: &[u8]) {
    let mut numbers = Numbers(data);
    let config = SessionConfig {
        ping_after: numbers.int().saturating_abs().max(1),
        idle_limit: numbers.int().saturating_abs().max(1),
        data: false,
    };
    let rig = Rig::start();
    let owner = rig.owner();
    let session = now(rig.engine.open_session(owner.member.clone(), config)).unwrap();
    let mut stage = Stage {
        heard_at: rig.clock.monotonic(),
        rig,
        owner,
        session,
        config,
        head: None,
        posted: Vec::new(),
    };
    for _ in 0..LONGEST {
        if numbers.is_empty() || stage.step(&mut numbers).is_none() {
            return;
        }
    }
}

struct Stage {
    rig: Rig,
    owner: SignedIn,
    session: Session,
    config: SessionConfig,
    /// When the client was last heard of.
    heard_at: i64,
    head: Option<MessageId>,
    /// Messages that were stored and have not come yet.
    posted: Vec<MessageId>,
}

impl Stage {
    /// `None` once the session has ended.
    fn step(&mut self, numbers: &mut Numbers<'_>) -> Option<()> {
        let alive = self.rig.clock.now() < self.owner.member.expires_at();
        match numbers.byte() % 7 {
            0 => {
                self.hear();
                let effects = self.take(Input::Text("ping"))?;
                assert_eq!(count(&effects, PONG), 1);
            }
            1 => {
                self.hear();
                let length = usize::from(numbers.byte()).min(numbers.0.len());
                let (text, rest) = numbers.0.split_at(length);
                numbers.0 = rest;
                let text = String::from_utf8_lossy(text);
                let effects = self.take(Input::Text(&text))?;
                assert_eq!(count(&effects, PONG), usize::from(text == "ping"));
            }
            2 => {
                let close = self.take_raw(Input::Binary).close;
                assert_eq!(
                    close,
                    Some(if alive {
                        Close::Unsupported
                    } else {
                        Close::Expired
                    })
                );
                return None;
            }
            3 => {
                self.hear();
                let _effects = self.take(Input::Alive)?;
            }
            4 => self
                .rig
                .clock
                .advance(i64::from(u16::from_le_bytes(numbers.array()))),
            5 => self
                .rig
                .clock
                .advance(i64::from(u32::from_le_bytes(numbers.array()) >> 2)),
            _ => self.post(),
        }
        self.wake()
    }

    fn hear(&mut self) {
        self.heard_at = self.rig.clock.monotonic();
    }

    fn take_raw(&mut self, input: Input<'_>) -> Effects {
        let clock = &self.rig.clock;
        self.session.handle(clock.now(), clock.monotonic(), input)
    }

    /// Returns what to do, unless the session has ended for a valid reason.
    fn take(&mut self, input: Input<'_>) -> Option<Effects> {
        let now = self.rig.clock.now();
        let effects = self.take_raw(input);
        self.fits(now, &effects)?;
        Some(effects)
    }

    fn fits(&self, now: i64, effects: &Effects) -> Option<()> {
        let silence = self.rig.clock.monotonic() - self.heard_at;
        match effects.close {
            Some(Close::Expired) => assert!(now >= self.owner.member.expires_at()),
            Some(Close::Idle) => assert!(silence >= self.config.idle_limit),
            Some(close) => panic!("{close:?}"),
            None => {
                assert!(now < self.owner.member.expires_at() && silence < self.config.idle_limit);
                assert!(effects.wake_in > 0, "it would be woken without end");
            }
        }
        assert_eq!(count(effects, PING), usize::from(effects.ping));
        effects.close.is_none().then_some(())
    }

    fn wake(&mut self) -> Option<()> {
        let mut came = Vec::new();
        loop {
            let mut effects = self.take(Input::Wake)?;
            while effects.read_store {
                effects = now(self.rig.engine.replay(&mut self.session)).unwrap();
                self.fits(self.rig.clock.now(), &effects)?;
                came.extend(messages(&effects));
            }
            came.extend(messages(&effects));
            if !effects.more {
                break;
            }
        }
        assert_eq!(came, std::mem::take(&mut self.posted));
        Some(())
    }

    fn post(&mut self) {
        let (space, topic, keys) = (space(), TopicId::parse("general").unwrap(), owner());
        let draft = Draft {
            space: &space,
            topic: &topic,
            kind: "chat.text",
            prev_hash: self.head,
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
        self.head = Some(hash);
        self.posted.push(hash);
    }
}

fn count(effects: &Effects, frame: &[u8]) -> usize {
    effects.send.iter().filter(|sent| *sent == frame).count()
}

fn messages(effects: &Effects) -> impl Iterator<Item = MessageId> {
    effects
        .send
        .iter()
        .filter(|sent| *sent != PONG && *sent != PING)
        .map(|sent| {
            let body: MessageBody = serde_json::from_slice(sent).unwrap();
            MessageId::parse(&body.message_hash).unwrap()
        })
}
