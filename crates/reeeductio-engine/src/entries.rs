//! Reading messages of spaces with a policy, with what proves them.

use reeeductio_backend::{Entry, Leaf, Page};
use reeeductio_proto::{MessageId, TopicId, encoding};

use crate::caller::SpaceMember;
use crate::draft::Rules;
use crate::engine::Engine;
use crate::log::Inclusion;
use crate::messages::{PageRequest, not_found};
use crate::refusal::Refusal;

/// A page of messages of a space with a policy.
#[derive(Clone, Debug)]
pub struct EntryPage {
    /// In the order asked for.
    pub entries: Page<Entry>,
    /// Proof that the newest of them is in the tree; `None` for an empty page.
    pub inclusion: Option<Inclusion>,
}

/// Continues the JSON object of a message by what stands beside it in spaces with a policy.
pub fn write_beside(payload: Option<&[u8]>, leaf: &Leaf, json: &mut Vec<u8>) {
    json.extend_from_slice(b",\"payload\":");
    match payload {
        Some(payload) => {
            json.push(b'"');
            json.extend_from_slice(encoding::encode(payload).as_bytes());
            json.push(b'"');
        }
        None => json.extend_from_slice(b"null"),
    }
    json.extend_from_slice(format!(",\"n\":{},\"state\":", leaf.number).as_bytes());
    match &leaf.state {
        Some(state) => json.extend_from_slice(format!("\"{state}\"").as_bytes()),
        None => json.extend_from_slice(b"null"),
    }
}

impl Engine {
    /// Returns whether messages of the space are read by [`entries`](Self::entries).
    pub async fn has_policy(&self, caller: &SpaceMember) -> Result<bool, Refusal> {
        Ok(self.rules(caller).await? == Rules::Policy)
    }

    /// Lists a topic of a space with a policy.
    pub async fn entries(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        request: PageRequest,
    ) -> Result<EntryPage, Refusal> {
        self.authorize_reading(caller, topic).await?;
        let range = request.range(self.config.limits.page_bytes);
        let entries = self
            .records
            .entries(caller.space_id(), topic, range)
            .await?;
        // Read after the entries, the tree holds them.
        let newest = entries.items.iter().max_by_key(|entry| entry.leaf.number);
        let inclusion = match newest {
            None => None,
            Some(newest) => {
                let included = self.include(caller, &newest.leaf, request.verified);
                Some(included.await?)
            }
        };
        Ok(EntryPage { entries, inclusion })
    }

    /// One message of a space with a policy by its id; text that is no id is an id that is not there. `verified` is that of a
    /// [`PageRequest`].
    pub async fn entry(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        hash: &str,
        verified: Option<u64>,
    ) -> Result<(Entry, Inclusion), Refusal> {
        self.authorize_reading(caller, topic).await?;
        let found = match MessageId::parse(hash) {
            Ok(hash) => self.records.entry(caller.space_id(), topic, hash).await?,
            Err(_) => None,
        };
        let entry = found.ok_or_else(|| not_found(topic))?;
        let inclusion = self.include(caller, &entry.leaf, verified).await?;
        Ok((entry, inclusion))
    }
}
