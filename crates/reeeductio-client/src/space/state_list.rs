//! The entries of the state below a path: listed, and watched.

use std::collections::{HashMap, VecDeque};

use reeeductio_core::replica::Range;
use reeeductio_core::{ChainError, VerifiedMessage};
use reeeductio_proto::{ChainId, MessageId, PathPrefix, Position, StatePath, TopicId, Values};

use super::Space;
use super::live::{LiveMessages, LiveOptions};
use super::messages::PAGE;
use super::watches::{Changes, Patience, Watch};
use crate::error::ClientError;
use crate::platform::BoxFuture;

/// Entries that are read one by one, if no more of them are missing.
const FEW: usize = 8;

impl Space {
    /// The entries at a path and below it, removed ones left out.
    pub(super) async fn list_state(
        &self,
        prefix: &PathPrefix,
    ) -> Result<Vec<VerifiedMessage>, ClientError> {
        self.follow_state().await?;
        let now = self.source().now().await?;
        let member = self.member();
        let wanted =
            self.with_replica(|replica| replica.state().readable_below(prefix, &member, now));
        if wanted.is_empty() {
            self.check_reads_below(Values::State, prefix).await?;
        }
        let mut found = self.bodies(&wanted).await?;
        let entries = wanted
            .iter()
            .filter_map(|(_, position)| found.remove(&position.hash));
        Ok(entries.filter(|entry| !entry.data.is_empty()).collect())
    }

    /// The content of entries, from memory, from the local store or from the server.
    async fn bodies(
        &self,
        wanted: &[(StatePath, Position)],
    ) -> Result<HashMap<MessageId, VerifiedMessage>, ClientError> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for (_, position) in wanted {
            match self.body_at_hand(*position).await? {
                Some(body) => {
                    found.insert(position.hash, body);
                }
                None => missing.push(*position),
            }
        }
        missing.sort_unstable_by_key(|position| position.timestamp);
        let limit = if missing.len() > FEW { PAGE } else { 1 };
        let mut missing = VecDeque::from(missing);
        while let Some(first) = missing.front().copied() {
            let range = if limit == 1 {
                Range::at(first.timestamp)
            } else {
                Range::since(first.timestamp, limit)
            };
            let answer = self.fetch(&ChainId::state(), range).await?;
            for message in answer.messages {
                let position = message.position();
                let Some(at) = missing.iter().position(|wanted| *wanted == position) else {
                    continue;
                };
                missing.remove(at);
                let accepted =
                    self.with_replica(|replica| replica.state().accept(position, message))?;
                self.with_replica(|replica| replica.keep_entry(&accepted));
                found.insert(position.hash, accepted);
            }
            if missing.front() == Some(&first) {
                let what = format!("message {} of topic state", first.hash);
                return Err(ChainError::Withheld { what }.into());
            }
        }
        Ok(found)
    }

    /// The content of an entry of the state, if it is in memory or in the local store.
    pub(super) async fn body_at_hand(
        &self,
        position: Position,
    ) -> Result<Option<VerifiedMessage>, ClientError> {
        let body = self.with_replica(|replica| replica.entry(&position.hash));
        match body {
            Some(body) => Ok(Some(body)),
            None => self.kept_message(&TopicId::state(), &position.hash).await,
        }
    }

    pub(super) async fn watch_state(
        &self,
        prefix: &PathPrefix,
    ) -> Result<Watch<VerifiedMessage>, ClientError> {
        self.follow_state().await?;
        let now = self.source().now().await?;
        let member = self.member();
        // Together: what is stored after this head comes over the stream.
        let (head, current) = self.with_replica(|replica| {
            let state = replica.state();
            (state.head(), state.readable_below(prefix, &member, now))
        });
        if current.is_empty() {
            self.check_reads_below(Values::State, prefix).await?;
        }
        let options = LiveOptions {
            follow: vec![(TopicId::state(), head)],
            ..self.live_options()
        };
        let live = self.open_live(options, Some(TopicId::state())).await?;
        Ok(Watch::new(StateChanges {
            space: self.clone(),
            prefix: prefix.clone(),
            current: current.into(),
            live,
            changed: None,
            patience: Patience::new(),
        }))
    }

    /// Returns whether this member may read an entry of the state now.
    async fn may_read_state(&self, path: &str) -> Result<bool, ClientError> {
        let Ok(path) = StatePath::parse(path) else {
            return Ok(false);
        };
        let now = self.source().now().await?;
        let member = self.member();
        Ok(self.with_replica(|replica| replica.state().may_read(&member, &path, now)))
    }
}

/// A watch of the state between two items.
struct StateChanges {
    space: Space,
    prefix: PathPrefix,
    /// Entries of the beginning that are not told yet.
    current: VecDeque<(StatePath, Position)>,
    /// Messages of the state after the beginning.
    live: LiveMessages,
    /// One that came, and is not told yet.
    changed: Option<VerifiedMessage>,
    patience: Patience,
}

impl StateChanges {
    async fn step(&mut self) -> Option<Result<VerifiedMessage, ClientError>> {
        while let Some((_, position)) = self.current.front() {
            let body = self.space.entry_at(*position).await;
            let Some(body) = self.patience.settle(&self.space, body).await else {
                continue;
            };
            self.current.pop_front();
            match body {
                Ok(entry) if entry.data.is_empty() => {}
                told => return Some(told),
            }
        }
        loop {
            if let Some(entry) = &self.changed {
                let readable = self.space.may_read_state(&entry.kind).await;
                let Some(readable) = self.patience.settle(&self.space, readable).await else {
                    continue;
                };
                let entry = self.changed.take();
                match (readable, entry) {
                    (Err(error), _) => return Some(Err(error)),
                    (Ok(true), Some(entry)) => return Some(Ok(entry)),
                    _ => {}
                }
            }
            match self.live.next().await? {
                Ok(entry) if self.prefix.covers(&entry.kind) => self.changed = Some(entry),
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Changes<VerifiedMessage> for StateChanges {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<VerifiedMessage, ClientError>>> {
        Box::pin(self.step())
    }
}
