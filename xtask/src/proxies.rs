//! The proxies that the pages have recipes for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::apt;
use crate::run::{output, say, target};

/// Programs, which are in Debian packages of the same names.
const PROGRAMS: &[&str] = &["caddy", "nginx"];

/// The variable PATH with nginx and Caddy on it. Those that are missing are unpacked below `target`.
pub(crate) fn path() -> Result<OsString> {
    let unpacked = target()?.join("proxies");
    #[expect(
        clippy::disallowed_methods,
        reason = "what is installed is on the path"
    )]
    let path = std::env::var_os("PATH").context("PATH is not set")?;
    let folders = ["usr/bin", "usr/sbin"].map(|folder| unpacked.join(folder));
    // Users other than root may have no folder of system programs on theirs.
    let all = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .chain(folders);
    let path = std::env::join_paths(all)?;
    for program in PROGRAMS {
        provide(program, &path, &unpacked)?;
    }
    Ok(path)
}

fn provide(program: &str, path: &OsString, unpacked: &Path) -> Result<()> {
    let is_there = || output(Command::new("which").arg(program).env("PATH", path)).is_ok();
    if is_there() {
        return Ok(());
    }
    say(&format!("getting {program} with apt-get"));
    apt::unpack(program, unpacked)
        .with_context(|| format!("{program} is missing: install it, the tests need it"))?;
    ensure!(
        is_there(),
        "the package {program} holds no program of this name"
    );
    Ok(())
}
