//! `xtask-bindgen MODULE FOLDER`: writes what JavaScript needs beside a WebAssembly module to a folder, as
//! `wasm-bindgen --target web --omit-default-module-path --out-dir FOLDER MODULE` does.

use std::env;

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let (Some(module), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        bail!("usage: xtask-bindgen MODULE FOLDER");
    };
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .generate(folder)
}
