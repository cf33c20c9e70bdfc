//! A stream of what is no event: signals, who is connected, items of the own inbox, and the checkpoints that the server signs meanwhile.

mod connection;
mod frame;
mod receive;
mod roster;

use std::fmt;

use reeeductio_proto::{MemberId, Subject, TopicId};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use super::PolicySpace;
use super::inbox::InboxItem;
use crate::error::ClientError;
use crate::platform::spawn;
use crate::transport::TransportError;
use connection::{Connecting, Outgoing};
pub use receive::SignalError;

/// Events that wait for their reader; then the connection is not read on.
const WAITING: usize = 64;
/// Signals that wait to be sent.
const TO_SEND: usize = 16;

/// Kinds of events that a [`PolicyStream`] brings.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StreamOptions {
    /// The subjects of which signals come.
    pub subjects: Vec<Subject>,
    /// Whether it is told who is connected.
    pub roster: bool,
    /// Whether items come that are left in the own inbox.
    pub inbox: bool,
    /// The topics of which it is told that a message was stored.
    pub topics: Vec<TopicId>,
}

impl StreamOptions {
    /// Signals of these subjects, and nothing else.
    pub fn signals(subjects: impl IntoIterator<Item = Subject>) -> Self {
        Self {
            subjects: subjects.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Signals of these subjects too.
    #[must_use]
    pub fn with_signals(mut self, subjects: impl IntoIterator<Item = Subject>) -> Self {
        self.subjects.extend(subjects);
        self
    }

    /// Says who is connected too. Needs the right to read `signals/presence`.
    #[must_use]
    pub fn with_roster(self) -> Self {
        Self {
            roster: true,
            ..self
        }
    }

    /// Tells that messages of a topic were stored, and that the state has grown: they are then read with their proofs.
    #[must_use]
    pub fn with_topic(mut self, topic: TopicId) -> Self {
        self.topics.push(topic);
        self
    }

    /// Tells of items that are left in the own inbox from now on. Those that are there already are in
    /// [`PolicyInbox::items`](super::PolicyInbox::items): read it after each [`Connected`](StreamEvent::Connected) and
    /// [`InboxChanged`](StreamEvent::InboxChanged).
    #[must_use]
    pub fn with_inbox(self) -> Self {
        Self {
            inbox: true,
            ..self
        }
    }
}

/// A stream of what is no event. It has a connection of its own, which is made again when it is lost, until this is dropped. While there is none, signals
/// are refused, and [`Disconnected`](StreamEvent::Disconnected) comes for each attempt that fails.
///
/// Signals are lost for a member that is not connected. The state of the space is followed meanwhile, and each minute at most a checkpoint of the
/// server is compared with the known history; an error about it is one of [`next`](Self::next).
#[derive(Debug)]
pub struct PolicyStream {
    events: mpsc::Receiver<Result<StreamEvent, ClientError>>,
    sender: SignalSender,
}

/// Sends signals over the connection of a [`PolicyStream`]. Clones share it.
#[derive(Clone, Debug)]
pub struct SignalSender {
    space: PolicySpace,
    outgoing: mpsc::Sender<Outgoing>,
}

/// An event of a [`PolicyStream`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StreamEvent {
    /// The connection is open, for the first time or again. Signals and items may have been missed.
    Connected,
    /// There is no connection, and one will be made again. Comes when it is lost, and for each attempt that fails. Nobody is known to be connected.
    Disconnected,
    /// Another member, or this one elsewhere, says something.
    Signal(Signal),
    /// A signal that cannot be believed or read, and why. An honest server has none, but for keys that are missing.
    Unreadable(UnreadableSignal),
    /// The server did not take a signal.
    Refused(RefusedSignal),
    /// All who are connected, by the server's word: what was known before does not count.
    Roster(Vec<MemberId>),
    /// So many are connected that the server names none.
    Crowd(u64),
    /// A member is connected, by the server's word.
    Joined(MemberId),
    /// A member is not connected any more, by the server's word.
    Left(MemberId),
    /// An item was left in the own inbox. It stays there until it is acknowledged, so it may be read there too.
    Inbox(Box<InboxItem>),
    /// A message of a topic was stored, by the server's word.
    Stored {
        /// The topic.
        topic: TopicId,
        /// The message's time, Unix milliseconds.
        timestamp: i64,
    },
    /// The state has grown and was read: members, rights or epochs may be others.
    StateRead,
    /// Items were left in the own inbox that the server does not tell one by one: read it.
    InboxChanged,
}

/// Words of a member to those that are connected. It is signed and sealed; that it is new is the server's word.
#[derive(Clone, Eq, PartialEq)]
pub struct Signal {
    /// Its kind.
    pub subject: Subject,
    /// The member that signed it.
    pub sender: MemberId,
    /// Whether it is for this member alone.
    pub is_direct: bool,
    /// The bytes, at most 16,380.
    pub body: Zeroizing<Vec<u8>>,
    /// The server's time, Unix milliseconds.
    pub at: i64,
}

/// A signal that was not handed out.
#[derive(Clone, Debug)]
pub struct UnreadableSignal {
    /// Its sender, by the server's word.
    pub sender: MemberId,
    /// The reason.
    pub error: SignalError,
}

/// A signal that the server did not take.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusedSignal {
    /// The number that [`SignalSender::send`] returned for it; `None` if the server does not say which it was.
    pub counter: Option<u64>,
    /// The stable code.
    pub code: String,
    /// The server's words.
    pub message: String,
    /// After how many seconds it may be sent again, if time helps.
    pub retry_after: Option<u64>,
}

impl PolicySpace {
    /// Connects to hear signals and who is connected. Fails if the server cannot be reached or refuses; later the connection is made
    /// again by itself.
    ///
    /// ```no_run
    /// # async fn example(space: reeeductio_client::PolicySpace) -> Result<(), reeeductio_client::ClientError> {
    /// use reeeductio_client::{StreamEvent, StreamOptions, Subject};
    ///
    /// let typing = Subject::parse("typing").expect("a subject");
    /// let mut stream = space.connect(StreamOptions::signals([typing.clone()])).await?;
    /// stream.sender().send(&typing, None, b"general").await?;
    /// while let Some(event) = stream.next().await {
    ///     if let StreamEvent::Signal(signal) = event? {
    ///         println!("{} types", signal.sender);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(&self, options: StreamOptions) -> Result<PolicyStream, ClientError> {
        let (events, received) = mpsc::channel(WAITING);
        let (outgoing, to_send) = mpsc::channel(TO_SEND);
        let (opened, is_open) = oneshot::channel();
        let connecting = Connecting::new(self.clone(), &options, events, to_send);
        spawn(connecting.run(opened));
        is_open.await.map_err(|_| ended())??;
        Ok(PolicyStream {
            events: received,
            sender: SignalSender {
                space: self.clone(),
                outgoing,
            },
        })
    }
}

impl PolicyStream {
    /// The next event; `None` after a refusal that does not pass by itself. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, ClientError>> {
        self.events.recv().await
    }

    /// Sends signals, from other tasks too.
    pub fn sender(&self) -> SignalSender {
        self.sender.clone()
    }
}

impl SignalSender {
    /// Seals a signal for all members, or for one, and sends it. At most 16,380 bytes. Returns its number, which a
    /// [refusal](StreamEvent::Refused) names; a server that takes it does not answer.
    ///
    /// Fails if there is no connection: nobody keeps a signal for later. If a member was removed and no epoch has begun since, one
    /// begins first, as for a message.
    pub async fn send(
        &self,
        subject: &Subject,
        to: Option<MemberId>,
        body: &[u8],
    ) -> Result<u64, ClientError> {
        if subject.as_str() == Subject::PRESENCE {
            return Err(ClientError::argument("subject", "presence is reserved"));
        }
        let epoch = self.space.sending_epoch().await?;
        let (done, is_done) = oneshot::channel();
        let signal = Outgoing {
            subject: subject.clone(),
            to,
            body: Zeroizing::new(body.to_vec()),
            epoch,
            done,
        };
        self.outgoing.send(signal).await.map_err(|_| ended())?;
        is_done.await.map_err(|_| ended())?
    }
}

fn ended() -> ClientError {
    TransportError::Failed("the stream has ended; connect again".to_owned()).into()
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("subject", &self.subject)
            .field("sender", &self.sender)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
