//! The randomness port: the only place that asks the operating system for random bytes.

use crate::BackendError;

/// A source of cryptographically secure random bytes.
pub trait Rng: Send + Sync + 'static {
    /// Fills `bytes`, or fails when the operating system has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BackendError>;
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks for randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BackendError> {
        getrandom::fill(bytes)
            .map_err(|error| BackendError::unavailable("read randomness", error.to_string()))
    }
}
