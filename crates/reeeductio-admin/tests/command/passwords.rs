//! `opaque`.

use reeeductio_client::PasswordLogin;
use reeeductio_testkit::TestServer;

use crate::rig::{Admin, hex, keys};

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_enabled_and_registered_and_yield_the_keys() {
    let server = TestServer::start().await;
    let mut admin = Admin::owner(&server.url(), 1);
    let early = admin.run_with_input(
        &["opaque", "register", "-n", "ann", "--password-stdin"],
        "correct horse\n",
    );
    let early = early.failed(1);
    assert!(
        early.contains("opaque.not_enabled") && early.contains("opaque enable"),
        "{early}"
    );
    assert_eq!(
        admin
            .run(&["opaque", "enable"])
            .done()
            .matches(": created")
            .count(),
        3
    );
    let again = admin.run(&["--output", "json", "opaque", "enable"]).json();
    assert_eq!(again["server_setup_created"], false);

    let words = ["opaque", "register", "-n", "ann", "--password-stdin"];
    admin.run_with_input(&words, "correct horse\n").done();
    admin.set("REEEDUCTIO_PASSWORD", "battery staple");
    admin.run(&["opaque", "register", "-n", "ben"]).done();
    let warned = admin.run(&["opaque", "register", "-n", "cat", "-p", "hunter2 and 3"]);
    assert_eq!(warned.code, 0, "{}", warned.err);
    assert!(
        warned
            .err
            .starts_with("warning: --password on the command line"),
        "{}",
        warned.err
    );
    assert!(!warned.err.contains("hunter2 and 3"));

    let taken = admin.run(&["opaque", "register", "-n", "ann"]).failed(1);
    assert!(taken.contains("opaque.username_taken"), "{taken}");
    let space = keys(1).space_id();
    for (name, password) in [
        ("ann", "correct horse"),
        ("ben", "battery staple"),
        ("cat", "hunter2 and 3"),
    ] {
        let login = PasswordLogin::log_in(space, name, password, &server.url())
            .await
            .unwrap();
        assert_eq!(login.member, keys(1).user_id());
        assert_eq!(login.secrets.symmetric_root.expose(), &[9; 32]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_needs_the_root_and_itself() {
    let server = TestServer::start().await;
    let mut admin = Admin::at(&server.url());
    admin.set("REEEDUCTIO_PRIVATE_KEY", &hex(1));
    let no_root = admin.run(&["opaque", "register", "-n", "ann"]).failed(2);
    assert!(
        no_root.contains("the symmetric root is missing"),
        "{no_root}"
    );
    admin.set("REEEDUCTIO_SYMMETRIC_ROOT", &hex(9));
    let no_password = admin.run(&["opaque", "register", "-n", "ann"]).failed(2);
    assert!(no_password.contains("REEEDUCTIO_PASSWORD"), "{no_password}");
    let empty = admin.run_with_input(
        &["opaque", "register", "-n", "ann", "--password-stdin"],
        "\n",
    );
    assert!(empty.failed(2).contains("the password is empty"));
}
