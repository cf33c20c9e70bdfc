//! A server in this process.

use std::path::Path;
use std::sync::Arc;

use reeeductio_backend::Clock as _;
use reeeductio_server::{Config, RunningServer, serve_with_clock};
use tempfile::TempDir;

use crate::Member;
use crate::clock::ShiftedClock;

/// A server in this process, in a folder of its own.
#[derive(Debug)]
pub struct TestServer {
    folder: TempDir,
    running: RunningServer,
    clock: Arc<ShiftedClock>,
}

impl TestServer {
    /// On a free port, with every space existing from its first use.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, with the configuration changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with_clock(0, change).await
    }

    /// The same, with a clock that is `offset` milliseconds ahead of the machine's.
    pub async fn start_with_clock(offset: i64, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(tempfile::tempdir().unwrap(), offset, change).await
    }

    /// On the data of a server that was [stopped](Self::stop).
    pub async fn start_again(folder: TempDir) -> Self {
        Self::start_again_with(folder, |_| {}).await
    }

    /// The same, with the configuration changed.
    pub async fn start_again_with(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(folder, 0, change).await
    }

    async fn start_on(folder: TempDir, offset: i64, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(ShiftedClock::new(offset));
        let mut config = Config::default();
        config.set_dev();
        config.server.port = 0;
        config.data_dir = folder.path().to_owned();
        change(&mut config);
        let running = serve_with_clock(config, Arc::clone(&clock) as Arc<_>).await;
        Self {
            folder,
            running: running.unwrap(),
            clock,
        }
    }

    /// Its time, Unix milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Sets its clock to `offset` milliseconds ahead of the machine's, as an operator does.
    pub fn set_clock(&self, offset: i64) {
        self.clock.set(offset);
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// Returns the folder that the server stores its data in.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The owner of a space of its own, made of `seed`.
    pub async fn owner(&self, seed: u8) -> Member {
        Member::sign_in_owner(&self.url(), [seed; 32]).await
    }

    /// Stops it and keeps the folder.
    pub async fn stop(self) -> TempDir {
        self.running.stop().await.unwrap();
        self.folder
    }
}
