//! Runs the import and looks at what it made.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reeeductio_proto::MessageId;
use reeeductio_testkit::{Member, TestServer};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use tempfile::TempDir;

use crate::upstream::{Space, Upstream};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

/// Exit code and report of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
}

impl Imported {
    /// The codes of what was left out, each once, sorted.
    pub(crate) fn left_out(&self) -> Vec<&str> {
        self.report["left_out_by_code"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect()
    }

    pub(crate) fn remarks(&self) -> Vec<&str> {
        self.report["remarks_by_code"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect()
    }

    /// Found, imported and present.
    pub(crate) fn tally(&self, what: &str) -> [u64; 3] {
        ["found", "imported", "present"].map(|count| self.report[what][count].as_u64().unwrap())
    }

    /// Returns the text of the one finding with this code.
    pub(crate) fn finding(&self, code: &str) -> &str {
        let found = self.report["left_out"].as_array().unwrap();
        let mut found = found.iter().filter(|finding| finding["code"] == code);
        let first = found
            .next()
            .unwrap_or_else(|| panic!("no {code}: {self:?}"));
        assert!(found.next().is_none(), "more than one {code}");
        first["what"].as_str().unwrap()
    }
}

/// A data directory to import into.
pub(crate) struct Target {
    folder: TempDir,
}

impl Target {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn command(&self, from: &Path) -> Command {
        let mut command = Command::new(BINARY);
        command
            .arg("import")
            .arg(from)
            .arg("--data")
            .arg(self.path());
        command
    }

    /// Runs the import to its end.
    pub(crate) fn import(&self, from: &Upstream) -> Imported {
        self.import_from(from.path())
    }

    /// The same, from any directory.
    pub(crate) fn import_from(&self, from: &Path) -> Imported {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(from).arg("--json").output().unwrap();
        let report = serde_json::from_slice(&stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr)));
        Imported {
            code: status.code(),
            report,
        }
    }

    /// Returns the report of `verify`, whose exit code must be 0.
    pub(crate) fn verify(&self) -> Value {
        let Output { status, stdout, .. } = Command::new(BINARY)
            .args(["verify", "--json"])
            .arg(self.path())
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&stdout).unwrap();
        assert_eq!(status.code(), Some(0), "{report}");
        assert_eq!(report["leftovers"], Value::Array(Vec::new()));
        report
    }

    /// Every row of every table.
    pub(crate) fn rows(&self) -> Vec<String> {
        let connection = Connection::open(self.path().join("reeeductio.db")).unwrap();
        let mut tables = connection
            .prepare(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'store'",
            )
            .unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut found = Vec::new();
        for name in names.map(Result::unwrap) {
            let mut all = connection
                .prepare(&format!("SELECT * FROM {name}"))
                .unwrap();
            let width = all.column_count();
            let mut rows = all.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells: Vec<Cell> = (0..width).map(|cell| row.get(cell).unwrap()).collect();
                found.push(format!("{name} {cells:?}"));
            }
        }
        found
    }

    pub(crate) async fn serve(&self) -> TestServer {
        let path = self.path();
        TestServer::start_with(|config| config.data_dir = path).await
    }
}

/// The owner of the space, signed in.
pub(crate) async fn owner(server: &TestServer, space: &Space) -> Member {
    let Space { id, owner, .. } = space;
    Member::sign_in(&server.url(), *id, owner.id, owner.keys.clone()).await
}

/// Ids and times of a topic's messages, as they are served.
pub(crate) async fn served(member: &Member, topic: &str) -> Vec<(MessageId, i64)> {
    let page = member
        .get(&format!("topics/{topic}/messages?limit=1000"))
        .await;
    assert_eq!(page.status, 200);
    page.json["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            let id = MessageId::parse(message["message_hash"].as_str().unwrap()).unwrap();
            (id, message["server_timestamp"].as_i64().unwrap())
        })
        .collect()
}
