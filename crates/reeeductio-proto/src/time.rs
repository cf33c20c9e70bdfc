//! Times in what members write: Unix milliseconds.

use std::ops::Range;

/// Numbers that are plainly a time in seconds: those from 2001 to 5138. Taken for milliseconds, they lie in
/// 1970 to 1973, when nobody meant anything to end. Smaller numbers are left alone: they say "long ago".
pub const TIMES_IN_SECONDS: Range<i64> = 1_000_000_000..100_000_000_000;

/// A time is in seconds where milliseconds are meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0} is a time in seconds; Unix milliseconds are meant, so multiply it by 1000")]
pub struct TimeError(i64);

/// Refuses a time that is plainly in seconds: one of [`TIMES_IN_SECONDS`].
pub fn check_time(time: Option<i64>) -> Result<(), TimeError> {
    match time {
        Some(time) if TIMES_IN_SECONDS.contains(&time) => Err(TimeError(time)),
        _ => Ok(()),
    }
}
