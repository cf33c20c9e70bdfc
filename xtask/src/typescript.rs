//! `cargo xtask typescript`: the TypeScript package, ready for `npm pack`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::chromium;
use crate::run::{
    build as build_program, build_example, cargo, metadata, output, root, run, say, target,
};

/// The target that the package is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The oldest Node that the package is for.
const NODE: u32 = 20;

/// Where the package is.
pub(crate) fn package() -> PathBuf {
    root().join("bindings").join("typescript")
}

/// Has the package built as it is now: once in a run of this program.
pub(crate) fn built() -> Result<()> {
    static BUILT: OnceLock<()> = OnceLock::new();
    if BUILT.get().is_none() {
        build()?;
    }
    BUILT.get_or_init(|| ());
    Ok(())
}

/// Builds the package: `dist` is what is published.
pub(crate) fn build() -> Result<()> {
    check_node()?;
    install_target(TARGET)?;
    compile("wasm", &[], &package().join("build"))?;
    run(npm().args(["ci", "--no-fund", "--no-audit"]))?;
    run(npm().args(["run", "--silent", "build"]))
}

/// Builds the package and runs its tests: in Node, in a browser, and as what other projects install.
pub(crate) fn test(server: &Path, python: &Path) -> Result<()> {
    built()?;
    let conformance = package().join("build").join("conformance");
    compile("dev", &["conformance"], &conformance)?;
    let browser = chromium::find()?;
    let interchange = build_example("interchange")?;
    for script in [
        "check",
        "test",
        "test:stores",
        "test:browser",
        "test:packaging",
    ] {
        run(npm()
            .args(["run", "--silent", script])
            .env("REEEDUCTIO_BIN", server)
            .env("REEEDUCTIO_PYTHON", python)
            .env("REEEDUCTIO_INTERCHANGE", &interchange)
            .env("REEEDUCTIO_CHROMIUM", &browser))?;
    }
    Ok(())
}

/// Compiles the Rust half with a profile and features, and has wasm-bindgen write it to a folder.
pub(crate) fn compile(profile: &str, features: &[&str], out: &Path) -> Result<()> {
    let target = target()?;
    let bindgen = build_program("xtask-bindgen")?;
    run(cargo()
        .args(["build", "--package", "reeeductio-typescript"])
        .args(["--target", TARGET, "--profile", profile])
        .args(features.iter().flat_map(|feature| ["--features", feature]))
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags()?))?;
    let folder = match profile {
        "dev" => "debug",
        other => other,
    };
    let wasm = target
        .join(TARGET)
        .join(folder)
        .join("reeeductio_wasm.wasm");
    run(Command::new(bindgen).arg(wasm).arg(out))
}

/// Installs a Rust target, if it is not there.
pub(crate) fn install_target(target: &str) -> Result<()> {
    let rustup = || {
        let mut rustup = Command::new("rustup");
        rustup.current_dir(root());
        rustup
    };
    let installed = output(rustup().args(["target", "list", "--installed"]));
    if !installed.is_ok_and(|list| list.lines().any(|line| line == target)) {
        say(&format!("installing the target {target} with rustup"));
        run(rustup().args(["target", "add", target])).with_context(|| {
            format!("the Rust target {target} is missing and cannot be installed")
        })?;
    }
    Ok(())
}

/// `npm` in the package's folder.
pub(crate) fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(package());
    npm
}

/// Refuses a Node that is older than the packages support.
pub(crate) fn check_node() -> Result<()> {
    let version = output(Command::new("node").arg("--version"))
        .context("Node.js is missing: install version 20 or newer, with npm")?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    let major: u32 = major.unwrap_or_default().parse().unwrap_or_default();
    ensure!(
        major >= NODE,
        "Node.js {} is too old: install version {NODE} or newer",
        version.trim()
    );
    Ok(())
}

/// Returns flags that keep the paths of the build machine out of panic messages, which name source files.
fn rustflags() -> Result<String> {
    let flags = [
        format!("--remap-path-prefix={}/=", dependencies()?.display()),
        format!("--remap-path-prefix={}/=", root().display()),
    ];
    // Separated as cargo does: paths may hold spaces.
    Ok(flags.join("\u{1f}"))
}

/// Where cargo keeps the sources of dependencies.
fn dependencies() -> Result<PathBuf> {
    let metadata = metadata(true)?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| package.get("manifest_path").and_then(Value::as_str))
        .find_map(|manifest| {
            Path::new(manifest)
                .ancestors()
                .find(|folder| {
                    folder
                        .parent()
                        .is_some_and(|parent| parent.ends_with("registry/src"))
                })
                .map(Path::to_owned)
        })
        .context("cargo metadata names no downloaded dependency")
}
