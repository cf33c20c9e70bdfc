-- Lanes: chains inside a topic. NULL is the chain that all writers share, as in every base space.
ALTER TABLE messages ADD COLUMN lane BLOB;

-- What a view is caught up with. The statement that uses it repeats the condition.
CREATE INDEX auth_by_time ON messages (space_id, server_timestamp)
    WHERE topic_id = 'state' AND type >= 'auth/' AND type < 'auth0';

CREATE TABLE heads_2 (
    space_id BLOB NOT NULL,
    topic_id TEXT NOT NULL,
    -- The lane's member and id, 41 bytes; empty for the shared chain.
    lane BLOB NOT NULL,
    message_hash BLOB NOT NULL,
    server_timestamp INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, topic_id, lane)
) STRICT, WITHOUT ROWID;
INSERT INTO heads_2 SELECT space_id, topic_id, x'', message_hash, server_timestamp, checksum FROM heads;
DROP TABLE heads;
ALTER TABLE heads_2 RENAME TO heads;

-- A blob belongs to one space. The rows are copied by the program, which computes their checksums; an object
-- that several spaces shared stays shared, and goes with the last row that names it.
ALTER TABLE blobs RENAME TO blobs_1;
DROP INDEX blobs_by_object;
CREATE TABLE blobs (
    space_id BLOB NOT NULL,
    blob_id BLOB NOT NULL,
    object TEXT NOT NULL,
    size INTEGER NOT NULL,
    checksums BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, blob_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_by_object ON blobs (object);
CREATE INDEX blobs_by_blob ON blobs (blob_id);
DROP INDEX blob_references_by_blob;

-- What is stored: of a member, and of the whole space in the row with an empty member. Messages are counted up
-- to the event in the space's row; those after it are few, and are added when the figures are read.
CREATE TABLE usage (
    space_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    messages INTEGER NOT NULL,
    message_bytes INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    entry_bytes INTEGER NOT NULL,
    blobs INTEGER NOT NULL,
    blob_bytes INTEGER NOT NULL,
    counted_event INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, member_id)
) STRICT, WITHOUT ROWID;
