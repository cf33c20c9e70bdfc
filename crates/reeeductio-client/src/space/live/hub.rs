//! The one connection over which a space's messages come as they are stored, shared by all its streams.

use std::collections::VecDeque;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{Either, select};
use reeeductio_core::chain::Checked;
use reeeductio_proto::SpaceId;
use tokio::sync::{Notify, watch};

use super::backoff::Backoff;
use super::event::Event;
use super::listener::Listener;
use super::options::LiveOptions;
use super::retry_policy::RetryPolicy;
use crate::error::ClientError;
use crate::jitter::Jitter;
use crate::platform::{wait, within};
use crate::source::{Pushed, Source, StreamCursor, Subscription};

/// Bytes of messages that are kept for streams that do not take them. A stream that falls behind reads what it missed, page by
/// page.
const BYTES: usize = 4 << 20;

/// Whether messages come as they are stored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// No stream is open, so no connection is wanted.
    #[default]
    Idle,
    /// The connection is being made, or is made again after a pause. So it is while a stream waits for a server that is away.
    Connecting,
    /// The connection is open.
    Connected,
}

/// The one connection of a space, open while a stream listens.
pub(crate) struct Hub {
    space: SpaceId,
    source: Arc<dyn Source>,
    jitter: Arc<Jitter>,
    events: Mutex<Events>,
    /// Wakes the streams when something happened.
    pub(super) changed: Notify,
    /// Wakes the connection's task when the last stream has left.
    pub(super) left: Notify,
    /// Ends a pause between two attempts when a stream comes.
    came: Notify,
    /// Tells the connection's task that somebody listens to changes of data.
    data_wanted: Notify,
    status: watch::Sender<Status>,
}

#[derive(Debug, Default)]
pub(super) struct Events {
    /// Those that are kept, with their sizes.
    pub(super) kept: VecDeque<(usize, Event)>,
    pub(super) bytes: usize,
    /// The number of the next event.
    pub(super) next: u64,
    pub(super) listeners: usize,
    /// Listeners to changes of data, who are counted above too.
    pub(super) data_listeners: usize,
    /// Whether changes of data come over the connection that is open.
    data: bool,
    /// Whether a task holds the connection, or makes it.
    pub(super) running: bool,
    /// Streams that are to be opened after a pause.
    expected: usize,
}

impl Events {
    /// The status without a task.
    fn resting(&self) -> Status {
        if self.expected > 0 {
            Status::Connecting
        } else {
            Status::Idle
        }
    }
}

/// A stream that is to be opened after a pause: meanwhile the status is not idle.
pub(in crate::space) struct Expected(Arc<Hub>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.expecting(|expected| expected.saturating_sub(1));
    }
}

impl Hub {
    pub(crate) fn new(space: SpaceId, source: Arc<dyn Source>, jitter: Arc<Jitter>) -> Self {
        Self {
            space,
            source,
            jitter,
            events: Mutex::default(),
            changed: Notify::new(),
            left: Notify::new(),
            came: Notify::new(),
            data_wanted: Notify::new(),
            status: watch::Sender::default(),
        }
    }

    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// A place at the end of the events, once the connection is open.
    pub(crate) async fn listen(
        self: &Arc<Self>,
        options: &LiveOptions,
    ) -> Result<Listener, ClientError> {
        self.listen_to(options, false).await
    }

    /// [`listen`](Self::listen), with changes of data: a connection without them is made anew.
    pub(in crate::space) async fn listen_to_data(
        self: &Arc<Self>,
        options: &LiveOptions,
    ) -> Result<Listener, ClientError> {
        self.listen_to(options, true).await
    }

    async fn listen_to(
        self: &Arc<Self>,
        options: &LiveOptions,
        with_data: bool,
    ) -> Result<Listener, ClientError> {
        let mut listener = {
            let mut events = self.events();
            events.listeners += 1;
            events.data_listeners += usize::from(with_data);
            Listener::new(self, options, events.next, with_data)
        };
        let is_open = {
            let events = self.events();
            events.running && (events.data || !with_data)
        };
        if is_open && *self.status.borrow() == Status::Connected {
            return Ok(listener);
        }
        self.came.notify_waiters();
        self.data_wanted.notify_one();
        loop {
            match listener.next().await {
                Event::Connected { data, .. } if data || !with_data => return Ok(listener),
                Event::Failed(error) | Event::Ended(error) => return Err(error),
                _ => {}
            }
        }
    }

    pub(in crate::space) fn expect(self: &Arc<Self>) -> Expected {
        self.expecting(|expected| expected + 1);
        Expected(Arc::clone(self))
    }

    fn expecting(&self, change: impl FnOnce(usize) -> usize) {
        let mut events = self.events();
        events.expected = change(events.expected);
        if !events.running {
            self.say(events.resting());
        }
    }

    pub(super) fn events(&self) -> std::sync::MutexGuard<'_, Events> {
        // The events are changed in steps that do not panic.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those who watch the status only if it is another one.
    fn say(&self, status: Status) {
        self.status
            .send_if_modified(|said| std::mem::replace(said, status) != status);
    }

    fn tell(&self, event: Event) {
        let mut events = self.events();
        let size = event.size();
        events.kept.push_back((size, event));
        events.bytes += size;
        events.next += 1;
        while events.bytes > BYTES
            && let Some((size, _)) = events.kept.pop_front()
        {
            events.bytes = events.bytes.saturating_sub(size);
        }
        drop(events);
        self.changed.notify_waiters();
    }

    /// Holds the connection until no stream listens or the server refuses it for good.
    pub(super) async fn run(self: Arc<Self>, options: LiveOptions) {
        let mut running = Running {
            hub: &self,
            retired: false,
        };
        let mut backoff = Backoff::new(options.first_pause, options.longest_pause);
        let mut cursor = None;
        loop {
            self.say(Status::Connecting);
            let data = self.wants_data();
            let subscribed = self.source.subscribe(cursor.as_ref(), data);
            match self.unless_unused(subscribed).await {
                None => break,
                Some(Ok(subscription)) => {
                    let stream = (subscription, data);
                    let followed = self.follow(stream, &options, &mut backoff, &mut cursor);
                    let left = followed.await;
                    if left == Left::Unused {
                        break;
                    }
                    self.events().data = false;
                    self.say(Status::Connecting);
                    self.tell(Event::Disconnected);
                    if left == Left::ForData {
                        continue;
                    }
                }
                Some(Err(error)) => match RetryPolicy::of(&error) {
                    RetryPolicy::None => return self.tell(Event::Ended(error)),
                    policy => {
                        if let RetryPolicy::After(pause) = policy {
                            backoff.at_least(pause);
                        }
                        self.tell(Event::Failed(error));
                    }
                },
            }
            let pause = backoff.pause(self.jitter.share());
            backoff.failed();
            let rest = async {
                select(pin!(wait(pause)), pin!(self.came.notified())).await;
            };
            if self.unless_unused(rest).await.is_none() {
                break;
            }
        }
        running.retired = true;
    }

    fn connected(&self, resumed: bool, data: bool) {
        self.events().data = data;
        self.say(Status::Connected);
        self.tell(Event::Connected { resumed, data });
    }

    fn wants_data(&self) -> bool {
        self.events().data_listeners > 0
    }

    /// Waits for a future, unless no stream is left meanwhile: then the task is over.
    async fn unless_unused<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            match select(future.as_mut(), pin!(self.left.notified())).await {
                Either::Left((value, _)) => return Some(value),
                Either::Right(_) if self.retire() => return None,
                Either::Right(_) => {}
            }
        }
    }

    /// Waits for a future, unless somebody wants changes of data, which do not come over this connection.
    async fn unless_data_is_wanted<T>(
        &self,
        future: impl Future<Output = T>,
        data: bool,
    ) -> Option<T> {
        let mut future = pin!(future);
        loop {
            if !data && self.wants_data() {
                return None;
            }
            match select(future.as_mut(), pin!(self.data_wanted.notified())).await {
                Either::Left((value, _)) => return Some(value),
                Either::Right(_) => {}
            }
        }
    }

    /// Ends the task if no stream is left. From here on a new stream begins another one.
    fn retire(&self) -> bool {
        let mut events = self.events();
        if events.listeners > 0 {
            return false;
        }
        events.running = false;
        self.say(events.resting());
        true
    }

    /// Follows a subscription, opened after `cursor`, until it breaks or is not needed any more, and moves the cursor.
    async fn follow(
        &self,
        (mut subscription, data): (Box<dyn Subscription>, bool),
        options: &LiveOptions,
        backoff: &mut Backoff,
        cursor: &mut Option<StreamCursor>,
    ) -> Left {
        // A source that has told a cursor begins with whether it goes on there. Others begin with what is stored next, which
        // may be long in coming.
        let mut greeted = cursor.is_none();
        if greeted {
            self.connected(false, data);
        }
        loop {
            let next = within(options.silence, subscription.next());
            let next = self.unless_data_is_wanted(next, data);
            let Some(next) = self.unless_unused(next).await else {
                // An error does not matter any more: nobody uses the connection.
                let _closed = subscription.close().await;
                return Left::Unused;
            };
            let Some(next) = next else {
                let _closed = subscription.close().await;
                return Left::ForData;
            };
            let Some(next @ (Ok(Some(_)) | Err(ClientError::Answer(_)))) = next else {
                return Left::Broken;
            };
            if !greeted {
                greeted = true;
                let resumed = matches!(next, Ok(Some(Pushed::Hello { resumed: true, .. })));
                if !resumed {
                    *cursor = None;
                }
                self.connected(resumed, data);
            }
            let event = match next {
                Ok(Some(Pushed::Message(message))) => {
                    Event::Message(Arc::new(Checked::new(&self.space, *message)))
                }
                Ok(Some(Pushed::Data(entry))) => Event::Data(Arc::from(entry)),
                Ok(Some(Pushed::DataRemoved { path, signed_at })) => {
                    Event::DataRemoved(path, signed_at)
                }
                Ok(Some(Pushed::Ping)) => Event::Ping,
                // A cursor alone does not show that the connection is of use.
                Ok(Some(Pushed::Hello { cursor: told, .. } | Pushed::Cursor(told))) => {
                    *cursor = Some(told);
                    continue;
                }
                Err(error) => Event::Unreadable(error),
                Ok(None) => return Left::Broken,
            };
            backoff.reset();
            self.tell(event);
        }
    }
}

/// Why a subscription was left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    Broken,
    /// It is to be opened anew, with changes of data.
    ForData,
    Unused,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("space", &self.space)
            .field("status", &*self.status.borrow())
            .finish_non_exhaustive()
    }
}

/// Says that the task has ended, also when it ends with its runtime.
struct Running<'a> {
    hub: &'a Hub,
    /// Whether that was said already, and another task may be running.
    retired: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.retired {
            // Together, so that no task that begins in between is said to be idle.
            let mut events = self.hub.events();
            events.running = false;
            self.hub.say(events.resting());
            drop(events);
            self.hub.tell(Event::Disconnected);
        }
    }
}
