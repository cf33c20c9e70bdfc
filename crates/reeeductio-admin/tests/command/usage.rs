//! Help, version, completions and the reference page.

use crate::rig::Admin;

#[test]
fn help_and_version_are_results() {
    let admin = Admin::at("http://127.0.0.1:1");
    for words in [
        vec!["--help"],
        vec!["help", "user", "add"],
        vec!["user", "add", "--help"],
    ] {
        let said = admin.run(&words).done();
        assert!(said.contains("Usage: reeeductio-admin"), "{said}");
        assert!(!said.contains('\x1b'));
    }
    assert!(
        admin
            .run(&["--version"])
            .done()
            .starts_with("reeeductio-admin ")
    );
    assert!(admin.run(&[]).failed(2).contains("Usage: reeeductio-admin"));
}

#[test]
fn completions_know_the_commands() {
    let mut admin = Admin::at("http://127.0.0.1:1");
    admin.set("REEEDUCTIO_OUTPUT", "json");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = admin.run(&["completions", shell]).done();
        assert!(script.contains("assign-role"), "{shell}");
        assert!(!script.starts_with('{'), "{shell}");
    }
}

#[test]
fn the_reference_page_has_every_command_and_variable() {
    let page = Admin::at("http://127.0.0.1:1")
        .run(&["print-reference"])
        .done();
    for expected in [
        "## `reeeductio-admin tool grant`",
        "## `reeeductio-admin opaque register`",
        "REEEDUCTIO_BASE_URL",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}
