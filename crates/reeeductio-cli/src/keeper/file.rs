//! The file of a keeper.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_client::SpaceId;
use serde::{Deserialize, Serialize};

use crate::private_file::{self, Content, Seed};

/// The file of a keeper. Its keys open every channel that the keeper keeps.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct KeeperFile {
    pub(super) app_id: SpaceId,
    pub(super) base_url: String,
    /// The keeper's seed.
    pub(super) keeper: Seed,
    /// False until the app is known to have the keeper.
    pub(super) is_complete: bool,
}

impl Content for KeeperFile {
    const KIND: &'static str = "reeeductio keeper";
}

/// The file of a keeper, as an argument.
#[derive(Args, Debug)]
pub(super) struct KeeperFileArgument {
    /// The file that `reeeductio keeper init` has made
    #[arg(value_name = "KEEPER")]
    path: PathBuf,
}

impl KeeperFileArgument {
    /// Reads the file of a keeper that the app has.
    pub(super) fn read(&self) -> anyhow::Result<KeeperFile> {
        let shown = self.path.display();
        let file =
            KeeperFile::read(&self.path)?.with_context(|| format!("there is no file {shown}"))?;
        ensure!(
            file.is_complete,
            "the keeper of {shown} was not made to the end: run `reeeductio keeper init` with it again"
        );
        Ok(file)
    }
}

impl KeeperFile {
    /// Reads a file, if it is there.
    pub(super) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        private_file::read(path)
    }
}
