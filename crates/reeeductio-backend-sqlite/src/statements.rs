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

/// The first and the last row by each index, whose first column decides, and of each table with rowids.
macro_rules! ends {
    ($($table:literal $index:literal ($first:literal from $least:literal) $($condition:literal)?;)* rowids $($with_rowids:literal)*) => {
        impl Sql {
            pub(crate) const ENDS: &[Self] = &[$(
                Self(concat!("SELECT 1 FROM ", $table, " INDEXED BY ", $index, " WHERE ", $($condition, " AND ",)?
                    $first, " >= ", $least, " ORDER BY ", $first, " LIMIT 1")),
                Self(concat!("SELECT 1 FROM ", $table, " INDEXED BY ", $index, " WHERE ", $($condition, " AND ",)?
                    $first, " >= ", $least, " ORDER BY ", $first, " DESC LIMIT 1")),
            )* $(
                Self(concat!("SELECT min(rowid) FROM ", $with_rowids, " NOT INDEXED")),
                Self(concat!("SELECT max(rowid) FROM ", $with_rowids, " NOT INDEXED")),
            )*];
        }
    };
}

/// A message whole, however long.
macro_rules! message {
    () => {
        "SELECT topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane, leaf, state FROM messages "
    };
}

/// A message whose data has at most `?1` bytes; of a longer one nothing is read that lies behind them.
macro_rules! short_message {
    () => {
        "SELECT topic_id, server_timestamp, message_hash, type, prev_hash,
           iif(octet_length(data) <= ?1, data, NULL), iif(octet_length(data) <= ?1, sender, NULL),
           iif(octet_length(data) <= ?1, signature, NULL), iif(octet_length(data) <= ?1, event, NULL),
           iif(octet_length(data) <= ?1, checksum, NULL), iif(octet_length(data) <= ?1, lane, NULL),
           iif(octet_length(data) <= ?1, leaf, NULL), iif(octet_length(data) <= ?1, state, NULL) FROM messages "
    };
}

/// The condition of the index `authority_by_time`, which a statement must repeat to be allowed to use it. '0'
/// follows '/', so these are the paths that `is_authority` accepts.
macro_rules! authority {
    () => {
        "topic_id = 'state' AND (type >= 'auth/' AND type < 'auth0' OR type >= 'keyring/' AND type < 'keyring0' OR type >= 'space/' AND type < 'space0')"
    };
}

/// Bytes that a message `m` is counted with. A sealed payload is longer than what it seals by 16 bytes.
macro_rules! bytes_of_message {
    () => {
        "octet_length(m.data) + octet_length(m.type) + coalesce((SELECT octet_length(sealed) - 16 FROM payloads INDEXED BY sqlite_autoindex_payloads_1
          WHERE space_id = m.space_id AND is_state = (m.topic_id = 'state') AND server_timestamp = m.server_timestamp AND event = m.event), 0)"
    };
}

/// An inbox item, and the key that it is sealed with.
macro_rules! inbox_item {
    () => {
        "SELECT rowid, received_at, item, sender, bytes, signature, digest, expires, kept_until, key_block, key_slot, sealed, checksum,
           (SELECT substr(keys, key_slot * 32 + 1, 32) FROM payload_keys WHERE block = key_block) FROM inbox "
    };
}

/// Where an inbox item lies.
macro_rules! item_place {
    () => {
        "SELECT rowid, space_id, recipient, sender, bytes, key_block, key_slot FROM inbox "
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

    INSERT_MESSAGE = "INSERT INTO messages (space_id, topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane, leaf, state)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    DELETE_MESSAGE = "DELETE FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event = ?2";
    NEWEST_OF_TOPIC = "SELECT server_timestamp, message_hash, leaf FROM messages INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?1 AND topic_id = ?2 ORDER BY server_timestamp DESC LIMIT 1";
    BEFORE_IN_TOPIC = "SELECT leaf FROM messages INDEXED BY sqlite_autoindex_messages_1
        WHERE space_id = ?1 AND topic_id = ?2 AND server_timestamp < ?3 ORDER BY server_timestamp DESC LIMIT 1";
    PLACE = "SELECT server_timestamp, event, sender FROM messages INDEXED BY messages_by_hash WHERE space_id = ?1 AND topic_id = ?2 AND message_hash = ?3";
    PLACE_OF_EVENT = "SELECT topic_id = 'state', server_timestamp FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event = ?2";
    SENDER = "SELECT sender FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event = ?2";
    LANES = "SELECT 1 FROM heads WHERE space_id = ?1 AND topic_id = ?2 AND lane > ?3 AND lane < ?4 LIMIT ?5";
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
    FIRST_EVENTS = "SELECT m.event, m.sender, ", bytes_of_message!(), " FROM messages AS m INDEXED BY messages_by_event
        WHERE m.space_id = ?1 ORDER BY m.event LIMIT ?2";
    LAST_EVENT = "SELECT event FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 ORDER BY event DESC LIMIT 1";
    /// Messages and changes of data: the columns of a message, and a change's number, which is 0 for a message.
    CHANGES = "SELECT topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum, lane, leaf, state, 0 AS change
          FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event > ?2
        UNION ALL SELECT path, signed_at, NULL, NULL, NULL, data, signed_by, signature, event, checksum, deleted, leaf, state, change
          FROM data_entries INDEXED BY data_by_event WHERE space_id = ?1 AND (event, change) > (?2, ?3)
        ORDER BY event, change LIMIT ?4";
    LAST_CHANGE = "SELECT change FROM data_entries INDEXED BY data_by_event WHERE space_id = ?1 AND event = ?2 ORDER BY change DESC LIMIT 1";

    STATE_ENTRY = short_message!(), "INDEXED BY state_by_path
        WHERE space_id = ?2 AND topic_id = 'state' AND type = ?3 ORDER BY server_timestamp DESC LIMIT 1";
    REGISTRATION = "SELECT message_hash, server_timestamp, data = '' FROM messages INDEXED BY state_by_path
        WHERE space_id = ?1 AND topic_id = 'state' AND type = ?2 ORDER BY server_timestamp DESC LIMIT 1";
    AUTHORITY_ENTRIES = message!(), "INDEXED BY authority_by_time
        WHERE space_id = ?1 AND ", authority!(), " AND server_timestamp > ?2 ORDER BY server_timestamp LIMIT ?3";
    AUTHORITY_PATHS = "SELECT type FROM messages INDEXED BY authority_by_time
        WHERE space_id = ?1 AND ", authority!(), " AND server_timestamp > ?2 ORDER BY server_timestamp";
    NEWEST_AUTHORITY = "SELECT message_hash, server_timestamp FROM messages INDEXED BY authority_by_time
        WHERE space_id = ?1 AND ", authority!(), " ORDER BY server_timestamp DESC LIMIT 1";

    /// A data entry with at most `?1` bytes.
    DATA = "SELECT iif(octet_length(data) <= ?1, data, NULL), iif(octet_length(data) <= ?1, signature, NULL),
          iif(octet_length(data) <= ?1, signed_by, NULL), iif(octet_length(data) <= ?1, signed_at, NULL),
          iif(octet_length(data) <= ?1, deleted, NULL), iif(octet_length(data) <= ?1, checksum, NULL),
          iif(octet_length(data) <= ?1, event, NULL), iif(octet_length(data) <= ?1, change, NULL),
          iif(octet_length(data) <= ?1, leaf, NULL), iif(octet_length(data) <= ?1, state, NULL)
        FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?2 AND path = ?3";
    DATA_BELOW = "SELECT data, signature, signed_by, signed_at, deleted, checksum, event, change, leaf, state, path
        FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path > ?2 AND path < ?3 ORDER BY path LIMIT ?4";
    DATA_PATHS = "SELECT path FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3";
    FIRST_ENTRIES = "SELECT path, signed_by, octet_length(data) + octet_length(path) FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 ORDER BY path LIMIT ?2";
    SET_DATA = "INSERT INTO data_entries (space_id, path, data, signature, signed_by, signed_at, deleted, checksum, event, change, leaf, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (space_id, path) DO UPDATE SET data = ?3, signature = ?4, signed_by = ?5, signed_at = ?6, deleted = ?7, checksum = ?8, event = ?9, change = ?10, leaf = ?11, state = ?12";
    DELETE_DATA = "DELETE FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id = ?1 AND path = ?2";

    INSERT_PAYLOAD = "INSERT INTO payloads (space_id, is_state, server_timestamp, event, sealed, key_block, key_slot, checksum, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    /// A payload of at most `?5` bytes as it is stored, and its key; of a longer one nothing is read that lies behind them.
    PAYLOAD = "SELECT iif(octet_length(sealed) <= ?5, sealed, NULL), iif(octet_length(sealed) <= ?5, key_block, NULL),
        iif(octet_length(sealed) <= ?5, key_slot, NULL), iif(octet_length(sealed) <= ?5, checksum, NULL), iif(octet_length(sealed) <= ?5, expires, NULL),
        iif(octet_length(sealed) <= ?5, (SELECT substr(keys, key_slot * 32 + 1, 32) FROM payload_keys WHERE block = key_block), NULL)
        FROM payloads INDEXED BY sqlite_autoindex_payloads_1 WHERE space_id = ?1 AND is_state = ?2 AND server_timestamp = ?3 AND event = ?4";
    PAYLOAD_KEY = "SELECT octet_length(sealed) - 16, key_block, key_slot FROM payloads INDEXED BY sqlite_autoindex_payloads_1
        WHERE space_id = ?1 AND is_state = ?2 AND server_timestamp = ?3 AND event = ?4";
    EXPIRED_PAYLOADS = "SELECT space_id, is_state, server_timestamp, event FROM payloads INDEXED BY payloads_by_expiry
        WHERE expires IS NOT NULL AND expires <= ?1 ORDER BY expires, space_id, is_state, server_timestamp, event LIMIT ?2";
    OLD_PAYLOADS = "SELECT server_timestamp, event FROM payloads INDEXED BY sqlite_autoindex_payloads_1
        WHERE space_id = ?1 AND is_state = 0 AND server_timestamp < ?2 ORDER BY server_timestamp, event LIMIT ?3";
    DELETE_PAYLOAD = "DELETE FROM payloads INDEXED BY sqlite_autoindex_payloads_1 WHERE space_id = ?1 AND is_state = ?2 AND server_timestamp = ?3 AND event = ?4";
    LAST_KEY_BLOCK = "SELECT max(block) FROM payload_keys";
    KEY_BLOCK = "SELECT keys, checksum FROM payload_keys WHERE block = ?1";
    SET_KEY_BLOCK = "INSERT INTO payload_keys (block, keys, checksum) VALUES (?1, ?2, ?3) ON CONFLICT (block) DO UPDATE SET keys = ?2, checksum = ?3";
    DELETE_KEY_BLOCK = "DELETE FROM payload_keys WHERE block = ?1";

    INBOX = inbox_item!(), "INDEXED BY sqlite_autoindex_inbox_1
        WHERE space_id = ?1 AND recipient = ?2 AND received_at > ?3 AND kept_until > ?4 ORDER BY received_at LIMIT ?5";
    INBOX_ITEM = inbox_item!(), "INDEXED BY inbox_by_item WHERE space_id = ?1 AND recipient = ?2 AND item = ?3";
    ITEM_PLACES = "SELECT recipient, received_at FROM inbox INDEXED BY sqlite_autoindex_inbox_1
        WHERE space_id = ?1 AND (recipient, received_at) > (?2, ?3) ORDER BY recipient, received_at LIMIT ?4";
    NEWEST_ITEM = "SELECT received_at FROM inbox INDEXED BY sqlite_autoindex_inbox_1 WHERE space_id = ?1 AND recipient = ?2 ORDER BY received_at DESC LIMIT 1";
    INBOX_HELD = "SELECT count(*), coalesce(sum(bytes), 0) FROM inbox INDEXED BY inbox_by_sender WHERE space_id = ?1 AND recipient = ?2";
    INBOX_HELD_FROM = "SELECT count(*), coalesce(sum(bytes), 0) FROM inbox INDEXED BY inbox_by_sender WHERE space_id = ?1 AND recipient = ?2 AND sender = ?3";
    EXPIRED_ITEMS = item_place!(), "INDEXED BY inbox_by_end WHERE kept_until <= ?1 ORDER BY kept_until, space_id, recipient, received_at LIMIT ?2";
    FIRST_ITEMS = item_place!(), "INDEXED BY sqlite_autoindex_inbox_1 WHERE space_id = ?1 ORDER BY recipient, received_at LIMIT ?2";
    INSERT_ITEM = "INSERT INTO inbox (space_id, recipient, received_at, item, sender, bytes, signature, digest, expires, kept_until, key_block, key_slot, sealed, checksum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    DELETE_ITEM = "DELETE FROM inbox WHERE rowid = ?1";
    INBOX_RECEIPT = "SELECT digest, received_at, kept_until, checksum FROM inbox_receipts INDEXED BY sqlite_autoindex_inbox_receipts_1
        WHERE space_id = ?1 AND recipient = ?2 AND item = ?3";
    COUNT_RECEIPTS = "SELECT count(*) FROM inbox_receipts INDEXED BY inbox_receipts_by_inbox WHERE space_id = ?1 AND recipient = ?2";
    ENDED_RECEIPTS = "SELECT space_id, recipient, item FROM inbox_receipts INDEXED BY inbox_receipts_by_end
        WHERE kept_until <= ?1 ORDER BY kept_until, space_id, recipient, item LIMIT ?2";
    INSERT_RECEIPT = "INSERT INTO inbox_receipts (space_id, recipient, item, digest, received_at, kept_until, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    DELETE_RECEIPT = "DELETE FROM inbox_receipts INDEXED BY sqlite_autoindex_inbox_receipts_1 WHERE space_id = ?1 AND recipient = ?2 AND item = ?3";
    DELETE_FIRST_RECEIPTS = "DELETE FROM inbox_receipts INDEXED BY sqlite_autoindex_inbox_receipts_1 WHERE space_id = ?1 AND recipient = ?2 AND item IN
        (SELECT item FROM inbox_receipts INDEXED BY inbox_receipts_by_inbox WHERE space_id = ?1 AND recipient = ?2 ORDER BY kept_until, item LIMIT ?3)";

    NEWEST_REVISION = "SELECT message_hash, number, deletes, checksum FROM revisions INDEXED BY sqlite_autoindex_revisions_1
        WHERE space_id = ?1 AND topic_id = ?2 AND target = ?3 ORDER BY number DESC LIMIT 1";
    IS_REVISION = "SELECT 1 FROM revisions INDEXED BY revisions_by_message WHERE space_id = ?1 AND topic_id = ?2 AND message_hash = ?3";
    INSERT_REVISION = "INSERT INTO revisions (space_id, topic_id, target, number, message_hash, deletes, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    TREE = "SELECT incarnation, checksum FROM trees WHERE space_id = ?1";
    SET_TREE = "INSERT INTO trees (space_id, incarnation, checksum) VALUES (?1, ?2, ?3) ON CONFLICT (space_id) DO UPDATE SET incarnation = ?2, checksum = ?3";
    LAST_TILE = "SELECT tile, hashes, checksum FROM tree_tiles WHERE space_id = ?1 AND level = ?2 ORDER BY tile DESC LIMIT 1";
    TILE = "SELECT hashes, checksum FROM tree_tiles WHERE space_id = ?1 AND level = ?2 AND tile = ?3";
    SET_TILE = "INSERT INTO tree_tiles (space_id, level, tile, hashes, checksum) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (space_id, level, tile) DO UPDATE SET hashes = ?4, checksum = ?5";
    RESTORES = "SELECT number, old_incarnation, size, root, new_incarnation, checksum, signature FROM restores WHERE space_id = ?1 ORDER BY number";
    INSERT_RESTORE = "INSERT INTO restores (space_id, number, old_incarnation, size, root, new_incarnation, checksum, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    SIGN_RESTORE = "UPDATE restores SET signature = ?3, checksum = ?4 WHERE space_id = ?1 AND number = ?2";

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
    UNCOUNTED = "SELECT m.sender, ", bytes_of_message!(), ", m.event FROM messages AS m INDEXED BY messages_by_event
        WHERE m.space_id = ?1 AND m.event > ?2 ORDER BY m.event";

    NEXT_SPACE_WITH_HEADS = "SELECT space_id FROM heads WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_DATA = "SELECT space_id FROM data_entries INDEXED BY sqlite_autoindex_data_entries_1 WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_REFERENCES = "SELECT space_id FROM blob_references WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_ITEMS = "SELECT space_id FROM inbox INDEXED BY sqlite_autoindex_inbox_1 WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_BEING_PURGED = "SELECT space_id FROM purging WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_TREE = "SELECT space_id FROM trees WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    NEXT_SPACE_WITH_PAYLOADS = "SELECT space_id FROM payloads INDEXED BY sqlite_autoindex_payloads_1 WHERE space_id > ?1 ORDER BY space_id LIMIT 1";
    PURGING = "SELECT checksum FROM purging WHERE space_id = ?1";
    BEGIN_PURGE = "INSERT INTO purging (space_id, checksum) VALUES (?1, ?2) ON CONFLICT (space_id) DO NOTHING";
    END_PURGE = "DELETE FROM purging WHERE space_id = ?1";
    DELETE_SOME_RECEIPTS = "DELETE FROM inbox_receipts INDEXED BY sqlite_autoindex_inbox_receipts_1 WHERE space_id = ?1 AND (recipient, item) IN
        (SELECT recipient, item FROM inbox_receipts INDEXED BY sqlite_autoindex_inbox_receipts_1 WHERE space_id = ?1 ORDER BY recipient, item LIMIT ?2)";
    DELETE_SOME_REVISIONS = "DELETE FROM revisions WHERE space_id = ?1 AND (topic_id, target, number) IN
        (SELECT topic_id, target, number FROM revisions INDEXED BY sqlite_autoindex_revisions_1 WHERE space_id = ?1 ORDER BY topic_id, target, number LIMIT ?2)";
    DELETE_TREE = "DELETE FROM trees WHERE space_id = ?1";
    DELETE_SOME_RESTORES = "DELETE FROM restores WHERE space_id = ?1 AND number IN
        (SELECT number FROM restores WHERE space_id = ?1 ORDER BY number LIMIT ?2)";
    DELETE_SOME_TILES = "DELETE FROM tree_tiles WHERE space_id = ?1 AND (level, tile) IN
        (SELECT level, tile FROM tree_tiles WHERE space_id = ?1 ORDER BY level, tile LIMIT ?2)";
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
    "messages" "sqlite_autoindex_messages_1" ("space_id" from "''");
    "messages" "messages_by_hash" ("space_id" from "''");
    "messages" "messages_by_event" ("space_id" from "''");
    "messages" "state_by_path" ("space_id" from "''") "topic_id = 'state'";
    "messages" "authority_by_time" ("space_id" from "''") "topic_id = 'state' AND (type >= 'auth/' AND type < 'auth0' OR type >= 'keyring/' AND type < 'keyring0' OR type >= 'space/' AND type < 'space0')";
    "heads" "sqlite_autoindex_heads_1" ("space_id" from "''");
    "data_entries" "sqlite_autoindex_data_entries_1" ("space_id" from "''");
    "data_entries" "data_by_event" ("space_id" from "''");
    "payloads" "sqlite_autoindex_payloads_1" ("space_id" from "''");
    "payloads" "payloads_by_expiry" ("expires" from "-9223372036854775808") "expires IS NOT NULL";
    "inbox" "sqlite_autoindex_inbox_1" ("space_id" from "''");
    "inbox" "inbox_by_item" ("space_id" from "''");
    "inbox" "inbox_by_sender" ("space_id" from "''");
    "inbox" "inbox_by_end" ("kept_until" from "-9223372036854775808");
    "inbox_receipts" "sqlite_autoindex_inbox_receipts_1" ("space_id" from "''");
    "inbox_receipts" "inbox_receipts_by_inbox" ("space_id" from "''");
    "inbox_receipts" "inbox_receipts_by_end" ("kept_until" from "-9223372036854775808");
    "revisions" "sqlite_autoindex_revisions_1" ("space_id" from "''");
    "revisions" "revisions_by_message" ("space_id" from "''");
    "trees" "sqlite_autoindex_trees_1" ("space_id" from "''");
    "tree_tiles" "sqlite_autoindex_tree_tiles_1" ("space_id" from "''");
    "restores" "sqlite_autoindex_restores_1" ("space_id" from "''");
    "tool_uses" "sqlite_autoindex_tool_uses_1" ("space_id" from "''");
    "blob_references" "sqlite_autoindex_blob_references_1" ("space_id" from "''");
    "blobs" "sqlite_autoindex_blobs_1" ("space_id" from "''");
    "blobs" "blobs_by_object" ("object" from "''");
    "blobs" "blobs_by_blob" ("blob_id" from "''");
    "usage" "sqlite_autoindex_usage_1" ("space_id" from "''");
    "purging" "sqlite_autoindex_purging_1" ("space_id" from "''");
    rowids "inbox" "payload_keys" "tree_tiles"
}

#[cfg(test)]
mod plans;
