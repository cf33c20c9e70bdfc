-- One row that is changed to see whether the disk takes a write.
CREATE TABLE probe (
    id INTEGER NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
