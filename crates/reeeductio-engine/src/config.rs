//! Configuration of the engine.

use reeeductio_backend::{InboxLimits, Quotas};
use reeeductio_proto::SpaceId;
use secrecy::SecretSlice;

use crate::log::LogKey;
use crate::opaque::OpaqueLimits;

/// Bytes that are wiped when dropped and not shown by `Debug`.
pub type Secret = SecretSlice<u8>;

/// Configuration of the engine, as the operator decides it.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Signs tokens and challenges. Servers that share a store share it too.
    pub token_secret: Secret,
    /// Signs checkpoints. Servers that share a store share it too.
    pub log_key: LogKey,
    /// How long a token lives, in milliseconds.
    pub token_lifetime: i64,
    /// How long after a sign-in its tokens are refreshed, in milliseconds. No token outlives this.
    pub longest_session: i64,
    /// How long a challenge may be answered, in milliseconds.
    pub challenge_lifetime: i64,
    /// The space whose owner administers the server.
    pub admin_space: Option<SpaceId>,
    /// Spaces of apps whose users may make spaces: those exist without registration, and register others as the admin space does.
    pub app_spaces: Vec<SpaceId>,
    /// Whether every space exists from its first use, without registration.
    pub auto_create_spaces: bool,
    /// Sizes and counts.
    pub limits: Limits,
    /// Password login.
    pub opaque: OpaqueLimits,
}

impl EngineConfig {
    /// The documented defaults, with these keys.
    pub fn new(token_secret: Secret, log_key: LogKey) -> Self {
        Self {
            token_secret,
            log_key,
            token_lifetime: 24 * 3_600_000,
            longest_session: 720 * 3_600_000,
            challenge_lifetime: 300_000,
            admin_space: None,
            app_spaces: Vec::new(),
            auto_create_spaces: false,
            limits: Limits::default(),
            opaque: OpaqueLimits::default(),
        }
    }
}

/// Sizes and counts the engine keeps to.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Characters of a message's `data` (base64 text).
    pub message_data: usize,
    /// Characters of a data entry's `data` (base64 text).
    pub entry_data: usize,
    /// Bytes of a blob.
    pub blob: u64,
    /// How far a data entry's `signed_at` may be from the server's clock, in milliseconds.
    pub entry_clock_skew: i64,
    /// Spaces whose capability view is kept in memory.
    pub cached_spaces: usize,
    /// Bytes of recent messages kept per space for live sessions; a session further behind reads the store.
    pub live_ring_bytes: usize,
    /// Bytes of `data` in a page of messages; one message more than that at most.
    pub page_bytes: usize,
    /// Most that the inbox of a member holds.
    pub inbox: InboxLimits,
    /// Quotas of spaces and members.
    pub storage: StorageQuotas,
    /// Sign-ins remembered until their challenge expires, so that none is accepted twice.
    pub remembered_challenges: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_data: 102_400,
            entry_data: 1_400_000,
            blob: 104_857_600,
            entry_clock_skew: 60_000,
            cached_spaces: 10_000,
            live_ring_bytes: 1 << 20,
            page_bytes: 4 << 20,
            inbox: InboxLimits::default(),
            storage: StorageQuotas::default(),
            remembered_challenges: 4_000_000,
        }
    }
}

/// Quotas of spaces and members, by kind; without limits unless they are set.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorageQuotas {
    /// Messages: bytes of `data`, `type` and the payload; and what is in inboxes.
    pub messages: Quotas,
    /// Data entries, deleted ones included: bytes of `data` and of the path.
    pub entries: Quotas,
    /// Blobs.
    pub blobs: Quotas,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_shown() {
        let secret = Secret::from(vec![b'7'; 32]);
        assert_eq!(format!("{secret:?}"), "SecretBox<[u8]>([REDACTED])");
        let log_key = LogKey::new("test.example", &[7; 32]).unwrap();
        let config = format!("{:?}", EngineConfig::new(secret, log_key));
        assert!(
            config.contains("token_secret: SecretBox<[u8]>([REDACTED])"),
            "{config}"
        );
        assert!(
            !config.contains("55, 55") && !config.contains("777"),
            "{config}"
        );
    }
}
