//! A directory that the published server wrote itself, while the tests of its Python and TypeScript clients ran.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use reeeductio_client::{ClientError, Content, PasswordLogin, Range, Space, Stretching};
use reeeductio_proto::{MemberKind, SpaceId, StatePath};
use reeeductio_testkit::ServerProcess;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::target::{BINARY, Target};

const SPACES: u64 = 122;
const MESSAGES: u64 = 136;
const ENTRIES: u64 = 42;
const BLOBS: u64 = 13;
/// Spaces in which nothing was ever stored: two databases without rows, and no blob.
const EMPTY: u64 = 19;

/// An account with a password, as a client's tests registered it.
struct Account {
    space: &'static str,
    username: &'static str,
    password: &'static str,
    stretching: Stretching,
    /// Path of a state entry that the tests wrote after logging in, if they did.
    state: Option<&'static str>,
}

const ACCOUNTS: [Account; 6] = [
    Account {
        space: "SDD425my2rgKGzSOIb56Tl46oj-E4_6HNW0j9rtwS7rV",
        username: "test-user-1a6b6635",
        password: "correct-password",
        stretching: Stretching::Python,
        state: None,
    },
    Account {
        space: "SMN-pSLVQYlYkMF4tIGEOQA1ez5Rb96p_ZWujmdO2pxs",
        username: "test-user-ea1c072a",
        password: "first-password-123!",
        stretching: Stretching::Python,
        state: None,
    },
    Account {
        space: "SMN-pSLVQYlYkMF4tIGEOQA1ez5Rb96p_ZWujmdO2pxs",
        username: "test-user-8d8a396e",
        password: "second-password-456!",
        stretching: Stretching::Python,
        state: None,
    },
    Account {
        space: "SNatm43F9ESALHNG0Qyc9bZdf7cmouruUV3G20bri8Zu",
        username: "test-user-0bf8b485",
        password: "test-password-123!",
        stretching: Stretching::Python,
        state: Some("test/opaque/16451116"),
    },
    Account {
        space: "SEF80IdednjVMZlbsEOMOyrUwvtV6o1JSfs_BUREJ6P4",
        username: "test-user-1795275912620-ljp7p5",
        password: "correct-password",
        stretching: Stretching::TypeScript,
        state: None,
    },
    Account {
        space: "SOoA7U5b3e69DQElIPzS5PXnNiUaeoek7w_MmQM-qw1y",
        username: "test-user-1795275911294-ek6w1q",
        password: "test-password-123!",
        stretching: Stretching::TypeScript,
        state: Some("test/opaque/1795275912015"),
    },
];

impl Account {
    fn space(&self) -> SpaceId {
        SpaceId::parse(self.space).unwrap()
    }

    async fn log_in(&self, password: &str, url: &str) -> Result<PasswordLogin, ClientError> {
        PasswordLogin::log_in(self.space(), self.username, password, url).await
    }

    /// Logs in and reads what the account's space holds.
    async fn read_space(&self, url: &str) {
        let login = self.log_in(self.password, url).await.unwrap();
        assert_eq!(login.stretching, self.stretching, "{}", self.username);
        let space = login.open(Space::builder(url)).unwrap();
        assert_eq!(login.secrets.identity.space_id(), space.id());
        let history = space.state().page(Range::first(100)).await.unwrap();
        assert_eq!(
            history.messages.len(),
            2 + usize::from(self.state.is_some())
        );
        assert_eq!(history.messages[0].kind, "auth/roles/opaque-user");
        if let Some(path) = self.state {
            let value = space.state().value(&StatePath::parse(path).unwrap()).await;
            assert_eq!(value.unwrap(), b"Hello from recovered space!");
            // The chain goes on where the published server left it.
            let path = StatePath::parse("profiles/after").unwrap();
            space
                .state()
                .set(&path, Content::Plain(b"imported"))
                .await
                .unwrap();
        }
        let users = space.members().list(MemberKind::User).await.unwrap();
        assert!(users.is_empty(), "only the owners have passwords here");
    }
}

/// The published server's directory.
fn unpacked() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let archive = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testing/fixtures/published-server-data.tar.gz");
    let done = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .arg("-C")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(done.success());
    folder
}

/// Rows of a table in the databases of this name, over all spaces.
fn rows(directory: &Path, database: &str, table: &str) -> u64 {
    let spaces: Vec<PathBuf> = fs::read_dir(directory.join("spaces"))
        .unwrap()
        .map(|space| space.unwrap().path())
        .collect();
    assert_eq!(spaces.len() as u64, SPACES);
    let count = |space: &PathBuf| -> u64 {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(space.join(database), flags)
            .unwrap()
            .query_row(&format!("SELECT count(*) FROM {table}"), (), |row| {
                row.get::<_, u32>(0)
            })
            .unwrap()
            .into()
    };
    spaces.iter().map(count).sum()
}

#[test]
fn everything_the_published_server_wrote_is_taken_over() {
    let source = unpacked();
    // Counted here, not by the import: what it overlooks is missing in its own figures, too.
    assert_eq!(rows(source.path(), "messages.db", "messages"), MESSAGES);
    assert_eq!(rows(source.path(), "data.db", "kv_data"), ENTRIES);
    assert_eq!(rows(source.path(), "messages.db", "tool_usage"), 0);
    let files = fs::read_dir(source.path().join("blobs")).unwrap().count();
    assert_eq!(files as u64, 2 * BLOBS, "each with its references");
    let target = Target::new();
    let imported = target.import_from(source.path());
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let all = |count: u64| json!({"found": count, "imported": count, "present": 0});
    let none = Value::Array(Vec::new());
    assert_eq!(
        imported.report,
        json!({
            "spaces": SPACES,
            "messages": all(MESSAGES),
            "retimed": 0,
            "entries": all(ENTRIES),
            "blobs": all(BLOBS),
            "tools": all(0),
            "left_out_by_code": {},
            "left_out": none,
            "remarks_by_code": {},
            "remarks": none,
        })
    );
    assert_eq!(
        target.verify(),
        json!({
            "spaces": SPACES - EMPTY,
            "messages": MESSAGES,
            "entries": ENTRIES,
            "blobs": BLOBS,
            "items": 0,
            "damage": none,
            "leftovers": none,
            "ineffective": none,
        })
    );
}

#[tokio::test]
async fn passwords_registered_with_the_published_server_open_their_spaces() {
    let source = unpacked();
    let target = Target::new();
    assert_eq!(target.import_from(source.path()).code, Some(0));
    let server = ServerProcess::start(Path::new(BINARY), &target.path());
    for account in ACCOUNTS {
        account.read_space(server.url()).await;
    }
    // Each password of a space is one account's and nobody else's.
    let [_, first, second, ..] = ACCOUNTS;
    for (account, password) in [(&first, second.password), (&second, first.password)] {
        let error = account.log_in(password, server.url()).await.unwrap_err();
        assert_eq!(error.code_text(), "opaque.wrong_password");
    }
}
