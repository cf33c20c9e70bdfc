//! The keeper of an app: it lets newcomers into channels.

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use reeeductio_core::app::{
    ASK, Admission, AskNote, KEEP, KeepNote, KeeperPowers, invitation_path, judge_admission,
};
use reeeductio_core::{Identity, JoinRequest};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId, View};

use super::channels::{KEPT, is_no_member};
use super::{Directory, KeeperAct, KeeperPass, directory, keep, mail};
use crate::error::ClientError;
use crate::policy_space::{
    InboxItem, NewMember, PolicyError, PolicySpace, PolicyStream, StreamEvent, StreamOptions,
};
use crate::space::SpaceBuilder;
use crate::store::Store;

/// Channels that are open at once.
const CHANNELS: usize = 1_024;
/// The codes of refusals.
const NOT_KEPT: &str = "channel.not_kept";

/// The keeper of an app: a member of its channels that holds their keys and lets in those who may, at any time. It has no powers but those that the owner of each channel has
/// written there, keeps nothing that it cannot find again, and several may run with one key.
#[derive(Clone)]
pub struct Keeper {
    shared: Arc<Shared>,
}

struct Shared {
    app: PolicySpace,
    identity: Identity,
    builder: SpaceBuilder,
    store: Option<Arc<dyn Store>>,
    channels: Mutex<HashMap<SpaceId, PolicySpace>>,
}

impl Keeper {
    /// Opens an app as its keeper. With a store it starts faster.
    pub async fn open(
        builder: SpaceBuilder,
        app: SpaceId,
        identity: Identity,
        store: Option<Arc<dyn Store>>,
    ) -> Result<Self, ClientError> {
        let user = identity.user_id();
        let builder = builder.for_another_member();
        let mut of_app = builder.clone().keeping_state(directory::KEPT);
        if let Some(part) = keep::part_of(store.as_ref(), &user) {
            of_app = of_app.store(part);
        }
        let app = PolicySpace::open(of_app, app, user, identity.clone()).await?;
        Ok(Self {
            shared: Arc::new(Shared {
                app,
                identity,
                builder,
                store,
                channels: Mutex::default(),
            }),
        })
    }

    /// The keeper's id in the app.
    pub fn id(&self) -> MemberId {
        self.shared.identity.user_id()
    }

    /// The keeper's id in channels, where it is a tool.
    pub fn tool(&self) -> MemberId {
        self.shared.identity.tool_id()
    }

    /// The app's space.
    pub fn app(&self) -> &PolicySpace {
        &self.shared.app
    }

    /// Opens the connection that tells when there is something to do: run a [pass](Self::pass) after each event for which [`is_due`](Self::is_due).
    pub async fn connect(&self) -> Result<PolicyStream, ClientError> {
        self.app()
            .connect(StreamOptions::default().with_inbox())
            .await
    }

    /// Returns whether an event calls for a pass.
    pub fn is_due(event: &StreamEvent) -> bool {
        matches!(
            event,
            StreamEvent::Connected | StreamEvent::Inbox(_) | StreamEvent::InboxChanged
        )
    }

    /// Returns whether the app's owner has named this keeper as the one that newcomers ask.
    pub async fn is_named(&self) -> Result<bool, ClientError> {
        self.app().follow_state().await?;
        let named = Directory::of(self.app().clone()).keeper().await?;
        Ok(named == Some(self.id()))
    }

    /// Reads the inbox and does all that is in it. An item is acknowledged after it is done, so one that was cut short is done again, and once.
    pub async fn pass(&self) -> Result<KeeperPass, ClientError> {
        self.pass_telling(|_| ControlFlow::Continue(())).await
    }

    /// Makes a [pass](Self::pass) that tells each item as soon as it is done, and ends early if it is told to break.
    pub async fn pass_telling(
        &self,
        mut tell: impl FnMut(&KeeperAct) -> ControlFlow<()>,
    ) -> Result<KeeperPass, ClientError> {
        let mut pass = KeeperPass::default();
        self.app().follow_state().await?;
        let mut items = self.app().inbox().items();
        while let Some(page) = items.next_page().await? {
            for item in &page {
                let act = match self.take(item).await {
                    Ok(act) => {
                        self.app().inbox().acknowledge(&[item.item]).await?;
                        act
                    }
                    Err(error) => KeeperAct::Left {
                        sender: item.sender,
                        error,
                    },
                };
                pass.count(&act);
                if tell(&act).is_break() {
                    return Ok(pass);
                }
            }
        }
        Ok(pass)
    }

    /// Does what an item asks for. An error leaves it for the next pass.
    async fn take(&self, item: &InboxItem) -> Result<KeeperAct, ClientError> {
        let sender = item.sender;
        let ignored = KeeperAct::Ignored { sender };
        let Ok(content) = &item.content else {
            return Ok(ignored);
        };
        let is_user = self.is_user(&item.sender).await?;
        match content.content_type.as_str() {
            ASK => match AskNote::parse(&item.sender, &content.body) {
                Ok(note) => self.admit(&note.request, is_user).await,
                Err(_) => Ok(ignored),
            },
            KEEP if is_user => match KeepNote::parse(&content.body) {
                Ok(note) if self.keep(&note).await? => Ok(KeeperAct::Kept {
                    channel: note.channel,
                    by: sender,
                }),
                _ => Ok(ignored),
            },
            _ => Ok(ignored),
        }
    }

    async fn is_user(&self, user: &MemberId) -> Result<bool, ClientError> {
        let app = self.app();
        if !app.with_view(|view| view.knows(user)) {
            // It may have signed up just now.
            app.follow_state().await?;
        }
        Ok(app.with_view(|view| view.knows(user)))
    }

    /// Takes a channel: publishes the keeper's encryption key there, and keeps the root in the channel itself. Returns whether it is the keeper's to take.
    async fn keep(&self, note: &KeepNote) -> Result<bool, ClientError> {
        let channel = match self.channel(note.channel).await {
            Err(error) if is_no_member(&error) => return Ok(false),
            other => other?,
        };
        channel.members().publish_key().await?;
        match channel
            .take_wrap(note.epoch, &note.issuer, &note.wrap)
            .await
        {
            Err(ClientError::Policy(failure))
                if matches!(failure.error(), PolicyError::Root { .. }) =>
            {
                return Ok(false);
            }
            other => other?,
        }
        // Without its own store it finds the root there.
        if channel.newest_root().is_some() && channel.lacks_newest_root(&self.tool())? {
            channel.members().give_key(self.tool()).await?;
        }
        Ok(true)
    }

    /// Lets in a user that asks, if the channel's owner says so, and answers.
    async fn admit(&self, request: &JoinRequest, is_user: bool) -> Result<KeeperAct, ClientError> {
        let (channel, user) = (request.space(), request.member());
        let code = self.try_admit(request, is_user).await?;
        // Somebody who is no user of the app gets no answer but to be let in, which happens to members only.
        if code.is_none() || is_user {
            self.answer(request, code).await?;
        }
        Ok(match code {
            None => KeeperAct::Admitted { channel, user },
            Some(code) => KeeperAct::Refused {
                channel,
                user,
                code,
            },
        })
    }

    /// The answer is lost on a user that has gone.
    async fn answer(&self, request: &JoinRequest, code: Option<&str>) -> Result<(), ClientError> {
        match mail::answer(self.app(), request, code).await {
            Err(ClientError::Argument { .. }) => Ok(()),
            Err(error) if error.code() == Some(ErrorCode::MemberUnknown) => Ok(()),
            other => other,
        }
    }

    /// The code of the refusal; `None` for a user that is a member now.
    async fn try_admit(
        &self,
        request: &JoinRequest,
        is_user: bool,
    ) -> Result<Option<&'static str>, ClientError> {
        let channel = match self.channel(request.space()).await {
            Err(error) if is_no_member(&error) => return Ok(Some(NOT_KEPT)),
            other => other?,
        };
        channel.follow_state().await?;
        let user = request.member();
        if channel.with_view(|view| view.knows(&user)) {
            return Ok(None);
        }
        let powers = self.powers(&channel).await?;
        let is_invited = channel
            .state()
            .get(&invitation_path(user)?)
            .await?
            .is_some();
        let Some(powers) = powers.filter(|powers| powers.keeper == self.tool()) else {
            return Ok(Some(NOT_KEPT));
        };
        if let Err(fault) = judge_admission(Some(&powers), is_user, is_invited) {
            return Ok(Some(code_of(fault)));
        }
        if channel.newest_root().is_none() {
            channel.find_newest_root().await?;
            if channel.newest_root().is_none() {
                // The user would read nothing. The request waits until somebody has given the root.
                let newest =
                    channel.with_view(|view| view.newest_epoch().map(|one| one.entry.number));
                let epoch = newest.unwrap_or_default();
                return Err(PolicyError::KeyMissing { epoch }.into());
            }
        }
        let check = |view: &View| Ok(request.check(view).map_err(PolicyError::from)?);
        let new = NewMember::asking(request, &powers.role);
        let beside = [Admission::of(request).entry(user)?];
        let members = channel.members();
        match members.admit_with(&new, &beside, check).await {
            Ok(()) => Ok(None),
            Err(ClientError::Policy(failure))
                if matches!(failure.error(), PolicyError::Join(_)) =>
            {
                // Another keeper was faster, or the user was removed once.
                let is_member = channel.with_view(|view| view.knows(&user));
                Ok((!is_member).then_some("join.refused"))
            }
            Err(error) => Err(error),
        }
    }

    async fn powers(&self, channel: &PolicySpace) -> Result<Option<KeeperPowers>, ClientError> {
        let value = channel.state().get(&KeeperPowers::path()?).await?;
        // Powers of a later release are none here.
        Ok(value.and_then(|value| KeeperPowers::read(&value.value).ok()))
    }

    async fn channel(&self, space: SpaceId) -> Result<PolicySpace, ClientError> {
        if let Some(channel) = self.channels().get(&space) {
            return Ok(channel.clone());
        }
        let tool = self.tool();
        let mut builder = self.shared.builder.clone().keeping_state(KEPT);
        if let Some(part) = keep::part_of(self.shared.store.as_ref(), &tool) {
            builder = builder.store(part);
        }
        let identity = self.shared.identity.clone();
        let opened = PolicySpace::open(builder, space, tool, identity).await?;
        let mut channels = self.channels();
        if channels.len() >= CHANNELS {
            channels.clear();
        }
        channels.insert(space, opened.clone());
        Ok(opened)
    }

    fn channels(&self) -> std::sync::MutexGuard<'_, HashMap<SpaceId, PolicySpace>> {
        let channels = self.shared.channels.lock();
        channels.unwrap_or_else(PoisonError::into_inner)
    }
}

fn code_of(fault: reeeductio_core::app::AdmissionFault) -> &'static str {
    use reeeductio_core::app::AdmissionFault;
    match fault {
        AdmissionFault::NotInvited => "channel.not_invited",
        _ => "channel.refused",
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("app", &self.app().id())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
