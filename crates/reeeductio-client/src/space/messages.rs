//! Messages.

use std::time::Duration;

use reeeductio_core::{Draft, NONCE_LENGTH, open, seal, verify_page};
use reeeductio_proto::api::{MessageCreated, MessagePage, PostMessage};
use reeeductio_proto::{ErrorCode, Message, MessageId, TopicId, encoding};

use super::Space;
use crate::error::ClientError;
use crate::platform::random;
use crate::request::read;

/// Attempts to get a message in between those of others.
const ATTEMPTS: u32 = 50;
/// Messages asked for at a time.
const PAGE: usize = 1000;

impl Space {
    /// Posts bytes as they are. The server, and whoever reads its disk, can read them.
    pub async fn post_message(
        &self,
        topic: &TopicId,
        kind: &str,
        data: &[u8],
    ) -> Result<MessageCreated, ClientError> {
        let mut prev_hash = self.head(topic).await?;
        for attempt in 0..ATTEMPTS {
            let draft = Draft {
                space: &self.id,
                topic,
                kind,
                prev_hash,
                data,
            };
            let (_, body) = draft.sign(&self.member, &self.identity);
            match self.send(topic, &body).await {
                Err(error) if error.code() == Some(ErrorCode::ChainConflict) => {
                    prev_hash = head_of(&error)?;
                    wait(attempt).await?;
                }
                other => return other,
            }
        }
        Err(ClientError::Refused {
            status: 409,
            code: ErrorCode::ChainConflict.as_str().to_owned(),
            message: format!("topic {topic}: others were faster {ATTEMPTS} times"),
            body: None,
        })
    }

    /// Seals bytes with the topic's key and posts them.
    pub async fn post_encrypted_message(
        &self,
        topic: &TopicId,
        kind: &str,
        plain: &[u8],
    ) -> Result<MessageCreated, ClientError> {
        let sealed = seal(&self.keys.topic(topic), random::<NONCE_LENGTH>()?, plain);
        self.post_message(topic, kind, &sealed).await
    }

    /// The whole topic, oldest first, every message checked and the chain complete.
    pub async fn history(&self, topic: &TopicId) -> Result<Vec<Message>, ClientError> {
        let mut found: Vec<Message> = Vec::new();
        loop {
            let from = found.last().map_or(0, |last| last.server_timestamp + 1);
            let after = Some(found.last().map(|last| last.message_hash));
            let query = format!("topics/{topic}/messages?from={from}&limit={PAGE}");
            let page = self.page(&query).await?;
            let (messages, has_more) = page;
            verify_page(&self.id, topic, &messages, after)?;
            let progress = !messages.is_empty();
            found.extend(messages);
            if !has_more || !progress {
                return Ok(found);
            }
        }
    }

    /// Opens a sealed message of the topic.
    pub fn open_message(&self, message: &Message) -> Result<Vec<u8>, ClientError> {
        let sealed = encoding::decode(&message.data)
            .map_err(|error| ClientError::Answer(format!("data: {error}")))?;
        Ok(open(&self.keys.topic(&message.topic_id), &sealed)?)
    }

    /// The id of the topic's newest message.
    pub async fn head(&self, topic: &TopicId) -> Result<Option<MessageId>, ClientError> {
        let query = format!("topics/{topic}/messages?from={}&to=0&limit=1", i64::MAX);
        let (messages, _) = self.page(&query).await?;
        verify_page(&self.id, topic, &messages, None)?;
        Ok(messages.first().map(|message| message.message_hash))
    }

    async fn page(&self, path: &str) -> Result<(Vec<Message>, bool), ClientError> {
        let request = self
            .http
            .get(self.url(path))
            .bearer_auth(self.token().await?);
        let page: MessagePage = read(request.send().await?).await?;
        let messages = page
            .messages
            .into_iter()
            .map(|body| {
                Message::try_from(body).map_err(|error| ClientError::Answer(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        Ok((messages, page.has_more))
    }

    async fn send(
        &self,
        topic: &TopicId,
        body: &PostMessage,
    ) -> Result<MessageCreated, ClientError> {
        let url = self.url(&format!("topics/{topic}/messages"));
        let request = self
            .http
            .post(url)
            .bearer_auth(self.token().await?)
            .json(body);
        read(request.send().await?).await
    }
}

/// The head that a conflict names.
fn head_of(error: &ClientError) -> Result<Option<MessageId>, ClientError> {
    let ClientError::Refused {
        body: Some(body), ..
    } = error
    else {
        return Err(ClientError::Answer("a conflict without a body".to_owned()));
    };
    let head = body
        .details
        .as_ref()
        .and_then(|details| details.head.clone());
    head.flatten()
        .map(|head| MessageId::parse(&head.message_hash))
        .transpose()
        .map_err(|error| ClientError::Answer(format!("details.head: {error}")))
}

/// Longer with every attempt, and never the same for two writers.
async fn wait(attempt: u32) -> Result<(), ClientError> {
    let [byte] = random::<1>()?;
    let most = 2_u64.pow(attempt.min(6));
    tokio::time::sleep(Duration::from_millis(u64::from(byte) * most / 255)).await;
    Ok(())
}
