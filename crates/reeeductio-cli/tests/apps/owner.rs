//! An app's owner.

use std::fs;

use reeeductio_client::ChannelOptions;
use serde_json::Value;

use crate::rig::{Rig, assert_private, cut_short, field, json, run, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_made_with_a_file_of_its_owner_alone_and_no_secret_is_printed() {
    let rig = Rig::start().await;
    let made = rig.create_app(0, &["--json"]);
    let app = rig.path("app");
    assert_private(&app);
    let public = json(&made);
    let mut names: Vec<&String> = public.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["app_id", "app_key", "base_url"]);
    for name in names {
        assert_eq!(public[name], field(&app, name).as_str());
    }
    let seed = field(&app, "owner");
    assert!(!text(&made.stdout).contains(&seed) && !text(&made.stderr).contains(&seed));
    assert_eq!(fs::read_dir(rig.folder.path()).unwrap().count(), 1);
    rig.user("ada").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_there_is_not_touched_and_nothing_is_sent() {
    let rig = Rig::with_app().await;
    let app = rig.path("app");
    let before = fs::read(&app).unwrap();
    let nowhere = "http://127.0.0.1:1";
    for (name, content) in [
        ("app", before.as_slice()),
        ("notes", b"my notes"),
        ("none", b""),
    ] {
        let path = rig.path(name);
        fs::write(&path, content).unwrap();
        let words = ["create", "Chat", "--base-url", nowhere, "--output", &path];
        let refused = run(1, &[&["app"][..], &words].concat());
        let said = text(&refused.stderr);
        assert!(said.contains(&path) && !said.contains("connect"), "{said}");
        let words = ["keeper", "init", "--app", &app, "--output", &path];
        assert!(text(&run(1, &words).stderr).contains(&path));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_in_the_file_before_the_server_is_asked() {
    let rig = Rig::start().await;
    let app = rig.path("app");
    let words = ["app", "create", "Chat", "--base-url", "http://127.0.0.1:1"];
    let words = [&words[..], &["--output", &app]].concat();
    let failed = run(1, &words);
    assert!(text(&failed.stderr).contains("run this again with"));
    assert_private(&app);
    let before = fs::read(&app).unwrap();
    let said = run(1, &["app", "keys", "list", "--app", &app]);
    assert!(text(&said.stderr).contains("was not made to the end"));
    // Again: the same keys.
    run(1, &words);
    assert_eq!(fs::read(&app).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_whose_making_was_cut_short_is_completed_with_the_same_keys() {
    let rig = Rig::with_app().await;
    let app = rig.path("app");
    let names = ["app_id", "app_key", "owner"];
    let before = names.map(|name| field(&app, name));
    cut_short(&app);
    let cut = fs::read(&app).unwrap();
    let url = rig.server.url();
    let other = [
        "app",
        "create",
        "Other",
        "--base-url",
        &url,
        "--output",
        &app,
    ];
    assert!(text(&run(1, &other).stderr).contains("of another app"));
    assert_eq!(fs::read(&app).unwrap(), cut);
    rig.create_app(0, &[]);
    assert_eq!(names.map(|name| field(&app, name)), before);
    let keys = json(&run(0, &["app", "keys", "list", "--json", "--app", &app]));
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    rig.create_app(1, &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_lists_and_ends_keys_and_users_and_lists_channels() {
    let rig = Rig::with_app().await;
    let app = rig.path("app");
    let app = app.as_str();
    let created = run(
        0,
        &["app", "keys", "create", "the phone", "--json", "--app", app],
    );
    let created = json(&created);
    let bare = run(0, &["app", "keys", "create", "the page", "--app", app]);
    assert!(text(&bare.stdout).starts_with("rk_"));
    let listed = run(0, &["app", "keys", "list", "--app", app]);
    let id = created["id"].as_str().unwrap();
    let of_phone = |line: &str| line.starts_with(id) && line.ends_with("the phone");
    assert!(text(&listed.stdout).lines().any(of_phone));
    run(0, &["app", "keys", "revoke", id, "--app", app]);
    let listed = run(0, &["app", "keys", "list", "--app", app]);
    assert!(!text(&listed.stdout).contains(id));
    run(1, &["app", "keys", "revoke", "ada", "--app", app]);

    let ada = rig.user("ada").await;
    rig.user("bob").await;
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    let made = ada.channels().create("general", options).await.unwrap();
    let users = || json(&run(0, &["app", "users", "list", "--json", "--app", app]));
    let names = |users: Value| -> Vec<String> {
        let users = users["users"].as_array().unwrap().iter();
        users
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(users()), ["ada", "bob"]);
    run(0, &["app", "users", "remove", "bob", "--app", app]);
    assert_eq!(names(users()), ["ada"]);
    assert!(text(&run(1, &["app", "users", "remove", "eve", "--app", app]).stderr).contains("eve"));

    let channels = json(&run(0, &["app", "channels", "--json", "--app", app]));
    assert_eq!(channels["channels"][0]["name"], "general");
    assert_eq!(channels["channels"][0]["id"], made.id().to_string());
    assert_eq!(channels["channels"][0]["creator"], made.user().to_string());
    let shown = run(0, &["app", "channels", "--app", app]);
    assert!(
        text(&shown.stdout)
            .lines()
            .any(|line| line.ends_with("general"))
    );
}
