//! A user that is signed in, with its key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reeeductio_core::Identity;

use super::User;
use super::directory::Directory;
use super::error::AppError;
use super::keep::Pins;
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
    has_ended: AtomicBool,
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
            has_ended: AtomicBool::new(false),
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

    /// Has every handle fail from now on.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
    }

    /// Refuses handles of a user that has logged out or locked.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        if self.has_ended.load(Ordering::Acquire) {
            return Err(AppError::SignedOut.into());
        }
        Ok(())
    }
}
