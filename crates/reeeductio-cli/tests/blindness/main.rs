//! The server knows nothing: after everything that members do in a space with a policy, and users in an app, its memory, its files, its log and the wire hold no
//! root, no key that derives from one, no content, no type of content, and no secret of a member or an invite link.
//!
//! The same search finds what the server knows, and texts that are planted there in the clear: so it can fail.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::allow_attributes
)]

mod apps;
mod life;
mod needles;
mod places;
mod recorder;
mod routes;
mod secrets;

use std::collections::BTreeSet;
use std::path::Path;

use reeeductio_client::random;
use reeeductio_testkit::{Member, ServerProcess};

use needles::Needles;
use recorder::Recorder;
use routes::Signals;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

/// Names of what is in a place, sorted.
fn found(needles: &Needles, place: &[Vec<u8>]) -> String {
    let found = place.iter().flat_map(|bytes| needles.found_in(bytes));
    let found: BTreeSet<String> = found.collect();
    Vec::from_iter(found).join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_holds_no_secret_in_memory_files_log_and_wire() {
    let folder = tempfile::tempdir().unwrap();
    let [data, logs] = ["data", "logs"].map(|name| folder.path().join(name));
    std::fs::create_dir(&logs).unwrap();
    let log = logs.join("server.log");
    let variables = [
        ("LOGGING__LEVEL", "trace"),
        ("LOGGING__FILE", log.to_str().unwrap()),
        ("LOGGING__MAX_BYTES", "0"),
    ];
    let server = ServerProcess::start_with(Path::new(BINARY), &data, &variables);
    let recorder = Recorder::start(server.url()).await;

    let mut life = life::live(recorder.url()).await;
    let (owner, ada) = (life.raw_owner().await, life.raw_ada().await);
    routes::grant(&owner, &ada).await;
    routes::write_value(&mut life, &owner).await;
    routes::leave_items(&mut life, &ada, &owner).await;
    life.derive().await;
    let used = Box::pin(apps::live(recorder.url())).await;
    let mut needles = Needles::new();

    // Planted: what a client does not seal. The data of a space without a policy has a path in the log, too.
    let [body, path, signal] = [(); 3].map(|()| life::fresh());
    let seed = random().unwrap();
    let base = Member::sign_in_owner(recorder.url(), seed).await;
    let (place, now) = (format!("notes/{path}"), reeeductio_client::now());
    let stored = base.put_data(&place, body.as_bytes(), now).await;
    assert_eq!(stored.status, 200, "{stored:?}");
    needles.add_text("planted body", &body);
    needles.add_text("planted path", &path);
    needles.add_text("planted signal", &signal);
    needles.add("space", &life.space.to_bytes()[1..]);
    needles.add("edited message", life.edited.hash());
    let mut to = Signals::open(&ada).await;
    let mut from = Signals::open(&owner).await;
    routes::signal(&mut life, (&owner, &mut from), &mut to, &signal).await;
    for (name, text) in life.texts.iter().chain(&used.texts) {
        needles.add_text(name, text);
    }
    for (name, secret) in life.secrets.iter().chain(&used.secrets) {
        needles.add(name, secret);
    }

    // Signals are told and not stored. Of a request the log has the path.
    let expected = [
        (
            "memory",
            "edited message, planted body, planted path, planted signal, space",
        ),
        ("files", "edited message, planted body, planted path, space"),
        ("log", "edited message, planted path, space"),
        (
            "wire",
            "edited message, planted body, planted path, planted signal, space",
        ),
    ];
    let mut held = Vec::new();
    #[cfg(target_os = "linux")]
    held.push(("memory", found(&needles, &places::memory(server.id()))));
    drop((to, from));
    server.kill();
    held.push(("files", found(&needles, &places::files(&data))));
    held.push(("log", found(&needles, &places::files(&logs))));
    held.push(("wire", found(&needles, &recorder.wire())));
    let held: Vec<(&str, &str)> = held
        .iter()
        .map(|(place, found)| (*place, found.as_str()))
        .collect();
    // Elsewhere the memory of another process cannot be read.
    assert_eq!(held, expected[expected.len() - held.len()..]);
}
