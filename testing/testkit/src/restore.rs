//! Backups of a server, and what its operator does after one was put in its place.

use std::path::Path;

use reeeductio_core::Identity;
use reeeductio_proto::{Checkpoint, Origin, restore_statement};
use reeeductio_server::Storage;
use tempfile::TempDir;

/// A copy of the data of a server that was stopped.
pub fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_into(folder, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_into(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// Begins a new history of every space, as `reeeductio restore begin` does.
pub async fn begin_restore(folder: &Path, incarnation: [u8; 8]) {
    let storage = Storage::open(folder).unwrap();
    for space in storage.records.spaces(None, 256).await.unwrap() {
        let renewed = storage.records.renew_tree(space, incarnation).await;
        renewed.unwrap();
    }
    storage.records.close().await.unwrap();
}

/// Signs the newest restore of every space, as `reeeductio restore sign` and `finish` do.
pub async fn sign_restores(folder: &Path, operator: &Identity) {
    let storage = Storage::open(folder).unwrap();
    for space in storage.records.spaces(None, 256).await.unwrap() {
        for restore in storage.records.restores(space).await.unwrap() {
            let survived = Checkpoint {
                origin: Origin::new("localhost", space, restore.old.incarnation).unwrap(),
                size: restore.old.size,
                root: restore.old.root,
            };
            let signature = operator.sign(&restore_statement(&survived, restore.new));
            let signed = storage
                .records
                .sign_restore(space, restore.new, signature.to_bytes());
            assert!(signed.await.unwrap());
        }
    }
    storage.records.close().await.unwrap();
}
