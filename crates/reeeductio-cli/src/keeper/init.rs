//! `reeeductio keeper init`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_client::{EncryptionKey, MemberId, Signature, random};
use serde_json::json;

use super::file::KeeperFile;
use crate::app::{AppFile, AppFileArgument};
use crate::private_file::{self, Seed};
use crate::report::out;

#[derive(Args, Debug)]
pub(super) struct Init {
    #[command(flatten)]
    app: AppFileArgument,
    /// The file to make, with the keys of the keeper: it opens every channel that the keeper keeps
    #[arg(long, value_name = "KEEPER")]
    output: PathBuf,
    /// Print one JSON document, with what is public
    #[arg(long)]
    json: bool,
}

impl Init {
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let owner = self.app.read()?;
        let mut file = self.begin(&owner)?;
        let identity = file.keeper.identity();
        let (id, tool) = (identity.user_id(), identity.tool_id());
        let key = identity.decryption_key(0).encryption_key();
        let key = key.context("the identity gives no encryption key")?;
        let signature = identity.sign_encryption_key(&file.app_id, &id, &key);
        self.register(id, (key, signature))
            .await
            .with_context(|| {
                format!(
                    "the app does not have the keeper yet; its keys are in {0}: run this again with {0}",
                    self.output.display()
                )
            })?;
        file.is_complete = true;
        private_file::replace(&self.output, file.clone())?;
        if self.json {
            let public = json!({
                "app_id": file.app_id,
                "base_url": file.base_url,
                "keeper": id,
                "tool": tool,
            });
            out(&format!("{public:#}"));
        } else {
            out(&format!("app      {}", file.app_id));
            out(&format!("keeper   {id}"));
            out(&format!("tool     {tool}"));
            out(&format!("keys     {}", self.output.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn register(&self, id: MemberId, key: (EncryptionKey, Signature)) -> anyhow::Result<()> {
        let (_, app) = self.app.open().await?;
        app.set_keeper(id, key).await?;
        Ok(())
    }

    /// The keys of the keeper, which are in the file before anything is sent.
    fn begin(&self, owner: &AppFile) -> anyhow::Result<KeeperFile> {
        let shown = self.output.display();
        if let Some(file) = KeeperFile::read(&self.output)? {
            ensure!(
                !file.is_complete,
                "{shown} is there already, with a keeper of the app {}; it was not changed",
                file.app_id
            );
            ensure!(
                file.app_id == owner.app_id && file.base_url == owner.base_url,
                "{shown} is of another app, {} on {}; it was not changed",
                file.app_id,
                file.base_url
            );
            return Ok(file);
        }
        let file = KeeperFile {
            app_id: owner.app_id,
            base_url: owner.base_url.clone(),
            keeper: Seed::new(random()?),
            is_complete: false,
        };
        private_file::make(&self.output, file.clone())?;
        Ok(file)
    }
}
