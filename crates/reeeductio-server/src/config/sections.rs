//! The sections and their defaults. `reference.rs` describes each key.

use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Everything the operator decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct Config {
    pub environment: Environment,
    pub debug: bool,
    pub data_dir: PathBuf,
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub blob_store: BlobStoreConfig,
    pub admin: AdminConfig,
    pub spaces: SpacesConfig,
    pub logging: LoggingConfig,
    pub limits: LimitsConfig,
    pub quotas: QuotasConfig,
    pub timeouts: TimeoutsConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            environment: Environment::Development,
            debug: false,
            data_dir: PathBuf::from("data"),
            server: ServerConfig::default(),
            database: DatabaseConfig::default(),
            blob_store: BlobStoreConfig::default(),
            admin: AdminConfig::default(),
            spaces: SpacesConfig::default(),
            logging: LoggingConfig::default(),
            limits: LimitsConfig::default(),
            quotas: QuotasConfig::default(),
            timeouts: TimeoutsConfig::default(),
        }
    }
}

/// Environment that the server runs in; shown in the log, decides nothing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Environment {
    Development,
    Production,
    Test,
}

/// Reads a secret. Errors are worded without the value, which serde's own errors repeat.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.into())),
        _ => Err(D::Error::custom("must be text: put it in quotes")),
    }
}

/// The section `server`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct ServerConfig {
    pub host: String,
    pub port: u16,
    #[serde(deserialize_with = "secret")]
    pub jwt_secret: Option<SecretString>,
    pub jwt_algorithm: String,
    pub jwt_expiry_hours: f64,
    pub max_session_hours: f64,
    pub challenge_expiry_seconds: u32,
    pub log_host: String,
    pub max_message_size: usize,
    pub max_blob_size: u64,
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: "0.0.0.0".to_owned(),
            port: 8000,
            jwt_secret: None,
            jwt_algorithm: "HS256".to_owned(),
            jwt_expiry_hours: 24.0,
            max_session_hours: 720.0,
            challenge_expiry_seconds: 300,
            log_host: "localhost".to_owned(),
            max_message_size: 102_400,
            max_blob_size: 104_857_600,
            trusted_proxies: Vec::new(),
        }
    }
}

/// The section `database`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct DatabaseConfig {
    pub r#type: DatabaseType,
}

/// Where records are kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseType {
    /// In an SQLite file in the data directory.
    #[default]
    Sqlite,
}

/// The section `blob_store`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct BlobStoreConfig {
    pub r#type: BlobStoreType,
    pub path: Option<PathBuf>,
}

/// Where blobs are kept.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum BlobStoreType {
    /// In a folder.
    #[default]
    Filesystem,
}

/// The section `admin`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct AdminConfig {
    pub space_id: Option<String>,
    pub user_id: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub private_key: Option<SecretString>,
    pub auto_create_spaces: Option<bool>,
}

/// The section `spaces`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct SpacesConfig {
    pub creation: Option<Creation>,
    pub apps: Vec<String>,
}

/// Those who may make spaces.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Creation {
    /// Everybody: each space exists from its first use.
    Open,
    /// Users of the apps, as far as their roles there allow it, and the operator.
    App,
    /// The operator, in the admin space.
    Admin,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// The section `logging`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct LoggingConfig {
    pub level: String,
    pub format: LogFormat,
    pub file: Option<PathBuf>,
    pub max_bytes: u64,
    pub backup_count: u32,
    pub enable_access_log: bool,
}

impl Default for LoggingConfig {
    fn default() -> Self {
        Self {
            level: "INFO".to_owned(),
            format: LogFormat::Text,
            file: None,
            max_bytes: 10_485_760,
            backup_count: 5,
            enable_access_log: true,
        }
    }
}

/// The section `limits`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct LimitsConfig {
    pub max_connections: usize,
    pub max_header_bytes: usize,
    pub max_json_body: usize,
    pub max_entry_size: usize,
    pub max_connections_per_address: usize,
    pub max_streams: usize,
    pub max_streams_per_address: usize,
    pub max_streams_per_member: usize,
    pub max_streams_per_space: usize,
    pub memory_bytes: usize,
    pub min_free_bytes: Option<u64>,
    pub cached_spaces: usize,
    pub requests_per_second_per_address: f64,
    pub requests_per_second_per_member: f64,
    pub requests_per_second_per_space: f64,
    pub login_attempts_per_minute: f64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_connections: 20_000,
            max_header_bytes: 32_768,
            max_json_body: 2_097_152,
            max_entry_size: 1_400_000,
            max_connections_per_address: 10_000,
            max_streams: 15_000,
            max_streams_per_address: 5_000,
            max_streams_per_member: 1_000,
            max_streams_per_space: 10_000,
            memory_bytes: 268_435_456,
            min_free_bytes: None,
            cached_spaces: 10_000,
            requests_per_second_per_address: 0.0,
            requests_per_second_per_member: 1_000.0,
            requests_per_second_per_space: 5_000.0,
            login_attempts_per_minute: 30.0,
        }
    }
}

/// The section `quotas`; 0 sets none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct QuotasConfig {
    pub space_messages: u64,
    pub space_message_bytes: u64,
    pub space_entries: u64,
    pub space_entry_bytes: u64,
    pub space_blobs: u64,
    pub space_blob_bytes: u64,
    pub member_messages: u64,
    pub member_message_bytes: u64,
    pub member_entries: u64,
    pub member_entry_bytes: u64,
    pub member_blobs: u64,
    pub member_blob_bytes: u64,
}

/// The section `timeouts`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the configuration reference describes every key"
)]
pub struct TimeoutsConfig {
    pub header_seconds: u64,
    pub body_idle_seconds: u64,
    pub min_bytes_per_second: u64,
    pub busy_seconds: u64,
    pub request_seconds: u64,
    pub shutdown_seconds: u64,
    pub stream_ping_seconds: u64,
    pub stream_write_seconds: u64,
    pub write_seconds: u64,
}

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self {
            header_seconds: 30,
            body_idle_seconds: 30,
            min_bytes_per_second: 8192,
            busy_seconds: 2,
            request_seconds: 60,
            shutdown_seconds: 30,
            stream_ping_seconds: 30,
            stream_write_seconds: 30,
            write_seconds: 30,
        }
    }
}
