//! Packages of Debian that tests need.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{output, run};

/// Installs a package.
pub(crate) fn install(package: &str) -> Result<()> {
    as_root(&["update"])?;
    as_root(&["install", "--yes", "--no-install-recommends", package])
}

/// Unpacks a package into a folder instead of installing it, which would start its service.
pub(crate) fn unpack(package: &str, folder: &Path) -> Result<()> {
    as_root(&["update"])?;
    let archive = folder.join(format!("{package}.archive"));
    if archive.exists() {
        fs::remove_dir_all(&archive)?;
    }
    fs::create_dir_all(&archive)?;
    run(Command::new("apt-get")
        .current_dir(&archive)
        .args(["--quiet", "download", package]))?;
    for file in fs::read_dir(&archive)? {
        run(Command::new("dpkg")
            .arg("--extract")
            .arg(file?.path())
            .arg(folder))?;
    }
    Ok(())
}

fn as_root(arguments: &[&str]) -> Result<()> {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    };
    run(command.arg("--quiet").args(arguments))
}
