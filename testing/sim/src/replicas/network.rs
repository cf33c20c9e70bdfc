//! A network that delays, loses and repeats.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use reeeductio_client::source::{Answered, RawPage, Source, StreamCursor, Subscription};
use reeeductio_client::transport::TransportError;
use reeeductio_client::{ClientError, Range};
use reeeductio_core::Draft;
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, Message, MessageId, Position, Signature, encoding,
};

use super::clock::wait;
use super::plant::Plant;
use super::server::Server;
use super::stream::Stream;
use super::world::World;
use crate::dice::Dice;

/// Faults on the way, in percent.
#[derive(Debug)]
pub(super) struct Weather {
    pub(super) dice: Arc<Dice>,
    /// Requests or answers that are lost, each.
    pub(super) loss: usize,
    /// Requests or answers that take seconds, so that others overtake them.
    pub(super) slow: usize,
    /// Writes that arrive a second time.
    pub(super) repeated: usize,
    /// Whether faults have ended.
    pub(super) calm: AtomicBool,
}

impl Weather {
    pub(super) fn strikes(&self, percent: usize) -> bool {
        !self.calm.load(Ordering::Relaxed) && self.dice.chance(percent)
    }

    pub(super) fn latency(&self) -> u64 {
        let most = if self.strikes(self.slow) { 3_000 } else { 40 };
        1 + self.dice.next() % most
    }
}

/// A member's way to the server.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) server: Arc<Server>,
    pub(super) weather: Arc<Weather>,
    /// The newest time that the server has shown.
    reached: AtomicI64,
    plant: Option<Plant>,
    /// Milliseconds by which the member's idea of the server's clock is wrong.
    error: i64,
}

impl Network {
    pub(super) fn new(server: Arc<Server>, world: &World) -> Self {
        let weather = Arc::clone(&world.weather);
        let error = weather.dice.below(61).cast_signed() as i64 - 30;
        Self {
            server,
            weather,
            reached: AtomicI64::new(i64::MIN),
            plant: world.plant,
            error,
        }
    }

    /// Sends a request; `act` is the server's part.
    async fn exchange<T>(
        &self,
        act: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        wait(self.weather.latency()).await;
        if self.weather.strikes(self.weather.loss) {
            let connect = self.weather.dice.chance(30);
            let text = "lost before the server".to_owned();
            return Err(if connect {
                TransportError::Connect(text)
            } else {
                TransportError::Failed(text)
            }
            .into());
        }
        let answer = act.await;
        let time = self.server.now();
        wait(self.weather.latency()).await;
        if self.weather.strikes(self.weather.loss) {
            let text = "the answer was lost".to_owned();
            return Err(TransportError::Failed(text).into());
        }
        self.reached.fetch_max(time, Ordering::Relaxed);
        answer
    }

    /// Makes a write that arrived arrive a second time, later. The answer to the second is lost.
    fn repeat(&self, again: impl Future<Output = ()> + Send + 'static) {
        if self.weather.strikes(self.weather.repeated) {
            let pause = self.weather.latency();
            tokio::spawn(async move {
                wait(pause).await;
                again.await;
            });
        }
    }

    async fn append_message(&self, message: &Message) -> Result<Position, ClientError> {
        let result = self.server.append(message).await;
        let (server, copy) = (Arc::clone(&self.server), message.clone());
        self.repeat(async move {
            let _refused = server.append(&copy).await;
        });
        result
    }

    /// Signs a message again. A planted bug: the message may be there already.
    async fn sign_again(&self, message: &Message) {
        let server = &self.server;
        let chain = ChainId::shared(message.topic_id.clone());
        let Ok(newest) = server.page(&chain, Range::last(1)).await else {
            return;
        };
        let data = encoding::decode(&message.data).unwrap();
        let draft = Draft {
            space: &server.space,
            topic: &message.topic_id,
            kind: &message.kind,
            prev_hash: newest.messages.first().map(|newest| newest.message_hash),
            data: &data,
        };
        let again = draft.message(&server.member, &server.identity, 0);
        let _refused = server.append(&again).await;
    }

    async fn put_entry(&self, path: &DataPath, entry: &DataBody) -> Result<(), ClientError> {
        let result = self.server.put_data(path, entry).await;
        let (server, there, copy) = (Arc::clone(&self.server), path.clone(), entry.clone());
        self.repeat(async move {
            let _refused = server.put_data(&there, &copy).await;
        });
        result
    }
}

impl Source for Network {
    fn page<'a>(&'a self, chain: &'a ChainId, range: Range) -> Answered<'a, RawPage> {
        Box::pin(self.exchange(self.server.page(chain, range)))
    }

    fn message<'a>(&'a self, chain: &'a ChainId, id: &'a MessageId) -> Answered<'a, Message> {
        Box::pin(self.exchange(self.server.message(chain, id)))
    }

    fn append<'a>(&'a self, message: &'a Message) -> Answered<'a, Position> {
        Box::pin(async move {
            let answer = self.exchange(self.append_message(message)).await;
            if self.plant == Some(Plant::SignsAgain)
                && matches!(
                    answer,
                    Err(ClientError::Transport(TransportError::Failed(_)))
                )
            {
                self.sign_again(message).await;
            }
            answer
        })
    }

    fn data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, DataEntry> {
        Box::pin(self.exchange(self.server.data(path)))
    }

    fn put_data<'a>(&'a self, path: &'a DataPath, entry: &'a DataBody) -> Answered<'a, ()> {
        Box::pin(self.exchange(self.put_entry(path, entry)))
    }

    fn delete_data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, ()> {
        Box::pin(self.exchange(self.server.delete_data(path)))
    }

    /// Opens a stream from now on, like a published server, which resumes none.
    fn subscribe<'a>(
        &'a self,
        _since: Option<&'a StreamCursor>,
        _data: bool,
    ) -> Answered<'a, Box<dyn Subscription>> {
        Box::pin(async move {
            let session = self.exchange(self.server.open()).await?;
            let stream = Stream::new(session, &self.server, &self.weather);
            Ok(Box::new(stream) as Box<dyn Subscription>)
        })
    }

    fn now(&self) -> Answered<'_, i64> {
        Box::pin(async move { Ok(self.server.now() + self.error) })
    }

    fn ask_now(&self) -> Answered<'_, i64> {
        self.now()
    }

    fn reached(&self) -> Option<i64> {
        let reached = self.reached.load(Ordering::Relaxed);
        (reached > i64::MIN).then_some(reached)
    }
}

/// Returns the entry of a body that a member has signed.
pub(super) fn entry_of(path: &DataPath, body: &DataBody) -> DataEntry {
    debug_assert!(encoding::check(&body.data).is_ok());
    DataEntry {
        path: path.clone(),
        data: body.data.clone(),
        signature: Signature::parse(&body.signature).unwrap(),
        signed_by: body.signed_by.parse().unwrap(),
        signed_at: body.signed_at,
    }
}
