//! The clock, the timer, the randomness and the threads of the machine: nothing else here asks for them.
//!
//! Natively there are threads, and what crosses from one to another is `Send`. In WebAssembly there is one,
//! and what lives in JavaScript cannot leave it: there the same names ask for nothing.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
use native as here;
#[cfg(target_arch = "wasm32")]
use web as here;

pub use here::{BoxFuture, BoxStream, MaybeSend, MaybeSync, now};
pub(crate) use here::{compute, elapsed, spawn, system, wait, within};

use crate::error::ClientError;

/// Bytes from the operating system's generator, in a browser from the browser's.
#[expect(clippy::disallowed_methods, reason = "this is the client's randomness")]
pub fn random<const N: usize>() -> Result<[u8; N], ClientError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ClientError::Randomness(error.to_string()))?;
    Ok(bytes)
}
