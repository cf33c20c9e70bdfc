-- Items in inboxes, each sealed with a key of its own like the payloads. Some fill many pages, so the table has rowids.
CREATE TABLE inbox (
    space_id BLOB NOT NULL,
    recipient BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    item BLOB NOT NULL,
    sender BLOB NOT NULL,
    -- Of what the sender sealed: it is counted without being read.
    bytes INTEGER NOT NULL,
    signature BLOB NOT NULL,
    digest BLOB NOT NULL,
    expires INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    key_block INTEGER NOT NULL,
    key_slot INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, recipient, received_at)
) STRICT;
CREATE UNIQUE INDEX inbox_by_item ON inbox (space_id, recipient, item);
CREATE INDEX inbox_by_sender ON inbox (space_id, recipient, sender, bytes);
CREATE INDEX inbox_by_end ON inbox (kept_until, space_id, recipient, received_at);

-- What is kept of acknowledged items, so that a repeated posting does not store them again.
CREATE TABLE inbox_receipts (
    space_id BLOB NOT NULL,
    recipient BLOB NOT NULL,
    item BLOB NOT NULL,
    digest BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (space_id, recipient, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_receipts_by_inbox ON inbox_receipts (space_id, recipient, kept_until, item);
CREATE INDEX inbox_receipts_by_end ON inbox_receipts (kept_until, space_id, recipient, item);
