//! Every statement that is ever prepared.
//!
//! SQLite may answer a question in several ways and chooses by what it believes about the data. Here nothing
//! is left to that choice: a statement on a table with several indexes names the one it uses. Only this file
//! can make an [`Sql`], so that the test below sees the plan of each.

/// The text of a statement of the list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql(&'static str);

impl Sql {
    pub(crate) fn text(self) -> &'static str {
        self.0
    }
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $($text:expr),+;)*) => {
        impl Sql {
            $($(#[$doc])* pub(crate) const $name: Self = Self(concat!($($text),+));)*

            #[cfg(test)]
            const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),*];
        }
    };
}

/// The first and the last row by each index; the index's first column decides.
macro_rules! ends {
    ($($table:literal $index:literal ($first:literal) $($condition:literal)?;)*) => {
        impl Sql {
            pub(crate) const ENDS: &[Self] = &[$(
                Self(concat!("SELECT 1 FROM ", $table, " INDEXED BY ", $index, " WHERE ", $($condition, " AND ",)?
                    $first, " >= '' ORDER BY ", $first, " LIMIT 1")),
                Self(concat!("SELECT 1 FROM ", $table, " INDEXED BY ", $index, " WHERE ", $($condition, " AND ",)?
                    $first, " >= '' ORDER BY ", $first, " DESC LIMIT 1")),
            )*];
        }
    };
}

/// A message whole, however long.
macro_rules! message {
    () => {
        "SELECT topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane FROM messages "
    };
}

/// A message whose data has at most `?1` bytes; of a longer one nothing is read that lies behind them.
macro_rules! short_message {
    () => {
        "SELECT topic_id, server_timestamp, message_hash, type, prev_hash,
           iif(octet_length(data) <= ?1, data, NULL), iif(octet_length(data) <= ?1, sender, NULL),
           iif(octet_length(data) <= ?1, signature, NULL), iif(octet_length(data) <= ?1, event, NULL),
           iif(octet_length(data) <= ?1, checksum, NULL), iif(octet_length(data) <= ?1, lane, NULL) FROM messages "
    };
}

/// The condition of the index `auth_by_time`, which a statement must repeat to be allowed to use it. '0'
/// follows '/', so these are the paths that start with "auth/".
macro_rules! auth {
    () => {
        "topic_id = 'state' AND type >= 'auth/' AND type < 'auth0'"
    };
}

// The index that SQLite makes for a primary key is called `sqlite_autoindex_TABLE_1`.
statements! {
    BEGIN = "BEGIN IMMEDIATE";
    BEGIN_READING = "BEGIN DEFERRED";
    COMMIT = "COMMIT";
    ROLLBACK = "ROLLBACK";
    SAVEPOINT = "SAVEPOINT one_write";
    RELEASE = "RELEASE one_write";
    ROLLBACK_TO = "ROLLBACK TO one_write";

    PROBE = "INSERT INTO probe (id, count) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1";
    PROBED = "SELECT count FROM probe WHERE id = 1";

    HEAD = "SELECT message_hash, server_timestamp, checksum FROM heads WHERE space_id = ?1 AND topic_id = ?2 AND lane = ?3";
    SET_HEAD = "INSERT INTO heads (space_id, topic_id, lane, message_hash, server_timestamp, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (space_id, topic_id, lane) DO UPDATE SET message_hash = ?4, server_timestamp = ?5, checksum = ?6";
    NEXT_TOPIC = "SELECT topic_id FROM heads WHERE space_id = ?1 AND topic_id > ?2 ORDER BY topic_id LIMIT 1";

    INSERT_MESSAGE = "INSERT INTO messages (space_id, topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    DELETE_MESSAGE = "DELETE FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event = ?2";
    NEWEST_TIMESTAMP = "SELECT server_timestamp FROM messages INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?1 AND topic_id = ?2 ORDER BY server_timestamp DESC LIMIT 1";
    MESSAGE = short_message!(), "INDEXED BY messages_by_hash WHERE space_id = ?2 AND topic_id = ?3 AND message_hash = ?4";
    FEW_OLDEST_FIRST = short_message!(), "INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?2 AND topic_id = ?3 AND server_timestamp BETWEEN ?4 AND ?5 ORDER BY server_timestamp LIMIT ?6";
    FEW_NEWEST_FIRST = short_message!(), "INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?2 AND topic_id = ?3 AND server_timestamp BETWEEN ?4 AND ?5 ORDER BY server_timestamp DESC LIMIT ?6";
    OLDEST_FIRST = message!(), "INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?1 AND topic_id = ?2 AND server_timestamp BETWEEN ?3 AND ?4 ORDER BY server_timestamp LIMIT ?5";
    NEWEST_FIRST = message!(), "INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?1 AND topic_id = ?2 AND server_timestamp BETWEEN ?3 AND ?4 ORDER BY server_timestamp DESC LIMIT ?5";
    EVENTS = message!(), "INDEXED BY messages_by_event WHERE space_id = ?1 AND event > ?2 ORDER BY event LIMIT ?3";
    FIRST_EVENTS = "SELECT event, sender, octet_length(data) + octet_length(type) FROM messages INDEXED BY messages_by_event
        WHERE space_id = ?1 ORDER BY event LIMIT ?2";
    LAST_EVENT = "SELECT event FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 ORDER BY event DESC LIMIT 1";
    /// Messages and changes of data: the columns of a message, and a change's number, which is 0 for a message.
    CHANGES = "SELECT topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane, 0 AS change
          FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event > ?2
        UNION ALL SELECT path, signed_at, NULL, NULL, NULL, data, signed_by, signature, event, checksum, deleted, change
          FROM data_entries INDEXED BY data_by_event WHERE space_id = ?1 AND (event, change) > (?2, ?3)
        ORDER BY event, change LIMIT ?4";
    LAST_CHANGE = "SELECT change FROM data_entries INDEXED BY data_by_event WHERE space_id = ?1 AND event = ?2 ORDER BY change DESC LIMIT 1";

    STATE_ENTRY = short_message!(), "INDEXED BY state_by_path
        WHERE space_id = ?2 AND topic_id = 'state' AND type = ?3 ORDER BY server_timestamp DESC LIMIT 1";
    REGISTRATION = "SELECT message_hash, server_timestamp, data = '' FROM messages INDEXED BY state_by_path
        WHERE space_id = ?1 AND topic_id = 'state' AND type = ?2 ORDER BY server_timestamp DESC LIMIT 1";
    AUTH_ENTRIES = message!(), "INDEXED BY auth_by_time
        WHERE space_id = ?1 AND ", auth!(), " AND server_timestamp > ?2 ORDER BY server_timestamp LIMIT ?3";
    AUTH_PATHS = "SELECT type FROM messages INDEXED BY auth_by_time
        WHERE space_id = ?1 AND ", auth!(), " AND server_timestamp > ?2 ORDER BY server_timestamp";
    NEWEST_AUTH = "SELECT message_hash, server_timestamp FROM messages INDEXED BY auth_by_time
        WHERE space_id = ?1 AND ", auth!(), " ORDER BY server_timestamp DESC LIMIT 1";

    /// A data entry with at most `?1` bytes.
    DATA = "SELECT iif(octet_length(data) <= ?1, data, NULL), iif(octet_length(data) <= ?1, signature, NULL),
          iif(octet_length(data) <= ?1, signed_by, NULL), iif(octet_length(data) <= ?1, signed_at, NULL),
          iif(octet_length(data) <= ?1, deleted, NULL), iif(octet_length(data) <= ?1, checksum, NULL),
          iif(octet_length(data) <= ?1, event, NULL), iif(octet_length(data) <= ?1, change, NULL)
        FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?2 AND path = ?3";
    DATA_BELOW = "SELECT data, signature, signed_by, signed_at, deleted, checksum, event, change, path
        FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path > ?2 AND path < ?3 ORDER BY path LIMIT ?4";
    DATA_PATHS = "SELECT path FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3";
    FIRST_ENTRIES = "SELECT path, signed_by, octet_length(data) + octet_length(path) FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 ORDER BY path LIMIT ?2";
    SET_DATA = "INSERT INTO data_entries (space_id, path, data, signature, signed_by, signed_at, deleted, checksum, event, change) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (space_id, path) DO UPDATE SET data = ?3, signature = ?4, signed_by = ?5, signed_at = ?6, deleted = ?7, checksum = ?8, event = ?9, change = ?10";
    DELETE_DATA = "DELETE FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path = ?2";

    TOOL_USES = "SELECT uses, checksum FROM tool_uses WHERE space_id = ?1 AND tool_id = ?2";
    SET_TOOL_USES = "INSERT INTO tool_uses (space_id, tool_id, uses, checksum) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (space_id, tool_id) DO UPDATE SET uses = ?3, checksum = ?4";

    BLOB = "SELECT object, size, checksums, checksum FROM blobs INDEXED BY sqlite_autoindex_blobs_1 WHERE space_id = ?1 AND blob_id = ?2";
    BLOBS_OF_SPACE = "SELECT blob_id FROM blobs INDEXED BY sqlite_autoindex_blobs_1 WHERE space_id = ?1 ORDER BY blob_id LIMIT ?2";
    SPACES_OF_BLOB = "SELECT space_id FROM blobs INDEXED BY blobs_by_blob WHERE blob_id = ?1 ORDER BY space_id";
    OBJECTS = "SELECT space_id, blob_id, object, size, checksums, checksum FROM blobs INDEXED BY blobs_by_object
        WHERE object > ?1 ORDER BY object, space_id LIMIT ?2";
    ANY_BLOB_IN_OBJECT = "SELECT 1 FROM blobs INDEXED BY blobs_by_object WHERE object = ?1 LIMIT 1";
    INSERT_BLOB = "INSERT INTO blobs (space_id, blob_id, object, size, checksums, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    DELETE_BLOB = "DELETE FROM blobs INDEXED BY sqlite_autoindex_blobs_1 WHERE space_id = ?1 AND blob_id = ?2";
    REFERENCES = "SELECT uploaded_by, uploaded_at, checksum FROM blob_references WHERE space_id = ?1 AND blob_id = ?2 ORDER BY uploaded_by LIMIT ?3";
    INSERT_REFERENCE = "INSERT INTO blob_references (space_id, blob_id, uploaded_by, uploaded_at, checksum) VALUES (?1, ?2, ?3, ?4, ?5)";
    DELETE_REFERENCE = "DELETE FROM blob_references WHERE space_id = ?1 AND blob_id = ?2 AND uploaded_by = ?3";

    USAGE = "SELECT messages, message_bytes, entries, entry_bytes, blobs, blob_bytes, counted_event, checksum FROM usage WHERE space_id = ?1 AND member_id = ?2";
    SET_USAGE = "INSERT INTO usage (space_id, member_id, messages, message_bytes, entries, entry_bytes, blobs, blob_bytes, counted_event, checksum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (space_id, member_id) DO UPDATE SET messages = ?3, message_bytes = ?4, entries = ?5, entry_bytes = ?6, blobs = ?7, blob_bytes = ?8, counted_event = ?9, checksum = ?10";
    UNCOUNTED = "SELECT sender, octet_length(data) + octet_length(type), event FROM messages INDEXED BY messages_by_event
        WHERE space_id = ?1 AND event > ?2 ORDER BY event";

    NEXT_SPACE_WITH_HEADS = "SELECT space_id FROM heads WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_DATA = "SELECT space_id FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_REFERENCES = "SELECT space_id FROM blob_references WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_BEING_PURGED = "SELECT space_id FROM purging WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    PURGING = "SELECT checksum FROM purging WHERE space_id = ?1";
    BEGIN_PURGE = "INSERT INTO purging (space_id, checksum) VALUES (?1, ?2) ON CONFLICT (space_id) DO NOTHING";
    END_PURGE = "DELETE FROM purging WHERE space_id = ?1";
    DELETE_SOME_REFERENCES = "DELETE FROM blob_references WHERE space_id = ?1 AND (blob_id, uploaded_by) IN
        (SELECT blob_id, uploaded_by FROM blob_references WHERE space_id = ?1 ORDER BY blob_id, uploaded_by LIMIT ?2)";
    DELETE_SOME_TOOL_USES = "DELETE FROM tool_uses WHERE space_id = ?1 AND tool_id IN
        (SELECT tool_id FROM tool_uses WHERE space_id = ?1 ORDER BY tool_id LIMIT ?2)";
    DELETE_SOME_USAGE = "DELETE FROM usage WHERE space_id = ?1 AND member_id IN
        (SELECT member_id FROM usage WHERE space_id = ?1 ORDER BY member_id LIMIT ?2)";
    DELETE_SOME_HEADS = "DELETE FROM heads WHERE space_id = ?1 AND (topic_id, lane) IN
        (SELECT topic_id, lane FROM heads WHERE space_id = ?1 ORDER BY topic_id, lane LIMIT ?2)";
}

ends! {
    "messages" "sqlite_autoindex_messages_1" ("space_id");
    "messages" "messages_by_hash" ("space_id");
    "messages" "messages_by_event" ("space_id");
    "messages" "state_by_path" ("space_id") "topic_id = 'state'";
    "messages" "auth_by_time" ("space_id") "topic_id = 'state' AND type >= 'auth/' AND type < 'auth0'";
    "heads" "sqlite_autoindex_heads_1" ("space_id");
    "data_entries" "sqlite_autoindex_data_entries_1" ("space_id");
    "data_entries" "data_by_event" ("space_id");
    "tool_uses" "sqlite_autoindex_tool_uses_1" ("space_id");
    "blob_references" "sqlite_autoindex_blob_references_1" ("space_id");
    "blobs" "sqlite_autoindex_blobs_1" ("space_id");
    "blobs" "blobs_by_object" ("object");
    "blobs" "blobs_by_blob" ("blob_id");
    "usage" "sqlite_autoindex_usage_1" ("space_id");
    "purging" "sqlite_autoindex_purging_1" ("space_id");
}

#[cfg(test)]
mod plans;
