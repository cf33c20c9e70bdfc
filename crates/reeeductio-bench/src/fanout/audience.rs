//! The subscribers.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reeeductio_proto::{MessageId, TEXT_LENGTH};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::connection::find;
use crate::measure::now;
use crate::socket::Socket;

/// After which silence what has not arrived counts as lost.
const SILENCE: Duration = Duration::from_secs(10);

type Hash = [u8; TEXT_LENGTH];

/// The messages that are going to be posted, in their order.
#[derive(Clone)]
pub(super) struct Program(Rc<Messages>);

struct Messages {
    order: Vec<Hash>,
    places: HashMap<Hash, usize>,
    /// When each was posted.
    posted: RefCell<Vec<Instant>>,
    /// The last one, once it is known.
    end: Cell<Option<usize>>,
    /// Whether the time of each delivery is wanted.
    timed: bool,
}

impl Program {
    pub(super) fn new(ids: &[MessageId], timed: bool) -> Self {
        let order: Vec<Hash> = ids
            .iter()
            .filter_map(|id| id.to_string().into_bytes().try_into().ok())
            .collect();
        let places = order
            .iter()
            .enumerate()
            .map(|(place, hash)| (*hash, place))
            .collect();
        Self(Rc::new(Messages {
            order,
            places,
            posted: RefCell::default(),
            end: Cell::new(None),
            timed,
        }))
    }

    /// The next message is being posted now.
    pub(super) fn posting(&self) {
        self.0.posted.borrow_mut().push(now());
    }

    /// The message at this place is the last.
    pub(super) fn end_with(&self, place: usize) {
        self.0.end.set(Some(place));
    }

    /// Where in the program a frame belongs, most likely at `expected`.
    fn place(&self, frame: &[u8], expected: usize) -> Option<usize> {
        let hash = message_hash(frame)?;
        if self.0.order.get(expected).is_some_and(|next| next == hash) {
            return Some(expected);
        }
        self.0.places.get(hash).copied()
    }
}

/// The `message_hash` of a message as JSON, without reading the rest.
fn message_hash(frame: &[u8]) -> Option<&Hash> {
    const FIELD: &[u8] = b"\"message_hash\"";
    let after = frame.get(find(frame, FIELD)? + FIELD.len()..)?;
    let quote = after.iter().position(|byte| *byte == b'"')?;
    after.get(quote + 1..)?.first_chunk()
}

/// Subscribers to a stream.
pub(super) struct Audience {
    sockets: Vec<Socket>,
    size: u64,
}

/// Messages that the subscribers have received together.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) deliveries: u64,
    /// Messages that came more than once or out of order, which do not count as delivered.
    pub(super) repeated: u64,
    /// When the last one came.
    pub(super) last: Option<Instant>,
    /// From posting to receiving.
    pub(super) times: Vec<Duration>,
}

/// Subscribers that listen to a program.
pub(super) struct Listening<'a> {
    audience: &'a mut Audience,
    tasks: JoinSet<Result<Socket>>,
    heard: Rc<RefCell<Heard>>,
}

impl Audience {
    pub(super) async fn open(authority: &str, path: &str, size: usize) -> Result<Self> {
        let mut sockets = Vec::with_capacity(size);
        for number in 0..size {
            let socket = Socket::open(authority, path).await;
            sockets.push(socket.with_context(|| format!("subscriber {number} of {size}"))?);
        }
        Ok(Self {
            sockets,
            size: size as u64,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Lets everybody listen until the program's end.
    pub(super) fn listen(&mut self, program: &Program) -> Listening<'_> {
        let heard = Rc::new(RefCell::new(Heard::default()));
        let mut tasks = JoinSet::new();
        for socket in self.sockets.drain(..) {
            tasks.spawn_local(listen(socket, program.clone(), Rc::clone(&heard)));
        }
        Listening {
            audience: self,
            tasks,
            heard,
        }
    }
}

impl Listening<'_> {
    /// Waits until everybody has heard the end, or nobody hears anything any more.
    pub(super) async fn finish(mut self) -> Result<Heard> {
        let mut before = 0;
        loop {
            match timeout(SILENCE, self.tasks.join_next()).await {
                Ok(Some(finished)) => self.audience.sockets.push(finished??),
                Ok(None) => break,
                Err(_) => {
                    let deliveries = self.heard.borrow().deliveries;
                    if deliveries == before {
                        break;
                    }
                    before = deliveries;
                }
            }
        }
        self.tasks.shutdown().await;
        Ok(self.heard.take())
    }
}

async fn listen(mut socket: Socket, program: Program, heard: Rc<RefCell<Heard>>) -> Result<Socket> {
    let mut expected = 0;
    loop {
        let frame = socket
            .next()
            .await?
            .context("the server ended a subscriber's stream")?;
        let Some(place) = program.place(frame, expected) else {
            continue;
        };
        let mut heard = heard.borrow_mut();
        if place < expected {
            heard.repeated += 1;
            continue;
        }
        expected = place + 1;
        heard.deliveries += 1;
        let came = now();
        heard.last = Some(came);
        if program.0.timed
            && let Some(posted) = program.0.posted.borrow().get(place)
        {
            heard.times.push(came.duration_since(*posted));
        }
        if program.0.end.get() == Some(place) {
            return Ok(socket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_finds_its_place_and_foreign_ones_none() {
        let ids: Vec<MessageId> = (0..3_u8).map(|n| MessageId::of(&[n])).collect();
        let program = Program::new(&ids, false);
        let frame = |id: &MessageId| format!(r#"{{"topic_id": "x", "message_hash": "{id}"}}"#);
        assert_eq!(program.place(frame(&ids[1]).as_bytes(), 1), Some(1));
        assert_eq!(program.place(frame(&ids[2]).as_bytes(), 0), Some(2));
        assert_eq!(program.place(frame(&ids[0]).as_bytes(), 3), Some(0));
        let foreign = frame(&MessageId::of(b"other"));
        assert_eq!(program.place(foreign.as_bytes(), 0), None);
        assert_eq!(program.place(br#"{"type": "ping"}"#, 0), None);
    }
}
