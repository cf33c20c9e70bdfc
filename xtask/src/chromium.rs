//! A browser for tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::{output, run, say};

/// The program, installed with apt-get if there is none.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(found) = on_path() {
        return Ok(found);
    }
    say("installing Chromium with apt-get");
    install().context("Chromium is missing: install it, on Debian it is the package chromium")?;
    on_path().context("Chromium was installed and is not on the path")
}

fn on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(|name| output(Command::new("which").arg(name)).ok())
        .map(|found| PathBuf::from(found.trim()))
}

fn install() -> Result<()> {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    for arguments in [
        &["update"][..],
        &["install", "--yes", "--no-install-recommends", "chromium"],
    ] {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["--non-interactive", "apt-get"]);
            sudo
        };
        run(command.arg("--quiet").args(arguments))?;
    }
    Ok(())
}
