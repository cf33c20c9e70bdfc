//! Joining by an invite link, with credentials that the local store keeps.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_core::{Identity, Key, MemberSecrets};
use reeeductio_proto::{ErrorCode, SpaceId};

use super::{Space, SpaceBuilder};
use crate::credentials::Credentials;
use crate::error::{ClientError, Refusal};
use crate::keyring::Keyring;
use crate::link::InviteLink;
use crate::platform::{random, within};
use crate::store::Store;

/// How long a server may take to say that a member was removed.
const PATIENCE: Duration = Duration::from_secs(3);

impl Space {
    /// Makes a space of one's own, and keeps its credentials in `store`: [`reopen`](Self::reopen) opens it again, as its owner.
    ///
    /// Nothing is sent: the space begins with the first write, on a server that takes new spaces from anybody. On others an
    /// administrator [registers](crate::Registrations::create) it first, with the identity of the [`credentials`](Self::credentials).
    pub async fn create(store: Arc<dyn Store>, base_url: &str) -> Result<Self, ClientError> {
        let builder = Self::builder(base_url).store(store);
        builder.create().await
    }

    /// Joins the space of a link as a new member, and keeps its credentials in `store`: [`reopen`](Self::reopen) opens the space again.
    ///
    /// Where the store has credentials for the space they are used: a join that was cut short is completed, and one that is
    /// complete uses the link up no further. If that member was removed meanwhile this fails with `member.unknown`; to join as
    /// somebody else, [`forget`](Keyring::forget) the credentials first.
    pub async fn join(link: &InviteLink, store: Arc<dyn Store>) -> Result<Self, ClientError> {
        let builder = Self::builder(link.server()).store(store);
        builder.join(link).await
    }

    /// Opens a space with the credentials that `store` keeps. Nothing is sent, unless a join was cut short: then it is completed.
    pub async fn reopen(store: Arc<dyn Store>, space: &SpaceId) -> Result<Self, ClientError> {
        let kept = kept(&Keyring::new(Arc::clone(&store)), space).await?;
        let builder = Self::builder(&kept.base_url).store(store);
        builder.reopen(space).await
    }

    /// Everything that opens the space again as this member: to be kept in a [`Keyring`], or in an [`Account`](crate::Account).
    pub fn credentials(&self) -> Credentials {
        let secrets = MemberSecrets {
            identity: self.connection().identity().clone(),
            symmetric_root: self.inner.symmetric_root.clone(),
            user_key: self.inner.user_key.clone(),
        };
        Credentials::of_member(self.id(), &self.inner.base_url, self.member(), secrets)
    }
}

impl SpaceBuilder {
    /// [`Space::create`] with the builder's options. The builder needs a [`store`](Self::store).
    pub async fn create(self) -> Result<Space, ClientError> {
        let keyring = self.keyring()?;
        let secrets = self.new_member(Key::new(random()?))?;
        let space = SpaceId::from_public_key(secrets.identity.public_key());
        let owner = secrets.identity.user_id();
        let own = Credentials::of_member(space, self.base_url(), owner, secrets);
        // Before anything is written: a space whose keys are lost is nobody's.
        keyring.keep(&own).await?;
        own.open(self)
    }

    /// [`Space::join`] with the builder's options, at the builder's address. The builder needs a [`store`](Self::store).
    pub async fn join(self, link: &InviteLink) -> Result<Space, ClientError> {
        let keyring = self.keyring()?;
        let secrets = self.new_member(link.invitation().symmetric_root.clone())?;
        let guest = Credentials::of_guest(link, self.base_url(), secrets);
        // Before the invitation is used: a guest that joined and lost its key would have used it up.
        let first = keyring.keep_first(&guest).await?;
        // Anybody makes a link. One that names another server would have the member sign in there, and that server could pass
        // the answer on to the right one.
        let is_same = first.base_url.trim_end_matches('/') == self.base_url().trim_end_matches('/');
        if !is_same && !first.is_joined() {
            // Nobody is in the space with these keys, as far as is known. They were for another server: here they are fresh.
            keyring.keep(&guest).await?;
            return self.enter(&keyring, guest).await;
        }
        match first.with_link(link) {
            Some(kept) if is_same => {
                if kept.is_joined() {
                    let space = kept.open(self)?;
                    space.check_still_member().await?;
                    return Ok(space);
                }
                // For `reopen`: an earlier link may let nobody in any more.
                keyring.keep(&kept).await?;
                self.enter(&keyring, kept).await
            }
            _ => Err(ClientError::argument(
                "link",
                "names another server or key than the credentials that the store has for its space; forget those if the link is right",
            )),
        }
    }

    /// [`Space::reopen`] with the builder's options, at the builder's address. Another address than the one in the store is kept once the
    /// server there has let the member sign in. The builder needs a [`store`](Self::store).
    pub async fn reopen(self, space: &SpaceId) -> Result<Space, ClientError> {
        let keyring = self.keyring()?;
        let mut kept = kept(&keyring, space).await?;
        let is_same = kept.base_url == self.base_url();
        self.base_url().clone_into(&mut kept.base_url);
        let space = self.enter(&keyring, kept.clone()).await?;
        // A mistyped address must not take the place of the right one: nothing else knows that.
        if !is_same && kept.is_joined() && space.connection().bearer().await.is_ok() {
            keyring.keep(&kept).await?;
        }
        Ok(space)
    }

    /// Opens the space, after its member was admitted.
    async fn enter(self, keyring: &Keyring, kept: Credentials) -> Result<Space, ClientError> {
        let Some((invitation, role)) = kept.pending() else {
            return kept.open(self);
        };
        self.admit(&invitation, kept.member, role).await?;
        let joined = kept.joined();
        keyring.keep(&joined).await?;
        joined.open(self)
    }

    /// The secrets of a member that begins, with the builder's user key if it has one.
    fn new_member(&self, symmetric_root: Key) -> Result<MemberSecrets, ClientError> {
        let user_key = match &self.user_key {
            Some(key) => key.clone(),
            None => Key::new(random()?),
        };
        Ok(MemberSecrets {
            identity: Identity::from_seed(&random()?),
            symmetric_root,
            user_key: Some(user_key),
        })
    }

    fn keyring(&self) -> Result<Keyring, ClientError> {
        let store = self.kept_in().ok_or_else(|| {
            ClientError::argument("store", "is needed: the member's keys are kept in it")
        })?;
        Ok(Keyring::new(Arc::clone(store)))
    }
}

impl Space {
    /// Refuses if the server says that the member is none. Other failures come when the space is used.
    async fn check_still_member(&self) -> Result<(), ClientError> {
        // Where no answer comes the store's word has to do.
        match within(PATIENCE, self.connection().bearer()).await {
            Some(Err(ClientError::Refused(refusal)))
                if refusal.code == ErrorCode::MemberUnknown.as_str() =>
            {
                let message = "the store has credentials of a member that was removed from this space; forget them to join as a new member";
                Err(Box::new(Refusal {
                    message: message.to_owned(),
                    ..*refusal
                })
                .into())
            }
            _ => Ok(()),
        }
    }
}

async fn kept(keyring: &Keyring, space: &SpaceId) -> Result<Credentials, ClientError> {
    keyring.get(space).await?.ok_or_else(|| {
        ClientError::argument(
            "space",
            "the store has no credentials for it; join it first",
        )
    })
}
