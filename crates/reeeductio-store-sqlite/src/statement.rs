//! The statements of a store's daily work. Each is prepared once for a connection.

/// Statement that makes the only table.
pub(crate) const TABLE: &str = "
    CREATE TABLE records (
        key BLOB PRIMARY KEY NOT NULL,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;";

pub(crate) const GET: &str = "SELECT value FROM records WHERE key = ?1";

pub(crate) const SCAN: &str = "SELECT key, value FROM records
    WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";

pub(crate) const SCAN_BACK: &str = "SELECT key, value FROM records
    WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";

pub(crate) const INSERT: &str = "INSERT INTO records VALUES (?1, ?2) ON CONFLICT DO NOTHING";

pub(crate) const PUT: &str = "INSERT INTO records VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET value = excluded.value";

pub(crate) const RAISE: &str = "INSERT INTO records VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET value = excluded.value WHERE excluded.value > records.value";

pub(crate) const DELETE: &str = "DELETE FROM records WHERE key = ?1";

pub(crate) const CLEAR: &str = "DELETE FROM records";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn plan(connection: &Connection, statement: &str) -> Vec<String> {
        let mut explained = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
            .unwrap();
        let count = explained.parameter_count();
        let values = (0..count).map(|_| rusqlite::types::Null);
        let rows = explained.query_map(rusqlite::params_from_iter(values), |row| row.get(3));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// No statement walks over the table, whether SQLite has counted its rows or not.
    #[test]
    fn statements_find_their_rows_by_key() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLE).unwrap();
        for analysed in [false, true] {
            if analysed {
                for n in 0..1000_u32 {
                    let key = n.to_be_bytes();
                    connection.execute(PUT, (key, key)).unwrap();
                }
                connection.execute_batch("ANALYZE").unwrap();
            }
            for statement in [GET, DELETE] {
                let expected = ["SEARCH records USING PRIMARY KEY (key=?)"];
                assert_eq!(plan(&connection, statement), expected);
            }
            for statement in [SCAN, SCAN_BACK] {
                // No line for a sort: the rows are met in the order asked for.
                let expected = ["SEARCH records USING PRIMARY KEY (key>? AND key<?)"];
                assert_eq!(plan(&connection, statement), expected);
            }
            for statement in [INSERT, PUT, RAISE] {
                assert!(plan(&connection, statement).is_empty());
            }
        }
    }
}
