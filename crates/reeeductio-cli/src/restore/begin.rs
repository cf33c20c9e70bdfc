//! `reeeductio restore begin`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_client::random;
use reeeductio_proto::{Settings, SpaceId, StatePath, encoding};
use reeeductio_server::Storage;

use super::statements::{Statement, Statements, hex};
use crate::directory;
use crate::report::{out, progress};

/// Spaces looked at at once.
const SPACES: usize = 256;

#[derive(Args, Debug)]
pub(crate) struct Begin {
    /// The data directory; no server may be using it
    directory: PathBuf,
    /// The file to write, for the operator to sign
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// The server's name in checkpoints: `server.log_host` of its configuration
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    log_host: String,
}

impl Begin {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        directory::check(&self.directory)?;
        ensure!(
            !self.output.exists(),
            "{} is there already. Name a new file.",
            self.output.display()
        );
        let shown = self.directory.display();
        let storage =
            Storage::open(&self.directory).with_context(|| format!("cannot open {shown}"))?;
        let (mut after, mut restores) = (None, Vec::new());
        loop {
            let spaces = storage.records.spaces(after, SPACES).await?;
            for space in &spaces {
                if let Some(statement) = renew(&storage, *space).await? {
                    progress(&format!("space {space} has a new history"));
                    restores.push(statement);
                }
            }
            after = spaces.last().copied();
            if spaces.len() < SPACES {
                break;
            }
        }
        let count = restores.len();
        let unnamed = restores
            .iter()
            .filter(|made| made.operator_key.is_none())
            .count();
        Statements::new(&self.log_host, restores).write(&self.output)?;
        storage.records.close().await?;
        out(&format!(
            "{count} spaces with a policy have a new history; the operator signs {}",
            self.output.display()
        ));
        if unnamed > 0 {
            out(&format!(
                "{unnamed} of them name no operator's key: their members will take the restore for a rollback"
            ));
        }
        Ok(())
    }
}

/// Begins a new history of a space, if it has a log. One that has begun and that nothing was added to is not begun again.
async fn renew(storage: &Storage, space: SpaceId) -> anyhow::Result<Option<Statement>> {
    let records = &storage.records;
    let Some(tree) = records.tree(space).await? else {
        return Ok(None);
    };
    let newest = records.restores(space).await?.pop();
    let unused = newest.filter(|restore| {
        restore.signature.is_none()
            && restore.new == tree.incarnation
            && restore.old.size == tree.size
    });
    let restore = match unused {
        Some(restore) => restore,
        None => records
            .renew_tree(space, random()?)
            .await?
            .context("the log is gone")?,
    };
    let path = StatePath::parse(Settings::PATH)?;
    let entry = records.state_entry(space, &path).await?;
    let settings = entry
        .filter(|entry| space.is_owned_by(&entry.sender))
        .and_then(|entry| Settings::read(&entry.data).ok());
    let operator_key = settings.and_then(|settings| settings.operator_key);
    Ok(Some(Statement {
        space: space.to_string(),
        old_incarnation: hex(restore.old.incarnation),
        size: restore.old.size,
        root: encoding::encode(&restore.old.root),
        incarnation: hex(restore.new),
        operator_key: operator_key.map(|key| encoding::encode(&key)),
        signature: None,
    }))
}
