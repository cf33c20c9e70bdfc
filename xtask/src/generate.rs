//! Reference pages that are written from the code, committed, and checked for drift.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{cargo, output, root, run, say, target};

/// A page: where it is, and which program prints it how.
struct Page(&'static str, &'static str, &'static [&'static str]);

const PAGES: &[Page] = &[
    Page(
        "spec/openapi.json",
        "reeeductio-server",
        &["print", "openapi"],
    ),
    Page("spec/errors.md", "reeeductio-server", &["print", "errors"]),
    Page(
        "docs/reference/configuration.md",
        "reeeductio-server",
        &["print", "configuration"],
    ),
    Page("docs/reference/cli.md", "reeeductio", &["print-reference"]),
];

/// Writes every page.
pub(crate) fn write() -> Result<()> {
    for (path, text) in pages()? {
        let path = root().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Fails if a page is not what the code says now.
pub(crate) fn check() -> Result<()> {
    let drifted: Vec<&str> = pages()?
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(root().join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    if drifted.is_empty() {
        say("every generated page is current");
        return Ok(());
    }
    bail!(
        "not current: {}. Run `cargo xtask generate` and commit.",
        drifted.join(", ")
    )
}

fn pages() -> Result<Vec<(&'static str, String)>> {
    run(cargo().args([
        "build",
        "--package",
        "reeeductio-cli",
        "--package",
        "reeeductio-server",
    ]))?;
    let programs = target()?.join("debug");
    PAGES
        .iter()
        .map(|Page(path, program, arguments)| {
            // Values from this machine's environment would end up in the page.
            let printed = output(
                Command::new(programs.join(program))
                    .args(*arguments)
                    .env_remove("CONFIG_FILE"),
            )?;
            Ok((*path, printed))
        })
        .collect()
}
