//! `serve --check`: whether the server would start and could write, without starting it.

use std::fs::{self, OpenOptions};
use std::io;
use std::net::TcpListener;
use std::path::Path;

use serde::Serialize;

use crate::config::{Config, ConfigError, Creation, NO_SPACES};
use crate::disk::Disks;
use crate::wiring;

/// Report of `serve --check`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Whether the server can be started.
    pub(crate) ok: bool,
    /// In the order in which they were made.
    pub(crate) checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// Subject of the check.
    pub(crate) name: &'static str,
    /// Whether it is as it must be.
    pub(crate) ok: bool,
    /// Whether the server starts, but should be configured in another way.
    pub(crate) warning: bool,
    /// Finding, and what to do about it.
    pub(crate) message: String,
}

impl Report {
    /// Looks at everything that a configuration names. A configuration that cannot be used names nothing.
    pub(crate) fn of(config: &Result<Config, ConfigError>) -> Self {
        let checks = match config {
            Err(error) => vec![Check::new("configuration", Err(error.to_string()))],
            Ok(config) => checks(config),
        };
        Self {
            ok: checks.iter().all(|check| check.ok),
            checks,
        }
    }

    pub(crate) fn failed(&self) -> usize {
        self.checks.iter().filter(|check| !check.ok).count()
    }

    /// One line per check.
    pub(crate) fn text(&self) -> String {
        let line = |check: &Check| {
            let verdict = match (check.ok, check.warning) {
                (false, _) => "FAILED",
                (true, true) => "warning",
                (true, false) => "ok",
            };
            format!("{verdict}: {}: {}", check.name, check.message)
        };
        let lines: Vec<String> = self.checks.iter().map(line).collect();
        lines.join("\n")
    }
}

impl Check {
    fn new(name: &'static str, found: Result<String, String>) -> Self {
        Self {
            name,
            ok: found.is_ok(),
            warning: false,
            message: found.unwrap_or_else(|wrong| wrong),
        }
    }

    /// A finding that keeps no server from starting.
    fn warning(name: &'static str, message: String) -> Self {
        Self {
            warning: true,
            ..Self::new(name, Ok(message))
        }
    }
}

fn checks(config: &Config) -> Vec<Check> {
    let mut checks = vec![
        Check::new("configuration", Ok("every value can be used".to_owned())),
        spaces(config),
        Check::new("address", address(config)),
        Check::new("data directory", folder(&config.data_dir)),
    ];
    if let Some(blobs) = &config.blob_store.path {
        checks.push(Check::new("blob directory", folder(blobs)));
    }
    if let Err(wrong) = subfolders(&config.blob_dir()) {
        checks.push(Check::new("blob subfolders", Err(wrong)));
    }
    checks.push(permissions(&config.data_dir));
    let secret = wiring::check_secret(config).map(str::to_owned);
    checks.push(Check::new(
        "token secret",
        secret.map_err(|error| error.to_string()),
    ));
    let key = wiring::check_log_key(config).map(str::to_owned);
    checks.push(Check::new(
        "log key",
        key.map_err(|error| error.to_string()),
    ));
    let database = wiring::check_records(config).map_err(|error| error.to_string());
    checks.push(Check::new("database", database));
    if let Some(file) = &config.logging.file {
        checks.push(Check::new("log file", log_file(file)));
    }
    for disk in Disks::of(config).look() {
        let name = match disk.name {
            "blobs" => "free space for blobs",
            _ => "free space for data",
        };
        let kept = disk.reserve;
        let full = disk.is_full();
        checks.push(Check::new(
            name,
            match disk.space {
                Ok(space) if full => Err(format!(
                    "{} bytes free, {kept} are kept free: free space, or lower limits.min_free_bytes",
                    space.free
                )),
                Ok(space) => Ok(format!("{} bytes free, {kept} are kept free", space.free)),
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    Ok("this system does not tell".to_owned())
                }
                Err(error) => Err(error.to_string()),
            },
        ));
    }
    checks.push(open_files(config));
    checks
}

fn spaces(config: &Config) -> Check {
    let mut registrars = config.spaces.apps.clone();
    registrars.extend(config.admin.space_id.clone());
    match config.creation() {
        Creation::Open => Check::new("spaces", Ok("each exists from its first use".to_owned())),
        _ if registrars.is_empty() => Check::warning("spaces", NO_SPACES.to_owned()),
        Creation::App | Creation::Admin => {
            let registrars = registrars.join(" and ");
            Check::new("spaces", Ok(format!("they are registered in {registrars}")))
        }
    }
}

fn address(config: &Config) -> Result<String, String> {
    let server = &config.server;
    let address = format!("{}:{}", server.host, server.port);
    // As the server does.
    match TcpListener::bind(&address) {
        Ok(_) => Ok(format!("{address} can be listened on")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if wiring::is_locked(&config.data_dir) {
                return Ok(format!(
                    "{address} is in use, as by the server that runs on the data directory"
                ));
            }
            Err(format!(
                "{address} is in use by another program. Stop it, or change server.port."
            ))
        }
        Err(error) => Err(format!("server.host, server.port: {address}: {error}")),
    }
}

/// The folder can be written, or made where it is to be.
fn folder(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let there = path.ancestors().find(|path| path.exists());
    let there = match there {
        Some(there) if !there.as_os_str().is_empty() => there,
        _ => Path::new("."),
    };
    // Nothing else tells for certain: rights, read-only mounts, quotas.
    tempfile(there).map_err(|error| {
        format!(
            "{}: {error}. It must belong to the user the server runs as.",
            there.display()
        )
    })?;
    if there == path {
        Ok(format!("{shown} can be written"))
    } else {
        Ok(format!("{shown} will be made"))
    }
}

/// Checks the folders within the blob folder, which another user may have made.
fn subfolders(blobs: &Path) -> Result<(), String> {
    let entries = match fs::read_dir(blobs) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", blobs.display())),
    };
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            folder(&path)?;
        }
    }
    Ok(())
}

/// Makes a file in the folder and removes it.
fn tempfile(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".reeeductio-check-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}

/// That others see a secret, or the folder, is worth saying; the server starts all the same.
#[cfg(unix)]
fn permissions(directory: &Path) -> Check {
    match seen_by_others(directory) {
        Ok(Some(seen)) => Check::warning("permissions", seen),
        other => {
            let private = "nobody else can look into what is stored";
            Check::new("permissions", other.map(|_| private.to_owned()))
        }
    }
}

/// Describes what other users of the machine can see, if they can.
#[cfg(unix)]
fn seen_by_others(directory: &Path) -> Result<Option<String>, String> {
    for secret in wiring::SECRET_FILES {
        let secret = directory.join(secret);
        if let Some(mode) = mode(&secret)?
            && mode & 0o077 != 0
        {
            let secret = secret.display();
            return Ok(Some(format!(
                "{secret}: others can read it (mode {mode:o}). Better: chmod 600 {secret}"
            )));
        }
    }
    let mode = mode(directory)?.filter(|mode| mode & 0o007 != 0);
    let directory = directory.display();
    Ok(mode.map(|mode| {
        format!(
            "{directory}: others can look into it (mode {mode:o}). Better: chmod 700 {directory}"
        )
    }))
}

/// Returns the permission bits of a file; `None` while it does not exist.
#[cfg(unix)]
fn mode(path: &Path) -> Result<Option<u32>, String> {
    use std::os::unix::fs::PermissionsExt as _;

    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.permissions().mode() & 0o777)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

#[cfg(not(unix))]
fn permissions(_directory: &Path) -> Check {
    Check::new("permissions", Ok("not checked on this system".to_owned()))
}

fn log_file(path: &Path) -> Result<String, String> {
    let existed = path.exists();
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| format!("logging.file: {}: {error}", path.display()))?;
    if !existed {
        // It was only made to see whether it can be.
        let _gone = fs::remove_file(path);
    }
    Ok(format!("{} can be written", path.display()))
}

/// Each connection is an open file.
#[cfg(unix)]
fn open_files(config: &Config) -> Check {
    let name = "open files";
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let connections = config.limits.max_connections as u64;
    match limit {
        Some(limit) if limit < connections => Check::warning(
            name,
            format!(
                "{limit} allowed, fewer than limits.max_connections ({connections}): raise the limit (LimitNOFILE)"
            ),
        ),
        Some(limit) => Check::new(name, Ok(format!("{limit} allowed"))),
        None => Check::new(name, Ok("any number allowed".to_owned())),
    }
}

#[cfg(not(unix))]
fn open_files(_config: &Config) -> Check {
    Check::new("open files", Ok("not checked on this system".to_owned()))
}
