//! `reeeductio verify-evidence`.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use reeeductio_core::log::{Evidence, SplitView};
use reeeductio_proto::{Checkpoint, encoding};
use serde::Serialize;

use crate::report::out;

/// Bytes that are read of a file: more than evidence has.
const MOST: u64 = 65_536;

#[derive(Args, Debug)]
pub(crate) struct VerifyEvidence {
    /// The file
    file: PathBuf,
    /// The server's log key, base64: another one is refused
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    host: String,
    space: String,
    incarnation: String,
    log_key: String,
    checkpoints: [Tree; 2],
}

#[derive(Serialize)]
struct Tree {
    size: u64,
    root: String,
}

impl VerifyEvidence {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let report = self.verify()?;
        if self.json {
            out(&serde_json::to_string_pretty(&report)?);
        } else {
            show(&report, self.log_key.is_some());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn verify(&self) -> anyhow::Result<Report> {
        let shown = self.file.display();
        let file = File::open(&self.file).with_context(|| format!("cannot open {shown}"))?;
        let mut bytes = Vec::new();
        let read = file.take(MOST).read_to_end(&mut bytes);
        read.with_context(|| format!("cannot read {shown}"))?;
        let evidence = Evidence::parse(&bytes).with_context(|| format!("cannot read {shown}"))?;
        let split = evidence.verify();
        let split = split.with_context(|| format!("{shown} shows nothing"))?;
        let report = Report::new(&split, evidence.log_key());
        if let Some(expected) = &self.log_key
            && *expected != report.log_key
        {
            bail!(
                "{shown} is signed with another key than {expected}: {}",
                report.log_key
            );
        }
        Ok(report)
    }
}

impl Report {
    fn new(split: &SplitView, log_key: &[u8; 32]) -> Self {
        let origin = &split.larger.origin;
        let incarnation = u64::from_be_bytes(origin.incarnation());
        let tree = |checkpoint: &Checkpoint| Tree {
            size: checkpoint.size,
            root: encoding::encode(&checkpoint.root),
        };
        Self {
            host: origin.host().to_owned(),
            space: origin.space().to_string(),
            incarnation: format!("{incarnation:016x}"),
            log_key: encoding::encode(log_key),
            checkpoints: [tree(&split.smaller), tree(&split.larger)],
        }
    }
}

fn show(report: &Report, is_known_key: bool) {
    out(&format!(
        "verified: {} has signed two histories of space {}",
        report.host, report.space
    ));
    for tree in &report.checkpoints {
        out(&format!("  {} events, root {}", tree.size, tree.root));
    }
    out(&format!("  incarnation {}", report.incarnation));
    out(&format!("  signed with {}", report.log_key));
    if !is_known_key {
        out(
            "Compare this key with the one in the space's settings: anybody can make evidence against a key of their own.",
        );
    }
}
