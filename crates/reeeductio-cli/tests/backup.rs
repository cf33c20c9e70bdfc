//! `backup` beside a server that is busy.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes
)]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reeeductio_proto::{BlobId, MessageId};
use reeeductio_server::{BackupOptions, BackupStep};
use reeeductio_testkit::{Member, ServerProcess, TestServer};
use reqwest::Method;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");
const WRITERS: usize = 8;
/// A backup that has not ended while this many messages were written never does.
const ENOUGH: usize = 30_000;

/// Posts until told to stop.
async fn write(owner: Member, number: usize, written: Arc<AtomicUsize>, stop: Arc<AtomicBool>) {
    let mut head = None;
    while !stop.load(Ordering::SeqCst) {
        let answer = owner
            .post_on(&format!("writer-{number}"), "n", head, &[7; 100])
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        head = Some(MessageId::parse(answer.json["message_hash"].as_str().unwrap()).unwrap());
        written.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_ends_and_is_whole_while_eight_writers_never_pause() {
    let folder = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let owner = Member::sign_in_owner(server.url(), [1; 32]).await;
    // Several times what is copied in one step.
    let mut head = None;
    for _ in 0..400 {
        let answer = owner.post_on("large", "n", head, &vec![7; 70_000]).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        head = Some(MessageId::parse(answer.json["message_hash"].as_str().unwrap()).unwrap());
    }
    let written = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (written, stop) = (Arc::clone(&written), Arc::clone(&stop));
            tokio::spawn(write(owner.clone(), number, written, stop))
        })
        .collect();
    while written.load(Ordering::SeqCst) < WRITERS {
        tokio::task::yield_now().await;
    }
    let before = written.load(Ordering::SeqCst);
    let mut backup = Command::new(BINARY)
        .args(["backup", "--json"])
        .args([folder.path(), &copies.path().join("copy")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let ended = loop {
        if let Some(status) = backup.try_wait().unwrap() {
            break Some(status);
        }
        if written.load(Ordering::SeqCst) - before > ENOUGH {
            backup.kill().unwrap();
            backup.wait().unwrap();
            break None;
        }
        tokio::task::yield_now().await;
    };
    let during = written.load(Ordering::SeqCst) - before;
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    let ended = ended.unwrap_or_else(|| panic!("{during} messages later it still runs"));
    assert_eq!(ended.code(), Some(0));
    assert!(during > 0, "nobody wrote meanwhile");
}

fn backup(from: &Path, to: &Path, options: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(BINARY)
        .arg("backup")
        .args(options)
        .args([from, to])
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

/// A server with a blob of each of these contents.
async fn with_blobs(contents: &[&[u8]]) -> (TestServer, Member) {
    let server = TestServer::start().await;
    let owner = server.owner(1).await;
    for content in contents {
        let id = BlobId::of(content).to_string();
        assert_eq!(owner.put_blob(&id, content.to_vec()).await.status, 201);
    }
    (server, owner)
}

#[tokio::test]
async fn nobody_but_its_owner_can_read_a_backup() {
    let (server, _owner) = with_blobs(&[b"one"]).await;
    let copies = tempfile::tempdir().unwrap();
    // There already, and open to everybody.
    let copy = copies.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, printed) = backup(server.data(), &copy, &[]);
    assert_eq!(code, Some(0), "{printed}");
    let mut files = 0;
    for path in tree(&copy) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", path.display());
        files += usize::from(path.is_file());
    }
    assert!(files >= 4, "database, two secrets and blob");
    for secret in ["token.secret", "log.key"] {
        let read = |folder: &Path| std::fs::read(folder.join(secret)).unwrap();
        assert_eq!(read(&copy), read(server.data()), "{secret}");
    }
}

#[tokio::test]
async fn a_backup_shares_no_file_with_the_original_unless_asked_to() {
    let (server, _owner) = with_blobs(&[b"one"]).await;
    let copies = tempfile::tempdir().unwrap();
    let blob = |folder: &Path| {
        let blobs = tree(&folder.join("blobs"));
        let file = blobs.into_iter().find(|path| path.is_file()).unwrap();
        std::fs::metadata(file).unwrap().ino()
    };
    let (full, linked) = (copies.path().join("full"), copies.path().join("linked"));
    assert_eq!(backup(server.data(), &full, &[]).0, Some(0));
    assert_eq!(backup(server.data(), &linked, &["--link"]).0, Some(0));
    assert_ne!(blob(&full), blob(server.data()));
    assert_eq!(blob(&linked), blob(server.data()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_is_deleted_during_the_backup_is_not_in_it_and_no_damage() {
    let (server, owner) = with_blobs(&[b"stays", b"goes"]).await;
    let copies = tempfile::tempdir().unwrap();
    let (from, to) = (server.data().to_owned(), copies.path().join("copy"));
    let goes = BlobId::of(b"goes");
    let runtime = tokio::runtime::Handle::current();
    let copy = to.clone();
    let report = tokio::task::spawn_blocking(move || {
        let options = BackupOptions {
            blobs: None,
            link: false,
            backlog: u64::MAX,
        };
        reeeductio_server::backup(&from, &copy, &options, |step| {
            // After the snapshot, before the first blob.
            if let BackupStep::Database(copied) = step
                && copied.done == copied.total
            {
                let path = format!("blobs/{goes}");
                let gone = runtime.block_on(owner.send(Method::DELETE, &path, None));
                assert!(gone.status < 300, "{gone:?}");
            }
        })
        .unwrap()
    })
    .await
    .unwrap();
    assert_eq!(report.deleted_meanwhile, [goes]);
    assert_eq!(report.blobs, 1);
    let checked = reeeductio_server::verify::verify(&to, None, |_| {})
        .await
        .unwrap();
    assert_eq!((checked.damage, checked.blobs), (vec![], 1));
}

#[tokio::test]
async fn a_blob_that_is_lost_is_damage_in_the_copy_too() {
    let (server, _owner) = with_blobs(&[b"lost"]).await;
    for path in tree(&server.data().join("blobs")) {
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    let copies = tempfile::tempdir().unwrap();
    let (code, printed) = backup(server.data(), &copies.path().join("copy"), &[]);
    assert_eq!(code, Some(3), "{printed}");
    assert!(printed.contains("blob.missing"), "{printed}");
}

#[tokio::test]
async fn a_backup_that_fails_leaves_nothing_behind_and_a_full_directory_is_left_alone() {
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let lost = copies.path().join("lost");
    std::fs::create_dir_all(lost.join("blobs")).unwrap();
    let (code, printed) = backup(&lost, &copy, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert_eq!(std::fs::read_dir(&copy).unwrap().count(), 0);
    let (server, _owner) = with_blobs(&[]).await;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(copy.join("mine"), "x").unwrap();
    let (code, printed) = backup(server.data(), &copy, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("is not empty"), "{printed}");
    assert!(copy.join("mine").exists());
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o755);
}

/// The folder and everything in it.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            found.push(path);
        }
    }
    found
}
