//! A keeper, as a program.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use reeeductio_client::ChannelOptions;
use reeeductio_testkit::TestServer;

use crate::background::Background;
use crate::rig::{Rig, ask, assert_private, cut_short, field, join, json, run, status, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_joins_the_channel_of_another_by_the_keeper_which_logs_no_secret() {
    let rig = Rig::with_app().await;
    let inited = rig.init_keeper();
    let keeper = rig.path("keeper");
    assert_private(&keeper);
    let seed = field(&keeper, "keeper");
    assert!(!text(&inited.stdout).contains(&seed));
    let store = rig.path("keeper.db");
    let mut running = Background::start(&keeper, &["--store", &store]);
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    join(&bob, "general").await.unwrap();
    let user = bob.user().unwrap().id;
    running.until(&format!("keeps {}, given by {}", made.id(), made.user()));
    running.until(&format!("admitted {user} to {}", made.id()));
    assert_private(&store);
    let well = status(0, &keeper);
    assert_eq!(
        (&well["is_keeper"], &well["is_well"]),
        (&true.into(), &true.into())
    );
    let (ended, said) = running.end("-TERM");
    assert!(ended.success(), "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("stopped"));
    assert!(!said.iter().any(|line| line.contains(&seed)), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_keepers_with_one_file_do_no_harm() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let store = rig.path("keeper.db");
    let one = Background::start(&keeper, &["--store", &store]);
    let two = Background::start(&keeper, &["--store", &store]);
    let three = Background::start(&keeper, &[]);
    let ada = rig.user("ada").await;
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let (bob, eve, joe) = tokio::join!(rig.user("bob"), rig.user("eve"), rig.user("joe"));
    let joined = tokio::join!(
        join(&bob, "general"),
        join(&eve, "general"),
        join(&joe, "general")
    );
    for channel in [joined.0, joined.1, joined.2] {
        assert_eq!(channel.unwrap().id(), made.id());
    }
    let audited = made.audit().await.unwrap();
    assert_eq!(audited.len(), 3, "{audited:?}");
    assert!(audited.iter().all(|one| one.fault.is_none()), "{audited:?}");
    assert_eq!(made.members().await.unwrap().len(), 4);
    for running in [one, two, three] {
        let (ended, said) = running.end("-INT");
        assert!(ended.success(), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_waited_when_the_keeper_was_killed_are_answered_by_the_next() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let mut first = Background::start(&keeper, &[]);
    let (ada, bob, eve) = tokio::join!(rig.user("ada"), rig.user("bob"), rig.user("eve"));
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    first.until("keeps ");
    // It hears of the requests and does nothing.
    first.signal("-STOP");
    ask(&bob, "general").await;
    ask(&eve, "general").await;
    assert_eq!(status(0, &keeper)["waiting"], 2);
    let (ended, _) = first.end("-KILL");
    assert!(!ended.success());
    assert_eq!(status(0, &keeper)["waiting"], 2);

    let mut second = Background::start(&keeper, &[]);
    second.until("admitted ");
    second.until("admitted ");
    assert_eq!(made.members().await.unwrap().len(), 3);
    for user in [&bob, &eve] {
        join(user, "general").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_that_is_to_be_one_pass_does_what_waits_and_ends() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let (ada, bob) = tokio::join!(rig.user("ada"), rig.user("bob"));
    let options = ChannelOptions {
        is_private: true,
        ..ChannelOptions::default()
    };
    ada.channels().create("board", options).await.unwrap();
    ask(&bob, "board").await;
    let words = ["keeper", "run", &keeper, "--once"];
    let first = run(0, &words);
    assert_eq!(
        text(&first.stdout),
        "admitted 0, refused 1, kept 1, ignored 0, left 0\n"
    );
    assert!(text(&first.stderr).contains(": channel.not_invited"));
    let again = run(0, &words);
    assert_eq!(
        text(&again.stdout),
        "admitted 0, refused 0, kept 0, ignored 0, left 0\n"
    );
    assert_eq!(text(&again.stderr), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_status_fails_for_requests_that_wait_too_long_and_for_a_keeper_that_is_replaced() {
    // An item that arrives now has arrived two minutes ago by the clock of the program.
    let rig = Rig::of(TestServer::start_with_clock(-120_000, |_| {}).await);
    rig.create_app(0, &[]);
    rig.init_keeper();
    let (app, keeper) = (rig.path("app"), rig.path("keeper"));
    assert_eq!(
        status(0, &keeper)["oldest_seconds"],
        serde_json::Value::Null
    );
    let ada = rig.user("ada").await;
    ada.channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    let late = status(3, &keeper);
    assert_eq!(
        (&late["is_keeper"], &late["waiting"]),
        (&true.into(), &1.into())
    );
    assert!(
        (120..150).contains(&late["oldest_seconds"].as_u64().unwrap()),
        "{late}"
    );

    let second = rig.path("second");
    run(0, &["keeper", "init", "--app", &app, "--output", &second]);
    assert_eq!(status(0, &second)["is_keeper"], true);
    assert_eq!(status(3, &keeper)["is_keeper"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_keeper_whose_making_was_cut_short_is_completed_and_does_not_run_before() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let before = field(&keeper, "keeper");
    cut_short(&keeper);
    let refused = run(1, &["keeper", "run", &keeper]);
    assert!(text(&refused.stderr).contains("was not made to the end"));
    rig.init_keeper();
    assert_private(&keeper);
    assert_eq!(field(&keeper, "keeper"), before);
    assert_eq!(status(0, &keeper)["is_keeper"], true);

    // One that the app has not heard of.
    let (app, second) = (rig.path("app"), rig.path("second"));
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(&app).unwrap()).unwrap();
    file["base_url"] = "http://127.0.0.1:1".into();
    let offline = rig.path("offline");
    fs::write(&offline, file.to_string()).unwrap();
    let failed = run(
        1,
        &["keeper", "init", "--app", &offline, "--output", &second],
    );
    assert!(text(&failed.stderr).contains("run this again with"));
    assert_private(&second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metrics_count_what_the_keeper_did() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let mut running = Background::start(&keeper, &["--metrics", "127.0.0.1:0"]);
    let mut said = running.said.iter();
    let line = said.find_map(|line| line.strip_prefix("metrics at http://"));
    let address = line.unwrap().replace("/metrics", "");
    let (ada, bob) = tokio::join!(rig.user("ada"), rig.user("bob"));
    ada.channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    join(&bob, "general").await.unwrap();
    running.until("admitted ");
    let page = get(&address, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    for line in [
        "reeeductio_keeper_admitted_total 1",
        "reeeductio_keeper_kept_total 1",
        "reeeductio_keeper_refused_total 0",
        "reeeductio_keeper_left 0",
        "reeeductio_keeper_connected 1",
    ] {
        assert!(page.lines().any(|one| one == line), "{line}: {page}");
    }
    assert!(!page.contains("reeeductio_keeper_last_pass_timestamp_seconds 0"));
    assert!(get(&address, "/").starts_with("HTTP/1.1 404 "));
}

/// Asks a server for a page.
fn get(address: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_keeper_that_the_owner_has_removed_ends_and_says_why() {
    let rig = Rig::with_keeper().await;
    let (app, keeper) = (rig.path("app"), rig.path("keeper"));
    let id = json(&run(0, &["keeper", "status", &keeper, "--json"]))["keeper"].clone();
    run(
        0,
        &[
            "app",
            "users",
            "remove",
            id.as_str().unwrap(),
            "--app",
            &app,
        ],
    );
    let ended = run(1, &["keeper", "run", &keeper]);
    assert!(
        text(&ended.stderr).contains("member.unknown"),
        "{}",
        text(&ended.stderr)
    );
    assert_eq!(status(3, &keeper)["is_keeper"], false);
}
