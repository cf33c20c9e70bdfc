//! `reeeductio repair`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use reeeductio_server::repair::{RepairOptions, RepairReport, repair};

use crate::directory;
use crate::report::{out, progress};
use crate::verify::{DAMAGED, outcome, show};

#[derive(Args, Debug)]
pub(crate) struct Repair {
    /// The data directory; no server may be using it
    directory: PathBuf,
    /// A backup of it, from which what is damaged or missing is put back
    #[arg(long, value_name = "BACKUP")]
    from: Option<PathBuf>,
    /// Where the blobs are, if not in the data directory
    #[arg(long, value_name = "DIR")]
    blobs: Option<PathBuf>,
    /// Remove bytes that no blob refers to
    #[arg(long)]
    leftovers: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Repair {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        if let Some(backup) = &self.from {
            directory::check_folder(&self.directory)?;
            directory::check(backup)?;
        } else {
            directory::check(&self.directory)?;
        }
        let options = RepairOptions {
            from: self.from.clone(),
            blobs: self.blobs.clone(),
            leftovers: self.leftovers,
            dry_run: self.dry_run,
        };
        let report = repair(&self.directory, &options, |what| {
            if !self.json {
                progress(&format!("looking at {what}"));
            }
        })
        .await
        .with_context(|| format!("cannot repair {}", self.directory.display()))?;
        if self.json {
            out(&serde_json::to_string_pretty(&report)?);
        } else {
            print(&report);
        }
        let mut mended = report.records.iter().chain(&report.blobs);
        Ok(match &report.after {
            _ if report.newer_lost || mended.any(|mended| mended.by == "lost") => {
                ExitCode::from(DAMAGED)
            }
            Some(after) => outcome(after),
            None => ExitCode::SUCCESS,
        })
    }
}

fn print(report: &RepairReport) {
    if report.backup_damage > 0 {
        out(&format!(
            "the backup itself is damaged in {} places; only what is intact there is taken",
            report.backup_damage
        ));
    }
    if report.newer_lost {
        out(
            "LOST: what is newer than the backup, where the database cannot be read. Clients that have it can send it again",
        );
    }
    let would = if report.dry_run { "would be " } else { "" };
    for mended in report.records.iter().chain(&report.blobs) {
        let (verb, rest) = match mended.by {
            "lost" => ("LOST: ", " is not in the backup".to_owned()),
            "derived" => ("", format!(" {would}derived from the messages")),
            _ => ("", format!(" {would}put back")),
        };
        let spaces: Vec<String> = mended.spaces.iter().map(ToString::to_string).collect();
        let spaces = match spaces.len() {
            0 => String::new(),
            _ => format!(" of {}", spaces.join(", ")),
        };
        out(&format!("{verb}{}{spaces}{rest}", mended.what));
    }
    if report.leftovers > 0 {
        out(&format!(
            "{} leftovers, {} bytes, {would}removed",
            report.leftovers, report.leftover_bytes
        ));
    }
    if let Some(kept) = &report.kept {
        out(&format!("the damaged database is kept as {kept}"));
    }
    match &report.after {
        Some(after) => show(after),
        None => out("nothing was changed"),
    }
}
