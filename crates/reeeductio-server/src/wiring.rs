//! The one place that names adapters.

pub(crate) mod binding;
mod kept_secret;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reeeductio_backend::{BackendError, Blobs, Clock, Inspect, Repair, SystemClock, SystemRng};
use reeeductio_backend_objects::Objects;
pub(crate) use reeeductio_backend_sqlite::DirectoryLock as Lock;
use reeeductio_backend_sqlite::{
    DATABASE, FoundDatabase, Inspector, SqliteRepair, check_database, has_event_trees,
};
use reeeductio_engine::{Engine, EngineConfig, LogKey, OpaqueLimits, Ports, Secret};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::config::{BlobStoreType, Config, Creation, DatabaseType};
use crate::runtime::TokioRuntime;
use crate::serve::StartError;
use crate::storage::Storage;
use binding::Binding;
use kept_secret::KeptSecret;

/// File of the token secret in the data directory.
pub(crate) const SECRET_FILE: &str = "token.secret";
/// File of the seed that the log key is made of, in the data directory.
const LOG_KEY_FILE: &str = "log.key";
/// The files of a data directory that nobody else may read.
pub(crate) const SECRET_FILES: [&str; 2] = [SECRET_FILE, LOG_KEY_FILE];

const TOKEN_SECRET: KeptSecret = KeptSecret {
    file: SECRET_FILE,
    lost: "the token secret is truncated. Remove the file; everybody will have to sign in again.",
};
const LOG_KEY: KeptSecret = KeptSecret {
    file: LOG_KEY_FILE,
    lost: "the log key is truncated. Bring it back from a copy: with another key, members of spaces with a policy take this server for another one.",
};

/// First parts of the names under which something is logged.
pub(crate) const LOG_TARGETS: &[&str] = &[
    "access",
    "axum",
    "hyper",
    "hyper_util",
    "object_store",
    "reeeductio",
    "reeeductio_backend",
    "reeeductio_backend_objects",
    "reeeductio_backend_sqlite",
    "reeeductio_engine",
    "reeeductio_import",
    "reeeductio_proto",
    "reeeductio_server",
    "tokio",
    "tokio_tungstenite",
    "tower_http",
    "tungstenite",
];

/// The clock of every server that names no other.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::default())
}

/// Builds the engine the configuration asks for, and what keeps its blobs to it.
pub(crate) fn engine(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<(Engine, Binding), StartError> {
    let folder = blob_folder(config);
    make_private(&config.data_dir).map_err(|error| {
        StartError::Directory(format!("{}: {error}", config.data_dir.display()))
    })?;
    let (records, binding) = match config.database.r#type {
        DatabaseType::Sqlite => Binding::open(&config.data_dir, &folder)?,
    };
    let blobs: Arc<dyn Blobs> = match config.blob_store.r#type {
        BlobStoreType::Filesystem => Arc::new(Objects::folder(&folder)?),
    };
    let ports = Ports {
        records,
        blobs,
        clock,
        rng: Arc::new(SystemRng),
        runtime: Arc::new(TokioRuntime::current()),
    };
    Ok((Engine::new(engine_config(config)?, ports)?, binding))
}

/// Where the configuration has the blobs.
fn blob_folder(config: &Config) -> PathBuf {
    let path = config.blob_store.path.clone();
    path.unwrap_or_else(|| config.data_dir.join("blobs"))
}

/// Says whether the records of the configuration can be opened; changes nothing, and a server may be using them.
pub(crate) fn check_records(config: &Config) -> Result<String, BackendError> {
    let found = match config.database.r#type {
        DatabaseType::Sqlite => check_database(&config.data_dir)?,
    };
    let kept = binding::check(&config.data_dir, &blob_folder(config))?;
    let found = match found {
        FoundDatabase::Missing => "there is none yet, it will be made".to_owned(),
        FoundDatabase::Current => "it opens and is of this release".to_owned(),
        FoundDatabase::Earlier { version, current } => format!(
            "it has version {version}, the next start brings it to version {current}; earlier releases cannot open it afterwards"
        ),
        FoundDatabase::LogUnread => {
            "its log has no index, the next start reads it; only the length of the file was checked"
                .to_owned()
        }
    };
    Ok(match kept {
        Some(kept) => format!("{found}; {kept}"),
        None => found,
    })
}

/// The file of the records of a data directory.
pub(crate) fn database(directory: &Path) -> String {
    directory.join(DATABASE).display().to_string()
}

/// A look at the records of a data directory.
pub(crate) fn inspector(directory: &Path) -> Result<Box<dyn Inspect>, BackendError> {
    Ok(Box::new(Inspector::open(directory)?))
}

/// The repair of the records of a data directory, which no server may be using, from those of a backup.
pub(crate) fn repair(directory: &Path, backup: &Path) -> Result<Box<dyn Repair>, BackendError> {
    Ok(Box::new(SqliteRepair::open(directory, backup)?))
}

/// Keeps servers out of a data directory while it lives.
pub(crate) fn lock(directory: &Path) -> Result<Lock, BackendError> {
    Lock::take(directory)
}

/// The blobs of a data directory, without touching them.
pub(crate) fn objects(
    directory: &Path,
    blob_directory: Option<&Path>,
) -> Result<Objects, BackendError> {
    let default = directory.join("blobs");
    Objects::existing_folder(blob_directory.unwrap_or(&default))
}

/// Returns an empty store, for a folder that is not there.
pub(crate) fn no_objects() -> Objects {
    Objects::memory()
}

/// The ports on a data directory; nobody else has it while these live.
pub(crate) fn storage(directory: &Path) -> Result<Storage, StartError> {
    make_private(directory)
        .map_err(|error| StartError::Directory(format!("{}: {error}", directory.display())))?;
    let folder = directory.join("blobs");
    let (records, binding) = Binding::open(directory, &folder)?;
    Ok(Storage {
        records,
        blobs: Arc::new(Objects::folder(&folder)?),
        _binding: binding,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be positive and below ten years"
)]
fn engine_config(config: &Config) -> Result<EngineConfig, StartError> {
    let secret = match &config.server.jwt_secret {
        Some(secret) => secret.expose_secret().as_bytes().to_vec(),
        None => TOKEN_SECRET.keep(&config.data_dir)?,
    };
    let mut engine = EngineConfig::new(Secret::from(secret), log_key(config)?);
    engine.token_lifetime = (config.server.jwt_expiry_hours * 3_600_000.0) as i64;
    engine.longest_session = (config.server.max_session_hours * 3_600_000.0) as i64;
    engine.challenge_lifetime = i64::from(config.server.challenge_expiry_seconds) * 1000;
    engine.admin_space = config.admin.space()?;
    engine.auto_create_spaces = config.creation() == Creation::Open;
    engine.app_spaces = config.app_spaces()?;
    engine.limits.message_data = config.server.max_message_size;
    engine.limits.entry_data = config.limits.max_entry_size;
    engine.limits.blob = config.server.max_blob_size;
    engine.limits.cached_spaces = config.limits.cached_spaces;
    engine.limits.storage = config.quotas.storage();
    engine.opaque = OpaqueLimits::per_minute(config.limits.login_attempts_per_minute);
    Ok(engine)
}

/// The name and the key that checkpoints are signed by.
fn log_key(config: &Config) -> Result<LogKey, StartError> {
    refuse_without_log_key(&config.data_dir)?;
    let seed = Zeroizing::new(LOG_KEY.keep(&config.data_dir)?);
    let seed = <&[u8; 32]>::try_from(seed.as_slice());
    seed.ok()
        .and_then(|seed| LogKey::new(&config.server.log_host, seed))
        .ok_or_else(|| {
            StartError::Directory(format!(
                "{}: must have 32 bytes, and server.log_host must be a name",
                config.data_dir.join(LOG_KEY_FILE).display()
            ))
        })
}

/// Refuses to make a log key where another one has signed: members would take the server for another one.
fn refuse_without_log_key(data: &Path) -> Result<(), StartError> {
    let file = data.join(LOG_KEY_FILE);
    if file.exists() || !has_event_trees(data)? {
        return Ok(());
    }
    Err(StartError::Directory(format!(
        "{} is missing, but the database has spaces with a policy, whose members know the server by that key. Bring the file back from a backup (docs/restore.md). If it is lost for good: docs/running.md.",
        file.display()
    )))
}

/// Says whether the server would find a secret to sign tokens with, or make one.
pub(crate) fn check_secret(config: &Config) -> Result<&'static str, StartError> {
    if config.server.jwt_secret.is_some() {
        return Ok("server.jwt_secret is used");
    }
    Ok(match TOKEN_SECRET.read(&config.data_dir)? {
        Some(_) => "it can be read",
        None => "there is none yet, it will be made",
    })
}

/// Says whether the server would find a key to sign checkpoints with, or make one.
pub(crate) fn check_log_key(config: &Config) -> Result<&'static str, StartError> {
    if LOG_KEY.read(&config.data_dir)?.is_some() {
        return Ok("it can be read");
    }
    refuse_without_log_key(&config.data_dir)?;
    Ok("there is none yet, it will be made")
}

/// Returns whether a server, or a repair, uses the data directory. Makes nothing.
pub(crate) fn is_locked(directory: &Path) -> bool {
    directory.join("reeeductio.lock").exists() && lock(directory).is_err()
}

/// Makes the folder, readable by nobody else.
pub(crate) fn make_private(directory: &Path) -> std::io::Result<()> {
    if directory.exists() {
        return Ok(());
    }
    fs::create_dir_all(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

impl From<BackendError> for StartError {
    fn from(error: BackendError) -> Self {
        Self::Storage(error)
    }
}
