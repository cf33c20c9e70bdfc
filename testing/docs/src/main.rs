//! Runs `README.md` and the pages of `docs` top to bottom, as a reader would: `cargo xtask test --only docs`.
//!
//! Every code block is run, loaded or parsed by what its language says; a block without a language, or with
//! one that nothing here knows, is a failure. Permitted differences between a page and the machine it is run on are
//! listed in `machine.rs` and `stand-ins/cargo`.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod block;
mod container;
mod machine;
mod monitoring;
mod page;
mod proxy;
mod server;
mod shown;
mod unit;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use machine::Tools;

/// Folders of `docs` whose pages are not for running, or are run elsewhere: decisions, what is generated, and the
/// programs in pieces that the tests of the TypeScript package run and compile.
const NOT_RUN: &[&str] = &["adr", "reference", "typescript"];

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(reeeductio), Some(python), Some(target)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        bail!(
            "usage: reeeductio-docs-tests REEEDUCTIO PYTHON TARGET [PAGE…]: two programs and a folder to build in"
        );
    };
    let tools = Tools::new(&reeeductio, &python, &target)?;
    let mut chosen = arguments
        .map(|page| {
            page.canonicalize()
                .with_context(|| page.display().to_string())
        })
        .collect::<Result<Vec<_>>>()?;
    if chosen.is_empty() {
        chosen = pages(&tools.repository)?;
    }
    let mut failures = Vec::new();
    for path in chosen {
        let name = path.strip_prefix(&tools.repository)?.display().to_string();
        let text = fs::read_to_string(&path).with_context(|| name.clone())?;
        match page::run(&tools, &text) {
            Ok(blocks) => say(&format!("{name}: {blocks} blocks")),
            Err(error) => failures.push(format!("{name}{error:#}")),
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!("not true:\n\n{}", failures.join("\n\n"))
}

/// The pages that are run.
fn pages(repository: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![repository.join("README.md")];
    let mut folders = vec![repository.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let skipped = NOT_RUN.iter().any(|name| path.ends_with(name));
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[expect(clippy::print_stdout, reason = "this is a program for people")]
fn say(line: &str) {
    println!("{line}");
}
