//! The checks in WebAssembly: warnings for the package's target, and the tests of the crates that hold keys and formats.

use anyhow::Result;
use serde_json::json;

use crate::run::{cargo, root, run};
use crate::typescript;

/// The target of tests: that of the package can neither say which test failed nor read a vector.
const TESTS: &str = "wasm32-wasip1";

/// Runs clippy for the package's target, then the tests of `core` and `proto` in Node.
pub(crate) fn check() -> Result<()> {
    typescript::install_target(typescript::TARGET)?;
    run(cargo().args([
        "clippy",
        "--package",
        "reeeductio-typescript",
        "--package",
        "reeeductio-client",
        "--features",
        "reeeductio-typescript/conformance",
        "--target",
        typescript::TARGET,
        "--",
        "-D",
        "warnings",
    ]))?;
    typescript::check_node()?;
    typescript::install_target(TESTS)?;
    run(cargo()
        .args(["test", "--package", "reeeductio-core"])
        .args(["--package", "reeeductio-proto", "--lib", "--tests"])
        .args(["--target", TESTS, "--config", &runner()]))
}

/// How cargo runs a program of that target. As a list, since the path may hold spaces.
fn runner() -> String {
    let script = root().join("testing").join("wasm").join("run.mjs");
    let command = json!(["node", "--no-warnings", script]);
    format!("target.{TESTS}.runner={command}")
}
