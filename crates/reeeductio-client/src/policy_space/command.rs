//! Commands: several messages for the state, all stored or none.

use reeeductio_core::{ChainError, Draft, Epoch, StateChain, StateEntry};
use reeeductio_proto::api::{CommandBody, PostMessage};
use reeeductio_proto::{ErrorCode, Message, MessageId, StatePath, TopicId, View};

use super::PolicySpace;
use crate::error::ClientError;
use crate::space::retry::Persistence;
use crate::transport::TransportError;

/// Attempts to get a command in between the messages of others.
pub(super) const ATTEMPTS: u32 = 32;
/// Longest pause between attempts, in milliseconds.
pub(super) const LONGEST_PAUSE: u16 = 16;

/// Messages for the state that are signed, each after the one before.
#[derive(Debug)]
pub(super) struct Command {
    messages: Vec<Message>,
}

/// An entry that a command writes.
pub(super) trait CommandEntry {
    fn path(&self) -> &StatePath;
    /// Plain bytes; none remove what is there.
    fn value(&self) -> &[u8];
}

impl CommandEntry for StateEntry {
    fn path(&self) -> &StatePath {
        &self.path
    }

    fn value(&self) -> &[u8] {
        self.value.as_bytes()
    }
}

/// The outcome of sending a command.
pub(super) enum Outcome {
    /// The state has grown meanwhile: what is to be written must be thought over.
    Moved,
    Stored,
}

impl PolicySpace {
    /// Signs entries on top of the state as it was read.
    pub(super) fn sign_command<E: CommandEntry>(&self, entries: &[E]) -> Command {
        let head = self.with(|known| known.state.head());
        let mut prev_hash = head.map(|head| head.hash);
        let mut at = head.map_or(0, |head| head.timestamp);
        let topic = TopicId::state();
        let sign = |entry: &E| {
            let draft = Draft {
                space: &self.id(),
                topic: &topic,
                kind: entry.path().as_str(),
                prev_hash,
                data: entry.value(),
            };
            // No earlier time is possible; the server sets the true one.
            at = at.saturating_add(1);
            let message = draft.message(&self.member(), self.identity(), at);
            prev_hash = Some(message.message_hash);
            message
        };
        let messages = entries.iter().map(sign).collect();
        Command { messages }
    }

    /// Sends a command until it is decided whether it is stored, and reads the state then.
    pub(super) async fn send_all(&self, command: &Command) -> Result<Outcome, ClientError> {
        let body = command.body();
        let mut persistence = Persistence::new(self.base().jitter());
        loop {
            let Err(error) = self.send_command(&body).await else {
                self.follow_state().await?;
                if self.holds(command) {
                    return Ok(Outcome::Stored);
                }
                return Err(ClientError::Answer(
                    "the server has taken a command, and does not show it".to_owned(),
                ));
            };
            if persistence.is_worth_it(&error).await {
                continue;
            }
            let timed_out = matches!(error, ClientError::Transport(TransportError::Timeout));
            let moved = is_moved(&error);
            if moved || timed_out || persistence.in_doubt() {
                // It may be stored although no answer said so: the chain tells.
                self.follow_state().await?;
                if self.holds(command) {
                    return Ok(Outcome::Stored);
                }
            }
            return if moved {
                Ok(Outcome::Moved)
            } else {
                Err(error)
            };
        }
    }

    /// Returns whether the state has the whole command. Each of its messages names the one before.
    fn holds(&self, command: &Command) -> bool {
        let last = command.messages.last();
        last.is_some_and(|last| self.with(|known| known.state.contains(&last.message_hash)))
    }

    /// Writes an entry after which this member is none any more: the state cannot be read then.
    pub(super) async fn write_last(&self, entry: StateEntry) -> Result<(), ClientError> {
        let _turn = self.shared.command_turn.lock().await;
        self.follow_state().await?;
        for _ in 0..ATTEMPTS {
            let command = self.sign_command(std::slice::from_ref(&entry));
            let mut persistence = Persistence::new(self.base().jitter());
            let error = loop {
                match self.send_command(&command.body()).await {
                    Ok(_) => return Ok(()),
                    Err(error) if persistence.is_worth_it(&error).await => {}
                    Err(error) => break error,
                }
            };
            // An answer was lost, and nobody knows the member any more.
            let is_gone = error.code() == Some(ErrorCode::MemberUnknown);
            if persistence.in_doubt() && is_gone {
                return Ok(());
            }
            if !is_moved(&error) {
                return Err(error);
            }
            self.follow_state().await?;
        }
        Err(conflict())
    }

    /// Writes entries, whatever others write meanwhile: they are made anew for each state, and the newest epoch if its root is at hand.
    /// Wraps that are there already are left out.
    pub(crate) async fn write(
        &self,
        entries: impl Fn(&View, Option<&Epoch>) -> Result<Vec<StateEntry>, ClientError>,
    ) -> Result<MessageId, ClientError> {
        let entries = |state: &StateChain, newest: Option<&Epoch>| {
            let mut entries = entries(state.view(), newest)?;
            // A wrap is written once: one that is there gives the same root.
            let is_there = |entry: &StateEntry| {
                entry.path.as_str().starts_with("keyring/") && state.entry(&entry.path).is_some()
            };
            entries.retain(|entry| !is_there(entry));
            Ok(entries)
        };
        self.write_entries(true, entries).await
    }

    /// Writes entries that give nobody a key, whatever others write meanwhile: they are made anew for each state. Returns the last message.
    pub(super) async fn write_plain<E: CommandEntry>(
        &self,
        entries: impl Fn(&StateChain) -> Result<Vec<E>, ClientError>,
    ) -> Result<MessageId, ClientError> {
        self.write_entries(false, |state, _| entries(state)).await
    }

    /// Refuses a command that the server has stored although a part of it has no effect. An honest one refuses it.
    fn check_effect(&self, command: &Command) -> Result<MessageId, ClientError> {
        let has_none = |message: &&Message| {
            self.with(|known| known.state.refusal(&message.message_hash).is_some())
        };
        if let Some(message) = command.messages.iter().find(has_none) {
            let what = format!("state entry {}", message.kind);
            let sender = message.sender;
            return Err(ChainError::Unauthorized { what, sender }.into());
        }
        Ok(command.last())
    }

    async fn write_entries<E: CommandEntry>(
        &self,
        gives_keys: bool,
        entries: impl Fn(&StateChain, Option<&Epoch>) -> Result<Vec<E>, ClientError>,
    ) -> Result<MessageId, ClientError> {
        let _turn = self.shared.command_turn.lock().await;
        self.follow_state().await?;
        for _ in 0..ATTEMPTS {
            if gives_keys {
                self.find_newest_root().await?;
            }
            let newest = self.newest_root().filter(|_| gives_keys);
            let entries = self.with(|known| entries(&known.state, newest.as_ref()))?;
            let command = self.sign_command(&entries);
            if entries.is_empty() {
                return Ok(command.last());
            }
            match self.send_all(&command).await? {
                Outcome::Stored => return self.check_effect(&command),
                Outcome::Moved => self.base().jitter().pause(LONGEST_PAUSE).await,
            }
        }
        Err(conflict())
    }
}

impl Command {
    /// The view after the command, as far as it can be known before the server has set the times.
    pub(super) fn apply_to(&self, view: &mut View) {
        for message in &self.messages {
            // The server judges it. One that has no effect here has none there.
            drop(view.apply(message));
        }
    }

    fn body(&self) -> CommandBody {
        CommandBody {
            messages: self.messages.iter().map(PostMessage::from).collect(),
        }
    }

    /// The last of its messages.
    fn last(&self) -> MessageId {
        let last = self.messages.last();
        last.map_or(MessageId::from_hash([0; 32]), |last| last.message_hash)
    }
}

pub(super) fn conflict() -> ClientError {
    ClientError::Conflict {
        topic: TopicId::state().to_string(),
        attempts: ATTEMPTS,
    }
}

fn is_moved(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::ChainConflict | ErrorCode::KeyringEpochTaken)
    )
}
