//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "this is a program for people")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// The cargo that runs this, or the one on the path.
pub(crate) fn cargo() -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo names itself to what it runs"
    )]
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    without_mine(&mut command);
    command
}

/// Takes away what `cargo run` told this program about itself: `ring` is built anew when it changes, and with it
/// everything that speaks TLS.
pub(crate) fn without_mine(command: &mut Command) {
    for name in [
        "MANIFEST_DIR",
        "MANIFEST_LINKS",
        "PKG_NAME",
        "PKG_VERSION_MAJOR",
        "PKG_VERSION_MINOR",
        "PKG_VERSION_PATCH",
        "PKG_VERSION_PRE",
    ] {
        command.env_remove(format!("CARGO_{name}"));
    }
}

/// Shows and runs a command that must succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    say(&format!("    $ {shown}"));
    let status = command
        .status()
        .with_context(|| format!("cannot run {shown}"))?;
    ensure!(status.success(), "{shown} failed: {status}");
    Ok(())
}

/// Runs a command that must succeed, for what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output = command
        .output()
        .with_context(|| format!("cannot run {shown}"))?;
    ensure!(
        output.status.success(),
        "{shown} failed: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Returns cargo's metadata of the workspace; with `dependencies`, of everything it is built from.
pub(crate) fn metadata(dependencies: bool) -> Result<Value> {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--all-features"]);
    if !dependencies {
        command.arg("--no-deps");
    }
    Ok(serde_json::from_str(&output(&mut command)?)?)
}

/// Where cargo builds.
pub(crate) fn target() -> Result<PathBuf> {
    metadata(false)?
        .get("target_directory")
        .and_then(Value::as_str)
        .map(PathBuf::from)
        .context("cargo metadata names no target directory")
}

/// Builds a program as the tests do, and returns where it is.
pub(crate) fn build(program: &str) -> Result<PathBuf> {
    // Of the whole workspace: building one package alone chooses other features of what it depends on, and
    // builds all of that once more.
    run(cargo().args(["build", "--workspace", "--bin", program]))?;
    Ok(target()?
        .join("debug")
        .join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
}

/// Builds an example as the tests do, and returns where it is.
pub(crate) fn build_example(name: &str) -> Result<PathBuf> {
    run(cargo().args(["build", "--workspace", "--example", name]))?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Ok(target()?.join("debug").join("examples").join(file))
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![
        program
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    ];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}
