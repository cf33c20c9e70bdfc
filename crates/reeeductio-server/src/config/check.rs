//! Values that cannot be right, found before the server starts.

use reeeductio_engine::{COMMAND_BYTES, INBOX_ITEMS, LogKey};
use reeeductio_proto::{PAYLOAD, SEALED_ITEM};
use secrecy::ExposeSecret as _;

use crate::wiring::LOG_TARGETS;

use super::{Config, ConfigError, LimitsConfig, LoggingConfig, ServerConfig, TimeoutsConfig};

/// Bytes of a JSON body beside its `data`: names, ids, hashes, a signature, a path.
pub(crate) const ENVELOPE: usize = 8192;
/// Longest time that can be configured: a year of seconds. Beyond it clocks overflow.
const LONGEST: u64 = 31_536_000;
/// Characters of the longest message in sealed format 1: the signed part, and the payload.
const SEALED: usize = (179 + *PAYLOAD.end()).div_ceil(3) * 4 + 8;
/// Smallest `server.max_message_size` with which members can be added and given rights.
const SMALLEST_MESSAGE: usize = 1024;
/// Smallest `limits.memory_bytes`.
const SMALLEST_MEMORY: usize = 32 << 20;
/// Shortest life of a token, in seconds.
const SHORTEST_TOKEN: f64 = 60.0;
/// Largest count of anything.
const LARGEST: usize = 10_000_000;
impl Config {
    /// Checks every value, and that they fit each other. [`Config::load`] does.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.server.check()?;
        self.limits.check()?;
        self.timeouts.check()?;
        self.logging.check()?;
        self.check_sizes()?;
        let blobs = self.blob_store.path.as_deref();
        for (key, path) in [
            ("data_dir", Some(&*self.data_dir)),
            ("blob_store.path", blobs),
        ] {
            if let Some(path) = path {
                folder(key, path)?;
            }
        }
        self.admin.check()?;
        self.check_spaces()
    }

    /// Checks that the largest message and data entry fit into the bounds for bodies and memory.
    fn check_sizes(&self) -> Result<(), ConfigError> {
        let (message, entry) = (self.server.max_message_size, self.limits.max_entry_size);
        let needed = message.max(entry).saturating_add(ENVELOPE);
        if self.limits.max_json_body < needed {
            return Err(ConfigError::key(
                "limits.max_json_body",
                format!(
                    "at least {needed}: the larger of server.max_message_size and limits.max_entry_size, and {ENVELOPE}"
                ),
            ));
        }
        let needed = message.max(entry).saturating_mul(8).max(SMALLEST_MEMORY);
        if self.limits.memory_bytes < needed {
            return Err(ConfigError::key(
                "limits.memory_bytes",
                format!(
                    "at least {needed}: {SMALLEST_MEMORY}, and eight times the largest message or data entry"
                ),
            ));
        }
        Ok(())
    }

    /// Bytes of the body of a message.
    pub(crate) fn message_body(&self) -> usize {
        self.body(self.largest_message())
    }

    /// Characters of the content of a message: `data`, or in spaces with a policy the payload.
    pub(crate) fn largest_message(&self) -> usize {
        self.server.max_message_size.max(SEALED)
    }

    /// Bytes of the body of a command.
    pub(crate) fn command_body(&self) -> usize {
        self.body(COMMAND_BYTES)
    }

    /// Bytes of the body of an inbox item.
    pub(crate) fn inbox_body(&self) -> usize {
        self.body(SEALED_ITEM.end().div_ceil(3) * 4)
    }

    /// Bytes of the body of an acknowledgement: ids of 24 characters, with quotes, a comma and a space.
    pub(crate) fn acknowledgement_body(&self) -> usize {
        self.body(INBOX_ITEMS * 28)
    }

    /// Bytes of the body of a data entry.
    pub(crate) fn entry_body(&self) -> usize {
        self.body(self.limits.max_entry_size)
    }

    /// A quarter more than `data`, so that one that is slightly too long is refused by name, and JSON
    /// may write `\/`.
    fn body(&self, data: usize) -> usize {
        let needed = data.saturating_add(data / 4).saturating_add(ENVELOPE);
        needed.min(self.limits.max_json_body)
    }
}

impl ServerConfig {
    fn check(&self) -> Result<(), ConfigError> {
        if self.host.trim().is_empty() {
            return Err(ConfigError::key(
                "server.host",
                "an address, for example 127.0.0.1, or 0.0.0.0 for all",
            ));
        }
        if !LogKey::is_host(&self.log_host) {
            return Err(ConfigError::key(
                "server.log_host",
                "a name of 1 to 253 printable ASCII characters, without `/`, `+` and spaces",
            ));
        }
        if let Some(secret) = &self.jwt_secret
            && secret.expose_secret().len() < 32
        {
            return Err(ConfigError::key(
                "server.jwt_secret",
                "at least 32 bytes are required",
            ));
        }
        if self.jwt_algorithm != "HS256" {
            return Err(ConfigError::key(
                "server.jwt_algorithm",
                "only HS256 is supported",
            ));
        }
        for (key, hours) in [
            ("server.jwt_expiry_hours", self.jwt_expiry_hours),
            ("server.max_session_hours", self.max_session_hours),
        ] {
            // Tokens tell their end in whole seconds.
            let seconds = (hours * 3600.0).round();
            if !(seconds >= SHORTEST_TOKEN && hours < 87_600.0) {
                return Err(ConfigError::key(
                    key,
                    "at least a minute (0.0167), less than ten years",
                ));
            }
        }
        let challenge = self.challenge_expiry_seconds.into();
        within("server.challenge_expiry_seconds", challenge, 1, LONGEST)?;
        let message = self.max_message_size;
        within(
            "server.max_message_size",
            message,
            SMALLEST_MESSAGE,
            1 << 26,
        )?;
        within("server.max_blob_size", self.max_blob_size, 1, 1 << 50)?;
        if self
            .trusted_proxies
            .iter()
            .any(std::net::IpAddr::is_unspecified)
        {
            return Err(ConfigError::key(
                "server.trusted_proxies",
                "addresses of proxies; 0.0.0.0 and :: are nobody's",
            ));
        }
        Ok(())
    }
}

impl LimitsConfig {
    fn check(&self) -> Result<(), ConfigError> {
        for (key, value, least, most) in [
            ("max_connections", self.max_connections, 1, LARGEST),
            (
                "max_connections_per_address",
                self.max_connections_per_address,
                0,
                LARGEST,
            ),
            ("max_header_bytes", self.max_header_bytes, 8192, 1 << 20),
            ("max_json_body", self.max_json_body, 1, 1 << 28),
            ("max_entry_size", self.max_entry_size, 1024, 1 << 27),
            ("max_streams", self.max_streams, 1, LARGEST),
            (
                "max_streams_per_address",
                self.max_streams_per_address,
                0,
                LARGEST,
            ),
            (
                "max_streams_per_member",
                self.max_streams_per_member,
                0,
                LARGEST,
            ),
            (
                "max_streams_per_space",
                self.max_streams_per_space,
                0,
                LARGEST,
            ),
            ("cached_spaces", self.cached_spaces, 1, LARGEST),
        ] {
            within(&format!("limits.{key}"), value, least, most)?;
        }
        within("limits.memory_bytes", self.memory_bytes, 1, 1 << 40)?;
        for (key, value) in [
            (
                "requests_per_second_per_address",
                self.requests_per_second_per_address,
            ),
            (
                "requests_per_second_per_member",
                self.requests_per_second_per_member,
            ),
            (
                "requests_per_second_per_space",
                self.requests_per_second_per_space,
            ),
            ("login_attempts_per_minute", self.login_attempts_per_minute),
        ] {
            if !(0.0..=1e9).contains(&value) {
                return Err(ConfigError::key(
                    format!("limits.{key}"),
                    "a number from 0, which allows everything, to 1000000000",
                ));
            }
        }
        Ok(())
    }
}

impl TimeoutsConfig {
    fn check(&self) -> Result<(), ConfigError> {
        for (key, value, least) in [
            ("header_seconds", self.header_seconds, 1),
            ("body_idle_seconds", self.body_idle_seconds, 1),
            ("min_bytes_per_second", self.min_bytes_per_second, 0),
            ("busy_seconds", self.busy_seconds, 0),
            ("request_seconds", self.request_seconds, 1),
            ("shutdown_seconds", self.shutdown_seconds, 1),
            ("stream_ping_seconds", self.stream_ping_seconds, 1),
            ("stream_write_seconds", self.stream_write_seconds, 1),
            ("write_seconds", self.write_seconds, 1),
        ] {
            within(&format!("timeouts.{key}"), value, least, LONGEST)?;
        }
        Ok(())
    }
}

impl LoggingConfig {
    fn check(&self) -> Result<(), ConfigError> {
        for directive in self.level.split(',') {
            let directive = directive.trim();
            let (target, level) = match directive.split_once('=') {
                Some((target, level)) => (Some(target), level),
                None => (None, directive),
            };
            let known = ["off", "error", "warn", "info", "debug", "trace"];
            if !known.contains(&&*level.to_ascii_lowercase()) {
                return Err(ConfigError::key(
                    "logging.level",
                    format!(
                        "`{directive}`: a level is one of ERROR, WARN, INFO, DEBUG, TRACE and OFF"
                    ),
                ));
            }
            let first = target.map(|target| target.split("::").next().unwrap_or_default());
            if first.is_some_and(|first| !LOG_TARGETS.contains(&first)) {
                return Err(ConfigError::key(
                    "logging.level",
                    format!(
                        "`{directive}`: nothing is logged under that name; known are {}",
                        LOG_TARGETS.join(", ")
                    ),
                ));
            }
        }
        if let Some(file) = &self.file
            && file.is_dir()
        {
            return Err(ConfigError::key(
                "logging.file",
                format!("{} is a folder", file.display()),
            ));
        }
        Ok(())
    }
}

fn within<T: Copy + PartialOrd + std::fmt::Display>(
    key: &str,
    value: T,
    least: T,
    most: T,
) -> Result<(), ConfigError> {
    if value < least || value > most {
        return Err(ConfigError::key(
            key,
            format!("{value} is outside {least} to {most}"),
        ));
    }
    Ok(())
}

/// A folder that is there, or can be made.
fn folder(key: &str, path: &std::path::Path) -> Result<(), ConfigError> {
    if path.as_os_str().is_empty() {
        return Err(ConfigError::key(key, "the path of a folder"));
    }
    // The nearest thing that exists must be a folder.
    let found = path.ancestors().find(|path| path.exists());
    if found.is_some_and(|found| !found.is_dir()) {
        let found = found.unwrap_or(path).display();
        return Err(ConfigError::key(
            key,
            format!("{}: {found} is not a folder", path.display()),
        ));
    }
    Ok(())
}
