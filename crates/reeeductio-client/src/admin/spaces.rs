//! The spaces of a server: which there are, what they store, and purging them.

use reeeductio_proto::api::{PurgeBody, SpaceListBody, SpaceStatusBody, TallyBody};
use reeeductio_proto::{MemberId, SpaceId};

use super::AdminClient;
use crate::answer::read;
use crate::error::ClientError;
use crate::transport::{Body, Method};

/// How much is stored of one kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stored {
    /// Items.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Status of a space, for the operator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpaceStatus {
    /// The space.
    pub space: SpaceId,
    /// Whether it is registered in the admin space.
    pub registered: bool,
    /// Whether members can use it: it is registered, there or by an app, it registers others itself, or the server serves every space.
    pub served: bool,
    /// Messages stored: bytes of their sealed content and their types.
    pub messages: Stored,
    /// Data entries stored, deleted ones included.
    pub data: Stored,
    /// Blobs stored; of a member, those it uploaded.
    pub blobs: Stored,
}

/// A part of the list of spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpacePage {
    /// Sorted by id.
    pub spaces: Vec<SpaceStatus>,
    /// Whether the list goes on after them.
    pub has_more: bool,
}

/// Result of one step of a purge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PurgeStep {
    /// Messages, data entries and blobs that were removed.
    pub removed: u64,
    /// Whether anything is left: then another step is needed.
    pub has_more: bool,
}

impl AdminClient {
    /// Spaces after `after` that are registered or hold anything, at most `limit`, which is 1 to 500.
    pub async fn spaces(
        &self,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<SpacePage, ClientError> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let body: SpaceListBody = self
            .connection
            .get(&format!("spaces?limit={limit}{after}"))
            .await?;
        let spaces = body.spaces.iter().map(status).collect::<Result<_, _>>()?;
        Ok(SpacePage {
            spaces,
            has_more: body.has_more,
        })
    }

    /// Returns what a space, or one of its members, stores.
    pub async fn space(
        &self,
        space: SpaceId,
        member: Option<MemberId>,
    ) -> Result<SpaceStatus, ClientError> {
        let member = member.map_or_else(String::new, |member| format!("?member={member}"));
        let body = self
            .connection
            .get(&format!("spaces/{space}{member}"))
            .await?;
        status(&body)
    }

    /// Removes for good a part of what a space holds that is not registered. Call it again while
    /// [`has_more`](PurgeStep::has_more); after an interruption, too.
    pub async fn purge_step(&self, space: SpaceId) -> Result<PurgeStep, ClientError> {
        let path = format!("spaces/{space}/purge");
        let response = self
            .connection
            .send(Method::Post, &path, Body::Empty)
            .await?;
        let body: PurgeBody = read(response).await?;
        Ok(PurgeStep {
            removed: body.removed,
            has_more: body.has_more,
        })
    }
}

fn status(body: &SpaceStatusBody) -> Result<SpaceStatus, ClientError> {
    let stored = |tally: TallyBody| Stored {
        count: tally.count,
        bytes: tally.bytes,
    };
    Ok(SpaceStatus {
        space: SpaceId::parse(&body.space_id)
            .map_err(|error| ClientError::answer("space_id", error))?,
        registered: body.registered,
        served: body.served,
        messages: stored(body.messages),
        data: stored(body.data),
        blobs: stored(body.blobs),
    })
}
