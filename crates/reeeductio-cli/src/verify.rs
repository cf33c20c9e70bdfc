//! `reeeductio verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use reeeductio_server::verify::{Report, verify};

use crate::directory;
use crate::report::{out, progress};

/// Exit code of a check that found damage.
pub(crate) const DAMAGED: u8 = 3;

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The data directory
    directory: PathBuf,
    /// Where the blobs are, if not in the data directory
    #[arg(long, value_name = "DIR")]
    blobs: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        directory::check(&self.directory)?;
        let quiet = self.json;
        let report = verify(&self.directory, self.blobs.as_deref(), |what| {
            if !quiet {
                progress(&format!("checking {what}"));
            }
        })
        .await
        .with_context(|| format!("cannot check {}", self.directory.display()))?;
        if self.json {
            out(&serde_json::to_string_pretty(&report)?);
        } else {
            show(&report);
        }
        Ok(outcome(&report))
    }
}

/// Prints a report for people.
pub(crate) fn show(report: &Report) {
    out(&format!(
        "{} spaces: {} messages, {} data entries and {} blobs are intact",
        report.spaces, report.messages, report.entries, report.blobs
    ));
    for finding in &report.leftovers {
        out(&format!("not needed: {finding}"));
    }
    for finding in &report.ineffective {
        out(&format!("does not count: {finding}"));
    }
    for finding in &report.damage {
        out(&format!("DAMAGED: {finding}"));
    }
}

/// The exit code of a report.
pub(crate) fn outcome(report: &Report) -> ExitCode {
    if report.damage.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DAMAGED)
    }
}
