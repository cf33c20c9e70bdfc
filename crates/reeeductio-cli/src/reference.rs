//! The reference page, from the commands themselves.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use crate::command::Command;
use crate::report::out;

/// Prints `docs/reference/cli.md`.
pub(crate) fn print() {
    let mut page = String::from(
        "# Commands\n\n<!-- Written by `cargo xtask generate`. -->\n\n\
         Exit codes: 0 done, 1 failed, 2 wrong usage, 3 `verify`, `backup` or `repair` found damage, \
         `import` left something out, `keeper status` found that the keeper does not work, or `channel audit` \
         an admission that was not the keeper's to make.\n",
    );
    let mut command = Command::command().term_width(100);
    command.build();
    section(&mut command, "reeeductio", &mut page);
    let names: Vec<String> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        if let Some(sub) = command.find_subcommand_mut(&name) {
            with_steps(sub, &format!("reeeductio {name}"), &mut page);
        }
    }
    out(page.trim_end());
}

/// A command, and all commands below it.
fn with_steps(command: &mut clap::Command, title: &str, page: &mut String) {
    section(command, title, page);
    for step in command.get_subcommands_mut() {
        if step.get_name() != "help" {
            let title = format!("{title} {}", step.get_name());
            with_steps(step, &title, page);
        }
    }
}

fn section(command: &mut clap::Command, title: &str, page: &mut String) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a string cannot fail.
    let _ok = write!(
        page,
        "\n## `{title}`\n\n```text\n{}\n```\n",
        help.join("\n").trim()
    );
}
