//! A directory that the published server has written, under the test suites of its own Python and
//! TypeScript clients.

use std::path::Path;
use std::process::Command;

use reeeductio_client::PasswordLogin;
use reeeductio_proto::{DataPath, SpaceId};
use serde_json::Value;
use tempfile::TempDir;

use crate::target::Target;

const ARCHIVE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../testing/fixtures/published-server-data.tar.gz"
);

/// The directory, unpacked.
fn unpacked() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(ARCHIVE)
        .arg("-C")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(unpacked.success());
    folder
}

/// Space, username and password of accounts that the clients' tests registered: two by the Python client,
/// one by the TypeScript client, which stretches passwords differently.
const ACCOUNTS: [(&str, &str, &str); 7] = [
    ("SDD425my2rgKGzSOIb56Tl46oj-E4_6HNW0j9rtwS7rV", "test-user-1a6b6635", ""),
    ("SEF80IdednjVMZlbsEOMOyrUwvtV6o1JSfs_BUREJ6P4", "test-user-1795275912620-ljp7p5", ""),
    ("SIyCbn8Uj4QPx2PQ0_S1-wALUCOYXpZ5OVRTHX_4fToM", "test-user-1795275912083-kaznug", ""),
    ("SMN-pSLVQYlYkMF4tIGEOQA1ez5Rb96p_ZWujmdO2pxs", "test-user-ea1c072a", ""),
    ("SMN-pSLVQYlYkMF4tIGEOQA1ez5Rb96p_ZWujmdO2pxs", "test-user-8d8a396e", ""),
    ("SNatm43F9ESALHNG0Qyc9bZdf7cmouruUV3G20bri8Zu", "test-user-0bf8b485", ""),
    ("SOoA7U5b3e69DQElIPzS5PXnNiUaeoek7w_MmQM-qw1y", "test-user-1795275911294-ek6w1q", ""),
];

#[tokio::test]
async fn scratch() {
    let upstream = unpacked();
    let target = Target::new();
    let imported = target.import_from(upstream.path());
    println!("{imported:?}");
    let server = target.serve().await;
    for (space, user, _) in ACCOUNTS {
        let space: SpaceId = SpaceId::parse(space).unwrap();
        for password in ["test-password-123!", "first-password-123!", "second-password-456!", "correct-password"] {
            let t = std::time::Instant::now();
            let got = PasswordLogin::log_in(space, user, password, &server.url()).await;
            match got {
                Ok(login) => {
                    println!("{user} {password} {:?} {} {:?}", login.stretching, login.member, t.elapsed());
                    let handle = login.open(&server.url(), Default::default()).unwrap();
                    for path in ["test/opaque/16451116", "test/opaque/1795275912015"] {
                        let path = reeeductio_proto::StatePath::parse(path).unwrap();
                        println!("   {:?} / {:?}", handle.encrypted_state(&path).await, handle.plaintext_state(&path).await);
                    }
                }
                Err(error) => println!("{user} {password} {error} {:?}", t.elapsed()),
            }
        }
    }
    panic!();
}
