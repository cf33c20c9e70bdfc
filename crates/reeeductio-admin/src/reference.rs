//! The reference page, from the commands themselves.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use crate::arguments::Arguments;
use crate::environment;

/// `docs/reference/admin.md`.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "# Commands of reeeductio-admin\n\n<!-- Written by `cargo xtask generate`. -->\n\n\
         Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are on standard error, with a stable code and what \
         to do; with `--output json` as an object of `error`, `code` and `fix`. \
         The options of the first section go with every command.\n\n\
         | variable | instead of |\n|---|---|\n",
    );
    for (name, what) in environment::ALL {
        // Writing to a string cannot fail.
        let _ok = writeln!(page, "| `{name}` | {what} |");
    }
    let mut command = Arguments::command().term_width(100);
    command.build();
    section(&mut command, &mut page, &mut Vec::new());
    page.trim_end().to_owned()
}

/// Writes a command and those below it. Options of every command are listed once, with the first.
fn section(command: &mut Command, page: &mut String, above: &mut Vec<String>) {
    above.push(command.get_name().to_owned());
    let mut shown = command.clone();
    if above.len() > 1 {
        shown = shown.mut_args(|argument| {
            let everywhere = argument.is_global_set() || argument.get_id() == "help";
            argument.hide(everywhere)
        });
    }
    let help = shown.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a string cannot fail.
    let _ok = write!(
        page,
        "\n## `{}`\n\n```text\n{}\n```\n",
        above.join(" "),
        help.join("\n").trim()
    );
    for sub in command.get_subcommands_mut() {
        if !sub.is_hide_set() && sub.get_name() != "help" {
            section(sub, page, above);
        }
    }
    above.pop();
}
