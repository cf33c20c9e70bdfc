//! Checks that an argument can be a data directory. Only what certainly is none is refused here; if we may not look,
//! the command that uses it fails and says why.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{bail, ensure};

/// Parts of a data directory: it has at least one of these, also if the others are lost.
const PARTS: [&str; 4] = ["reeeductio.db", "blobs", "token.secret", "log.key"];

/// Refuses what has no part of a data directory.
pub(crate) fn check(directory: &Path) -> anyhow::Result<()> {
    check_folder(directory)?;
    let has_part = PARTS
        .iter()
        .any(|part| !is_missing(&fs::metadata(directory.join(part))));
    ensure!(
        has_part,
        "{} is no data directory: it has neither {}",
        directory.display(),
        PARTS.join(" nor ")
    );
    Ok(())
}

/// Refuses what is no directory. All that is in it may be lost, where that is to be put back.
pub(crate) fn check_folder(directory: &Path) -> anyhow::Result<()> {
    let found = fs::metadata(directory);
    let why = match &found {
        found if is_missing(found) => "nothing has that name",
        Ok(found) if !found.is_dir() => "it is a file",
        _ => return Ok(()),
    };
    bail!("{} is no data directory: {why}", directory.display());
}

fn is_missing(found: &io::Result<Metadata>) -> bool {
    found
        .as_ref()
        .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}
