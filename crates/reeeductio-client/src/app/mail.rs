//! A user's inbox in the app: answers to its requests, and requests to join what it made.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{Either, select};
use reeeductio_core::JoinRequest;
use reeeductio_core::app::{ANSWER, ASK, AnswerNote, AskNote};
use reeeductio_proto::{MemberId, SpaceId};
use tokio::sync::{broadcast, oneshot, watch};

use crate::error::ClientError;
use crate::platform::{spawn, wait};
use crate::policy_space::{InboxItem, PolicySpace, PolicyStream, StreamEvent, StreamOptions};
use crate::space::live::{Backoff, RetryPolicy};

/// Requests that are remembered; others wait in the inbox.
const ASKED: usize = 1_000;
/// Requests that a listener may be behind by.
const BEHIND: usize = 256;

/// A request to join a space that this user made.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) request: JoinRequest,
    /// The item of the inbox. It is acknowledged once it is answered.
    item: [u8; 16],
}

/// A user's inbox in the app, which a stream follows.
#[derive(Debug)]
pub(super) struct Mail {
    app: PolicySpace,
    waiting: Mutex<HashMap<[u8; 32], Awaited>>,
    asked: Mutex<HashMap<(SpaceId, MemberId), Asked>>,
    news: broadcast::Sender<Asked>,
}

/// An answer that somebody waits for.
#[derive(Debug)]
struct Awaited {
    from: MemberId,
    answer: oneshot::Sender<AnswerNote>,
}

impl Mail {
    /// Reads the inbox, and follows it until `has_ended`.
    pub(super) async fn open(
        app: PolicySpace,
        has_ended: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, ClientError> {
        let mail = Arc::new(Self {
            waiting: Mutex::default(),
            asked: Mutex::default(),
            news: broadcast::Sender::new(BEHIND),
            app,
        });
        let stream = mail
            .app
            .connect(StreamOptions::default().with_inbox())
            .await?;
        mail.read_all().await?;
        spawn(follow(Arc::clone(&mail), stream, has_ended));
        Ok(mail)
    }

    /// Waits for the answer to a request, by the one who was asked. To be called before it is asked.
    pub(super) fn await_answer(
        &self,
        request: [u8; 32],
        from: MemberId,
    ) -> oneshot::Receiver<AnswerNote> {
        let (answer, answered) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        // Those whose caller has gone.
        waiting.retain(|_, awaited| !awaited.answer.is_closed());
        waiting.insert(request, Awaited { from, answer });
        answered
    }

    /// The request of a user to join a space, if it has asked.
    pub(super) fn asked(&self, space: SpaceId, user: MemberId) -> Option<Asked> {
        lock(&self.asked).get(&(space, user)).cloned()
    }

    /// All requests to join a space that were not answered, and those that come.
    pub(super) fn requests(&self, space: SpaceId) -> (Vec<Asked>, broadcast::Receiver<Asked>) {
        let news = self.news.subscribe();
        let asked = lock(&self.asked);
        let of_space = asked.iter().filter(|((of, _), _)| *of == space);
        (of_space.map(|(_, asked)| asked.clone()).collect(), news)
    }

    /// Answers a request, and takes it out of the inbox.
    pub(super) async fn answer(
        &self,
        asked: &Asked,
        refused: Option<&str>,
    ) -> Result<(), ClientError> {
        answer(&self.app, &asked.request, refused).await?;
        self.app.inbox().acknowledge(&[asked.item]).await?;
        let request = &asked.request;
        lock(&self.asked).remove(&(request.space(), request.member()));
        Ok(())
    }

    async fn read_all(&self) -> Result<(), ClientError> {
        let mut items = self.app.inbox().items();
        while let Some(page) = items.next_page().await? {
            for item in &page {
                self.take(item).await?;
            }
        }
        Ok(())
    }

    /// Takes an item, if it is one of these: others are left for the program.
    async fn take(&self, item: &InboxItem) -> Result<(), ClientError> {
        let Ok(content) = &item.content else {
            return Ok(());
        };
        match content.content_type.as_str() {
            ANSWER => {
                if let Ok(answer) = AnswerNote::parse(&content.body) {
                    self.take_answer(item.sender, answer);
                }
                self.app.inbox().acknowledge(&[item.item]).await
            }
            ASK => match AskNote::parse(&item.sender, &content.body) {
                Ok(note) => match self.take_request(note.request, item.item) {
                    Some(superseded) => self.app.inbox().acknowledge(&[superseded]).await,
                    None => Ok(()),
                },
                Err(_) => self.app.inbox().acknowledge(&[item.item]).await,
            },
            _ => Ok(()),
        }
    }

    fn take_answer(&self, sender: MemberId, answer: AnswerNote) {
        let mut waiting = lock(&self.waiting);
        if waiting
            .get(&answer.request)
            .is_some_and(|awaited| awaited.from == sender)
            && let Some(awaited) = waiting.remove(&answer.request)
        {
            let _gone = awaited.answer.send(answer);
        }
    }

    /// Returns the item of the older request, if the user has asked twice: one answer is for both.
    fn take_request(&self, request: JoinRequest, item: [u8; 16]) -> Option<[u8; 16]> {
        let mut asked = lock(&self.asked);
        let key = (request.space(), request.member());
        if asked.len() >= ASKED && !asked.contains_key(&key) && !make_room(&mut asked, &key.1) {
            return None;
        }
        let known = asked.get(&key);
        if known.is_some_and(|known| known.request.time() > request.time()) {
            return Some(item);
        }
        let new = Asked { request, item };
        let known = asked.insert(key, new.clone()).map(|known| known.item);
        if known == Some(item) {
            return None;
        }
        // Nobody may listen.
        let _nobody = self.news.send(new);
        known
    }
}

/// Forgets a request of the user that has most, so that nobody fills the place of the others. Returns whether there is room for one of `user`.
fn make_room(asked: &mut HashMap<(SpaceId, MemberId), Asked>, user: &MemberId) -> bool {
    let mut counts: HashMap<MemberId, usize> = HashMap::new();
    for (_, member) in asked.keys() {
        *counts.entry(*member).or_default() += 1;
    }
    let own = counts.get(user).copied().unwrap_or_default();
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    let Some((member, _)) = most.filter(|(_, count)| *count > own + 1) else {
        return false;
    };
    let of_member = asked.keys().find(|(_, by)| *by == member).copied();
    of_member.is_some_and(|key| asked.remove(&key).is_some())
}

/// Leaves the answer to a request in the inbox of the user that asks.
pub(super) async fn answer(
    app: &PolicySpace,
    request: &JoinRequest,
    refused: Option<&str>,
) -> Result<(), ClientError> {
    let note = AnswerNote {
        channel: request.space(),
        request: request.hash(),
        refused: refused.map(str::to_owned),
    };
    let inbox = app.inbox();
    let item = inbox
        .seal(request.member(), ANSWER, &note.to_bytes(), None)
        .await?;
    inbox.leave(&item).await.map(drop)
}

async fn follow(mail: Arc<Mail>, mut stream: PolicyStream, mut has_ended: watch::Receiver<bool>) {
    let options = mail.app.base().live_options();
    let mut backoff = Backoff::new(options.first_pause, options.longest_pause);
    // The inbox was read after this connection was open.
    let mut was_read = true;
    loop {
        let event = {
            let (event, ended) = (
                pin!(stream.next()),
                pin!(has_ended.wait_for(|ended| *ended)),
            );
            match select(event, ended).await {
                Either::Left((event, _)) => event,
                Either::Right(_) => return,
            }
        };
        let mut taken = match event {
            None => return,
            Some(Ok(StreamEvent::Connected)) if std::mem::take(&mut was_read) => Ok(()),
            Some(Ok(StreamEvent::Connected | StreamEvent::InboxChanged)) => mail.read_all().await,
            Some(Ok(StreamEvent::Inbox(item))) => mail.take(&item).await,
            // The connection is made again; the inbox is read then.
            Some(Ok(_) | Err(_)) => Ok(()),
        };
        // An answer may be in it that somebody waits for.
        while let Err(error) = &taken {
            if matches!(RetryPolicy::of(error), RetryPolicy::None) || *has_ended.borrow() {
                break;
            }
            let pause = backoff.pause(mail.app.base().jitter().share());
            backoff.failed();
            wait(pause).await;
            taken = mail.read_all().await;
        }
        backoff.reset();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
