//! That a page that is not true fails, and where.

use std::path::Path;

use tempfile::TempDir;

use super::run;
use crate::machine::Tools;

/// Runs a page with commands of this machine.
fn outcome(page: &str) -> Result<usize, String> {
    let target = TempDir::new().unwrap();
    let tools = Tools::new(Path::new("reeeductio"), Path::new("python3"), target.path()).unwrap();
    run(&tools, page).map_err(|error| format!("{error:#}"))
}

/// Returns why a page fails.
fn refusal(page: &str) -> String {
    outcome(page).expect_err("the page passes")
}

/// A page with one block.
fn block(language: &str, text: &str) -> String {
    format!("Words.\n\n```{language}\n{text}\n```\n")
}

#[test]
fn a_page_that_is_true_passes() {
    let page = format!(
        "{}\n{}",
        block("sh", "echo a; echo b >&2"),
        block("text", "a\n…")
    );
    assert_eq!(outcome(&page), Ok(2));
}

#[test]
fn a_command_that_fails_is_found_where_it_is() {
    let wrong = refusal(&block("sh", "echo before\nfalse\necho behind"));
    assert!(wrong.starts_with(":3: sh: exit status: 1"), "{wrong}");
    assert!(
        wrong.contains("before") && !wrong.contains("behind"),
        "{wrong}"
    );
    assert!(refusal(&block("sh", "false | cat")).contains("exit status: 1"));
    assert!(refusal(&block("sh", "echo $no_such_variable")).contains("unbound"));
}

#[test]
fn each_page_begins_in_an_empty_folder_of_its_own() {
    let page = block("sh", "test -z \"$(ls)\"; touch a");
    assert_eq!(outcome(&page), Ok(1));
    assert_eq!(outcome(&page), Ok(1));
}

#[test]
fn output_that_is_not_what_is_shown_is_found() {
    let page = format!("{}\n{}", block("sh", "echo a"), block("text", "b"));
    assert!(refusal(&page).contains("the page shows\nb\n"));
    assert!(refusal(&block("text", "a")).contains("nothing was printed"));
}

#[test]
fn a_block_that_nothing_knows_how_to_run_is_found() {
    assert!(refusal(&block("", "a")).contains("without a language"));
    assert!(refusal("Words.\n\n    a\n").contains("without a language"));
    assert!(refusal(&block("cobol", "a")).contains("cobol"));
    assert!(refusal(&block("sh ignore", "a")).contains("sh ignore"));
}

#[test]
fn a_cargo_or_pip_command_that_nothing_stands_for_is_found() {
    for command in ["cargo bench", "pip install numpy"] {
        assert!(refusal(&block("sh", command)).contains("does not know what stands for"));
    }
}

#[test]
fn a_configuration_that_the_server_would_refuse_is_found() {
    assert_eq!(outcome(&block("yaml", "server:\n  port: 8000")), Ok(1));
    assert!(refusal(&block("yaml", "server:\n  prot: 8000")).contains("prot"));
    assert!(refusal(&block("yaml", "server: [")).contains("configuration file"));
}

#[test]
fn a_configuration_is_saved_where_it_says() {
    let yaml = block("yaml", "# /etc/reeeductio/config.yaml\ndebug: false");
    let page = format!(
        "{yaml}\n{}",
        block("sh", "grep debug /etc/reeeductio/config.yaml")
    );
    assert_eq!(
        outcome(&format!("{page}\n{}", block("text", "debug: false"))),
        Ok(3)
    );
}

#[test]
fn json_that_is_none_is_found() {
    assert_eq!(outcome(&block("json", "{\"a\": 1}")), Ok(1));
    assert!(refusal(&block("json", "{\"a\": 1,}")).starts_with(":3: json"));
}

#[test]
fn a_python_program_that_fails_is_found() {
    assert!(refusal(&block("python", "import no_such_module")).contains("ModuleNotFoundError"));
}

#[test]
fn a_rust_program_that_does_not_build_or_fails_is_found() {
    let page = |program| {
        format!(
            "{}\n{}",
            block("toml", "[dependencies]"),
            block("rust", program)
        )
    };
    assert_eq!(outcome(&page("fn main() {}")), Ok(2));
    assert!(refusal(&page("fn main() { nothing() }")).contains("cannot find function"));
    assert!(refusal(&page("fn main() { panic!(\"wrong\") }")).contains("wrong"));
    assert!(refusal(&block("rust", "fn main() {}")).contains("names no dependencies"));
}

#[test]
fn a_server_that_does_not_start_or_is_not_ready_is_found() {
    let page = |program: &str| {
        let made = format!(
            "mkdir bin\nprintf '%s\\n' '#!/usr/bin/env bash' '{program}' > bin/reeeductio\nchmod +x bin/reeeductio"
        );
        let started = "export PATH=$PWD/bin:$PATH\nreeeductio serve";
        format!("{}\n{}", block("sh", &made), block("sh", started))
    };
    let wrong = refusal(&page("echo no such key; exit 4"));
    assert!(
        wrong.contains("exit status: 4 before it was ready"),
        "{wrong}"
    );
    assert!(wrong.contains("no such key"), "{wrong}");
    let wrong = refusal(&page("echo listening on http://127.0.0.1:1"));
    assert!(wrong.contains("nothing listens on 127.0.0.1:1"), "{wrong}");
}

#[test]
fn an_address_without_a_server_is_found() {
    for language in ["sh", "python", "yaml prometheus"] {
        let wrong = refusal(&block(language, "curl http://localhost:8000/"));
        assert!(wrong.contains("no server runs"), "{language}: {wrong}");
    }
}

#[test]
fn a_server_must_be_what_ends_a_block() {
    let wrong = refusal(&block("sh", "reeeductio serve --dev\necho never"));
    assert!(wrong.contains("before the end of the block"), "{wrong}");
}
