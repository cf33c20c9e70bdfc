//! `cargo xtask typescript`: the TypeScript package, ready for `npm pack`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::chromium;
use crate::run::{build_example, cargo, metadata, output, root, run, say, target};

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
    let bindgen = bindgen(&target)?;
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
    run(Command::new(bindgen)
        .args(["--target", "web", "--omit-default-module-path"])
        .arg("--out-dir")
        .arg(out)
        .arg(wasm))
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

/// The command of wasm-bindgen in the version that Cargo.lock has: another does not understand the module.
fn bindgen(target: &Path) -> Result<PathBuf> {
    let version = locked("wasm-bindgen")?;
    let is_it = |program: &Path| {
        output(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.trim().ends_with(&format!(" {version}")))
    };
    let installed = PathBuf::from("wasm-bindgen");
    if is_it(&installed) {
        return Ok(installed);
    }
    let folder = target.join(format!("wasm-bindgen-{version}"));
    let program = folder.join("bin").join("wasm-bindgen");
    if !is_it(&program) {
        say(&format!("installing wasm-bindgen-cli {version} with cargo"));
        // Without --locked: the lock file in that crate names versions that a mirror may not have.
        run(cargo()
            .args(["install", "--quiet", "wasm-bindgen-cli"])
            .args(["--version", &version])
            .arg("--root")
            .arg(&folder)
            .arg("--target-dir")
            .arg(folder.join("build")))?;
        fs::remove_dir_all(folder.join("build"))?;
    }
    Ok(program)
}

/// The version of a dependency in Cargo.lock.
fn locked(name: &str) -> Result<String> {
    let lock: toml::Table = toml::from_str(&fs::read_to_string(root().join("Cargo.lock"))?)?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    packages
        .into_iter()
        .flatten()
        .find(|package| package.get("name").and_then(toml::Value::as_str) == Some(name))
        .and_then(|package| package.get("version").and_then(toml::Value::as_str))
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock holds no {name}"))
}
