//! Values of the state, the data and the user's own data, opened.

use futures_util::TryStreamExt as _;
use reeeductio_client::{
    ChainError, ClientError, DataChange, DataEntry, DataPath, PathPrefix, Space, VerifiedMessage,
    argument,
};
use zeroize::Zeroizing;

use super::operations;
use crate::answer::{Answer, Entry, Items};
use crate::argument::Values;
use crate::signature::AnswerType;
use crate::value::Change;

operations! {
    /// Reads the value at a path; none if nothing is there.
    Value { values: Values, path: String } -> Entries,
    /// Gives the values at a path and below it.
    ListValues { values: Values, prefix: PathPrefix } -> Entries,
    /// Gives the values at a path and below it, and then their changes.
    WatchValues { values: Values, prefix: PathPrefix } -> Changes,
    /// Changes the value at a path by a function: the value that is there then.
    UpdateValue { values: Values, path: String, change: Box<dyn Change> } -> MaybeBytes,
    /// Gives the value at a path as it was seen last, without asking the server; none if none was seen.
    StoredValue { values: Values, path: String } -> Entries,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::Value { values, path } => {
                let found = match values {
                    Values::State => {
                        let path = argument::state_path(&path)?;
                        let message = space.state().entry(&path).await;
                        message.map(|message| of_state(space, message))
                    }
                    Values::Data | Values::UserData => {
                        let path = argument::data_path(&path)?;
                        let entry = match values {
                            Values::UserData => space.user_data().entry(&path).await,
                            _ => space.data().entry(&path).await,
                        };
                        entry.map(|entry| of_data(space, values, entry))
                    }
                };
                match found {
                    Ok(entry) => present(vec![entry]),
                    Err(error) if error.is_not_found() => present(Vec::new()),
                    Err(error) => return Err(error),
                }
            }
            Self::ListValues {
                values: Values::State,
                prefix,
            } => {
                let listed = space.state().list(&prefix).await?.into_iter();
                present(listed.map(|each| of_state(space, each)).collect())
            }
            Self::ListValues { values, prefix } => {
                let listing = match values {
                    Values::UserData => space.user_data().list(&prefix).await?,
                    _ => space.data().list(&prefix).await?,
                };
                let is_forged =
                    |reason: &ChainError| !matches!(reason, ChainError::Unauthorized { .. });
                // A value whose author has lost the right to it is as if it were not there.
                if let Some(refused) = listing
                    .refused
                    .into_iter()
                    .find(|one| is_forged(&one.reason))
                {
                    return Err(refused.reason.into());
                }
                let listed = listing.entries.into_iter();
                present(listed.map(|each| of_data(space, values, each)).collect())
            }
            Self::WatchValues { values, prefix } => watch(space, values, &prefix).await?,
            Self::UpdateValue {
                values,
                path,
                mut change,
            } => {
                let change = |old: Option<&[u8]>| change.change(old);
                let new = match values {
                    Values::State => {
                        let path = argument::state_path(&path)?;
                        space.state().update(&path, change).await?
                    }
                    Values::Data => {
                        let path = argument::data_path(&path)?;
                        space.data().update(&path, change).await?
                    }
                    Values::UserData => {
                        let path = argument::data_path(&path)?;
                        space.user_data().update(&path, change).await?
                    }
                };
                Answer::MaybeBytes(new.map(Zeroizing::new))
            }
            Self::StoredValue {
                values: Values::State,
                path,
            } => {
                let path = argument::state_path(&path)?;
                let stored = space.state().stored(&path).await?;
                present(
                    stored
                        .into_iter()
                        .map(|each| of_state(space, each))
                        .collect(),
                )
            }
            Self::StoredValue { values, path } => {
                let path = argument::data_path(&path)?;
                let stored = match values {
                    Values::UserData => space.user_data().stored(&path).await?,
                    _ => space.data().stored(&path).await?,
                };
                present(
                    stored
                        .into_iter()
                        .map(|each| of_data(space, values, each))
                        .collect(),
                )
            }
        })
    }
}

async fn watch(space: &Space, values: Values, prefix: &PathPrefix) -> Result<Answer, ClientError> {
    let of = space.clone();
    let of_change = move |change| of_change(&of, values, change);
    let items = match values {
        Values::State => {
            let (of, changes) = (space.clone(), space.state().watch(prefix).await?);
            let entries = changes.map_ok(move |message| of_state(&of, message));
            Items::paged(entries, Answer::Entries)
        }
        Values::Data => {
            let changes = space.data().watch(prefix).await?;
            Items::paged(changes.map_ok(of_change), Answer::Entries)
        }
        Values::UserData => {
            let changes = space.user_data().watch(prefix).await?;
            Items::paged(changes.map_ok(of_change), Answer::Entries)
        }
    };
    Ok(Answer::Stream(AnswerType::Changes, items))
}

/// The entries that were not removed.
fn present(mut entries: Vec<Entry>) -> Answer {
    entries.retain(|entry| !entry.data.is_empty());
    Answer::Entries(entries)
}

fn own(space: &Space) -> String {
    format!("user/{}/", space.member())
}

fn of_state(space: &Space, message: VerifiedMessage) -> Entry {
    let content = space.state().open_entry(&message).ok();
    let message = message.into_message();
    Entry {
        path: message.kind,
        content: content
            .filter(|_| !message.data.is_empty())
            .map(Zeroizing::new),
        data: message.data,
        author: Some(message.sender),
        time: Some(message.server_timestamp),
    }
}

fn of_data(space: &Space, values: Values, entry: DataEntry) -> Entry {
    let content = match values {
        Values::UserData => space.user_data().open_entry(&entry),
        _ => space.data().open_entry(&entry),
    };
    Entry {
        path: shown(space, values, &entry.path),
        content: content
            .ok()
            .filter(|_| !entry.data.is_empty())
            .map(Zeroizing::new),
        data: entry.data,
        author: Some(entry.signed_by),
        time: Some(entry.signed_at),
    }
}

fn of_change(space: &Space, values: Values, change: DataChange) -> Entry {
    match change.entry {
        Some(entry) => of_data(space, values, entry),
        None => Entry {
            path: shown(space, values, &change.path),
            content: None,
            data: String::new(),
            author: None,
            time: None,
        },
    }
}

/// The path as the program names it.
fn shown(space: &Space, values: Values, path: &DataPath) -> String {
    let path = path.to_string();
    match (values, path.strip_prefix(&own(space))) {
        (Values::UserData, Some(rest)) => rest.to_owned(),
        _ => path,
    }
}
