//! Rows as they are stored, whatever table they are of.
//!
//! The checksum of every row is that of its table's name and of its other columns in the order of the table
//! (`row.rs`), so one function checks them all. The column `lane` comes last, and counts only where there is one, like
//! the columns that come after the checksum. A server reads through `read.rs`; this is for
//! looking at rows that may be damaged.

use reeeductio_backend::{BackendError, RecordKind, RecordName};
use reeeductio_proto::{BlobId, MemberId, SpaceId};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use crate::failure::failure;
use crate::row::RowChecksum;
use crate::schema;

/// The tables whose rows carry a checksum, and the version of the schema that brought each.
const TABLES: &[(&str, RecordKind, usize)] = &[
    ("messages", RecordKind::Message, 1),
    ("heads", RecordKind::Head, 1),
    ("data_entries", RecordKind::DataEntry, 1),
    ("tool_uses", RecordKind::ToolUses, 1),
    ("blobs", RecordKind::Blob, 1),
    ("blob_references", RecordKind::BlobReference, 1),
    ("usage", RecordKind::Usage, 2),
    ("purging", RecordKind::Purge, 4),
    ("payloads", RecordKind::Payload, 6),
    ("payload_keys", RecordKind::PayloadKeys, 6),
    ("revisions", RecordKind::Revision, 6),
    ("trees", RecordKind::Tree, 6),
    ("tree_tiles", RecordKind::TreeTile, 6),
    ("restores", RecordKind::Restore, 6),
    ("inbox", RecordKind::InboxItem, 7),
    ("inbox_receipts", RecordKind::InboxReceipt, 7),
];

const CHECKSUM: &str = "checksum";
const LANE: &str = "lane";

/// A table as the database describes it.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) kind: RecordKind,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    declared: String,
    optional: bool,
    key: bool,
    /// Comes after the checksum: a later release added it, and it counts only where it has a value.
    added: bool,
}

/// A row and whether it is what was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredRow {
    pub(crate) name: RecordName,
    /// All columns; `None` when the row is damaged.
    pub(crate) values: Option<Vec<Value>>,
    /// The columns of the primary key, as far as they can be read.
    pub(crate) key: Vec<Value>,
}

impl Table {
    /// Describes the tables that a database of this version has.
    pub(crate) fn all(connection: &Connection) -> Result<Vec<Self>, BackendError> {
        let version = schema::version(connection)?;
        TABLES
            .iter()
            .filter(|(_, _, since)| *since <= version)
            .map(|(name, kind, _)| Self::of(connection, name, *kind))
            .collect()
    }

    /// Describes the table `name`.
    fn of(
        connection: &Connection,
        name: &'static str,
        kind: RecordKind,
    ) -> Result<Self, BackendError> {
        let failed = failure("describe a table");
        let mut statement = connection
            .prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")
            .map_err(&failed)?;
        let mut added = false;
        let columns = statement
            .query_map([name], |row| {
                let column = Column {
                    name: row.get(0)?,
                    declared: row.get(1)?,
                    optional: !row.get::<_, bool>(2)?,
                    key: row.get::<_, i64>(3)? > 0,
                    added,
                };
                added |= column.name == CHECKSUM;
                Ok(column)
            })
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(&failed)?;
        if columns.is_empty() {
            return Err(BackendError::corrupt(
                "describe a table",
                format!("there is no table {name}"),
            ));
        }
        Ok(Self {
            name,
            kind,
            columns,
        })
    }

    /// Visits every row by the primary key, forwards or backwards, until there is none or one cannot be read.
    pub(crate) fn each(
        &self,
        connection: &Connection,
        backwards: bool,
        mut visit: impl FnMut(StoredRow) -> Result<(), BackendError>,
    ) -> Result<(), BackendError> {
        let failed = failure("read a table");
        let order = if backwards { "DESC" } else { "ASC" };
        let keys: Vec<String> = self.keys().map(|key| format!("{key} {order}")).collect();
        let sql = format!("{} ORDER BY {}", self.select(), keys.join(", "));
        let mut statement = connection.prepare(&sql).map_err(&failed)?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            visit(self.row(row).map_err(&failed)?)?;
        }
        Ok(())
    }

    /// The row with a primary key.
    pub(crate) fn find(
        &self,
        connection: &Connection,
        key: &[Value],
    ) -> Result<Option<StoredRow>, BackendError> {
        let failed = failure("read a row");
        let terms: Vec<String> = self
            .keys()
            .enumerate()
            .map(|(index, key)| format!("{key} = ?{}", index + 1))
            .collect();
        let sql = format!("{} WHERE {}", self.select(), terms.join(" AND "));
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement
                    .query_row(params_from_iter(key), |row| self.row(row))
                    .optional()
            })
            .map_err(&failed)
    }

    /// Stores an intact row, unless its place is taken. Says whether it was stored.
    pub(crate) fn insert(
        &self,
        connection: &Connection,
        values: &[Value],
    ) -> Result<bool, BackendError> {
        let places: Vec<String> = (1..=self.columns.len())
            .map(|at| format!("?{at}"))
            .collect();
        let sql = format!(
            "INSERT OR IGNORE INTO {} ({}) VALUES ({})",
            self.name,
            self.names().join(", "),
            places.join(", ")
        );
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.execute(params_from_iter(values)))
            .map(|stored| stored > 0)
            .map_err(failure("store a row"))
    }

    /// The value of a column of an intact row.
    pub(crate) fn value<'a>(&self, values: &'a [Value], column: &str) -> Option<&'a Value> {
        let at = self.columns.iter().position(|known| known.name == column)?;
        values.get(at)
    }

    fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.names().join(", "), self.name)
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| &*column.name).collect()
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(|column| column.key)
            .map(|column| &*column.name)
    }

    fn row(&self, row: &Row<'_>) -> rusqlite::Result<StoredRow> {
        let mut intact = true;
        let mut computed = RowChecksum::of(self.name);
        let mut stored = None;
        let mut lane = None;
        let mut key = Vec::new();
        let mut space = None;
        let mut shown = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let value = row.get_ref(at)?;
            if column.key {
                key.push(owned(value));
                match (&*column.name, value) {
                    ("space_id", ValueRef::Blob(bytes)) => space = bytes.try_into().ok(),
                    (LANE, ValueRef::Blob([])) => {}
                    (name, value) => shown.push(display(name, value)),
                }
            }
            if column.name == CHECKSUM {
                stored = value.as_i64().ok();
                continue;
            }
            intact &= column.admits(value);
            if column.name == LANE {
                lane = value
                    .as_blob_or_null()
                    .unwrap_or_default()
                    .filter(|lane| !lane.is_empty());
                continue;
            }
            if column.added && value == ValueRef::Null {
                continue;
            }
            computed = match (column.optional, value) {
                (true, ValueRef::Null) => computed.optional(None),
                (true, ValueRef::Blob(bytes) | ValueRef::Text(bytes)) => {
                    computed.optional(Some(bytes))
                }
                (_, ValueRef::Integer(number)) => computed.number(number),
                (false, ValueRef::Blob(bytes) | ValueRef::Text(bytes)) => computed.bytes(bytes),
                (_, ValueRef::Null | ValueRef::Real(_)) => {
                    intact = false;
                    computed
                }
            };
        }
        if let Some(lane) = lane {
            computed = computed.bytes(lane);
        }
        intact &= stored == Some(computed.finish());
        let values = if intact {
            let all = (0..self.columns.len()).map(|at| row.get::<_, Value>(at));
            Some(all.collect::<Result<_, _>>()?)
        } else {
            None
        };
        Ok(StoredRow {
            name: RecordName {
                kind: self.kind,
                space: space.map(SpaceId::from_public_key),
                key: shown.join(" "),
            },
            values,
            key,
        })
    }
}

impl Column {
    fn admits(&self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Null => self.optional,
            ValueRef::Integer(_) => self.declared == "INTEGER",
            ValueRef::Text(bytes) => self.declared == "TEXT" && std::str::from_utf8(bytes).is_ok(),
            ValueRef::Blob(_) => self.declared == "BLOB",
            ValueRef::Real(_) => false,
        }
    }
}

/// The checksum of a row made from its other columns, as `row.rs` computes it.
pub(crate) fn checksum(table: &Table, values: &[Value]) -> i64 {
    let mut computed = RowChecksum::of(table.name);
    let mut lane = None;
    for (column, value) in table.columns.iter().zip(values) {
        if column.name == CHECKSUM {
            continue;
        }
        if column.name == LANE {
            lane = match value {
                Value::Blob(bytes) if !bytes.is_empty() => Some(bytes),
                _ => None,
            };
            continue;
        }
        if column.added && *value == Value::Null {
            continue;
        }
        computed = match (column.optional, value) {
            (true, Value::Blob(bytes)) => computed.optional(Some(bytes)),
            (true, Value::Text(text)) => computed.optional(Some(text.as_bytes())),
            (_, Value::Null | Value::Real(_)) => computed.optional(None),
            (_, Value::Integer(number)) => computed.number(*number),
            (false, Value::Blob(bytes)) => computed.bytes(bytes),
            (false, Value::Text(text)) => computed.bytes(text.as_bytes()),
        };
    }
    match lane {
        Some(lane) => computed.bytes(lane).finish(),
        None => computed.finish(),
    }
}

/// As a key to look up by; text that is none matches nothing.
fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// A column of a key, as people know it.
fn display(column: &str, value: ValueRef<'_>) -> String {
    let bytes = match value {
        ValueRef::Null => return "null".to_owned(),
        ValueRef::Integer(number) => return number.to_string(),
        ValueRef::Real(number) => return number.to_string(),
        ValueRef::Text(bytes) => return String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes,
    };
    let member = <&[u8; 33]>::try_from(bytes)
        .ok()
        .and_then(|bytes| MemberId::from_bytes(bytes).ok());
    match (column, member, <[u8; 32]>::try_from(bytes)) {
        (_, Some(member), _) => member.to_string(),
        ("blob_id", None, Ok(hash)) => BlobId::from_hash(hash).to_string(),
        _ => {
            use std::fmt::Write as _;
            bytes.iter().fold(String::new(), |mut text, byte| {
                // Writing to a string cannot fail.
                let _ok = write!(text, "{byte:02x}");
                text
            })
        }
    }
}
