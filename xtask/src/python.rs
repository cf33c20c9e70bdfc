//! Virtual environments below `target`, and the Python package built and installed in one of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};

use crate::run::{output, root, run, say, target, without_mine};

/// Where the Python package is.
pub(crate) fn package() -> PathBuf {
    root().join("bindings").join("python")
}

/// A Python with the published client.
pub(crate) fn published() -> Result<PathBuf> {
    let suite = root().join("testing").join("interop");
    environment("interop", &suite.join("requirements.txt"))
}

/// A Python with what the second implementation of sealed format 1 needs.
pub(crate) fn second_implementation() -> Result<PathBuf> {
    let suite = root().join("testing").join("format1");
    environment("format1", &suite.join("requirements.txt"))
}

/// A Python with the package as it is now: the wheel is built and installed once in a run of this program.
pub(crate) fn installed() -> Result<PathBuf> {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    if let Some(python) = INSTALLED.get() {
        return Ok(python.clone());
    }
    let python = prepared()?;
    install(&python)?;
    Ok(INSTALLED.get_or_init(|| python).clone())
}

/// Makes the source distribution, installs it in a fresh virtual environment, and uses it. It is built below `target`, out of
/// reach of the files that it does not hold.
pub(crate) fn source() -> Result<()> {
    let maturin = prepared()?;
    let target = target()?;
    let folder = target.join("python-source");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    // It warns of every crate whose repository is not public.
    say("making the source distribution with maturin");
    output(
        Command::new(&maturin)
            .args(["-m", "maturin", "sdist"])
            .arg("--manifest-path")
            .arg(package().join("Cargo.toml"))
            .arg("--out")
            .arg(&folder),
    )?;
    let archive = fs::read_dir(&folder)?
        .next()
        .context("maturin has made no source distribution")??
        .path();
    let unpacked = folder.join("unpacked");
    fs::create_dir(&unpacked)?;
    // As new files: cargo would take what it has built already for newer than the archive's, which are of 2006.
    run(Command::new("tar")
        .args(["--extract", "--touch", "--strip-components", "1"])
        .arg("--file")
        .arg(archive)
        .arg("--directory")
        .arg(&unpacked))?;
    let python = fresh(&folder.join("environment"))?;
    let mut pip = Command::new(&python);
    without_mine(&mut pip);
    // The dependencies in Rust are built already in this target folder.
    run(pip
        .current_dir(&folder)
        .args(["-m", "pip", "install", "--quiet", "--no-cache-dir"])
        .args(["--disable-pip-version-check"])
        .arg(unpacked)
        .env("CARGO_TARGET_DIR", &target)
        .env("MATURIN_PEP517_ARGS", "--profile dev"))?;
    run(Command::new(python)
        .current_dir(&folder)
        .arg(package().join("tests").join("installed.py")))
}

/// Writes the synchronous classes of the package and the reference pages.
pub(crate) fn generate() -> Result<()> {
    // Before the package is built: the pages are written from what is installed.
    run(Command::new(prepared()?).arg(package().join("synchronous.py")))?;
    run(Command::new(installed()?).arg(package().join("reference.py")))
}

/// A Python with what the tests of the package need.
fn prepared() -> Result<PathBuf> {
    environment("python", &package().join("tests").join("requirements.txt"))
}

fn install(python: &Path) -> Result<()> {
    let wheels = target()?.join("python-wheels");
    // Only the one that is built now is to be found there.
    if wheels.exists() {
        fs::remove_dir_all(&wheels)?;
    }
    let mut maturin = Command::new(python);
    without_mine(&mut maturin);
    run(maturin
        .args(["-m", "maturin", "build", "--quiet", "--profile", "dev"])
        .arg("--manifest-path")
        .arg(package().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target()?)
        .arg("--interpreter")
        .arg(python)
        .arg("--out")
        .arg(&wheels))?;
    run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--force-reinstall", "--no-index", "--find-links"])
        .arg(&wheels)
        .arg("reeeductio"))
}

/// The Python of a virtual environment below `target`, with what `requirements` lists.
fn environment(name: &str, requirements: &Path) -> Result<PathBuf> {
    let venv = target()?.join(name);
    let python = venv.join("bin").join("python");
    // One that was interrupted while it was made has no pip.
    let usable = output(Command::new(&python).args(["-m", "pip", "--version"])).is_ok();
    if !usable {
        say(&format!(
            "making a Python virtual environment in {}",
            venv.display()
        ));
        fresh(&venv)?;
    }
    say("installing what it needs with pip");
    let pip = ["-m", "pip", "install", "--quiet"];
    run(Command::new(&python)
        .args(pip)
        .args(["--disable-pip-version-check", "-r"])
        .arg(requirements))?;
    Ok(python)
}

/// Makes a virtual environment with nothing in it but pip, and returns its Python.
fn fresh(venv: &Path) -> Result<PathBuf> {
    run(Command::new(find_python()?)
        .args(["-m", "venv", "--clear"])
        .arg(venv))
    .context("the Python module venv is missing; on Debian it is the package python3-venv")?;
    Ok(venv.join("bin").join("python"))
}

/// A Python that is new enough.
fn find_python() -> Result<&'static str> {
    const CHECK: &str = "import sys; sys.exit(sys.version_info < (3, 11))";
    [
        "python3",
        "python3.13",
        "python3.12",
        "python3.11",
        "python",
    ]
    .into_iter()
    .find(|name| {
        Command::new(name)
            .args(["-c", CHECK])
            .status()
            .is_ok_and(|status| status.success())
    })
    .context("Python 3.11 or newer is missing: install it, the tests need it")
}
