//! The commands that the published reference names, word by word.

use reeeductio_testkit::{Member, TestServer};

use crate::rig::{Admin, closed_server, keys, python_credentials};

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_as_written_with_a_credentials_file_in_the_environment() {
    let server = TestServer::start().await;
    check_every_command(&Admin::owner(&server.url(), 1), &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_as_written_beside_the_file_that_the_guide_saves() {
    let server = TestServer::start().await;
    let admin = Admin::at(&server.url());
    admin.write("space_creds.json", &python_credentials(1));
    check_every_command(&admin, &server).await;
}

async fn check_every_command(admin: &Admin, server: &TestServer) {
    let (user, tool) = (keys(2).user_id(), keys(3).tool_id());
    let run = |line: &str| {
        let line = line
            .replace("U...", &user.to_string())
            .replace("T...", &tool.to_string());
        // As a shell splits it.
        let words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('"')).collect();
        admin.run(&words[1..]).done()
    };
    assert!(run("reeeductio-admin --help").contains("Usage: reeeductio-admin"));
    assert!(run("reeeductio-admin space generate").contains("Symmetric Root:  "));
    let space = keys(1).space_id();
    assert!(run("reeeductio-admin space create").contains(&space.to_string()));
    assert_eq!(
        run("reeeductio-admin user add U..."),
        format!("User added: {user}\nSpace: {space}\n")
    );
    assert_eq!(
        run("reeeductio-admin role create member"),
        format!("Role created: member\nSpace: {space}\n")
    );
    run(r#"reeeductio-admin role grant member --cap-id read-all --op read --path "topics/{any}""#);
    run("reeeductio-admin user assign-role U... --role member");
    assert_eq!(
        run("reeeductio-admin tool add T..."),
        format!("Tool added: {tool}\nSpace: {space}\n")
    );
    run(
        r#"reeeductio-admin tool grant T... --cap-id post-alerts --op create --path "topics/alerts/messages/{any}""#,
    );

    let tool = Member::sign_in(&server.url(), space, tool, keys(3)).await;
    assert_eq!(
        tool.post_on("alerts", "alert", None, b"!").await.status,
        201
    );
    assert_eq!(tool.get("topics/alerts/messages").await.status, 403);
    let user = Member::sign_in(&server.url(), space, user, keys(2)).await;
    let page = user.get("topics/alerts/messages").await;
    assert_eq!(page.json["messages"].as_array().unwrap().len(), 1);
    let refused = user.post("alerts", b"!").await;
    assert_eq!(refused.refusal(), (403, "permission.denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_created_as_written_by_the_owner_of_the_admin_space() {
    let server = closed_server(40).await;
    let admin = Admin::owner(&server.url(), 40);
    let made = admin.run(&["--output", "json", "space", "create"]).json();
    let space = made["space_id"].as_str().unwrap();
    assert_ne!(space, keys(40).space_id().to_string());
    let path = admin.write("space.json", &made.to_string());
    let path = path.to_str().unwrap();
    let user = keys(2).user_id().to_string();
    let added = admin.run(&["-f", path, "user", "add", &user]).done();
    assert_eq!(added, format!("User added: {user}\nSpace: {space}\n"));
}
