//! The runbooks, each followed on a small disk with the real server.
//!
//! The disk is a tmpfs, so these tests must be allowed to mount one: as root, also in a container or a virtual
//! machine, or as a user who may `sudo` without a password. Where neither is so they fail and say it.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reeeductio_proto::BlobId;
use reeeductio_testkit::{Answer, Member, ServerProcess};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");
const DATA: &str = "/var/lib/reeeductio";
const BACKUPS: &str = "/var/backups";

/// A disk of its own, of a few megabytes.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn mount(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m,mode=700");
        let mounted = [&["mount"][..], &["sudo", "-n", "mount"]].iter().any(|by| {
            let arguments = ["-t", "tmpfs", "-o", &size, "reeeductio-test"];
            let (program, rest) = by.split_first().unwrap();
            let run = Command::new(program)
                .args(rest)
                .args(arguments)
                .arg(folder.path())
                .output();
            run.is_ok_and(|output| output.status.success())
        });
        assert!(
            mounted,
            "this test mounts a small tmpfs and may not: run it as root, or allow `sudo -n mount`"
        );
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder; made by the server.
    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    fn backups(&self) -> PathBuf {
        self.path().join("backups")
    }

    /// The commands of a section of a page of `docs`, on this disk and this server.
    fn follow(&self, page: &str, section: &str, url: &str) -> Output {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs")
            .join(page);
        let text = std::fs::read_to_string(path).unwrap();
        let (_, text) = text
            .split_once(&format!("\n## {section}\n"))
            .unwrap_or_else(|| panic!("{page} has no section {section:?}"));
        let text = text.split("\n## ").next().unwrap();
        let blocks: Vec<&str> = text
            .split("```sh\n")
            .skip(1)
            .map(|block| block.split("```").next().unwrap())
            .collect();
        assert!(!blocks.is_empty(), "{page}: {section} has no commands");
        let script = blocks
            .concat()
            .lines()
            // The test runs the server itself.
            .filter(|line| !line.starts_with("reeeductio serve"))
            .collect::<Vec<_>>()
            .join("\n")
            .replace(DATA, self.data().to_str().unwrap())
            .replace(BACKUPS, self.backups().to_str().unwrap())
            .replace("http://127.0.0.1:8000", url);
        let binaries = Path::new(BINARY).parent().unwrap().display();
        let searched = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(self.path())
            .env("PATH", format!("{binaries}:{searched}"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{output:?}");
        output
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for by in [&["umount"][..], &["sudo", "-n", "umount"]] {
            let (program, rest) = by.split_first().unwrap();
            let run = Command::new(program)
                .args(rest)
                .arg("--lazy")
                .arg(self.folder.path())
                .output();
            if run.is_ok_and(|output| output.status.success()) {
                return;
            }
        }
    }
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn upload(owner: &Member, number: u32, size: usize) -> Answer {
    let mut content = vec![7; size];
    content[..4].copy_from_slice(&number.to_le_bytes());
    let id = BlobId::of(&content).to_string();
    owner.put_blob(&id, content).await
}

async fn start(disk: &Disk) -> (ServerProcess, Member) {
    let server = ServerProcess::start(Path::new(BINARY), &disk.data());
    let owner = Member::sign_in_owner(server.url(), [1; 32]).await;
    (server, owner)
}

#[tokio::test]
async fn a_full_disk_refuses_writes_loses_nothing_and_takes_writes_again_without_a_restart() {
    let disk = Disk::mount(24);
    // A file that is not the server's.
    let others = disk.path().join("others");
    std::fs::write(&others, vec![7; 8 << 20]).unwrap();
    let (server, owner) = start(&disk).await;
    assert_eq!(owner.post("general", b"before").await.status, 201);
    let mut stored = Vec::new();
    let mut refused = None;
    for number in 0..100 {
        let answer = upload(&owner, number, 1 << 20).await;
        if answer.status != 201 {
            refused = Some(answer);
            break;
        }
        stored.push(answer.json["blob_id"].as_str().unwrap().to_owned());
    }
    let refused = refused.expect("the disk is never full");
    assert_eq!(refused.refusal(), (503, "storage.full"));
    // Messages that are large, but small enough for the room that is left, until none fits.
    let mut posted = 1;
    let full = loop {
        let answer = owner.post("general", &vec![7; 50_000]).await;
        if answer.status != 201 {
            break answer;
        }
        posted += 1;
        assert!(posted < 1000, "the disk is never full");
    };
    // Something else has taken the last bytes: SQLite says so before the measured reserve does, or after.
    let codes = [(503, "storage.full"), (503, "storage.unavailable")];
    assert!(codes.contains(&full.refusal()), "{full:?}");
    // Reading goes on.
    let newest = owner.get("topics/general/messages?limit=5").await;
    assert_eq!(newest.status, 200, "{newest:?}");
    assert_eq!(owner.get_blob(&stored[0]).await.unwrap().1.len(), 1 << 20);

    let space = disk.follow("full-disk.md", "1. See what takes the space", server.url());
    let fullest = printed(&space)
        .split_whitespace()
        .filter_map(|word| word.strip_suffix('%')?.parse::<u32>().ok())
        .max();
    assert!(fullest >= Some(90), "{}", printed(&space));
    disk.follow("full-disk.md", "2. Make room", server.url());
    std::fs::remove_file(&others).unwrap();
    let works = disk.follow("full-disk.md", "3. Check that it works again", server.url());
    assert!(
        printed(&works).contains("are intact"),
        "{}",
        printed(&works)
    );

    assert_eq!(owner.post("general", b"after").await.status, 201);
    assert_eq!(upload(&owner, 1000, 1 << 20).await.status, 201);
    for blob in &stored {
        assert_eq!(owner.get_blob(blob).await.unwrap().1.len(), 1 << 20);
    }
    let all = owner.get("topics/general/messages?limit=1000").await;
    assert_eq!(all.json["messages"].as_array().unwrap().len(), posted + 1);
    server.kill();
}

#[tokio::test]
async fn on_a_full_disk_blobs_can_be_deleted_and_their_room_used() {
    let disk = Disk::mount(16);
    let (_server, owner) = start(&disk).await;
    let mut stored = Vec::new();
    for number in 0..100 {
        let answer = upload(&owner, number, 1 << 20).await;
        if answer.status != 201 {
            break;
        }
        stored.push(answer.json["blob_id"].as_str().unwrap().to_owned());
    }
    assert!((2..100).contains(&stored.len()));
    for blob in stored.iter().take(2) {
        let path = format!("blobs/{blob}");
        let deleted = owner.send(reqwest::Method::DELETE, &path, None).await;
        assert!(deleted.status < 300, "{deleted:?}");
    }
    assert_eq!(upload(&owner, 1000, 1 << 20).await.status, 201);
}

#[tokio::test]
async fn damage_is_named_and_put_back_from_a_backup() {
    let disk = Disk::mount(64);
    let (server, owner) = start(&disk).await;
    for number in 0..3 {
        assert_eq!(upload(&owner, number, 1 << 20).await.status, 201);
        assert_eq!(owner.post("general", b"message").await.status, 201);
    }
    std::fs::create_dir(disk.backups()).unwrap();
    let made = Command::new(BINARY)
        .arg("backup")
        .args([disk.data(), disk.backups().join("today")])
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(owner.post("general", b"after the backup").await.status, 201);
    server.kill();
    let damaged = Command::new("find")
        .arg(disk.data().join("blobs"))
        .args(["-type", "f", "-exec", "truncate", "--size=10", "{}", "+"])
        .status()
        .unwrap();
    assert!(damaged.success());
    let database = rusqlite::Connection::open(disk.data().join("reeeductio.db")).unwrap();
    database
        .execute_batch("UPDATE messages SET data = 'other' WHERE event = 2")
        .unwrap();
    database.close().unwrap();

    let seen = printed(&disk.follow("damage.md", "1. Find out what is damaged", ""));
    assert_eq!(seen.matches("DAMAGED: blob.corrupt").count(), 3, "{seen}");
    assert_eq!(seen.matches("DAMAGED: row.corrupt").count(), 1, "{seen}");
    disk.follow("damage.md", "2. Put back what the backup has", "");
    let works = printed(&disk.follow("damage.md", "3. Check that it works again", ""));
    assert!(
        works.contains("4 messages") && works.contains("3 blobs"),
        "{works}"
    );
    let (_server, owner) = start(&disk).await;
    assert_eq!(owner.post("general", b"on").await.status, 201);
}

#[tokio::test]
async fn a_repair_without_room_fails_and_leaves_the_folder_as_it_was() {
    let disk = Disk::mount(48);
    let backups = tempfile::tempdir().unwrap();
    let (server, owner) = start(&disk).await;
    for _ in 0..100 {
        assert_eq!(owner.post("general", &vec![7; 70_000]).await.status, 201);
    }
    let copy = backups.path().join("copy");
    let made = Command::new(BINARY)
        .arg("backup")
        .args([disk.data(), copy.clone()])
        .status()
        .unwrap();
    assert!(made.success());
    server.kill();
    let path = disk.data().join("reeeductio.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute_batch("UPDATE messages SET data = 'other' WHERE event = 2")
        .unwrap();
    database.close().unwrap();
    let before = std::fs::read(&path).unwrap();
    let rest = disk.path().join("rest");
    let _full = std::io::copy(
        &mut std::io::repeat(7),
        &mut std::fs::File::create(&rest).unwrap(),
    )
    .unwrap_err();
    let repair = || {
        Command::new(BINARY)
            .arg("repair")
            .arg(disk.data())
            .arg("--from")
            .arg(&copy)
            .output()
            .unwrap()
    };
    let failed = repair();
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(std::fs::read(&path).unwrap() == before);
    std::fs::remove_file(&rest).unwrap();
    let repaired = repair();
    assert_eq!(repaired.status.code(), Some(0), "{repaired:?}");
}

#[tokio::test]
async fn a_lost_folder_is_restored() {
    let disk = Disk::mount(64);
    let (server, owner) = start(&disk).await;
    assert_eq!(upload(&owner, 0, 1 << 20).await.status, 201);
    assert_eq!(owner.post("general", b"message").await.status, 201);
    std::fs::create_dir(disk.backups()).unwrap();
    let made = Command::new(BINARY)
        .arg("backup")
        .args([disk.data(), disk.backups().join("today")])
        .status()
        .unwrap();
    assert!(made.success());
    server.kill();
    std::fs::remove_file(disk.data().join("reeeductio.db")).unwrap();

    disk.follow("restore.md", "1. Check the backup", "");
    disk.follow("restore.md", "2. Put it in place", "");
    let said = disk.follow("restore.md", "3. Say that it was restored", "");
    let text = "0 spaces with a policy have a new history";
    assert!(printed(&said).contains(text), "{said:?}");
    let server = ServerProcess::start(Path::new(BINARY), &disk.data());
    let url = server.url().to_owned();
    // A token of before is still good.
    let owner = owner.at(&url);
    let page = owner.get("topics/general/messages").await;
    assert_eq!(page.json["messages"].as_array().unwrap().len(), 1);
    let started = disk.follow("restore.md", "4. Start it", &url);
    assert!(printed(&started).contains("\"ready\""), "{started:?}");
}
