//! The dependency rules of ARCHITECTURE.md and deny.toml.

mod graph;
mod layers;
mod ledger;
mod manifest;
mod packages;
mod places;
mod table;

use std::fs;

use anyhow::{Result, bail};

use crate::files;
use crate::run::{metadata, root, say};

/// Fails with every broken rule.
pub(crate) fn check() -> Result<()> {
    let metadata = metadata(true)?;
    let graph = graph::read(&metadata)?;
    let packages = packages::read(&metadata);
    let ledger = ledger::parse(&fs::read_to_string(root().join("deny.toml"))?)?;
    let table = table::parse(&fs::read_to_string(root().join("ARCHITECTURE.md"))?);

    let mut broken = layers::missing(&graph);
    broken.extend(layers::broken(&graph));
    broken.extend(table::broken(&graph, &table));
    broken.extend(packages::broken(&packages, &ledger));
    for name in files::ours()? {
        if name.ends_with("Cargo.toml") {
            broken.extend(manifest::broken(
                &name,
                &fs::read_to_string(root().join(&name))?,
            ));
        } else if name.starts_with("crates/") && files::extension(&name) == "rs" {
            broken.extend(places::broken(
                &name,
                &fs::read_to_string(root().join(&name))?,
            ));
        }
    }
    if broken.is_empty() {
        say(&format!(
            "{} packages: every dependency is one that may be",
            packages.len()
        ));
        return Ok(());
    }
    bail!("dependency rules are broken:\n  {}", broken.join("\n  "))
}
