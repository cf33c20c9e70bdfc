//! The spaces whose state says which spaces exist: the admin space, and those of apps.

use std::sync::Arc;

use reeeductio_backend::Registration;
use reeeductio_proto::{
    ErrorCode, SpaceId, StatePath, judge_admin_write, judge_app_write, registered_at,
};

use crate::caller::SpaceMember;
use crate::refusal::Refusal;
use crate::space::Space;

/// The role of a space that registers others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Registrar {
    /// The admin space.
    Admin,
    /// The space of an app whose users may make spaces.
    App,
}

/// The spaces that register others, as they are in memory for as long as the server runs.
pub(crate) struct Registrars(Vec<Arc<Space>>);

/// The reason for which a space exists now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registered {
    /// The registration that has lasted longest, of those that hold.
    pub(crate) registration: Registration,
    /// Since when it lasts, if the space was ever withdrawn, there or elsewhere: tokens of before do not count.
    pub(crate) again: Option<i64>,
}

impl Registrars {
    pub(crate) fn new(spaces: Vec<Arc<Space>>) -> Self {
        Self(spaces)
    }

    /// The spaces, the admin space first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Space>> {
        self.0.iter()
    }

    /// Loads their views, or brings them up where they are too old.
    pub(crate) async fn load(&self) -> Result<(), Refusal> {
        for space in self.iter() {
            drop(space.authority().await?);
        }
        Ok(())
    }

    /// Brings their views up to the store.
    pub(crate) async fn catch_up(&self) -> Result<(), Refusal> {
        for space in self.iter() {
            space.catch_up().await?;
        }
        Ok(())
    }

    /// The registration of a space by the views as they are; `None` if there is none.
    pub(crate) fn find(&self, space: &SpaceId) -> Option<Registered> {
        let (mut found, mut again) = (None, false);
        for registrar in self.iter() {
            let Some(view) = registrar.peek_authority() else {
                continue;
            };
            again |= view.registrations.was_withdrawn(space);
            let held = view.registrations.get(space);
            if let Some(held) = held
                && found.is_none_or(|(since, _)| held.since < since)
            {
                let registration = Registration {
                    registrar: registrar.id(),
                    entry: held.entry,
                };
                found = Some((held.since, registration));
            }
        }
        let (since, registration) = found?;
        // Whether a withdrawal elsewhere came before cannot be told: each space has times of its own.
        Some(Registered {
            registration,
            again: again.then_some(since),
        })
    }
}

/// Judges a state write of a space that registers others, beyond the right to the path. Returns the space that it registers and that
/// was not registered there.
pub(crate) fn judge_registration(
    caller: &SpaceMember,
    path: &StatePath,
    data: &str,
) -> Result<Option<SpaceId>, Refusal> {
    match caller.space.registrar() {
        None => return Ok(None),
        Some(Registrar::Admin) => judge_admin_write(path, data, &caller.id)?,
        Some(Registrar::App) => judge_app_write(path, data, &caller.id)?,
    }
    let new = registered_at(path.as_str()).filter(|_| !data.is_empty());
    let view = caller.space.peek_authority();
    Ok(new.filter(|new| view.is_none_or(|view| view.registrations.get(new).is_none())))
}

/// Nobody has registered the space.
pub(crate) fn unknown(id: SpaceId) -> Refusal {
    Refusal::new(
        ErrorCode::SpaceUnknown,
        format!(
            "There is no space {id} on this server. An app or the server's operator must register it first."
        ),
    )
}
