-- Clustered by what is read in ranges. Ids are stored as bytes, `data` and `type` verbatim.
CREATE TABLE messages (
    space_id BLOB NOT NULL,
    topic_id TEXT NOT NULL,
    server_timestamp INTEGER NOT NULL,
    message_hash BLOB NOT NULL,
    type TEXT NOT NULL,
    prev_hash BLOB,
    data TEXT NOT NULL,
    sender BLOB NOT NULL,
    signature BLOB NOT NULL,
    event INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, topic_id, server_timestamp)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX messages_by_hash ON messages (space_id, topic_id, message_hash);
CREATE UNIQUE INDEX messages_by_event ON messages (space_id, event);
CREATE INDEX state_by_path ON messages (space_id, type, server_timestamp) WHERE topic_id = 'state';

CREATE TABLE heads (
    space_id BLOB NOT NULL,
    topic_id TEXT NOT NULL,
    message_hash BLOB NOT NULL,
    server_timestamp INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, topic_id)
) STRICT, WITHOUT ROWID;

-- A deleted entry keeps its row, so that it cannot be stored again.
CREATE TABLE data_entries (
    space_id BLOB NOT NULL,
    path TEXT NOT NULL,
    data TEXT NOT NULL,
    signature BLOB NOT NULL,
    signed_by BLOB NOT NULL,
    signed_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE tool_uses (
    space_id BLOB NOT NULL,
    tool_id BLOB NOT NULL,
    uses INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, tool_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob_references (
    space_id BLOB NOT NULL,
    blob_id BLOB NOT NULL,
    uploaded_by BLOB NOT NULL,
    uploaded_at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, blob_id, uploaded_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_references_by_blob ON blob_references (blob_id);

CREATE TABLE blobs (
    blob_id BLOB NOT NULL PRIMARY KEY,
    object TEXT NOT NULL,
    size INTEGER NOT NULL,
    checksums BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX blobs_by_object ON blobs (object);
