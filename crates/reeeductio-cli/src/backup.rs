//! `reeeductio backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use reeeductio_server::verify::verify;

use crate::report::{out, progress};
use crate::verify::{outcome, show};

#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The data directory; a server may be using it
    from: PathBuf,
    /// A new or empty directory
    to: PathBuf,
}

impl Backup {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        progress(&format!("copying {}", self.from.display()));
        reeeductio_server::backup(&self.from, &self.to)
            .with_context(|| format!("cannot back up {}", self.from.display()))?;
        let report = verify(&self.to, None, |what| progress(&format!("checking {what}")))
            .await
            .context("cannot check the copy")?;
        show(&report);
        out(&format!(
            "{} is a data directory: serve it with --data",
            self.to.display()
        ));
        Ok(outcome(&report))
    }
}
