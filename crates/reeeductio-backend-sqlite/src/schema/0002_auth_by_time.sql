-- The entries that say who may do what, in the order in which they were written: a view is loaded from them
-- without walking the rest of the state.
CREATE INDEX auth_by_time ON messages (space_id, server_timestamp)
    WHERE topic_id = 'state' AND type >= 'auth/' AND type < 'auth0';

-- One row that is changed to see whether the disk takes a write.
CREATE TABLE probe (
    id INTEGER NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
