//! `reeeductio restore finish`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use reeeductio_proto::{PublicKey, encoding};
use reeeductio_server::Storage;

use super::statements::Statements;
use crate::directory;
use crate::report::out;

#[derive(Args, Debug)]
pub(crate) struct Finish {
    /// The data directory; no server may be using it
    directory: PathBuf,
    /// The signed statements
    #[arg(long, value_name = "FILE")]
    statements: PathBuf,
}

impl Finish {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        directory::check(&self.directory)?;
        let statements = Statements::read(&self.statements)?;
        let mut signed = Vec::new();
        for statement in &statements.restores {
            let Some(signature) = statement.signature()? else {
                continue;
            };
            let key = statement.operator_key.as_deref();
            let key: [u8; 32] = encoding::decode_array(key.unwrap_or_default())
                .with_context(|| format!("space {} names no operator's key", statement.space))?;
            let bytes = statement.bytes(&statements.host)?;
            PublicKey::parse(&key)
                .and_then(|key| key.verify(&bytes, &signature))
                .with_context(|| {
                    format!(
                        "the statement for {} is not signed by its key",
                        statement.space
                    )
                })?;
            signed.push((statement.space()?, statement.new_incarnation()?, signature));
        }
        ensure!(
            !signed.is_empty() || statements.restores.is_empty(),
            "{} has no signed statement. Sign it first: reeeductio restore sign",
            self.statements.display()
        );
        let shown = self.directory.display();
        let storage =
            Storage::open(&self.directory).with_context(|| format!("cannot open {shown}"))?;
        for (space, incarnation, signature) in &signed {
            let kept = storage
                .records
                .sign_restore(*space, *incarnation, signature.to_bytes())
                .await?;
            ensure!(
                kept,
                "space {space} has no history of this name: the statements are of another restore"
            );
        }
        storage.records.close().await?;
        out(&format!(
            "{} statements are in place; start the server",
            signed.len()
        ));
        Ok(())
    }
}
