//! Measures sealed format 1 beside format 0, and a new epoch for many members, on one thread, and prints JSON.
//!
//! ```text
//! cargo run --profile dist -p reeeductio-core --example measure_format1 -- [TURNS]
//! ```
//!
//! `bench/README.md` says how to run it in WebAssembly.

mod epochs;
mod turns;
mod writer;

use std::error::Error;
use std::io::{self, Write as _};

use writer::Writer;

/// Turns, if none are given.
const TURNS: usize = 25;
/// Bodies, in bytes.
const LENGTHS: [usize; 3] = [100, 1_024, 16_384];
/// Members of an epoch.
const MEMBERS: [usize; 3] = [50, 250, 1_000];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let turns = std::env::args()
        .nth(1)
        .map_or(Ok(TURNS), |text| text.parse())?;
    let writer = Writer::new()?;
    let mut report = serde_json::Map::new();
    for length in LENGTHS {
        report.insert(format!("{length} bytes"), writer.measure(length, turns)?);
    }
    for members in MEMBERS {
        report.insert(format!("{members} members"), epochs::measure(members)?);
    }
    let report = serde_json::to_string_pretty(&report)?;
    Ok(writeln!(io::stdout(), "{report}")?)
}
