//! Every key with its default and meaning: the one list behind the reference page and the environment.

use std::fmt::Write as _;

/// A key of the configuration.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) default: &'static str,
    pub(super) meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key {
        name,
        default,
        meaning,
    }
}

/// Returns whether a key is a number of bytes.
pub(super) fn is_in_bytes(name: &str) -> bool {
    let known = KEYS.iter().find(|key| key.name == name);
    name.ends_with("_bytes") || known.is_some_and(|key| key.meaning.starts_with("Bytes "))
}

/// Every key.
pub(super) const KEYS: &[Key] = &[
    key(
        "environment",
        "development",
        "`development`, `production` or `test`; decides nothing. Another value of the variable `ENVIRONMENT` is ignored.",
    ),
    key(
        "debug",
        "false",
        "Accepted for compatibility, has no effect. A value of the variable `DEBUG` other than `true` and `false` is ignored.",
    ),
    key(
        "data_dir",
        "data",
        "Folder of the database, the token secret and, unless `blob_store.path` says otherwise, the blobs. `--data` overrides it.",
    ),
    key("server.host", "0.0.0.0", "Address to listen on."),
    key(
        "server.port",
        "8000",
        "Port to listen on; 0 takes a free one. `--port` overrides it.",
    ),
    key(
        "server.jwt_secret",
        "made at the first start, kept in `data_dir`",
        "Signs tokens; at least 32 bytes. Servers that share a database share it.",
    ),
    key("server.jwt_algorithm", "HS256", "The only one there is."),
    key(
        "server.jwt_expiry_hours",
        "24",
        "How long a token lives; at least a minute.",
    ),
    key(
        "server.max_session_hours",
        "720",
        "How long after a sign-in its tokens are refreshed; then clients sign in again. At least a minute.",
    ),
    key(
        "server.challenge_expiry_seconds",
        "300",
        "How long a sign-in challenge may be answered.",
    ),
    key(
        "server.log_host",
        "localhost",
        "Name of the server in the checkpoints of its log, without `/`, space and `+`. Choose it once: the spaces' settings name it, and members take a server with another name for another one.",
    ),
    key(
        "server.max_message_size",
        "102400",
        "Characters of a message's base64 data.",
    ),
    key("server.max_blob_size", "104857600", "Bytes of a blob."),
    key(
        "server.trusted_proxies",
        "[]",
        "Addresses of proxies whose X-Forwarded-For is believed; `10.0.0.1` also matches `::ffff:10.0.0.1`.",
    ),
    key("database.type", "sqlite", "`sqlite`."),
    key("blob_store.type", "filesystem", "`filesystem`."),
    key(
        "blob_store.path",
        "`blobs` in `data_dir`",
        "Folder of the blobs.",
    ),
    key(
        "admin.space_id",
        "none",
        "The space whose owner administers the server.",
    ),
    key(
        "admin.user_id",
        "none",
        "Checked against `admin.space_id` at start.",
    ),
    key(
        "admin.private_key",
        "none",
        "Checked against `admin.space_id` at start; not needed otherwise.",
    ),
    key(
        "admin.auto_create_spaces",
        "false",
        "`true` is the same as `spaces.creation: open`, `false` leaves it to the other values.",
    ),
    key(
        "spaces.creation",
        "admin",
        "Says who may make spaces. `open`: everybody, each space exists from its first use. `app`: users of the apps, and the operator. `admin`: the operator, by registering them in the admin space.",
    ),
    key(
        "spaces.apps",
        "[]",
        "With `app`: the spaces of the apps, at most 64. A user makes spaces whose role there has the right to `create` `state/spaces/{any}`.",
    ),
    key(
        "logging.level",
        "INFO",
        "ERROR, WARN, INFO, DEBUG or TRACE, or filters like `info,access=off`.",
    ),
    key("logging.format", "text", "`text` or `json`."),
    key(
        "logging.file",
        "none",
        "Log to this file instead of standard error.",
    ),
    key(
        "logging.max_bytes",
        "10485760",
        "Size at which the log file is put aside.",
    ),
    key(
        "logging.backup_count",
        "5",
        "Log files put aside that are kept.",
    ),
    key(
        "logging.enable_access_log",
        "true",
        "One line per request: never a token, never a query.",
    ),
    key(
        "limits.max_connections",
        "20000",
        "Connections at once; more wait.",
    ),
    key(
        "limits.max_connections_per_address",
        "10000",
        "Connections of one address at once; more are closed. 0 sets no limit. IPv6 addresses count by /64, trusted proxies do not count.",
    ),
    key(
        "limits.max_header_bytes",
        "32768",
        "Bytes of a request's URL and headers; at least 8192.",
    ),
    key(
        "limits.max_json_body",
        "2097152",
        "Bytes of a JSON body. Routes that need less take less: 8192 where there is no token, the largest message or data entry and 8192 elsewhere.",
    ),
    key(
        "limits.max_entry_size",
        "1400000",
        "Characters of a data entry's base64 data.",
    ),
    key(
        "limits.max_streams",
        "15000",
        "Live streams at once; never more than three quarters of `limits.max_connections`. At most an eighth of them may not have signed in yet, and of those one address has at most an eighth.",
    ),
    key(
        "limits.max_streams_per_address",
        "5000",
        "Live streams of one address at once; 0 sets no limit. IPv6 addresses count by /64.",
    ),
    key(
        "limits.max_streams_per_member",
        "1000",
        "Live streams of one member at once; 0 sets no limit.",
    ),
    key(
        "limits.max_streams_per_space",
        "10000",
        "Live streams of one space at once; 0 sets no limit.",
    ),
    key(
        "limits.memory_bytes",
        "268435456",
        "Bytes of answers that clients have not taken yet and of request bodies, all together; at least 33554432. Beyond it requests wait for `timeouts.busy_seconds`, then get 503. One member holds at most half of it.",
    ),
    key(
        "limits.min_free_bytes",
        "67108864, at most a twentieth of the disk",
        "Free bytes of the disk below which writes are refused with 503 `storage.full` and `/ready` is 503. State of up to 8192 bytes is still taken, so that a member can be removed.",
    ),
    key(
        "limits.cached_spaces",
        "10000",
        "Spaces whose rights are kept in memory.",
    ),
    key(
        "limits.requests_per_second_per_address",
        "0",
        "0 allows everything; twice as many at once. IPv6 addresses count by /64.",
    ),
    key(
        "limits.requests_per_second_per_member",
        "1000",
        "0 allows everything; twice as many at once. Opening a stream is a request.",
    ),
    key(
        "limits.requests_per_second_per_space",
        "5000",
        "Of all members of a space together; 0 allows everything; twice as many at once.",
    ),
    key(
        "limits.login_attempts_per_minute",
        "30",
        "Password logins per username and client address; ten times as many per address at all usernames, and per username from all addresses. 0 allows everything.",
    ),
    key(
        "quotas.space_messages",
        "0",
        "Messages, and items in inboxes, that a space may store; beyond it writes get 403 `quota.exceeded`. State below `auth/` of up to 8192 bytes is still taken, so that a member can be removed, and the admin space has no quotas. 0 sets no quota.",
    ),
    key(
        "quotas.space_message_bytes",
        "0",
        "Bytes of the messages' `data`, `type` and payloads, and of items in inboxes, that a space may store. 0 sets no quota.",
    ),
    key(
        "quotas.space_entries",
        "0",
        "Data entries, deleted ones included, that a space may store; beyond it writes get 403 `quota.exceeded`. 0 sets no quota.",
    ),
    key(
        "quotas.space_entry_bytes",
        "0",
        "Bytes of the data entries and their paths that a space may store. 0 sets no quota.",
    ),
    key(
        "quotas.space_blobs",
        "0",
        "Blobs that a space may store; beyond it writes get 403 `quota.exceeded`. 0 sets no quota.",
    ),
    key(
        "quotas.space_blob_bytes",
        "0",
        "Bytes of the blobs that a space may store. 0 sets no quota.",
    ),
    key(
        "quotas.member_messages",
        "0",
        "Messages, and items in inboxes, that a member of a space may store; beyond it writes get 403 `quota.exceeded`. 0 sets no quota.",
    ),
    key(
        "quotas.member_message_bytes",
        "0",
        "Bytes of the messages' `data`, `type` and payloads, and of items in inboxes, that a member of a space may store. 0 sets no quota.",
    ),
    key(
        "quotas.member_entries",
        "0",
        "Data entries, deleted ones included, that a member of a space may store; beyond it writes get 403 `quota.exceeded`. 0 sets no quota.",
    ),
    key(
        "quotas.member_entry_bytes",
        "0",
        "Bytes of the data entries and their paths that a member of a space may store. 0 sets no quota.",
    ),
    key(
        "quotas.member_blobs",
        "0",
        "Blobs that a member of a space may store; beyond it writes get 403 `quota.exceeded`. 0 sets no quota.",
    ),
    key(
        "quotas.member_blob_bytes",
        "0",
        "Bytes of the blobs that a member of a space may store. 0 sets no quota.",
    ),
    key(
        "timeouts.header_seconds",
        "30",
        "For a request's headers, and between requests; and for a live stream whose token is not in its URL to be signed in to.",
    ),
    key(
        "timeouts.body_idle_seconds",
        "30",
        "Between two pieces of a body.",
    ),
    key(
        "timeouts.min_bytes_per_second",
        "8192",
        "Slowest transfer of a body: an upload may take `timeouts.request_seconds` and its length at this rate, and a client that takes an answer more slowly is disconnected once it is `timeouts.write_seconds` behind. 0 sets no minimum.",
    ),
    key(
        "timeouts.busy_seconds",
        "2",
        "For room within `limits.memory_bytes`, before 503 `server.busy`.",
    ),
    key(
        "timeouts.request_seconds",
        "60",
        "For a request other than a blob or a stream.",
    ),
    key(
        "timeouts.shutdown_seconds",
        "30",
        "For finishing what was accepted when the server stops.",
    ),
    key(
        "timeouts.stream_ping_seconds",
        "30",
        "Silence after which a live stream is pinged; after four times as long it ends.",
    ),
    key(
        "timeouts.stream_write_seconds",
        "30",
        "For a client of a live stream to take one batch.",
    ),
    key(
        "timeouts.write_seconds",
        "30",
        "For a client to take any byte of what it is sent.",
    ),
];

/// The section of each key that has one; a section comes as often as it has keys.
pub(super) fn sections() -> impl Iterator<Item = &'static str> {
    let section = |key: &Key| key.name.split_once('.').map(|(section, _)| section);
    KEYS.iter().filter_map(section)
}

/// The reference page.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n<!-- Written by `cargo xtask generate`. -->\n\n\
         The server reads the file named by `--config` or `CONFIG_FILE` (`.yaml`, `.yml` or `.json`). An environment\n\
         variable named like the key in capitals, with two underscores for the dot (`SERVER__PORT`), overrides the file;\n\
         the file overrides the default. A key that does not exist is an error.\n\n\
         | key | default | meaning |\n|---|---|---|\n",
    );
    for key in KEYS {
        // Writing to a string cannot fail.
        let _ok = writeln!(
            page,
            "| `{}` | {} | {} |",
            key.name, key.default, key.meaning
        );
    }
    page
}
