//! Messages.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Content, Place, PostOptions, Range, argument};

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
            let (messages, _) = space.topic(&topic).believed(range).await?;
            let records: Vec<_> = messages.into_iter().map(record::message).collect();
            Ok::<_, ClientError>(records)
        }))
    }

    fn message(&self, topic: &str, hash: &str, cached: bool) -> Result<Pending, Failure> {
        let (space, topic) = (self.0.clone(), argument::topic(topic)?);
        let hash = argument::message_hash(hash)?;
        Ok(Pending::new(async move {
            let message = if cached {
                space.topic(&topic).message(hash).await?
            } else {
                space.topic(&topic).fetch(hash).await?
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
        let place = place(prev_hash)?;
        Ok(Pending::new(async move {
            let content = if sealed {
                Content::Sealed(&data)
            } else {
                Content::Plain(&data)
            };
            let options = PostOptions { kind: &kind, place };
            let posted = space.topic(&topic).post(content, options).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }
}

/// After the newest message, or after the one that a program names.
pub(super) fn place(prev_hash: Option<&str>) -> Result<Place, Failure> {
    Ok(match prev_hash {
        None => Place::End,
        Some(hash) => Place::After(argument::prev_hash(hash).map(Some)?),
    })
}
