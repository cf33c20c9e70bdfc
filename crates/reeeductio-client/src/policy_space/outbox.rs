//! Messages that wait to be sent, in the local store: sealed for this member alone until then.

use reeeductio_core::{check_content, open_in, seal_in};
use reeeductio_proto::{Reader, TopicId, lp};
use zeroize::Zeroizing;

use super::posting::{Posted, ToSeal};
use super::{NewMessage, PolicySpace};
use crate::error::{ClientError, RefusedDraft};
use crate::platform::random;
use crate::space::live::RetryPolicy;
use crate::space::no_store;
use crate::store::{Batch, Records, StoreError};

/// Context that a draft is sealed for.
const DRAFT: &[u8] = b"reeeductio local draft of a space with a policy";
const VERSION: u8 = 1;
/// Drafts that are taken from the store at once.
const PAGE: usize = 16;

/// The messages that wait to be sent. Needs a local store. Clones share everything.
#[derive(Clone, Debug)]
pub struct PolicyOutbox(pub(super) PolicySpace);

struct Kept {
    topic: TopicId,
    client_id: [u8; 16],
    message: NewMessage,
}

impl PolicyOutbox {
    /// Adds a message after all others and returns its number. It survives a loss of power once this returns. It is sealed under the
    /// epoch that is the newest when it is [sent](Self::send).
    pub async fn add(&self, topic: &TopicId, message: &NewMessage) -> Result<u64, ClientError> {
        check_content(&message.content_type, message.body.len())?;
        let client_id = match message.client_id {
            Some(client_id) => client_id,
            None => random()?,
        };
        let expires = message.expires.map(u64::to_be_bytes);
        let plain = Zeroizing::new(lp([
            topic.as_str().as_bytes(),
            &client_id,
            message.content_type.as_bytes(),
            expires.as_ref().map_or(&[], |expires| expires.as_slice()),
            &message.body,
        ]));
        let mut bytes = vec![VERSION];
        bytes.extend(seal_in(DRAFT, self.local(), random()?, &plain)?);
        Ok(self.records()?.add_draft(&bytes).await?)
    }

    /// Sends what waits, in its order, and returns the numbers with the places. A message that cannot be sent for a reason of its own is
    /// an error that names it, [`ClientError::Draft`]: [discard](Self::discard) it to go on. After another error the rest waits on. The places
    /// of those that were sent before an error are not told.
    pub async fn send(&self) -> Result<Vec<(u64, Posted)>, ClientError> {
        let mut sent = Vec::new();
        loop {
            let drafts = self.records()?.drafts(None, PAGE).await?;
            if drafts.is_empty() {
                return Ok(sent);
            }
            for (number, bytes) in drafts {
                let Kept {
                    topic,
                    client_id,
                    message,
                } = self
                    .open(&bytes)
                    .map_err(|error| refused(number, None, error))?;
                let topic = self.0.topic(&topic);
                let draft = ToSeal {
                    message: &message,
                    client_id,
                    change: None,
                };
                let posted = topic.send_sealed(&draft).await;
                let posted = posted.map_err(|error| {
                    if is_of_the_draft(&error) {
                        refused(number, Some(topic.id.clone()), error)
                    } else {
                        error
                    }
                })?;
                self.discard(number).await?;
                sent.push((number, posted));
            }
        }
    }

    /// Deletes a message that waits. One that is not there is no error.
    pub async fn discard(&self, number: u64) -> Result<(), ClientError> {
        let batch = Batch {
            sent: vec![number],
            ..Batch::default()
        };
        Ok(self.records()?.save(batch).await?)
    }

    /// The numbers of the messages that wait, and their topics.
    pub async fn list(&self) -> Result<Vec<(u64, TopicId)>, ClientError> {
        let drafts = self.records()?.drafts(None, usize::MAX).await?.into_iter();
        let drafts = drafts.map(|(number, bytes)| Ok((number, self.open(&bytes)?.topic)));
        drafts.collect()
    }

    fn open(&self, bytes: &[u8]) -> Result<Kept, ClientError> {
        let damaged = || StoreError::Damaged("a draft of the outbox cannot be read".to_owned());
        let (version, sealed) = bytes.split_first().ok_or_else(damaged)?;
        if *version != VERSION {
            return Err(damaged().into());
        }
        let plain = Zeroizing::new(open_in(DRAFT, self.local(), sealed)?);
        Ok(read(&plain).ok_or_else(damaged)?)
    }

    fn local(&self) -> &reeeductio_core::Key {
        self.0.base().keys().local()
    }

    fn records(&self) -> Result<&Records, ClientError> {
        self.0.base().records().ok_or_else(no_store)
    }
}

fn read(plain: &[u8]) -> Option<Kept> {
    let mut reader = Reader::new(plain);
    let topic = TopicId::parse(std::str::from_utf8(reader.field()?).ok()?).ok()?;
    let client_id = reader.field()?.try_into().ok()?;
    let content_type = std::str::from_utf8(reader.field()?).ok()?.to_owned();
    let expires = match reader.field()? {
        [] => None,
        expires => Some(u64::from_be_bytes(expires.try_into().ok()?)),
    };
    let body = reader.field()?.to_vec().into();
    let message = NewMessage {
        content_type,
        body,
        client_id: Some(client_id),
        expires,
    };
    reader.is_empty().then_some(Kept {
        topic,
        client_id,
        message,
    })
}

/// Returns whether an error is of this draft and stays.
fn is_of_the_draft(error: &ClientError) -> bool {
    match error {
        ClientError::Seal(_) | ClientError::Argument { .. } => true,
        other => other.refusal().is_some() && matches!(RetryPolicy::of(other), RetryPolicy::None),
    }
}

fn refused(number: u64, topic: Option<TopicId>, error: ClientError) -> ClientError {
    ClientError::Draft {
        draft: RefusedDraft { number, topic },
        error: Box::new(error),
    }
}
