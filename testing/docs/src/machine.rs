//! A stand-in for the reader's machine: a fresh folder, and replacements for the names that a page uses.
#![expect(
    clippy::disallowed_methods,
    reason = "what a reader's machine has is in its environment"
)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The port the pages say; a test takes a free one, the same for all servers of a page.
const PORT: &str = ":8000";
/// Folders of an installed server, made below the fresh folder.
const FOLDERS: &[&str] = &[
    "/etc/caddy",
    "/etc/nginx/conf.d",
    "/etc/reeeductio",
    "/etc/ssl",
    "/etc/systemd/system",
    // The published server's, with no space in it yet.
    "/srv/upstream",
    "/srv/upstream/spaces",
    "/var/lib/reeeductio",
    "/var/backups",
    "/var/log/nginx",
];
/// Where the command is installed.
const INSTALLED: &str = "/usr/local/bin/reeeductio";
/// Where the repository is cloned, as seen from a package beside it.
const CLONE: &str = "\"../reeeductio/";
/// All of the environment that is handed on: nothing of it may configure the server.
const ENVIRONMENT: &[&str] = &["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

/// Programs and paths that the pages are run with.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The repository.
    pub(crate) repository: PathBuf,
    /// Where programs of readers are built.
    pub(crate) target: PathBuf,
    /// The command.
    reeeductio: PathBuf,
    /// The variable PATH.
    path: OsString,
    /// Cargo itself.
    cargo: PathBuf,
}

impl Tools {
    /// The built command, and a Python that has the package, are asked for first.
    pub(crate) fn new(reeeductio: &Path, python: &Path, target: &Path) -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let repository = here.ancestors().nth(2).unwrap_or(here).to_owned();
        let mut folders = vec![here.join("stand-ins")];
        let ours = [reeeductio, python].into_iter().filter_map(Path::parent);
        folders.extend(ours.filter(|folder| folder.is_dir()).map(Path::to_owned));
        let others = std::env::var("PATH").context("PATH is not set")?;
        folders.extend(std::env::split_paths(&others));
        Ok(Self {
            repository,
            target: target.to_owned(),
            reeeductio: reeeductio.to_owned(),
            path: std::env::join_paths(folders)?,
            cargo: std::env::var("CARGO")
                .context("CARGO is not set: run this by cargo")?
                .into(),
        })
    }
}

impl Tools {
    /// The TypeScript package.
    fn package(&self) -> PathBuf {
        self.repository.join("bindings").join("typescript")
    }
}

/// A reader's machine.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) tools: &'a Tools,
    folder: TempDir,
}

impl<'a> Machine<'a> {
    /// With nothing on it yet.
    pub(crate) fn new(tools: &'a Tools) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        for made in FOLDERS {
            fs::create_dir_all(format!("{}{made}", folder.path().display()))?;
        }
        fs::create_dir(folder.path().join("here"))?;
        Ok(Self { tools, folder })
    }

    /// Where the reader is.
    pub(crate) fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    /// The same text for this machine; `address` is the running server's.
    pub(crate) fn adapt(&self, text: &str, address: Option<&str>) -> Result<String> {
        let mut adapted = text.replace(INSTALLED, &self.tools.reeeductio.display().to_string());
        for folder in FOLDERS {
            adapted = adapted.replace(folder, &self.place(folder));
        }
        let clone = format!("\"{}/", self.tools.repository.display());
        adapted = adapted.replace(CLONE, &clone);
        for host in ["localhost", "127.0.0.1"] {
            let said = format!("{host}{PORT}");
            if adapted.contains(&said) {
                let port = address
                    .and_then(port)
                    .context("no server runs on this page yet")?;
                adapted = adapted.replace(&said, &format!("{host}:{port}"));
            }
        }
        Ok(adapted)
    }

    /// Returns the printed text as it would be on the reader's machine.
    pub(crate) fn restore(&self, printed: &str, address: Option<&str>) -> String {
        let mut restored = printed.replace(&self.tools.reeeductio.display().to_string(), INSTALLED);
        for folder in FOLDERS {
            restored = restored.replace(&self.place(folder), folder);
        }
        if let Some(port) = address.and_then(port) {
            restored = restored.replace(&format!(":{port}"), PORT);
        }
        restored
    }

    /// Saves a file under the path a page says.
    pub(crate) fn save(&self, path: &str, text: &str) -> Result<PathBuf> {
        let path = self.here().join(self.adapt(path, None)?);
        fs::write(&path, text).with_context(|| format!("cannot save {}", path.display()))?;
        Ok(path)
    }

    /// Makes the TypeScript package one of the reader's.
    pub(crate) fn install_package(&self) -> Result<()> {
        let modules = self.here().join("node_modules");
        let link = modules.join("reeeductio");
        if link.exists() {
            return Ok(());
        }
        fs::create_dir_all(&modules)?;
        std::os::unix::fs::symlink(self.tools.package(), link)?;
        Ok(())
    }

    /// Bash for a script, where both kinds of output are one, as on a terminal.
    pub(crate) fn bash(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("exec 2>&1\n{script}"))
            .current_dir(self.here())
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", &self.tools.path)
            .env("CARGO", &self.tools.cargo)
            .env("REPOSITORY", &self.tools.repository)
            .env("PACKAGE", self.tools.package())
            .env("TMPDIR", self.folder.path())
            .env("SERVER__PORT", "0")
            // It would say that there is a newer pip.
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        for name in ENVIRONMENT {
            if let Ok(value) = std::env::var(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs a script that must succeed, for what it prints.
    pub(crate) fn run(&self, script: &str) -> Result<String> {
        let output = self.bash(script).output().context("cannot run bash")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(
            output.status.success(),
            "{}, having printed\n{printed}",
            output.status
        );
        Ok(printed)
    }

    fn place(&self, folder: &str) -> String {
        format!("{}{folder}", self.folder.path().display())
    }
}

/// The port of an address.
pub(crate) fn port(address: &str) -> Option<&str> {
    Some(address.rsplit_once(':')?.1)
}
