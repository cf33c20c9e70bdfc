//! A server in this process.

use std::path::Path;

use reeeductio_server::{Config, RunningServer, serve};
use tempfile::TempDir;

use crate::Member;

/// A server in this process, in a folder of its own.
#[derive(Debug)]
pub struct TestServer {
    folder: TempDir,
    running: RunningServer,
}

impl TestServer {
    /// On a free port, with every space existing from its first use.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, with the configuration changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.set_dev();
        config.server.port = 0;
        config.data_dir = folder.path().to_owned();
        change(&mut config);
        let running = serve(config).await.unwrap();
        Self { folder, running }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// What it stores.
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
