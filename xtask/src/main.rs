//! Project automation: `cargo xtask <task>`.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod apt;
mod chromium;
mod crash;
mod deps;
mod files;
mod generate;
mod proxies;
mod publish;
mod python;
mod run;
mod test;
mod tidy;
mod typescript;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
cargo xtask <task>

  test                 install what the tests need, then run every check and test
  test --list          name the steps of test
  test --only STEP     run one step of test
  crash [--rounds N]   kill a server under writers N times (100) and check what it kept
  typescript           build the TypeScript package: then npm pack in bindings/typescript makes it
  deps                 check the dependency rules of ARCHITECTURE.md and deny.toml
  tidy                 check file names, file lengths, leftovers, comments and links
  release TAG          check that a release may have this tag
  generate             write the generated reference pages
  generate --check     check that the generated reference pages are current
  generate --python    write the Python package's synchronous classes and reference pages; its tests check them
  help                 show this

Exit codes: 0 all is well, 1 a check failed or something is missing, 2 no such task.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(work) = task(&arguments) else {
        eprintln!("error: no such task: {}\n\n{USAGE}", arguments.join(" "));
        return ExitCode::from(2);
    };
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the task to do, or `None` if the words name no task.
fn task(arguments: &[&str]) -> Option<Box<dyn FnOnce() -> Result<()>>> {
    Some(match arguments {
        ["test"] => Box::new(test::all),
        ["test", "--list"] => Box::new(|| {
            test::list();
            Ok(())
        }),
        ["test", "--only", name] => {
            let step = test::step(name)?;
            Box::new(move || test::only(step))
        }
        ["crash"] => Box::new(|| crash::run(crash::ROUNDS)),
        ["crash", "--rounds", rounds] => {
            let rounds = rounds.parse().ok()?;
            Box::new(move || crash::run(rounds))
        }
        ["typescript"] => Box::new(typescript::build),
        ["deps"] => Box::new(deps::check),
        ["release", tag] => {
            let tag = (*tag).to_owned();
            Box::new(move || publish::release(&tag))
        }
        ["tidy"] => Box::new(tidy::check),
        ["generate"] => Box::new(generate::write),
        ["generate", "--check"] => Box::new(generate::check),
        ["generate", "--python"] => Box::new(python::generate),
        ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => Box::new(|| {
            run::say(USAGE);
            Ok(())
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_no_task_or_step_are_refused() {
        assert!(task(&["deps"]).is_some());
        assert!(task(&["test", "--only", "wasm"]).is_some());
        assert!(task(&["test", "--only", "nothing"]).is_none());
        assert!(task(&["crash", "--rounds", "many"]).is_none());
        assert!(task(&["tests"]).is_none());
        assert!(task(&[]).is_none());
    }
}
