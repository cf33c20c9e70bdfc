//! The files of the repository.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{output, root};

/// Paths from the root with `/`: what is committed or would be by `git add`, and is there.
pub(crate) fn ours() -> Result<Vec<String>> {
    let listed = output(Command::new("git").current_dir(root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    Ok(listed
        .split('\0')
        .filter(|name| !name.is_empty() && root().join(name).exists())
        .map(str::to_owned)
        .collect())
}

/// Returns the text after the last dot of a file's name.
pub(crate) fn extension(name: &str) -> &str {
    Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}
