//! The façade: fields, construction and what several use cases share.

use std::sync::Arc;

use reeeductio_backend::{Blobs, Clock, CommitSink, Records, Rng};
use reeeductio_proto::{ErrorCode, SpaceId, StatePath};

use crate::caller::SpaceMember;
use crate::challenge::Challenges;
use crate::config::EngineConfig;
use crate::opaque::OpaqueServer;
use crate::refusal::Refusal;
use crate::space::Space;
use crate::spaces::Spaces;
use crate::token::Tokens;

/// The server without HTTP. Cheap to share behind an [`Arc`]; every method takes `&self`.
pub struct Engine {
    pub(crate) config: EngineConfig,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) spaces: Arc<Spaces>,
    pub(crate) tokens: Tokens,
    pub(crate) challenges: Challenges,
    pub(crate) opaque: OpaqueServer,
}

impl Engine {
    /// Puts the engine on its ports and attaches it to the records' commits.
    pub fn new(
        config: EngineConfig,
        records: Arc<dyn Records>,
        blobs: Arc<dyn Blobs>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, Refusal> {
        let spaces = Arc::new(Spaces::new(
            config.limits.cached_spaces,
            config.limits.live_ring_bytes,
        ));
        records.attach(Arc::clone(&spaces) as Arc<dyn CommitSink>)?;
        Ok(Self {
            tokens: Tokens::new(
                config.token_secret.clone(),
                config.token_lifetime,
                config.longest_session,
            ),
            challenges: Challenges::new(
                &config.token_secret,
                config.challenge_lifetime,
                config.limits.remembered_challenges,
                clock.now(),
            )?,
            opaque: OpaqueServer::new(&config.opaque, config.token_secret.clone()),
            config,
            records,
            blobs,
            clock,
            rng,
            spaces,
        })
    }

    /// The server's time, Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Fails when the server cannot take writes.
    pub async fn ready(&self) -> Result<(), Refusal> {
        Ok(self.records.ready().await?)
    }

    /// Finishes what was accepted and refuses further writes.
    pub async fn close(&self) -> Result<(), Refusal> {
        Ok(self.records.close().await?)
    }

    /// The space, if it exists: by its registration in the admin space, or by first use.
    pub(crate) async fn space(&self, id: SpaceId) -> Result<Arc<Space>, Refusal> {
        let exists = self.config.auto_create_spaces
            || self.config.admin_space == Some(id)
            || self.is_registered(id).await?;
        if exists {
            Ok(self.spaces.get(id, self.now()))
        } else {
            Err(Refusal::new(
                ErrorCode::SpaceUnknown,
                format!(
                    "There is no space {id} on this server. Register it in the admin space first."
                ),
            ))
        }
    }

    async fn is_registered(&self, id: SpaceId) -> Result<bool, Refusal> {
        let Some(admin) = self.config.admin_space else {
            return Ok(false);
        };
        let path = StatePath::parse(&format!("spaces/{id}"))
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        let entry = self.records.state_entry(admin, &path).await?;
        Ok(entry.is_some_and(|message| !message.data.is_empty()))
    }

    /// Checks that the member may do this, by the view as it is now.
    pub(crate) async fn authorize(
        &self,
        caller: &SpaceMember,
        action: &reeeductio_proto::Action<'_>,
    ) -> Result<(), Refusal> {
        let authority = caller.space.authority(self.records.as_ref()).await?;
        match reeeductio_proto::judge(&authority.view, &caller.id, action, self.now()) {
            reeeductio_proto::Verdict::Allow => Ok(()),
            reeeductio_proto::Verdict::Refuse(reason) => {
                Err(Refusal::new(reason.code(), reason.to_string()))
            }
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
