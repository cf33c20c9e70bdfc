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

mod deps;
mod generate;
mod run;
mod test;
mod tidy;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask <task>

  test [--list | --only STEP]   install what the tests need, then run every check and test
  deps                          check the dependency rules of ARCHITECTURE.md
  tidy                          check file names, lengths and links
  generate [--check]            write the generated reference pages, or check that they are current";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["test"] => test::all(),
        ["test", "--list"] => {
            test::list();
            Ok(())
        }
        ["test", "--only", step] => test::only(step),
        ["deps"] => deps::check(),
        ["tidy"] => tidy::check(),
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["help" | "--help" | "-h"] => {
            run::say(USAGE);
            Ok(())
        }
        _ => bail!("unknown task\n\n{USAGE}"),
    }
}
