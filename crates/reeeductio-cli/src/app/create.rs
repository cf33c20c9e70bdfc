//! `reeeductio app create`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_client::{App, Identity, NewApp, random};
use reeeductio_core::app::AppKey;
use serde_json::json;

use super::AppFile;
use crate::private_file::{self, Seed};
use crate::report::out;
use crate::server_url::builder;

#[derive(Args, Debug)]
pub(super) struct Create {
    /// The name of the app, for people
    name: String,
    /// The server
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// The file to make, with the keys of the app's owner: keep it where nobody else reads it
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Print one JSON document, with what is public
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let builder = builder(&self.base_url)?;
        let (mut file, key) = self.begin()?;
        let owner = file.owner.identity();
        let new = NewApp::named(&self.name);
        let made = App::create_with_key(builder, owner, &new, &key).await;
        made.with_context(|| {
            format!(
                "the app was not made; its keys are in {0}: run this again with {0}",
                self.output.display()
            )
        })?;
        file.is_complete = true;
        private_file::replace(&self.output, file.clone())?;
        self.show(&file);
        Ok(())
    }

    /// The keys of the app, which are in the file before anything is sent: a crash loses no owner.
    fn begin(&self) -> anyhow::Result<(AppFile, AppKey)> {
        let shown = self.output.display();
        if let Some(file) = private_file::read::<AppFile>(&self.output)? {
            ensure!(
                !file.is_complete,
                "{shown} is there already, with the app {}; it was not changed",
                file.app_id
            );
            ensure!(
                file.name == self.name && file.base_url == self.base_url,
                "{shown} is of another app, {:?} on {}; it was not changed",
                file.name,
                file.base_url
            );
            let key = file.check(&self.output)?;
            return Ok((file, key));
        }
        let seed = random()?;
        let app = Identity::from_seed(&seed).space_id();
        let key = AppKey::new(app, random()?);
        let file = AppFile {
            name: self.name.clone(),
            app_id: app,
            app_key: key.expose().to_string(),
            base_url: self.base_url.clone(),
            owner: Seed::new(seed),
            is_complete: false,
        };
        private_file::make(&self.output, file.clone())?;
        Ok((file, key))
    }

    fn show(&self, file: &AppFile) {
        if self.json {
            let public = json!({
                "app_id": file.app_id,
                "app_key": file.app_key,
                "base_url": file.base_url,
            });
            out(&format!("{public:#}"));
            return;
        }
        out(&format!("app      {}", file.app_id));
        out(&format!("app key  {}", file.app_key));
        out(&format!("owner    {}", self.output.display()));
    }
}
