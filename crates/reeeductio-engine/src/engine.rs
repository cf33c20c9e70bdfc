//! The façade: fields, construction and what several use cases share.

use std::sync::Arc;

use reeeductio_backend::{Blobs, Clock, Committed, Judged, Records, Rng};
use reeeductio_proto::{Action, ErrorCode, SpaceId, Verdict, judge};

use crate::caller::SpaceMember;
use crate::challenge::Challenges;
use crate::config::{EngineConfig, Limits};
use crate::live::{CursorKey, MEMBER, MEMBERS};
use crate::opaque::OpaqueServer;
use crate::ports::Ports;
use crate::rate::RateLimiter;
use crate::refusal::{Details, Refusal};
use crate::registrars::unknown;
use crate::space::{Source, Space};
use crate::spaces::{Sink, Spaces};
use crate::sweep::Claims;
use crate::token::Tokens;

/// How often a write is judged again because rights or entries moved under it.
pub(crate) const ATTEMPTS: usize = 8;

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
    pub(crate) claims: Arc<Claims>,
}

impl Engine {
    /// Puts the engine on its ports and attaches it to the records' commits.
    pub fn new(config: EngineConfig, ports: Ports) -> Result<Self, Refusal> {
        let Ports {
            records,
            blobs,
            clock,
            rng,
            runtime,
        } = ports;
        let source = Arc::new(Source {
            records: Arc::clone(&records),
            clock: Arc::clone(&clock),
            runtime,
            admin_space: config.admin_space,
            app_spaces: config.app_spaces.clone(),
            cursor_key: CursorKey::new(&config.token_secret)?,
            log_key: config.log_key.clone(),
            signals: RateLimiter::new(MEMBER, MEMBERS),
        });
        let spaces = Arc::new(Spaces::new(
            source,
            config.limits.cached_spaces,
            config.limits.live_ring_bytes,
        ));
        records.attach(Arc::new(Sink(Arc::downgrade(&spaces))))?;
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
            claims: Arc::default(),
            config,
            records,
            blobs,
            clock,
            rng,
            spaces,
        })
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// The server's time, Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Milliseconds on a clock that never goes back: for rates and idle times.
    pub fn monotonic(&self) -> i64 {
        self.clock.monotonic()
    }

    /// Fails when the server cannot take writes.
    pub async fn ready(&self) -> Result<(), Refusal> {
        Ok(self.records.ready().await?)
    }

    /// Finishes what was accepted and refuses further writes.
    pub async fn close(&self) -> Result<(), Refusal> {
        Ok(self.records.close().await?)
    }

    /// Takes in what another process on the same store has committed. It may be told late, twice, in any order
    /// or not at all: the store is the truth, this only saves waiting for it.
    pub fn notified(&self, batch: &[Committed]) {
        self.spaces.committed(batch);
    }

    /// The space, if it exists.
    pub(crate) async fn space(&self, id: SpaceId) -> Result<Arc<Space>, Refusal> {
        if self.always_exists(id) {
            return Ok(self.spaces.get(id));
        }
        self.spaces.registrars().load().await?;
        self.spaces.registered(id)
    }

    /// A space exists by its registration in the admin space or that of an app, or by first use. Asking takes up no place among
    /// the spaces in memory: anybody may ask.
    pub(crate) async fn check_exists(&self, id: SpaceId) -> Result<(), Refusal> {
        if self.always_exists(id) {
            return Ok(());
        }
        let registrars = self.spaces.registrars();
        registrars.load().await?;
        registrars.find(&id).map(drop).ok_or_else(|| unknown(id))
    }

    /// Returns whether the space exists without a registration: every one does, or only those that register others.
    pub(crate) fn always_exists(&self, id: SpaceId) -> bool {
        let config = &self.config;
        config.auto_create_spaces
            || config.admin_space == Some(id)
            || config.app_spaces.contains(&id)
    }

    /// Checks that the member may do this, by the view as it is now.
    pub(crate) async fn authorize(
        &self,
        caller: &SpaceMember,
        action: &Action<'_>,
    ) -> Result<(), Refusal> {
        self.authorize_write(caller, action).await.map(drop)
    }

    /// [`authorize`](Self::authorize) with what the judgement was made by, for the store to compare.
    pub(crate) async fn authorize_write(
        &self,
        caller: &SpaceMember,
        action: &Action<'_>,
    ) -> Result<Judged, Refusal> {
        let now = self.now();
        let authority = caller.space.authority().await?;
        let judged = caller.judged_by(&authority, now)?;
        match judge(&authority.view, &caller.id, action, now) {
            Verdict::Allow => Ok(judged),
            Verdict::Refuse(reason) => Err(Refusal::new(reason.code(), reason.to_string())),
        }
    }
}

/// Others kept writing between judging and storing.
pub(crate) fn contended() -> Refusal {
    Refusal::new(
        ErrorCode::ServerBusy,
        "Too many changes at once where this write belongs. Try again.",
    )
    .with(Details::RetryAfter(1))
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
