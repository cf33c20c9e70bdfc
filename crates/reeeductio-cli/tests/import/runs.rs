//! Interruption, damage, and directories that are in use or none.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::target::{BINARY, Target};
use crate::upstream::{Space, Upstream};

const TIME: i64 = 1_700_000_000_000;
const MESSAGES: usize = 1200;

fn long_chain(space: &Space) {
    let texts: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    space.chain("general", None, &texts, TIME);
}

#[test]
fn an_import_that_is_killed_is_finished_by_the_next() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    long_chain(&space);
    space.entry(&space.owner, "note", b"x", TIME);
    let bytes = vec![5; 3 << 20];
    upstream.blob(&bytes, &[(space.id, space.owner.id)]);
    // Killed while messages are stored, and while blobs are.
    for at in [" general: ", "blobs"] {
        let target = Target::new();
        let mut child = target
            .command(upstream.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reached = lines.map(Result::unwrap).any(|line| line.contains(at));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(reached);
        let imported = target.import(&upstream);
        assert_eq!(imported.code, Some(0), "{imported:?}");
        let [found, stored, present] = imported.tally("messages");
        assert_eq!((found, stored + present), (MESSAGES as u64, found));
        assert!(present > 0, "what was stored before counts");
        let verified = target.verify();
        assert_eq!(
            [
                &verified["messages"],
                &verified["entries"],
                &verified["blobs"]
            ],
            [MESSAGES, 1, 1]
        );
        assert!(!target.path().join("import-scratch").exists());
        let again = target.import(&upstream);
        assert_eq!(again.tally("messages"), [found, 0, found]);
    }
}

#[test]
fn a_damaged_database_is_reported_and_the_others_are_taken() {
    let upstream = Upstream::new();
    let (broken, whole) = (upstream.space(1), upstream.space(2));
    broken.entry(&broken.owner, "note", b"x", TIME);
    whole.chain("general", None, &["a"], TIME);
    fs::write(broken.folder.join("messages.db"), [b'x'; 9000]).unwrap();
    fs::create_dir(upstream.path().join("spaces").join("ch_what")).unwrap();
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert!(
        imported
            .finding("database.corrupt")
            .contains(&broken.id.to_string())
    );
    assert!(imported.finding("space.id").contains("ch_what"));
    assert_eq!(imported.tally("messages"), [1, 1, 0]);
    assert_eq!(imported.tally("entries"), [1, 1, 0]);
}

#[test]
fn pages_that_were_overwritten_cost_what_was_on_them_and_no_more_is_believed() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    long_chain(&space);
    let file = space.folder.join("messages.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xAB);
    fs::write(&file, bytes).unwrap();
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(3));
    assert!(imported.left_out().contains(&"database.corrupt"));
    target.verify();
}

#[test]
fn a_table_of_another_shape_is_reported() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    space
        .messages
        .execute_batch("ALTER TABLE messages DROP COLUMN signature")
        .unwrap();
    let imported = Target::new().import(&upstream);
    assert!(imported.finding("database.schema").contains("signature"));
}

#[test]
fn what_a_server_that_still_has_it_open_has_written_is_seen() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let mode = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;";
    space.messages.execute_batch(mode).unwrap();
    space.chain("general", None, &["a", "b"], TIME);
    assert!(space.folder.join("messages.db-wal").exists());
    let before = upstream.files();
    let target = Target::new();
    assert_eq!(target.import(&upstream).tally("messages"), [2, 2, 0]);
    assert_eq!(upstream.files(), before);
}

#[test]
fn a_transaction_that_was_cut_off_is_taken_back() {
    let upstream = Upstream::new();
    let space = upstream.space(1);
    let ids = space.chain("general", None, &["a"], TIME);
    // Spilled into the file before it is committed, with the journal beside it.
    space
        .messages
        .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
        .unwrap();
    let texts: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    space.chain("general", Some(ids[0]), &texts, TIME + 1);
    assert!(space.folder.join("messages.db-journal").exists());
    let target = Target::new();
    let imported = target.import(&upstream);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert_eq!(imported.tally("messages"), [1, 1, 0]);
}

#[test]
fn a_directory_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new();
    let refused = target.command(folder.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("no data directory of the published server"),
        "{said}"
    );
}

#[test]
fn the_source_is_no_target() {
    let upstream = Upstream::new();
    for data in ["", "new", "blobs", "spaces/new"] {
        let refused = Command::new(BINARY)
            .arg("import")
            .arg(upstream.path())
            .arg("--data")
            .arg(upstream.path().join(data))
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("only read"), "{said}");
    }
    assert!(upstream.files().is_empty());
}
