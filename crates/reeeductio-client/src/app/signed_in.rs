//! A user that is signed in, with its key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reeeductio_core::Identity;
use reeeductio_proto::SpaceId;
use tokio::sync::watch;

use super::User;
use super::channel::{Channel, OpenChannel};
use super::directory::Directory;
use super::error::AppError;
use super::keep::Pins;
use super::mail::Mail;
use crate::error::ClientError;
use crate::policy_space::PolicySpace;
use crate::store::Store;

/// A user that is signed in, with its key. It ends when the user logs out or locks; handles that are still held then fail.
#[derive(Debug)]
pub(super) struct SignedIn {
    user: User,
    identity: Identity,
    app: PolicySpace,
    directory: Directory,
    mail: tokio::sync::Mutex<Option<Arc<Mail>>>,
    /// They hold this, so it does not hold them.
    channels: Mutex<HashMap<SpaceId, OpenChannel>>,
    has_ended: watch::Sender<bool>,
}

impl SignedIn {
    pub(super) fn new(
        user: User,
        identity: Identity,
        app: PolicySpace,
        part: Option<Arc<dyn Store>>,
    ) -> Self {
        let pins = Pins::new(part, app.id());
        Self {
            directory: Directory::pinning(app.clone(), Arc::new(pins)),
            user,
            identity,
            app,
            mail: tokio::sync::Mutex::default(),
            channels: Mutex::default(),
            has_ended: watch::Sender::new(false),
        }
    }

    pub(super) fn user(&self) -> &User {
        &self.user
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The app's space, as the user sees it.
    pub(super) fn app(&self) -> &PolicySpace {
        &self.app
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The user's inbox, which is followed from the first call on.
    pub(super) async fn mail(&self) -> Result<Arc<Mail>, ClientError> {
        let mut mail = self.mail.lock().await;
        if let Some(mail) = &*mail {
            return Ok(Arc::clone(mail));
        }
        let opened = Mail::open(self.app.clone(), self.has_ended.subscribe()).await?;
        Ok(Arc::clone(mail.insert(opened)))
    }

    /// A channel that is open.
    pub(super) fn channel(&self, space: SpaceId) -> Option<Channel> {
        self.channels().get(&space)?.get()
    }

    /// Has all handles of a channel share what they know; if another task was faster, its handle is the one.
    pub(super) fn share(&self, channel: Channel) -> Channel {
        let mut channels = self.channels();
        if let Some(other) = channels.get(&channel.id()).and_then(OpenChannel::get) {
            return other;
        }
        channels.retain(|_, open| open.get().is_some());
        channels.insert(channel.id(), channel.let_go());
        channel
    }

    pub(super) fn forget(&self, space: SpaceId) {
        self.channels().remove(&space);
    }

    fn channels(&self) -> std::sync::MutexGuard<'_, HashMap<SpaceId, OpenChannel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has every handle fail from now on, and ends the connections.
    pub(super) fn end(&self) {
        self.has_ended.send_replace(true);
    }

    /// Tells when it has ended.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.has_ended.subscribe()
    }

    /// Refuses handles of a user that has logged out or locked.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        if *self.has_ended.borrow() {
            return Err(AppError::SignedOut.into());
        }
        Ok(())
    }
}
