//! `cargo xtask test`: everything the tests need, and every check and test.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::run::{build, build_example, cargo, output, root, run, say, target};
use crate::{deps, generate, proxies, publish, python, tidy, typescript, wasm};

/// A step: its name, what it does, and the doing.
pub(crate) struct Step(&'static str, &'static str, fn() -> Result<()>);

const STEPS: &[Step] = &[
    Step("format", "the code is formatted", format),
    Step("deps", "crates depend only on what they may", deps::check),
    Step(
        "tidy",
        "files have sensible names and lengths, comments are plain, links lead somewhere",
        tidy::check,
    ),
    Step(
        "publish",
        "crates can be packaged, pages hold on a registry, the release workflow is sound",
        publish::check,
    ),
    Step("clippy", "no warnings anywhere", clippy),
    Step("doc", "documentation builds, its links lead somewhere", doc),
    Step(
        "rust",
        "unit, vector, conformance, model, fuzz, API and crash tests",
        rust,
    ),
    Step(
        "wasm",
        "no warnings in WebAssembly either; the tests of core and proto, vectors too, pass there",
        wasm::check,
    ),
    Step(
        "generated",
        "the generated pages are current",
        generate::check,
    ),
    Step("quickstart", "what the README promises first", quickstart),
    Step(
        "interop",
        "the published Python client against our server",
        interop,
    ),
    Step(
        "format1",
        "sealed format 1 by its second implementation, and the vectors of both",
        format1,
    ),
    Step("python", "the Python package, built and installed", python),
    Step(
        "sdist",
        "the Python package's source distribution, built and installed by itself",
        python::source,
    ),
    Step(
        "typescript",
        "the TypeScript package in Node, in Chromium and in other projects",
        typescript,
    ),
    Step("docs", "the pages are true: every snippet is run", docs),
];

/// Runs every step and says how long each took, also if one fails.
pub(crate) fn all() -> Result<()> {
    let mut times = Vec::new();
    for step in STEPS {
        let (result, seconds) = timed(step);
        times.push(format!("  {seconds:>7.1} s  {}", step.0));
        if result.is_err() {
            say(&format!("\n{}  FAILED", times.join("\n")));
            return result;
        }
    }
    say(&format!("\nEvery step passed:\n{}", times.join("\n")));
    Ok(())
}

/// The step with this name.
pub(crate) fn step(name: &str) -> Option<&'static Step> {
    STEPS.iter().find(|step| step.0 == name)
}

/// Runs one step.
pub(crate) fn only(step: &Step) -> Result<()> {
    timed(step).0
}

/// Names the steps.
pub(crate) fn list() {
    for Step(name, what, _) in STEPS {
        say(&format!("{name:<12} {what}"));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "shown to the developer, decides nothing"
)]
fn timed(Step(name, what, work): &Step) -> (Result<()>, f64) {
    say(&format!("\n==> {name}: {what}"));
    let started = Instant::now();
    let result = work().with_context(|| format!("step {name}"));
    (result, started.elapsed().as_secs_f64())
}

fn format() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn doc() -> Result<()> {
    run(cargo()
        .args([
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env(
            "RUSTDOCFLAGS",
            "-D warnings -A rustdoc::private_intra_doc_links",
        ))
}

fn rust() -> Result<()> {
    run(cargo().args(["test", "--workspace"]))
}

fn quickstart() -> Result<()> {
    let out = output(
        Command::new(binary()?)
            .current_dir(root())
            .args(["quickstart", "--once"]),
    )?;
    for promised in [
        "opened",
        "permission.denied",
        "every hash, signature and link is right",
        "0 found",
    ] {
        if !out.contains(promised) {
            bail!("quickstart does not show {promised:?}:\n{out}");
        }
    }
    Ok(())
}

fn interop() -> Result<()> {
    let suite = root().join("testing").join("interop");
    run(Command::new(python::published()?)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(&suite)
        .env("REEEDUCTIO_BIN", binary()?))
}

fn format1() -> Result<()> {
    let suite = root().join("testing").join("format1");
    run(Command::new(python::second_implementation()?)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(&suite))
}

fn python() -> Result<()> {
    // A process for each core; each has its own servers.
    run(Command::new(python::installed()?)
        .args(["-m", "pytest", "-q", "-n", "auto"])
        .arg(python::package().join("tests"))
        .env("REEEDUCTIO_BIN", binary()?)
        .env("REEEDUCTIO_INTERCHANGE", build_example("interchange")?)
        .env("REEEDUCTIO_PUBLISHED", python::published()?))
}

fn typescript() -> Result<()> {
    typescript::test(&binary()?, &python::installed()?)
}

fn docs() -> Result<()> {
    let python = python::installed()?;
    typescript::built()?;
    let command = binary()?;
    build("reeeductio-admin")?;
    run(cargo()
        .args(["run", "--quiet", "--package", "reeeductio-docs-tests", "--"])
        .env("PATH", proxies::path()?)
        .args([command, python, target()?.join("docs")]))
}

/// Builds the command and returns where it is.
fn binary() -> Result<PathBuf> {
    build("reeeductio")
}
