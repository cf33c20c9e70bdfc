//! `reeeductio backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use reeeductio_server::verify::{Report, verify};
use reeeductio_server::{BackendError, BackendErrorKind, BackupOptions, BackupReport, BackupStep};
use serde::Serialize;

use crate::directory;
use crate::report::{Meter, out, progress};
use crate::verify::{DAMAGED, outcome, show};

#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The data directory; a server may be using it
    from: PathBuf,
    /// A new or empty directory
    to: PathBuf,
    /// Where the blobs are, if not in the data directory
    #[arg(long, value_name = "DIR")]
    blobs: Option<PathBuf>,
    /// Make blobs hard links where the file system can: no time, no space, and damage to one damages both
    #[arg(long)]
    link: bool,
    /// Give up when the server's log grew by so much meanwhile, in MiB: it cannot shrink during the copy
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    log_limit: u64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document {
    /// `null` if there is no copy.
    backup: Option<BackupReport>,
    check: Report,
}

impl Backup {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        directory::check(&self.from)?;
        let say = |text: &str| {
            if !self.json {
                progress(text);
            }
        };
        say(&format!("copying {}", self.from.display()));
        let options = BackupOptions {
            blobs: self.blobs.clone(),
            link: self.link,
            backlog: self.log_limit.saturating_mul(1 << 20),
        };
        let mut meter = Meter::new(!self.json);
        let copied = reeeductio_server::backup(&self.from, &self.to, &options, |step| {
            let (what, copied) = match step {
                BackupStep::Blobs(copied) => ("blobs", copied),
                BackupStep::Database(copied) => ("database", copied),
            };
            meter.show(what, copied.done, copied.total);
        });
        meter.end();
        let backup = match copied {
            Err(error) if error.kind() == BackendErrorKind::Corrupt => {
                return self.name_damage(error).await;
            }
            copied => copied.with_context(|| format!("cannot back up {}", self.from.display()))?,
        };
        let check = verify(&self.to, None, |what| say(&format!("checking {what}")))
            .await
            .context("cannot check the copy")?;
        let code = outcome(&check);
        if self.json {
            let backup = Some(backup);
            out(&serde_json::to_string_pretty(&Document { backup, check })?);
            return Ok(code);
        }
        for blob in &backup.deleted_meanwhile {
            out(&format!("deleted meanwhile: blob {blob}"));
        }
        show(&check);
        out(&format!(
            "{} is a data directory: serve it with --data",
            self.to.display()
        ));
        Ok(code)
    }

    /// There is no copy, as the original cannot be read: says what is damaged there.
    async fn name_damage(&self, error: BackendError) -> anyhow::Result<ExitCode> {
        let context = || format!("cannot back up {}", self.from.display());
        let check = verify(&self.from, self.blobs.as_deref(), |_| {}).await;
        let check = match check {
            Ok(check) if !check.damage.is_empty() => check,
            // The check has nothing to add.
            _ => return Err(error).with_context(context),
        };
        if self.json {
            let backup = None;
            out(&serde_json::to_string_pretty(&Document { backup, check })?);
        } else {
            show(&check);
            out("there is no copy");
        }
        Ok(ExitCode::from(DAMAGED))
    }
}
