//! A device's way to the server: it delays, loses, repeats, and is cut at times.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use parking_lot::Mutex;
use reeeductio_client::BoxFuture;
use reeeductio_client::transport::{
    Body, Method, Request, Response, Socket, Transport, TransportError, Url,
};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{SealedHeader, encoding};

use super::ground::Ground;
use super::liar::Liar;
use super::server::{Answer, Sent, Server};
use crate::dice::Dice;
use crate::replicas::clock::wait;

/// A device's way to the server.
pub(super) struct Wire {
    ground: Arc<Ground>,
    name: String,
    /// The server that it reaches: a lying one has several.
    server: Mutex<Arc<Server>>,
    /// Renewed for each action: how many requests one takes changes nothing for the next.
    dice: Mutex<Arc<Dice>>,
    is_offline: AtomicBool,
    /// Where the removed read what a lying server gives them.
    pub(super) token: Mutex<Option<String>>,
    pub(super) liar: Mutex<Option<Liar>>,
    /// A server that is given the messages, too.
    pub(super) relay: Mutex<Option<Arc<Server>>>,
    /// Messages that were sent, by their ids, with the epoch they are sealed under.
    sent: Mutex<BTreeMap<String, u32>>,
    highest: AtomicU32,
}

impl Wire {
    pub(super) fn new(ground: &Arc<Ground>, name: &str) -> Self {
        Self {
            ground: Arc::clone(ground),
            name: name.to_owned(),
            server: Mutex::new(ground.server()),
            dice: Mutex::new(Arc::new(Dice::new(0))),
            is_offline: AtomicBool::new(false),
            token: Mutex::default(),
            liar: Mutex::default(),
            relay: Mutex::default(),
            sent: Mutex::default(),
            highest: AtomicU32::new(0),
        }
    }

    /// Begins an action, whose faults follow from `seed`.
    pub(super) fn begin(&self, seed: u64) {
        *self.dice.lock() = Arc::new(Dice::new(seed));
    }

    pub(super) fn set_offline(&self, is_offline: bool) {
        self.is_offline.store(is_offline, Ordering::Relaxed);
    }

    pub(super) fn reach(&self, server: &Arc<Server>) {
        *self.server.lock() = Arc::clone(server);
    }

    pub(super) fn server(&self) -> Arc<Server> {
        Arc::clone(&self.server.lock())
    }

    /// The store of this device was lost: it may send under an earlier epoch.
    pub(super) fn forget_epochs(&self) {
        self.sent.lock().clear();
        self.highest.store(0, Ordering::Relaxed);
    }

    fn strikes(&self, dice: &Dice, percent: usize) -> bool {
        !self.ground.is_calm() && dice.chance(percent)
    }

    async fn delay(&self, dice: &Dice) {
        let weather = &self.ground.weather;
        let most = if self.strikes(dice, weather.slow) {
            3_000
        } else {
            30
        };
        wait(1 + dice.next() % most).await;
    }

    fn arrive_later(&self, sent: &Sent, dice: &Dice) {
        let (ground, sent) = (Arc::clone(&self.ground), sent.clone());
        let pause = 1 + dice.next() % 4_000;
        self.ground.on_its_way(async move {
            wait(pause).await;
            drop(ground.server().answer(sent).await);
        });
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let (dice, server) = (Arc::clone(&self.dice.lock()), self.server());
        let mut sent = read(request, self.ground.page).await;
        if self.is_offline.load(Ordering::Relaxed) {
            return Err(TransportError::Connect("offline".to_owned()));
        }
        self.note(&sent);
        if let Some(token) = self.token.lock().clone()
            && sent.bearer.is_some()
        {
            sent.bearer = Some(token);
        }
        let weather = &self.ground.weather;
        self.delay(&dice).await;
        if self.strikes(&dice, weather.loss) {
            return Err(match dice.below(4) {
                0 => TransportError::Connect("no way there".to_owned()),
                1 => {
                    // It arrives when nobody waits for the answer any more.
                    self.arrive_later(&sent, &dice);
                    TransportError::Timeout
                }
                _ => TransportError::Failed("lost on the way there".to_owned()),
            });
        }
        let writes = sent.method != "GET" && !sent.path.contains("/auth/");
        if writes && self.strikes(&dice, weather.repeated) {
            self.arrive_later(&sent, &dice);
        }
        let mut answer = match self.lie(&sent).await {
            Some(lie) => lie,
            None => server.answer(sent.clone()).await,
        };
        let relay = self.relay.lock().clone();
        if let Some(relay) = relay.filter(|_| is_post(&sent)) {
            drop(relay.answer(sent.clone()).await);
        }
        self.delay(&dice).await;
        if self.strikes(&dice, weather.loss) {
            return Err(if dice.chance(40) {
                TransportError::Timeout
            } else {
                TransportError::Failed("the answer was lost".to_owned())
            });
        }
        self.falsify(&sent, &mut answer);
        Ok(response(answer))
    }

    /// The answer of a lying server that has done nothing.
    async fn lie(&self, sent: &Sent) -> Option<Answer> {
        use reeeductio_backend::Clock as _;
        let size = self.server().size(self.ground.space()).await;
        let now = self.ground.clock.now();
        self.liar.lock().as_mut()?.answer(sent, now, size)
    }

    fn falsify(&self, sent: &Sent, answer: &mut Answer) {
        if let Some(token) = self.token.lock().as_deref() {
            // A lying server lets a removed member in.
            let body = if sent.path.ends_with("/auth/challenge") {
                serde_json::json!({"challenge": "AAAA", "expires_at": i64::MAX})
            } else if sent.path.ends_with("/auth/verify") {
                serde_json::json!({"token": token, "expires_at": i64::MAX})
            } else {
                return;
            };
            answer.status = 200;
            answer.body = body.to_string().into_bytes();
        } else if let Some(liar) = &mut *self.liar.lock() {
            liar.falsify(sent, answer);
        }
    }

    /// Takes note of a message on its way, and checks what must hold of all of them.
    fn note(&self, sent: &Sent) {
        if !is_post(sent) {
            return;
        }
        let post: PostMessage = serde_json::from_slice(&sent.body).unwrap();
        let header = SealedHeader::parse(&encoding::decode(&post.data).unwrap()).unwrap();
        let epoch = header.epoch;
        self.ground.note_key(&header, &post);
        let is_new = self.sent.lock().insert(post.message_hash, epoch).is_none();
        // A message whose answer was lost is sent again as it was.
        if is_new && self.highest.fetch_max(epoch, Ordering::Relaxed) > epoch {
            let what = format!("{} sends under epoch {epoch}, which is lower", self.name);
            self.ground.violated(what);
        }
    }
}

fn is_post(sent: &Sent) -> bool {
    sent.method == "POST" && sent.path.contains("/topics/")
}

async fn read(request: Request, page: usize) -> Sent {
    let url = request.url.expose();
    let path = url.strip_prefix("http://localhost").unwrap();
    // A server may give shorter pages than were asked for.
    let path = path.replace("limit=200", &format!("limit={page}"));
    let path = path.replace("limit=1000", &format!("limit={}", page * 2));
    let is_json = matches!(request.body, Body::Json(_));
    let body = match request.body {
        Body::Bytes(bytes) | Body::Json(bytes) => bytes,
        Body::Empty => Bytes::new(),
        Body::Stream { mut chunks, .. } => {
            let mut whole = BytesMut::new();
            while let Some(chunk) = chunks.next().await {
                whole.extend_from_slice(&chunk.unwrap());
            }
            whole.freeze()
        }
    };
    Sent {
        method: match request.method {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        },
        path,
        bearer: request.bearer.map(|bearer| bearer.expose().to_owned()),
        from: request.from,
        is_json,
        body,
    }
}

fn response(answer: Answer) -> Response {
    Response {
        status: answer.status,
        content_type: answer.content_type,
        location: None,
        length: None,
        body: stream::iter([Ok(Bytes::from(answer.body))]).boxed(),
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire({})", self.name)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn connect(
        &self,
        _url: Url,
        _protocol: Option<&'static str>,
    ) -> BoxFuture<'_, Result<Box<dyn Socket>, TransportError>> {
        Box::pin(async { Err(TransportError::Connect("there is no stream".to_owned())) })
    }
}
