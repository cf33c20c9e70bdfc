-- Spaces whose purge is not finished: from its first step to its last none of them can be registered.
CREATE TABLE purging (
    space_id BLOB NOT NULL PRIMARY KEY,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
