//! The events of a channel.

use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;

use futures_util::future::{Either, select};
use reeeductio_core::app::ChannelContent;
use reeeductio_proto::{ClientCode, ErrorCode, MemberId, TargetChange};
use tokio::sync::{broadcast, watch};

use super::channel::{Channel, signals};
use super::content::{ChannelMessage, Readable, UnreadableMessage, read};
use super::mail::Asked;
use crate::error::ClientError;
use crate::platform::wait;
use crate::policy_space::{
    PolicyStream, PolicyTopic, StreamEvent, StreamOptions, TopicItem, TopicMessage, TopicPage,
};
use crate::space::live::{Backoff, RetryPolicy};
use crate::space::steps::Steps;

/// Messages whose content is awaited; the oldest are forgotten first.
const AWAITED: usize = 16_384;

/// The events of a channel. The connection is made again when it is lost, until this is dropped; messages, edits and deletes that were stored
/// meanwhile come then, each once and in the order of the channel. Signals of that time are lost.
#[derive(Debug)]
pub struct ChannelEvents {
    channel: Channel,
    stream: PolicyStream,
    requests: Option<broadcast::Receiver<Asked>>,
    ending: watch::Receiver<bool>,
    /// The reading of a page, in a task of its own: it goes on when the caller of `next` has gone.
    pages: Steps<PolicyTopic, Result<TopicPage, ClientError>>,
    /// The items that were read, in their order.
    items: VecDeque<TopicItem>,
    ready: VecDeque<ChannelEvent>,
    /// Handles of messages whose content a later edit has: it is told as the message.
    awaited: BTreeSet<i64>,
    /// Whether messages may be there that were not read.
    is_behind: bool,
    backoff: Backoff,
    has_ended: bool,
}

/// An event of a channel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChannelEvent {
    /// The connection is open, for the first time or again.
    Connected,
    /// There is no connection, and one will be made again. Comes for each attempt that fails.
    Disconnected,
    /// A message, one's own too.
    Message(Box<ChannelMessage>),
    /// A message has new content, at the same handle.
    Edited(Box<ChannelMessage>),
    /// A message was deleted.
    Deleted {
        /// Its handle.
        handle: i64,
        /// The member that deleted it.
        by: MemberId,
    },
    /// A message cannot be shown.
    Unreadable(UnreadableMessage),
    /// A signal of a member.
    Signal(ChannelSignal),
    /// A signal that is not to be believed, or cannot be read.
    UnreadableSignal {
        /// Its sender, by the server's word.
        sender: MemberId,
        /// The stable code of the reason.
        reason: String,
    },
    /// The members that are connected, by the server's word.
    Online(Vec<MemberId>),
    /// A member is connected.
    Joined(MemberId),
    /// A member is not connected any more.
    Left(MemberId),
    /// Members, roles or epochs have changed.
    MembersChanged,
    /// Somebody asks to be let in, and this user made the channel: [`admit`](Channel::admit) or [`refuse`](Channel::refuse).
    Asked(MemberId),
    /// This user is no member any more.
    Removed,
}

/// A signal of a member: verified, opened, never stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelSignal {
    /// The member that signed it.
    pub sender: MemberId,
    /// Subject and payload.
    pub content: ChannelContent,
    /// Whether it is for this user alone.
    pub is_direct: bool,
}

impl ChannelEvents {
    pub(super) async fn open(channel: Channel) -> Result<Self, ClientError> {
        if channel.signals().is_some() {
            let problem = "are heard already; each message is given once, so have one part of the program hear them";
            return Err(ClientError::argument("events", problem));
        }
        let topic = channel.topic().clone();
        if !topic.was_begun() {
            // From now on: what is there is in the history.
            topic.history().next_page().await?;
        }
        let requests = channel.requests().await?;
        let options = StreamOptions::default()
            .with_topic(topic.id().clone())
            .with_signals([signals()?])
            .with_roster();
        let stream = channel.space().connect(options).await?;
        *channel.signals() = Some(stream.sender());
        let ending = channel.signed_in().ending();
        let mut ready = VecDeque::new();
        let requests = requests.map(|(asked, news)| {
            ready.extend(
                asked
                    .iter()
                    .map(|asked| ChannelEvent::Asked(asked.request.member())),
            );
            news
        });
        let options = channel.space().base().live_options();
        Ok(Self {
            pages: Steps::new(topic),
            items: VecDeque::new(),
            awaited: BTreeSet::new(),
            backoff: Backoff::new(options.first_pause, options.longest_pause),
            channel,
            stream,
            requests,
            ending,
            ready,
            is_behind: false,
            has_ended: false,
        })
    }

    /// The next event; `None` after the end, which [`Channel::leave`], a removal, logging out, or a refusal that does not pass brings. Cancelling loses
    /// nothing.
    pub async fn next(&mut self) -> Option<Result<ChannelEvent, ClientError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.has_ended || self.channel.check().is_err() {
                return None;
            }
            let step = if self.items.is_empty() && !self.is_behind {
                match self.hear().await {
                    Heard::Stream(event) => self.take(event),
                    Heard::Asked(user) => return Some(Ok(ChannelEvent::Asked(user))),
                    Heard::End => {
                        self.has_ended = true;
                        Ok(())
                    }
                }
            } else {
                self.read().await
            };
            match step {
                Ok(()) => {}
                Err(error) => {
                    if let Some(told) = self.after(error).await {
                        return Some(told);
                    }
                }
            }
        }
    }

    async fn hear(&mut self) -> Heard {
        let requests = &mut self.requests;
        let asked = async {
            match requests {
                Some(requests) => loop {
                    match requests.recv().await {
                        Ok(asked) => break asked,
                        // Those that were missed are still there when the program runs the next time.
                        Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                    }
                },
                None => std::future::pending().await,
            }
        };
        let channel = self.channel.id();
        let (event, asked) = (pin!(self.stream.next()), pin!(asked));
        let ended = pin!(self.ending.wait_for(|ended| *ended));
        match select(event, select(asked, ended)).await {
            Either::Left((None, _)) | Either::Right((Either::Right(_), _)) => Heard::End,
            Either::Left((Some(event), _)) => Heard::Stream(event),
            Either::Right((Either::Left((asked, _)), _)) => {
                let request = &asked.request;
                if request.space() == channel {
                    Heard::Asked(request.member())
                } else {
                    Heard::Stream(Ok(StreamEvent::InboxChanged))
                }
            }
        }
    }

    fn take(&mut self, event: Result<StreamEvent, ClientError>) -> Result<(), ClientError> {
        let event = match event? {
            StreamEvent::Connected => {
                self.is_behind = true;
                ChannelEvent::Connected
            }
            StreamEvent::Disconnected => ChannelEvent::Disconnected,
            StreamEvent::Stored { timestamp, .. } => {
                self.is_behind |= !self.channel.topic().was_read(timestamp);
                return Ok(());
            }
            StreamEvent::StateRead => {
                // A key that messages wait for may have come.
                self.is_behind = true;
                ChannelEvent::MembersChanged
            }
            StreamEvent::Signal(signal) => match ChannelContent::parse(&signal.body) {
                Ok(content) => ChannelEvent::Signal(ChannelSignal {
                    sender: signal.sender,
                    content,
                    is_direct: signal.is_direct,
                }),
                Err(_) => ChannelEvent::UnreadableSignal {
                    sender: signal.sender,
                    reason: "format.malformed".to_owned(),
                },
            },
            StreamEvent::Unreadable(unreadable) => ChannelEvent::UnreadableSignal {
                sender: unreadable.sender,
                reason: unreadable.error.code().to_owned(),
            },
            StreamEvent::Roster(members) => ChannelEvent::Online(members),
            StreamEvent::Joined(member) => ChannelEvent::Joined(member),
            StreamEvent::Left(member) => ChannelEvent::Left(member),
            _ => return Ok(()),
        };
        self.ready.push_back(event);
        Ok(())
    }

    /// Turns the next item into an event, or reads a page.
    async fn read(&mut self) -> Result<(), ClientError> {
        if let Some(item) = self.items.front().cloned() {
            let event = self.event_of(&item).await?;
            self.items.pop_front();
            self.ready.extend(event);
            return Ok(());
        }
        let page = poll_fn(|context| self.pages.poll(context, |topic| Box::pin(step(topic))));
        let page = page.await??;
        self.backoff.reset();
        self.is_behind = page.has_more;
        self.items.extend(page.items);
        Ok(())
    }

    async fn event_of(&mut self, item: &TopicItem) -> Result<Option<ChannelEvent>, ClientError> {
        let unreadable = |reason: &str| {
            ChannelEvent::Unreadable(UnreadableMessage {
                handle: None,
                sender: None,
                reason: reason.to_owned(),
            })
        };
        let message = match item {
            TopicItem::Message(message) => message,
            TopicItem::Refused(refused) => return Ok(Some(unreadable(refused.reason.code()))),
            TopicItem::Withheld(_) => return Ok(Some(unreadable("verify.withheld"))),
            TopicItem::Repeated { .. } => return Ok(None),
        };
        let Some(target) = message.target else {
            self.channel.handles().note(message.position);
            return Ok(match self.channel.read(message).await? {
                Readable::Message(message) => Some(ChannelEvent::Message(message)),
                Readable::Unreadable(message) => Some(ChannelEvent::Unreadable(message)),
                Readable::Gone => None,
                // A change that follows has its content; if none does, that is told at the end of the topic.
                Readable::Behind => {
                    self.awaited.insert(message.position.timestamp);
                    if self.awaited.len() > AWAITED {
                        self.awaited.pop_first();
                    }
                    None
                }
            });
        };
        let handle = self.handle_of(&target.message).await?;
        Ok(match target.change {
            TargetChange::Delete => {
                self.awaited.remove(&handle);
                Some(ChannelEvent::Deleted {
                    handle,
                    by: message.sender,
                })
            }
            TargetChange::Edit => match edited(message, handle, target.revision) {
                Some(ChannelEvent::Edited(edit)) if self.awaited.remove(&handle) => {
                    Some(ChannelEvent::Message(edit))
                }
                other => other,
            },
        })
    }

    /// The handle of a message that is edited or deleted.
    async fn handle_of(&self, hash: &[u8; 32]) -> Result<i64, ClientError> {
        let id = reeeductio_proto::MessageId::from_hash(*hash);
        let handles = self.channel.handles();
        if let Some(handle) = handles.handle_of(&id) {
            return Ok(handle);
        }
        let message = self.channel.topic().read_one(&id).await?;
        let position = message.message().position();
        handles.note(position);
        Ok(position.timestamp)
    }

    /// Waits before something is tried again that may pass, or tells the error. That the user was removed is an event.
    async fn after(&mut self, error: ClientError) -> Option<Result<ChannelEvent, ClientError>> {
        if matches!(
            error.code(),
            Some(ErrorCode::MemberUnknown | ErrorCode::TokenRevoked)
        ) {
            self.has_ended = true;
            return Some(Ok(ChannelEvent::Removed));
        }
        match RetryPolicy::of(&error) {
            RetryPolicy::None => {
                // The next message has it read again. That the server was restored is told once.
                self.is_behind = error.client_code() == Some(ClientCode::ServerRestored);
                self.items.clear();
                return Some(Err(error));
            }
            RetryPolicy::After(pause) => self.backoff.at_least(pause),
            RetryPolicy::Soon => {}
        }
        let jitter = self.channel.space().base().jitter();
        let pause = self.backoff.pause(jitter.share());
        self.backoff.failed();
        wait(pause).await;
        None
    }
}

async fn step(topic: PolicyTopic) -> (PolicyTopic, Result<TopicPage, ClientError>) {
    let page = topic.read_after().await;
    (topic, page)
}

impl Drop for ChannelEvents {
    fn drop(&mut self) {
        *self.channel.signals() = None;
    }
}

/// An event of one of the sources.
enum Heard {
    Stream(Result<StreamEvent, ClientError>),
    Asked(MemberId),
    End,
}

/// The event of an edit. One that was replaced meanwhile is none: the later one follows.
fn edited(message: &TopicMessage, handle: i64, revision: u32) -> Option<ChannelEvent> {
    let of_target = |mut edit: ChannelMessage| {
        edit.handle = handle;
        edit.revision = revision;
        ChannelEvent::Edited(Box::new(edit))
    };
    match read(message) {
        Readable::Message(edit) => Some(of_target(*edit)),
        Readable::Gone | Readable::Behind => None,
        Readable::Unreadable(unreadable) => Some(ChannelEvent::Unreadable(UnreadableMessage {
            handle: Some(handle),
            ..unreadable
        })),
    }
}
