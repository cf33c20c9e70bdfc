//! The file of an app's owner.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_client::{App, SpaceId};
use reeeductio_core::app::AppKey;
use serde::{Deserialize, Serialize};

use crate::private_file::{self, Content, Seed};
use crate::server_url::builder;

/// The file of an app's owner.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct AppFile {
    /// The name of the app, for people.
    pub(crate) name: String,
    pub(crate) app_id: SpaceId,
    /// Its first key, which may be published.
    pub(crate) app_key: String,
    pub(crate) base_url: String,
    /// The owner's seed.
    pub(super) owner: Seed,
    /// False until the app is known to be on the server.
    pub(super) is_complete: bool,
}

impl Content for AppFile {
    const KIND: &'static str = "reeeductio app";
}

/// The file of the app's owner, as an argument.
#[derive(Args, Debug)]
pub(crate) struct AppFileArgument {
    /// The file that `reeeductio app create` has made
    #[arg(long = "app", value_name = "FILE")]
    path: PathBuf,
}

impl AppFileArgument {
    /// Reads the file.
    pub(crate) fn read(&self) -> anyhow::Result<AppFile> {
        AppFile::complete(&self.path)
    }

    /// Opens the app as its owner.
    pub(crate) async fn open(&self) -> anyhow::Result<(AppFile, App)> {
        let file = self.read()?;
        let app = App::open(builder(&file.base_url)?, file.owner.identity()).await;
        let app = app.with_context(|| format!("cannot open the app {}", file.app_id))?;
        Ok((file, app))
    }
}

impl AppFile {
    /// Reads a file whose app was made.
    pub(crate) fn complete(path: &Path) -> anyhow::Result<Self> {
        let file: Self = private_file::read(path)?
            .with_context(|| format!("there is no file {}", path.display()))?;
        file.check(path)?;
        ensure!(
            file.is_complete,
            "the app of {} was not made to the end: run `reeeductio app create` with it again",
            path.display()
        );
        Ok(file)
    }

    /// Refuses a file whose parts are of several apps.
    pub(super) fn check(&self, path: &Path) -> anyhow::Result<AppKey> {
        let key = AppKey::parse(&self.app_key);
        let key = key.with_context(|| format!("the field app_key of {}", path.display()))?;
        ensure!(
            self.owner.identity().space_id() == self.app_id && key.app() == self.app_id,
            "the keys of {} are not those of the app {}",
            path.display(),
            self.app_id
        );
        Ok(key)
    }
}
