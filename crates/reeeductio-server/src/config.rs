//! Configuration: environment over file over defaults; what is not known is an error.

pub(crate) mod check;
pub(crate) mod environment;
mod file;
mod quotas;
mod reference;
mod sections;
mod spaces;

use std::path::{Path, PathBuf};

use reeeductio_proto::{MemberId, SpaceId};
use secrecy::ExposeSecret as _;
use serde_json::Value;

pub use reference::markdown;
pub use sections::{
    AdminConfig, BlobStoreConfig, BlobStoreType, Config, Creation, DatabaseConfig, DatabaseType,
    Environment, LimitsConfig, LogFormat, LoggingConfig, QuotasConfig, ServerConfig, SpacesConfig,
    TimeoutsConfig,
};
pub(crate) use spaces::NO_SPACES;

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read or is not what its name says.
    #[error("configuration file {path}: {message}")]
    File {
        /// The file.
        path: PathBuf,
        /// Description of the problem.
        message: String,
    },
    /// A key is unknown or its value is not allowed.
    #[error("configuration key {key}: {message}")]
    Key {
        /// The key, as in the file: `section.field`.
        key: String,
        /// Description of the problem.
        message: String,
    },
}

impl ConfigError {
    fn key(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Key {
            key: key.into(),
            message: message.into(),
        }
    }
}

impl Config {
    /// Reads the file, if one is named, and lays `variables` (names and values as in the process's
    /// environment) over it.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut tree = match file {
            Some(path) => file::read(path)?,
            None => Value::Object(serde_json::Map::new()),
        };
        let named = environment::overlay(&mut tree, variables)?;
        Self::from_tree(tree).map_err(|error| named.explain(error))
    }

    fn from_tree(tree: Value) -> Result<Self, ConfigError> {
        let config: Self = serde_path_to_error::deserialize(tree).map_err(|error| {
            let path = error.path().to_string();
            let message = in_plain_words(&path, error.inner().to_string());
            ConfigError::key(path, message)
        })?;
        config.check()?;
        Ok(config)
    }

    /// Folder of the blobs.
    pub(crate) fn blob_dir(&self) -> PathBuf {
        let default = || self.data_dir.join("blobs");
        self.blob_store.path.clone().unwrap_or_else(default)
    }

    /// The settings of `--dev`: every space exists from its first use, only this machine may connect, no
    /// rates are limited, and nothing is shared out among members, spaces and addresses.
    pub fn set_dev(&mut self) {
        "127.0.0.1".clone_into(&mut self.server.host);
        self.admin.auto_create_spaces = Some(true);
        self.spaces = SpacesConfig::default();
        self.limits.requests_per_second_per_address = 0.0;
        self.limits.requests_per_second_per_member = 0.0;
        self.limits.requests_per_second_per_space = 0.0;
        self.limits.login_attempts_per_minute = 0.0;
        self.limits.max_connections_per_address = 0;
        self.limits.max_streams_per_address = 0;
        self.limits.max_streams_per_member = 0;
        self.limits.max_streams_per_space = 0;
    }
}

/// A message of serde about the value of a key, without the names of Rust types.
fn in_plain_words(key: &str, message: String) -> String {
    if key.starts_with("server.trusted_proxies[") {
        return "IP addresses only, as in 10.0.0.1; neither ranges nor names".to_owned();
    }
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return message;
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" if reference::is_in_bytes(key) => {
            "a whole number of bytes"
        }
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        _ => return message,
    };
    format!("{found}, expected {expected}")
}

impl AdminConfig {
    /// The three ways of naming the administrator must agree.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let space = self.space()?;
        let owner = |key: &str, public: &[u8; 32]| match &space {
            Some(space) if space.public_key() != public => {
                Err(ConfigError::key(key, "is not the key of admin.space_id"))
            }
            _ => Ok(()),
        };
        if let Some(user) = &self.user_id {
            let user = MemberId::parse(user)
                .map_err(|error| ConfigError::key("admin.user_id", error.to_string()))?;
            owner("admin.user_id", user.public_key())?;
        }
        if let Some(private) = &self.private_key {
            let wrong = || ConfigError::key("admin.private_key", "32 bytes in standard base64");
            let seed: [u8; 32] = reeeductio_proto::encoding::decode_array(private.expose_secret())
                .map_err(|_| wrong())?;
            let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            owner("admin.private_key", public.as_bytes())?;
        }
        Ok(())
    }

    /// The admin space, if there is one.
    pub(crate) fn space(&self) -> Result<Option<SpaceId>, ConfigError> {
        self.space_id
            .as_deref()
            .map(SpaceId::parse)
            .transpose()
            .map_err(|error| ConfigError::key("admin.space_id", error.to_string()))
    }
}

#[cfg(test)]
mod tests;
