//! The step that looks at everything that is published: crates, packages, their pages, and the workflow that releases them.

mod crates;
mod page;
mod release;
mod workflow;

use std::fs;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{metadata, root, say};
use crate::{python, typescript};

pub(crate) use release::check as release;

const WORKFLOW: &str = ".github/workflows/release.yml";

/// Fails with everything that keeps the crates and packages from being published.
pub(crate) fn check() -> Result<()> {
    crates::fetch()?;
    let metadata = metadata(false)?;
    let crates = crates::public(&metadata)?;
    let mut wrong = Vec::new();
    for each in &crates {
        wrong.extend(crates::incomplete(each));
        let files = crates::files(each)?;
        wrong.extend(crates::left_out(each, &files)?);
        wrong.extend(page::links_of(&each.folder.join("README.md"))?);
    }
    for package in [python::package(), typescript::package()] {
        wrong.extend(page::links_of(&package.join("README.md"))?);
    }
    wrong.extend(versions(&metadata)?);
    let text = fs::read_to_string(root().join(WORKFLOW))?;
    wrong.extend(workflow::wrong(
        &text,
        &workflow::Repository::read(&metadata)?,
    )?);
    if !wrong.is_empty() {
        bail!("not ready to publish:\n  {}", wrong.join("\n  "));
    }
    crates::package(&crates)?;
    say(&format!("{} crates can be packaged", crates.len()));
    Ok(())
}

/// Every version that is not the workspace's.
fn versions(metadata: &Value) -> Result<Vec<String>> {
    let version = version(metadata)?;
    let mut wrong = Vec::new();
    for (file, pointer) in [
        ("package.json", "/version"),
        ("package-lock.json", "/version"),
        ("package-lock.json", "/packages//version"),
    ] {
        let value = json(file)?;
        let found = value.pointer(pointer).and_then(Value::as_str);
        if found != Some(&version) {
            wrong.push(format!(
                "bindings/typescript/{file}: {pointer} is {found:?}, the workspace has {version}"
            ));
        }
    }
    Ok(wrong)
}

/// The version of the workspace; xtask inherits it.
fn version(metadata: &Value) -> Result<String> {
    crates::packages(metadata)
        .find(|package| crates::text(package, "name") == "xtask")
        .map(|package| crates::text(package, "version").to_owned())
        .context("cargo metadata has no xtask")
}

/// A JSON file of the TypeScript package.
fn json(file: &str) -> Result<Value> {
    let path = typescript::package().join(file);
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}
