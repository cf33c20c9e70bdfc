//! Messages.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Range, argument};

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[pymethods]
impl Space {
    fn messages(
        &self,
        topic: &str,
        from: Option<i64>,
        to: Option<i64>,
        limit: usize,
    ) -> Result<Pending, Failure> {
        let (space, topic) = (self.0.clone(), argument::topic(topic)?);
        let range = Range { from, to, limit };
        Ok(Pending::new(async move {
            let (messages, _) = space.believed_messages(&topic, range).await?;
            let records: Vec<_> = messages.into_iter().map(record::message).collect();
            Ok::<_, ClientError>(records)
        }))
    }

    fn message(&self, topic: &str, hash: &str, cached: bool) -> Result<Pending, Failure> {
        let (space, topic) = (self.0.clone(), argument::topic(topic)?);
        let hash = argument::message_hash(hash)?;
        Ok(Pending::new(async move {
            let message = if cached {
                space.message(&topic, hash).await?
            } else {
                space.fetch_message(&topic, hash).await?
            };
            Ok::<_, ClientError>(record::message(message))
        }))
    }

    fn post(
        &self,
        topic: &str,
        kind: String,
        data: Vec<u8>,
        prev_hash: Option<&str>,
        sealed: bool,
    ) -> Result<Pending, Failure> {
        let (space, topic) = (self.0.clone(), argument::topic(topic)?);
        let after = prev_hash.map(argument::prev_hash).transpose()?;
        Ok(Pending::new(async move {
            let posted = match (after, sealed) {
                (None, false) => space.post_message(&topic, &kind, &data).await,
                (None, true) => space.post_encrypted_message(&topic, &kind, &data).await,
                (after, false) => space.post_message_after(&topic, &kind, &data, after).await,
                (after, true) => {
                    space
                        .post_encrypted_message_after(&topic, &kind, &data, after)
                        .await
                }
            }?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }
}
