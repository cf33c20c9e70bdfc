//! `space list`, `usage`, `remove` and `purge`: how the operator is rid of a space.

use reeeductio_proto::registration_bytes;
use reeeductio_testkit::{Creation, TestServer};
use serde_json::{Value, json};

use crate::rig::{Admin, closed_server, keys, python_credentials};

/// A server with two registered spaces, and a message in the first.
async fn with_spaces() -> (TestServer, Admin) {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    for seed in [1, 2] {
        let file = admin.write(&format!("{seed}.json"), &python_credentials(seed));
        admin
            .run(&["space", "create", "--space", file.to_str().unwrap()])
            .done();
    }
    say(&server).await;
    (server, admin)
}

/// The owner of the first space posts on top of what is there.
async fn say(server: &TestServer) {
    let owner = server.owner(1).await;
    let head = owner.head("general").await;
    let answer = owner.post_on("general", "t", head, b"hello").await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

fn id(seed: u8) -> String {
    keys(seed).space_id().to_string()
}

/// Returns the item of a space in the list.
fn listed(admin: &Admin, seed: u8) -> Option<Value> {
    let all = admin.run(&["--output", "json", "space", "list"]).json();
    let spaces = all["spaces"].as_array().unwrap();
    spaces
        .iter()
        .find(|space| space["space_id"] == id(seed))
        .cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_what_each_space_stores() {
    let (_server, admin) = with_spaces().await;
    let first = listed(&admin, 1).unwrap();
    // "aGVsbG8=" and "t".
    assert_eq!(first["messages"], json!({"count": 1, "bytes": 9}));
    assert_eq!(first["registered"], true);
    let text = admin.run(&["space", "list"]).done();
    assert!(text.contains(&format!("{}  registered", id(1))), "{text}");
    assert!(text.contains(&format!("{}  served", id(40))), "{text}");
    assert!(text.contains("1 messages, 9 B"), "{text}");
    let words = ["--output", "json", "space", "usage", &id(1)];
    assert_eq!(admin.run(&words).json(), first);
    let text = admin.run(&["space", "usage", &id(1)]).done();
    assert_eq!(
        text,
        format!(
            "Space:         {}\nStatus:        registered\nMessages:      1, 9 B\nData entries:  0, 0 B\n\
             Blobs:         0, 0 B\n",
            id(1)
        )
    );
    let member = keys(9).user_id().to_string();
    let words = [
        "--output",
        "json",
        "space",
        "usage",
        &id(1),
        "--member",
        &member,
    ];
    let of_member = admin.run(&words).json();
    assert_eq!(of_member["messages"]["count"], 0);
    assert_eq!(of_member["member_id"], member);
    let unknown = admin.run(&["space", "usage", &id(3)]).failed(1);
    assert!(unknown.contains("space.unknown"), "{unknown}");
    admin.run(&["space", "usage", "zzz"]).failed(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_removed_and_brought_back() {
    let (server, admin) = with_spaces().await;
    let unasked = admin.run(&["space", "remove", &id(1)]).failed(2);
    assert!(
        unasked.contains("--yes is missing")
            && unasked.contains("`space create --space FILE` registers it again")
            && !unasked.contains("cannot be undone"),
        "{unasked}"
    );
    let done = admin.run(&["space", "remove", &id(1), "--yes"]).done();
    assert_eq!(done, format!("Registration removed\nSpace: {}\n", id(1)));
    let gone = admin.run(&["-f", "1.json", "user", "list"]).failed(1);
    assert!(gone.contains("space.unknown"), "{gone}");
    let left = listed(&admin, 1).unwrap();
    assert_eq!(
        (&left["registered"], &left["served"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(left["messages"]["count"], 1);
    // Nobody is asked for a yes first.
    let again = admin.run(&["space", "remove", &id(1)]).failed(1);
    assert!(
        again.contains(&format!("space {} is not registered", id(1)))
            && again.contains("(admin.not_found)")
            && again.contains("`reeeductio-admin space purge` removes"),
        "{again}"
    );
    let never = admin.run(&["space", "remove", &id(3)]).failed(1);
    assert!(
        never.contains(&id(3)) && never.contains("(space.unknown)") && never.contains("space list"),
        "{never}"
    );
    admin.run(&["space", "create", "--space", "1.json"]).done();
    say(&server).await;
    assert_eq!(listed(&admin, 1).unwrap()["messages"]["count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_purged_once_it_is_removed() {
    let (server, admin) = with_spaces().await;
    let words = ["space", "purge", &id(1), "--yes"];
    let in_use = admin.run(&words).failed(1);
    assert!(
        in_use.contains("(space.in_use)") && in_use.contains("space remove"),
        "{in_use}"
    );
    admin.run(&["space", "remove", &id(1), "-y"]).done();
    let unasked = admin.run(&["space", "purge", &id(1)]).failed(2);
    assert!(
        unasked.contains("--yes is missing: this cannot be undone"),
        "{unasked}"
    );
    let done = admin.run(&words).done();
    let expected = format!(
        "Space purged: {}\nRemoved:      1 messages, data entries and blobs\n",
        id(1)
    );
    assert_eq!(done, expected);
    assert_eq!(listed(&admin, 1), None);
    let again = admin
        .run(&[&["--output", "json"], &words[..]].concat())
        .json();
    assert_eq!(again, json!({"space_id": id(1), "removed": 0}));
    // A space that never existed is reported, without asking for a yes first.
    let never = admin.run(&["space", "purge", &id(3)]).failed(1);
    assert!(
        never.contains(&id(3))
            && never.contains("(space.unknown)")
            && never.contains("space list")
            && !never.contains("space create"),
        "{never}"
    );
    admin.run(&["space", "create", "--space", "1.json"]).done();
    say(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_the_admin_space_needs_the_rights() {
    let (_server, admin) = with_spaces().await;
    let member = keys(41).user_id().to_string();
    let file = admin.write("member.json", &python_credentials(41));
    let file = file.to_str().unwrap();
    admin.run(&["user", "add", &member]).done();
    let commands: [&[&str]; 4] = [
        &["-f", file, "space", "list"],
        &["-f", file, "space", "usage", &id(1)],
        &["-f", file, "-y", "space", "remove", &id(1)],
        &["-f", file, "-y", "space", "purge", &id(1)],
    ];
    for words in commands {
        let refused = admin.run(words).failed(1);
        assert!(
            refused.starts_with("Permission denied: ") && refused.contains("(permission.denied)"),
            "{words:?} {refused}"
        );
    }
    for (name, op) in [("r", "read"), ("d", "delete")] {
        let path = "state/spaces/{any}";
        admin
            .run(&[
                "user", "grant", &member, "-c", name, "--op", op, "--path", path,
            ])
            .done();
    }
    for words in commands {
        admin.run(words).done();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told_without_the_right_to_read_it() {
    let (_server, admin) = with_spaces().await;
    let member = keys(41).user_id().to_string();
    let file = admin.write("member.json", &python_credentials(41));
    let file = file.to_str().unwrap();
    admin.run(&["user", "add", &member]).done();
    let right = ["-c", "d", "--op", "delete", "--path", "state/spaces/{any}"];
    admin
        .run(&[&["user", "grant", &member][..], &right[..]].concat())
        .done();
    let purge = |space: &str| admin.run(&["-f", file, "-y", "space", "purge", space]);
    let unknown = purge(&id(3)).failed(1);
    assert!(
        unknown.contains("never registered") && unknown.contains("(space.in_use)"),
        "{unknown}"
    );
    admin.run(&["-y", "space", "remove", &id(1)]).done();
    let purged = purge(&id(1)).done();
    assert!(purged.contains("Removed:      1 "), "{purged}");
    let removed = admin.run(&["-f", file, "-y", "space", "remove", &id(2)]);
    assert_eq!(removed.code, 0, "{}", removed.err);
    assert!(
        removed.err.starts_with("warning: whether space ") && removed.err.contains("is not known"),
        "{}",
        removed.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_space_is_neither_removed_nor_purged() {
    let (_server, admin) = with_spaces().await;
    for task in ["remove", "purge"] {
        let refused = admin.run(&["space", task, &id(40)]).failed(1);
        assert!(
            refused.contains(&format!("{} is the admin space", id(40)))
                && refused.contains("never registered")
                && refused.contains("(space.in_use)"),
            "{refused}"
        );
        assert!(
            !refused.contains("run `reeeductio-admin space remove`"),
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_whose_credentials_are_needed() {
    let (server, _admin) = with_spaces().await;
    let stranger = Admin::owner(&server.url(), 7);
    let commands: [&[&str]; 5] = [
        &["space", "list"],
        &["space", "usage", &id(1)],
        &["space", "remove", &id(1)],
        &["space", "purge", &id(1)],
        &["auth", "test"],
    ];
    for words in commands {
        let refused = stranger.run(words).failed(1);
        assert!(
            refused.starts_with("Authentication failed: ")
                && refused.contains(&keys(7).user_id().to_string())
                && refused.contains("is not a member of the admin space")
                && refused.contains("(member.unknown)"),
            "{refused}"
        );
        assert!(
            refused.contains("fix: use the credentials of the admin space")
                && !refused.contains("--space-id"),
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_serves_every_space_says_so() {
    let server = TestServer::start_with(|config| {
        config.admin.space_id = Some(id(40));
    })
    .await;
    let admin = Admin::owner(&server.url(), 40);
    let file = admin.write("1.json", &python_credentials(1));
    admin
        .run(&["space", "create", "--space", file.to_str().unwrap()])
        .done();
    say(&server).await;
    let removed = admin.run(&["space", "remove", &id(1), "--yes"]);
    assert_eq!(removed.code, 0);
    assert!(
        removed.err.starts_with("warning: ") && removed.err.contains("admin.auto_create_spaces"),
        "{}",
        removed.err
    );
    let refused = admin.run(&["space", "purge", &id(1), "--yes"]).failed(1);
    assert!(refused.contains("admin.auto_create_spaces"), "{refused}");
    let no_admin = TestServer::start().await;
    let admin = Admin::owner(&no_admin.url(), 1);
    let refused = admin.run(&["space", "list"]).failed(1);
    assert!(refused.contains("admin.not_configured"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_only_an_app_registers_is_removed_and_then_purged() {
    let server = TestServer::start_with(|config| {
        config.admin.auto_create_spaces = None;
        config.admin.space_id = Some(id(40));
        config.spaces.creation = Some(Creation::App);
        config.spaces.apps = vec![id(50)];
    })
    .await;
    let admin = Admin::owner(&server.url(), 40);
    let app = server.owner(50).await;
    let (space, by) = (keys(1).space_id(), keys(50).user_id());
    let signature = keys(1).sign(&registration_bytes(&space, &by, 1));
    let registration = json!({
        "space_id": space, "created_by": by, "created_at": 1, "space_signature": signature.to_string(),
    });
    let path = format!("spaces/{space}");
    assert_eq!(app.set(&path, &registration).await.status, 201);
    say(&server).await;
    let refused = admin.run(&["-y", "space", "purge", &id(1)]).failed(1);
    assert!(refused.contains("(space.in_use)"), "{refused}");
    let removed = admin.run(&["-y", "space", "remove", &id(1)]);
    assert_eq!(removed.code, 0, "{}", removed.err);
    assert!(
        removed.err.starts_with("warning: ") && removed.err.contains("an app registers it"),
        "{}",
        removed.err
    );
    let left = listed(&admin, 1).unwrap();
    assert_eq!(
        (&left["registered"], &left["served"]),
        (&json!(false), &json!(true))
    );
    let refused = admin.run(&["-y", "space", "purge", &id(1)]).failed(1);
    assert!(refused.contains("(space.in_use)"), "{refused}");
    assert_eq!(app.set_bytes(&path, b"").await.status, 201);
    let again = admin.run(&["-y", "space", "remove", &id(1)]).failed(1);
    assert!(again.contains("is not registered"), "{again}");
    let purged = admin.run(&["-y", "space", "purge", &id(1)]).done();
    assert!(purged.contains("Removed:      1 "), "{purged}");
}
