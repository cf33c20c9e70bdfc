//! Reference pages and tables that are written from the code, committed, and checked for drift.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{build, build_example, output, root, say};

/// A page: where it is, and which program prints it how.
struct Page {
    path: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

/// The example that prints the table of errors for a binding. It is no program of its own.
const ERROR_TABLES: &str = "error_tables";

const PAGES: &[Page] = &[
    Page {
        path: "spec/openapi.json",
        program: "reeeductio-server",
        arguments: &["print", "openapi"],
    },
    Page {
        path: "spec/errors.md",
        program: "reeeductio-server",
        arguments: &["print", "errors"],
    },
    Page {
        path: "bindings/python/python/reeeductio/_error_codes.py",
        program: ERROR_TABLES,
        arguments: &["python"],
    },
    Page {
        path: "bindings/typescript/ts/codes.ts",
        program: ERROR_TABLES,
        arguments: &["typescript"],
    },
    Page {
        path: "docs/reference/configuration.md",
        program: "reeeductio-server",
        arguments: &["print", "configuration"],
    },
    Page {
        path: "docs/reference/cli.md",
        program: "reeeductio",
        arguments: &["print-reference"],
    },
    Page {
        path: "bindings/python/python/reeeductio/_operations.py",
        program: "reeeductio-operations",
        arguments: &["python"],
    },
    Page {
        path: "bindings/typescript/ts/operations.ts",
        program: "reeeductio-operations",
        arguments: &["typescript"],
    },
    Page {
        path: "docs/reference/admin.md",
        program: "reeeductio-admin",
        arguments: &["print-reference"],
    },
];

/// Writes every page.
pub(crate) fn write() -> Result<()> {
    for (path, text) in printed()? {
        let path = root().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        say(&format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Fails if a page is not what the code says now.
pub(crate) fn check() -> Result<()> {
    let drifted = drifted(&printed()?, |path| {
        fs::read_to_string(root().join(path)).ok()
    });
    if drifted.is_empty() {
        say("every generated page is current");
        return Ok(());
    }
    bail!(
        "not current: {}. Run `cargo xtask generate` and commit.",
        drifted.join(", ")
    )
}

fn printed() -> Result<Vec<(&'static str, String)>> {
    PAGES
        .iter()
        .map(|page| {
            let program = match page.program {
                ERROR_TABLES => build_example(ERROR_TABLES)?,
                program => build(program)?,
            };
            // Values from this machine's environment would end up in the page.
            let printed = output(
                Command::new(program)
                    .args(page.arguments)
                    .env_remove("CONFIG_FILE"),
            )?;
            Ok((page.path, printed))
        })
        .collect()
}

fn drifted(
    printed: &[(&'static str, String)],
    committed: impl Fn(&str) -> Option<String>,
) -> Vec<&'static str> {
    printed
        .iter()
        .filter(|(path, text)| committed(path).as_ref() != Some(text))
        .map(|(path, _)| *path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_or_is_missing_is_named() {
        let printed = [
            ("same.md", "a".to_owned()),
            ("changed.md", "b".to_owned()),
            ("missing.md", "c".to_owned()),
        ];
        let committed = |path: &str| match path {
            "missing.md" => None,
            _ => Some("a".to_owned()),
        };
        assert_eq!(drifted(&printed, committed), ["changed.md", "missing.md"]);
    }
}
