//! The server as one member reaches it: signs in, and calls the engine.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_backend::Clock as _;
use reeeductio_client::source::RawPage;
use reeeductio_client::{ClientError, Head, Identity, Range, Refusal};
use reeeductio_engine::live::{Session, SessionConfig};
use reeeductio_engine::{Details, Engine, PageRequest, SpaceMember};
use reeeductio_proto::api::{DataBody, HeadBody, PostMessage};
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, MemberId, Message, MessageId, Position, SpaceId,
};

use super::clock::VirtualClock;

/// The server as one member reaches it.
pub(super) struct Server {
    pub(super) engine: Arc<Engine>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) space: SpaceId,
    pub(super) member: MemberId,
    pub(super) identity: Identity,
    /// Most messages in a page: pages are short, so that everything takes several.
    pub(super) page: usize,
    pub(super) token: Mutex<Option<String>>,
}

impl Server {
    /// Authenticates a request. A token that was ended is replaced once, as the client's connection does.
    async fn caller(&self) -> Result<SpaceMember, ClientError> {
        let held = self.token.lock().clone();
        if let Some(token) = held {
            match self.engine.authenticate(self.space, &token).await {
                Err(refusal) if refusal.code().status() == 401 => {}
                other => return other.map_err(refused),
            }
        }
        let id = self.member.to_string();
        let challenge = self.engine.challenge(self.space, &id).await;
        let challenge = challenge.map_err(refused)?.challenge;
        let signature = self.identity.sign(challenge.as_bytes()).to_string();
        let issued = self
            .engine
            .verify(self.space, &id, &challenge, &signature)
            .await
            .map_err(refused)?;
        *self.token.lock() = Some(issued.token.clone());
        let caller = self.engine.authenticate(self.space, &issued.token).await;
        caller.map_err(refused)
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(super) async fn page(&self, chain: &ChainId, range: Range) -> Result<RawPage, ClientError> {
        let request = PageRequest {
            from: range.from,
            to: range.to,
            limit: range.limit.min(self.page),
            verified: None,
        };
        let caller = self.caller().await?;
        let page = self.engine.messages(&caller, &chain.topic, request).await;
        let page = page.map_err(refused)?;
        Ok(RawPage {
            messages: page.items,
            has_more: page.has_more,
        })
    }

    pub(super) async fn message(
        &self,
        chain: &ChainId,
        id: &MessageId,
    ) -> Result<Message, ClientError> {
        let caller = self.caller().await?;
        let id = id.to_string();
        let message = self.engine.message(&caller, &chain.topic, &id).await;
        message.map(|message| (*message).clone()).map_err(refused)
    }

    pub(super) async fn append(&self, message: &Message) -> Result<Position, ClientError> {
        let caller = self.caller().await?;
        let post = PostMessage::from(message);
        let stored = self.engine.append(&caller, &message.topic_id, post).await;
        stored.map(|stored| stored.position).map_err(refused)
    }

    pub(super) async fn data(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
        let caller = self.caller().await?;
        let entry = self.engine.data(&caller, path.as_str()).await;
        entry.map(|entry| (*entry).clone()).map_err(refused)
    }

    pub(super) async fn put_data(
        &self,
        path: &DataPath,
        entry: &DataBody,
    ) -> Result<(), ClientError> {
        let caller = self.caller().await?;
        let stored = self
            .engine
            .put_data(&caller, path.as_str(), entry.clone())
            .await;
        stored.map(drop).map_err(refused)
    }

    pub(super) async fn delete_data(&self, path: &DataPath) -> Result<(), ClientError> {
        let caller = self.caller().await?;
        let deleted = self.engine.delete_data(&caller, path.as_str()).await;
        deleted.map_err(refused)
    }

    pub(super) async fn open(&self) -> Result<Session, ClientError> {
        let config = SessionConfig {
            ping_after: i64::MAX,
            idle_limit: i64::MAX,
            data: false,
        };
        let caller = self.caller().await?;
        let session = self.engine.open_session(caller, config).await;
        session.map_err(refused)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.member)
    }
}

/// Returns the refusal as it comes over HTTP.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn refused(refusal: reeeductio_engine::Refusal) -> ClientError {
    let head = match refusal.details() {
        Some(Details::Head(None)) => Some(Head::Empty),
        Some(Details::Head(Some(head))) => Some(Head::Message(HeadBody {
            message_hash: head.hash.to_string(),
            server_timestamp: head.timestamp,
        })),
        _ => None,
    };
    let retry_after = match refusal.details() {
        Some(Details::RetryAfter(seconds)) => Some(*seconds),
        _ => None,
    };
    Box::new(Refusal {
        status: refusal.code().status(),
        code: refusal.code().as_str().to_owned(),
        message: refusal.to_string(),
        head,
        retry_after,
        quota: None,
    })
    .into()
}
