-- Where in the space's order of events an entry was stored or removed: after the message of this number, as this
-- one of the changes of data since. NULL in rows of before, which no stream tells.
ALTER TABLE data_entries ADD COLUMN event INTEGER;
ALTER TABLE data_entries ADD COLUMN change INTEGER;
CREATE UNIQUE INDEX data_by_event ON data_entries (space_id, event, change);
