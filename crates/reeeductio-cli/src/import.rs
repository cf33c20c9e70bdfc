//! `reeeductio import`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use reeeductio_import::{Finding, Report, Source, Tally, Target, import};
use reeeductio_server::Storage;

use crate::report::{out, progress};

/// Exit code of an import that left something out.
const INCOMPLETE: u8 = 3;

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The published server's directory, with `spaces` and `blobs`; it is only read
    directory: PathBuf,
    /// The data directory to import into, new or existing; no server may be using it
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the published server's blobs are, if not in `blobs` of its directory
    #[arg(long, value_name = "DIR")]
    blobs: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(crate) async fn run(&self) -> anyhow::Result<ExitCode> {
        let source = Source {
            directory: self.directory.clone(),
            blobs: self.blobs.clone(),
        };
        let quiet = self.json;
        let report = self
            .take_over(&source, |what| {
                if !quiet {
                    progress(&format!("importing {what}"));
                }
            })
            .await
            .with_context(|| format!("cannot import {}", self.directory.display()))?;
        if self.json {
            out(&serde_json::to_string_pretty(&report)?);
        } else {
            show(&report);
        }
        Ok(if report.is_complete() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(INCOMPLETE)
        })
    }

    async fn take_over(
        &self,
        source: &Source,
        progress: impl FnMut(&str),
    ) -> anyhow::Result<Report> {
        source.check(&self.data)?;
        let storage = Storage::open(&self.data)?;
        let target = Target {
            records: Arc::clone(&storage.records),
            blobs: storage.blobs,
            scratch: self.data.join("import-scratch"),
            now: reeeductio_client::now(),
        };
        let done = import(source, &target, progress).await;
        let closed = storage.records.close().await;
        let report = done?;
        closed?;
        Ok(report)
    }
}

fn show(report: &Report) {
    out(&format!("{} spaces", report.spaces));
    let rows = [
        ("messages", report.messages),
        ("data entries", report.entries),
        ("blob references", report.blobs),
        ("tool counters", report.tools),
    ];
    for (what, tally) in rows {
        let Tally {
            found,
            imported,
            present,
        } = tally;
        out(&format!(
            "{what}: {found} found, {imported} imported, {present} there already"
        ));
    }
    if report.retimed > 0 {
        out(&format!(
            "{} messages got a later time, so that times rise in their topic",
            report.retimed
        ));
    }
    list("remark", &report.remarks, &report.remarks_by_code);
    list("LEFT OUT", &report.left_out, &report.left_out_by_code);
}

/// Findings one by one, and how many more there are of a kind.
fn list(title: &str, findings: &[Finding], counts: &std::collections::BTreeMap<&'static str, u64>) {
    for Finding { code, what } in findings {
        out(&format!("{title}: {code} {what}"));
    }
    for (code, count) in counts {
        let listed = findings
            .iter()
            .filter(|finding| finding.code == *code)
            .count() as u64;
        if *count > listed {
            out(&format!("{title}: {code} and {} more", count - listed));
        }
    }
}
