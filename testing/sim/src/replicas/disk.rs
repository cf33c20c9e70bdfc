//! Local stores that crash, before or after they kept what they were given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use reeeductio_client::store::{StoreError, Stored};
use reeeductio_client::{Batch, LocalStore, MemoryStore, Range};
use reeeductio_proto::{DataPath, Message, MessageId, Position, SpaceId, TopicId};

use super::network::Weather;
use super::plant::Plant;

/// A store as one run of a program uses it. After a crash it answers nothing more; what it kept is on the disk, for the next run.
#[derive(Debug)]
pub(super) struct Process {
    disk: Arc<MemoryStore>,
    weather: Arc<Weather>,
    /// Saves in a hundred that end in a crash.
    crashes: usize,
    dead: AtomicBool,
    plant: Option<Plant>,
    /// Batches that were acknowledged and not kept yet.
    unwritten: Mutex<Vec<(SpaceId, Batch)>>,
}

impl Process {
    pub(super) fn new(
        disk: &Arc<MemoryStore>,
        weather: &Arc<Weather>,
        crashes: usize,
        plant: Option<Plant>,
    ) -> Self {
        Self {
            disk: Arc::clone(disk),
            weather: Arc::clone(weather),
            crashes,
            dead: AtomicBool::new(false),
            plant,
            unwritten: Mutex::default(),
        }
    }

    /// Whether the program has crashed.
    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    fn alive(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_dead() {
            return Err(StoreError::Unavailable("crashed".to_owned()));
        }
        Ok(&self.disk)
    }

    fn crash(&self) -> StoreError {
        self.dead.store(true, Ordering::Relaxed);
        StoreError::Unavailable("crashed".to_owned())
    }

    async fn keep(&self, space: &SpaceId, mut batch: Batch) -> Result<(), StoreError> {
        match self.plant {
            Some(Plant::ForgetsHeads) => batch.heads.clear(),
            Some(Plant::ForgetsSignedTimes) => batch.signed_times.clear(),
            // What comes alone is usually one's own post.
            Some(Plant::ForgetsOwnPosts) if batch.messages.len() == 1 => return Ok(()),
            Some(Plant::AcknowledgesUnkept) => {
                let mut unwritten = self.unwritten.lock();
                unwritten.push((*space, batch));
                if unwritten.len() < 3 {
                    return Ok(());
                }
                (_, batch) = unwritten.remove(0);
            }
            Some(Plant::KeepsHeadsFirst) => {
                let heads = Batch {
                    heads: std::mem::take(&mut batch.heads),
                    ..Batch::default()
                };
                self.disk.save(space, heads).await?;
                if self.weather.strikes(self.crashes) {
                    return Err(self.crash());
                }
            }
            _ => {}
        }
        self.disk.save(space, batch).await
    }
}

impl LocalStore for Process {
    fn save<'a>(&'a self, space: &'a SpaceId, batch: Batch) -> Stored<'a, ()> {
        Box::pin(async move {
            self.alive()?;
            if !self.weather.strikes(self.crashes) {
                return self.keep(space, batch).await;
            }
            if self.weather.dice.chance(50) {
                self.keep(space, batch).await?;
            }
            Err(self.crash())
        })
    }

    fn message<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        id: &'a MessageId,
    ) -> Stored<'a, Option<Message>> {
        Box::pin(async move { self.alive()?.message(space, topic, id).await })
    }

    fn messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: &'a TopicId,
        range: Range,
    ) -> Stored<'a, Vec<Message>> {
        Box::pin(async move { self.alive()?.messages(space, topic, range).await })
    }

    fn head<'a>(&'a self, space: &'a SpaceId, topic: &'a TopicId) -> Stored<'a, Option<Position>> {
        Box::pin(async move { self.alive()?.head(space, topic).await })
    }

    fn signed_time<'a>(
        &'a self,
        space: &'a SpaceId,
        path: &'a DataPath,
    ) -> Stored<'a, Option<i64>> {
        Box::pin(async move { self.alive()?.signed_time(space, path).await })
    }

    fn delete_messages<'a>(
        &'a self,
        space: &'a SpaceId,
        topic: Option<&'a TopicId>,
        before: Option<i64>,
    ) -> Stored<'a, u64> {
        Box::pin(async move { self.alive()?.delete_messages(space, topic, before).await })
    }

    fn count<'a>(&'a self, space: Option<&'a SpaceId>) -> Stored<'a, u64> {
        Box::pin(async move { self.alive()?.count(space).await })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move { self.alive()?.clear().await })
    }
}
