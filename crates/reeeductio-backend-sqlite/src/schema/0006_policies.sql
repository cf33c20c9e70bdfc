-- What spaces with a policy need. Columns that come after `checksum` count in it only where they have a value.

-- What a view is caught up with, and judgements are compared with. The statements that use it repeat the condition.
DROP INDEX auth_by_time;
CREATE INDEX authority_by_time ON messages (space_id, server_timestamp)
    WHERE topic_id = 'state' AND (type >= 'auth/' AND type < 'auth0' OR type >= 'keyring/' AND type < 'keyring0' OR type >= 'space/' AND type < 'space0');

-- The number of the event's leaf in the space's tree, and the newest message of the topic state before it.
ALTER TABLE messages ADD COLUMN leaf INTEGER;
ALTER TABLE messages ADD COLUMN state BLOB;
ALTER TABLE data_entries ADD COLUMN leaf INTEGER;
ALTER TABLE data_entries ADD COLUMN state BLOB;

-- Payloads that were not removed, each sealed with a key of its own. By time, since that is how they are removed; those
-- of the topic state apart, since they have no age.
CREATE TABLE payloads (
    space_id BLOB NOT NULL,
    is_state INTEGER NOT NULL,
    server_timestamp INTEGER NOT NULL,
    event INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    key_block INTEGER NOT NULL,
    key_slot INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (space_id, is_state, server_timestamp, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX payloads_by_expiry ON payloads (expires) WHERE expires IS NOT NULL;

-- Their keys, in blocks that fill a page each: see `write/payload_keys.rs`.
CREATE TABLE payload_keys (
    block INTEGER NOT NULL PRIMARY KEY,
    keys BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;

-- Messages that change another one of their topic.
CREATE TABLE revisions (
    space_id BLOB NOT NULL,
    topic_id TEXT NOT NULL,
    target BLOB NOT NULL,
    number INTEGER NOT NULL,
    message_hash BLOB NOT NULL,
    deletes INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, topic_id, target, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX revisions_by_message ON revisions (space_id, topic_id, message_hash);

CREATE TABLE trees (
    space_id BLOB NOT NULL PRIMARY KEY,
    incarnation BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to 64 hashes of a level, 32 bytes each. Level 0 are leaves; a hash of the next level is the root of a full tile of
-- this one. A row fills half of a page, and would not fit into one of a table without rowids.
CREATE TABLE tree_tiles (
    space_id BLOB NOT NULL,
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, level, tile)
) STRICT;

-- Incarnations that a restore ended: the tree as it was, and the incarnation since.
CREATE TABLE restores (
    space_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    old_incarnation BLOB NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    new_incarnation BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    signature BLOB,
    PRIMARY KEY (space_id, number)
) STRICT, WITHOUT ROWID;
