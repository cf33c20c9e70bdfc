//! The WebAssembly module of the TypeScript package: the Rust client behind the operations of `reeeductio-operations`. The TypeScript
//! files in `ts` give it names, types, documentation, errors and a network.
#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::needless_pass_by_value,
    missing_debug_implementations,
    unreachable_pub,
    reason = "what wasm-bindgen exports is public, seen by the TypeScript half alone, and given by value"
)]

mod admin;
mod answer;
mod arguments;
mod change;
#[cfg(feature = "conformance")]
mod conformance;
mod crypto;
mod failure;
mod network;
mod panic;
mod pending;
mod progress;
mod promise;
mod record;
mod source;
mod space;
mod store;
mod stream;
