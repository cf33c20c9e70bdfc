//! Records in SQLite: one writer with group commit, readers that never wait for it.
