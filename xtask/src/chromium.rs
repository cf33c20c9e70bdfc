//! A browser for tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::apt;
use crate::run::{output, say};

/// The program, installed with apt-get if there is none.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(found) = on_path() {
        return Ok(found);
    }
    say("installing Chromium with apt-get");
    apt::install("chromium")
        .context("Chromium is missing: install it, on Debian it is the package chromium")?;
    on_path().context("Chromium was installed and is not on the path")
}

fn on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(|name| output(Command::new("which").arg(name)).ok())
        .map(|found| PathBuf::from(found.trim()))
}
