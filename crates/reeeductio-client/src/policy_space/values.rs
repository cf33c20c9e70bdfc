//! State of the program's own: values at paths, which all members read.

use reeeductio_core::StateChain;
use reeeductio_core::chain::NewestEntry;
use reeeductio_proto::{MemberId, PathPrefix, Position, StatePath, encoding};

use super::PolicySpace;
use super::command::CommandEntry;
use super::error::PolicyError;
use crate::error::ClientError;

/// State of the program's own in a space with a policy. Clones share everything.
///
/// **Values are not sealed**: the server and every member read all of them, also those that were replaced or removed. Each is signed by its
/// sender, who needs the right to write the path; among the roles of [`create`](PolicySpace::create), the owner alone has it. A value has
/// at most 76,800 bytes, unless the server's operator says otherwise (`message.too_large`).
#[derive(Clone, Debug)]
pub struct PolicyState(pub(super) PolicySpace);

/// A value of the state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateValue {
    /// Its path.
    pub path: StatePath,
    /// Its bytes, as they were given.
    pub value: Vec<u8>,
    /// The member that wrote it.
    pub sender: MemberId,
    /// The message that wrote it.
    pub position: Position,
}

/// A value to write.
#[derive(Clone)]
struct NewValue {
    path: StatePath,
    value: Vec<u8>,
}

impl CommandEntry for NewValue {
    fn path(&self) -> &StatePath {
        &self.path
    }

    fn value(&self) -> &[u8] {
        &self.value
    }
}

impl PolicySpace {
    /// State of the program's own.
    pub fn state(&self) -> PolicyState {
        PolicyState(self.clone())
    }
}

impl PolicyState {
    /// Returns the newest value at a path; `None` if there never was one, or it was removed.
    ///
    /// Reads the state first. A value that is [kept at hand](crate::SpaceBuilder::keeping_state) costs no further request.
    pub async fn get(&self, path: &StatePath) -> Result<Option<StateValue>, ClientError> {
        self.0.follow_state().await?;
        self.get_as_read(path).await
    }

    /// Returns the newest values at a path and below it, by their paths. Those that were removed are left out, and those that are no base64, which only
    /// a dishonest server stores.
    ///
    /// Reads the state first. Each value that is not [kept at hand](crate::SpaceBuilder::keeping_state) costs a request.
    pub async fn list(&self, prefix: &PathPrefix) -> Result<Vec<StateValue>, ClientError> {
        self.0.follow_state().await?;
        let found = self.0.with(|known| Found::below(&known.state, prefix));
        let mut values = Vec::with_capacity(found.len());
        for found in found {
            let data = self.data_of(&found).await?;
            values.extend(found.with(&data).ok());
        }
        Ok(values)
    }

    /// Writes a value, whatever is there.
    pub async fn put(&self, path: &StatePath, value: &[u8]) -> Result<(), ClientError> {
        let value = new_value(path, value)?;
        self.write(|_| Ok(Some(value.clone()))).await
    }

    /// Writes a value where nothing was written ever; where something is, or was and is removed, that is `state.exists`. Of several members that do so at
    /// once, one succeeds.
    ///
    /// If this member has written the same value there, this is a success: an answer may have been lost. Writers of one member that are
    /// to be told apart put a random name into their values.
    pub async fn create(&self, path: &StatePath, value: &[u8]) -> Result<(), ClientError> {
        let new = new_value(path, value)?;
        let written = self.write(|state| match state.newest(path) {
            Some(_) => Err(PolicyError::StateExists(path.clone()).into()),
            None => Ok(Some(new.clone())),
        });
        let Err(error) = written.await else {
            return Ok(());
        };
        if !is_exists(&error) {
            return Err(error);
        }
        let there = match self.0.with(|known| Found::at(&known.state, path)) {
            Some(found) if found.sender == self.0.member() => self.value_of(found).await?,
            _ => return Err(error),
        };
        if there.value == value {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Removes a value; its history stays. Where there is none that is no error.
    pub async fn remove(&self, path: &StatePath) -> Result<(), ClientError> {
        check_path(path)?;
        let removal = NewValue {
            path: path.clone(),
            value: Vec::new(),
        };
        self.write(|state| {
            let newest = state.newest(path);
            Ok(newest
                .is_some_and(|newest| !newest.is_removed)
                .then(|| removal.clone()))
        })
        .await
    }

    /// [`get`](Self::get) of the state as it was read. Only a value that is not kept at hand is asked for.
    pub(crate) async fn get_as_read(
        &self,
        path: &StatePath,
    ) -> Result<Option<StateValue>, ClientError> {
        if let Some(value) = self.known_value(path) {
            return Ok(Some(value));
        }
        match self.0.with(|known| Found::at(&known.state, path)) {
            None => Ok(None),
            Some(found) => self.value_of(found).await.map(Some),
        }
    }

    /// The newest value at a path, by the state as it was read, if it is kept at hand. Asks nobody.
    pub(crate) fn known_value(&self, path: &StatePath) -> Option<StateValue> {
        let found = self.0.with(|known| Found::at(&known.state, path));
        found?.kept()
    }

    /// Returns whether anything was ever written at a path, by the state as it was read.
    pub(crate) fn was_written(&self, path: &StatePath) -> bool {
        self.0.with(|known| known.state.entry(path).is_some())
    }

    async fn write(
        &self,
        value: impl Fn(&StateChain) -> Result<Option<NewValue>, ClientError>,
    ) -> Result<(), ClientError> {
        let values = |state: &StateChain| Ok(value(state)?.into_iter().collect::<Vec<_>>());
        self.0.write_plain(values).await.map(drop)
    }

    async fn value_of(&self, found: Found) -> Result<StateValue, ClientError> {
        let data = self.data_of(&found).await?;
        found.with(&data)
    }

    /// The base64 of a value.
    async fn data_of(&self, found: &Found) -> Result<String, ClientError> {
        if let Some(data) = &found.data {
            return Ok(data.clone());
        }
        let message = self.0.state_message(found.position).await?;
        Ok(message.into_message().data)
    }
}

/// A value that the state has, with its base64 if that is kept at hand.
struct Found {
    path: StatePath,
    sender: MemberId,
    position: Position,
    data: Option<String>,
}

impl Found {
    /// `None` for a value that was removed.
    fn new(newest: NewestEntry<'_>) -> Option<Self> {
        if newest.is_removed {
            return None;
        }
        Some(Self {
            path: StatePath::parse(newest.path).ok()?,
            sender: newest.sender,
            position: newest.position,
            data: newest.data.map(str::to_owned),
        })
    }

    fn at(state: &StateChain, path: &StatePath) -> Option<Self> {
        Self::new(state.newest(path)?)
    }

    fn below(state: &StateChain, prefix: &PathPrefix) -> Vec<Self> {
        state.newest_below(prefix).filter_map(Self::new).collect()
    }

    fn kept(self) -> Option<StateValue> {
        let data = self.data.clone()?;
        self.with(&data).ok()
    }

    fn with(self, data: &str) -> Result<StateValue, ClientError> {
        let value = encoding::decode(data);
        Ok(StateValue {
            value: value.map_err(|error| ClientError::answer("data", error))?,
            path: self.path,
            sender: self.sender,
            position: self.position,
        })
    }
}

fn is_exists(error: &ClientError) -> bool {
    matches!(error, ClientError::Policy(failure) if matches!(failure.error(), PolicyError::StateExists(_)))
}

fn new_value(path: &StatePath, value: &[u8]) -> Result<NewValue, ClientError> {
    check_path(path)?;
    if value.is_empty() {
        let problem = "is empty, which removes what is there; use `remove`";
        return Err(ClientError::argument("value", problem));
    }
    Ok(NewValue {
        path: path.clone(),
        value: value.to_vec(),
    })
}

/// Refuses paths that have a meaning of their own.
fn check_path(path: &StatePath) -> Result<(), ClientError> {
    let mut segments = path.segments();
    let instead = match (segments.next(), segments.next()) {
        (Some("auth"), Some("roles")) => "`roles()`",
        (Some("auth"), Some("tools")) => "`links()`",
        (Some("auth"), _) => "`members()`",
        (Some("keyring"), _) => "`members().rotate`",
        (Some("space"), _) => "`change_settings`",
        _ => return Ok(()),
    };
    let problem = format!("{path} is no state of the program's own; use {instead}");
    Err(ClientError::argument("path", problem))
}
