//! A stream over the network: late, in order, cut at times, sometimes without a word.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use reeeductio_backend::Clock as _;
use reeeductio_client::ClientError;
use reeeductio_client::source::{Answered, Pushed, Subscription};
use reeeductio_client::transport::TransportError;
use reeeductio_engine::live::{Effects, Input, Session};
use reeeductio_proto::Message;
use reeeductio_proto::api::MessageBody;
use tokio::time::{Instant, sleep, sleep_until};

use super::network::Weather;
use super::server::Server;

/// End of a stream.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// With an error.
    Broken,
    /// As if the server had ended it.
    Ended,
    /// Nothing comes any more, and nothing says so.
    Silent,
}

/// A session of the engine, and frames on their way from it.
pub(super) struct Stream {
    session: Session,
    server: Arc<Server>,
    weather: Arc<Weather>,
    on_the_way: VecDeque<(Instant, Pushed)>,
    cut: Option<(Instant, Cut)>,
    closed: bool,
}

impl Stream {
    pub(super) fn new(session: Session, server: &Arc<Server>, weather: &Arc<Weather>) -> Self {
        let cut = weather.strikes(70).then(|| {
            let after = Duration::from_millis(500 + weather.dice.next() % 20_000);
            let how = [Cut::Broken, Cut::Ended, Cut::Silent][weather.dice.below(3)];
            (Instant::now() + after, how)
        });
        Self {
            session,
            server: Arc::clone(server),
            weather: Arc::clone(weather),
            on_the_way: VecDeque::new(),
            cut,
            closed: false,
        }
    }

    async fn next_frame(&mut self) -> Result<Option<Pushed>, ClientError> {
        loop {
            if let Some((at, how)) = self.cut
                && Instant::now() >= at
            {
                return cut(how).await;
            }
            if let Some((due, _)) = self.on_the_way.front() {
                sleep_until(*due).await;
                return Ok(self.on_the_way.pop_front().map(|(_, frame)| frame));
            }
            if self.closed {
                return Ok(None);
            }
            let woken = self.session.wake().listen();
            let wake_in = self.take_events().await?;
            if !self.on_the_way.is_empty() || self.closed {
                continue;
            }
            let pause = Duration::from_millis(u64::try_from(wake_in).unwrap_or(0).clamp(1, 10_000));
            let until_cut = self.cut.map(|(at, _)| at - Instant::now());
            let pause = Box::pin(sleep(until_cut.map_or(pause, |cut| cut.min(pause))));
            match select(woken, pause).await {
                Either::Left(_) | Either::Right(_) => {}
            }
        }
    }

    /// Takes the events that there are, and returns after how many milliseconds to look again.
    async fn take_events(&mut self) -> Result<i64, ClientError> {
        let server = Arc::clone(&self.server);
        loop {
            let (now, monotonic) = (server.clock.now(), server.clock.monotonic());
            let mut effects = self.session.handle(now, monotonic, Input::Wake);
            if effects.read_store {
                let replayed = server.engine.replay(&mut self.session).await;
                effects = replayed.map_err(|error| TransportError::Failed(error.to_string()))?;
            }
            self.send(&effects);
            if effects.close.is_some() {
                self.closed = true;
                return Ok(0);
            }
            if !effects.more {
                return Ok(effects.wake_in);
            }
        }
    }

    fn send(&mut self, effects: &Effects) {
        for frame in &effects.send {
            let due = Instant::now() + Duration::from_millis(self.weather.latency());
            let before = self.on_the_way.back().map(|(due, _)| *due);
            let due = before.map_or(due, |before| before.max(due));
            if self.weather.dice.chance(5) {
                self.on_the_way.push_back((due, Pushed::Ping));
            }
            let pushed = Pushed::Message(Box::new(read(frame)));
            self.on_the_way.push_back((due, pushed));
        }
    }
}

async fn cut(how: Cut) -> Result<Option<Pushed>, ClientError> {
    match how {
        Cut::Broken => Err(TransportError::Failed("cut".to_owned()).into()),
        Cut::Ended => Ok(None),
        Cut::Silent => std::future::pending().await,
    }
}

fn read(frame: &[u8]) -> Message {
    let body: MessageBody = serde_json::from_slice(frame).unwrap();
    Message::try_from(body).unwrap()
}

impl Subscription for Stream {
    fn next(&mut self) -> Answered<'_, Option<Pushed>> {
        Box::pin(self.next_frame())
    }

    fn close(&mut self) -> Answered<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}
