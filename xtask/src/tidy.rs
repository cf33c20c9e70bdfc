//! File names, file lengths, leftovers, prose, links and tests that pages name.

mod links;
mod named_tests;
mod prose;

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::files;
use crate::run::{root, say};

/// Lines of code, without tests, from which a file is too long.
const TOO_LONG: usize = 500;
const VAGUE: &[&str] = &[
    "common", "handler", "helpers", "manager", "misc", "mod", "types", "utils",
];

/// Fails with everything that is untidy.
pub(crate) fn check() -> Result<()> {
    let mut untidy = Vec::new();
    for name in files::ours()? {
        let path = root().join(&name);
        // The file that a link leads to is checked by itself.
        if path.is_symlink() {
            continue;
        }
        // Binary files are nobody's prose.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        untidy.extend(machine(&name, &text));
        match files::extension(&name) {
            "rs" => {
                untidy.extend(source(&name, &text));
                untidy.extend(prose::check(&name, &text));
            }
            "py" | "pyi" | "ts" | "tsx" | "mjs" => {
                untidy.extend(length(&name, &text));
                untidy.extend(prose::check(&name, &text));
            }
            "md" => {
                untidy.extend(links::check(&name, &path, &text));
                untidy.extend(named_tests::check(&name, &text));
            }
            _ => {}
        }
    }
    if untidy.is_empty() {
        say("every file is tidy");
        return Ok(());
    }
    bail!("untidy:\n  {}", untidy.join("\n  "))
}

fn source(name: &str, text: &str) -> Vec<String> {
    let mut untidy = Vec::new();
    let stem = Path::new(name)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if VAGUE.contains(&stem) {
        untidy.push(format!(
            "{name}: the name says nothing; name it for what it holds"
        ));
    }
    // From the tests' module on, not from the first thing that only tests use.
    let production = text
        .split("#[cfg(test)]\nmod ")
        .next()
        .map_or(0, |code| code.lines().count());
    untidy.extend(too_long(name, production));
    // Written in pieces, so that this file does not find itself.
    let leftovers = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    for (number, line) in text.lines().enumerate() {
        for leftover in leftovers
            .iter()
            .filter(|leftover| line.contains(**leftover))
        {
            untidy.push(format!("{name}:{}: {leftover}", number + 1));
        }
    }
    untidy
}

/// Finds a file of Python or TypeScript that is too long. One that is written by a program says so at its beginning.
fn length(name: &str, text: &str) -> Option<String> {
    let beginning = text.lines().next().unwrap_or_default();
    let is_written = ["Written by `cargo xtask", "Generated from"]
        .iter()
        .any(|note| beginning.contains(note));
    if is_written {
        return None;
    }
    too_long(name, text.lines().count())
}

fn too_long(name: &str, lines: usize) -> Option<String> {
    (lines > TOO_LONG).then(|| format!("{name}: {lines} lines; split it below {TOO_LONG}"))
}

/// Finds folders that exist only on the machine of the line's author.
fn machine(name: &str, text: &str) -> Vec<String> {
    // Written in pieces, so that this file does not find itself.
    let folders = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
    ];
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for folder in folders.iter().filter(|folder| line.contains(**folder)) {
            found.push(format!(
                "{name}:{}: {folder} is somebody's machine",
                number + 1
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vague_names_long_files_and_leftovers_are_found() {
        assert_eq!(source("a/utils.rs", "").len(), 1);
        assert_eq!(source("a/noun.rs", &"\n".repeat(TOO_LONG + 1)).len(), 1);
        let long = "\n".repeat(TOO_LONG + 1);
        assert!(length("a/noun.py", &long).is_some());
        assert!(
            length(
                "a/noun.ts",
                &format!("// Written by `cargo xtask generate`.{long}")
            )
            .is_none()
        );
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}", "\n".repeat(TOO_LONG));
        assert!(source("a/noun.rs", &tests).is_empty());
        assert_eq!(source("a/noun.rs", concat!("// TO", "DO later")).len(), 1);
    }

    #[test]
    fn a_folder_of_one_machine_is_found() {
        assert_eq!(machine("a.md", concat!("cd /ho", "me/ann")).len(), 1);
        assert!(machine("a.md", "cd /tmp").is_empty());
    }
}
