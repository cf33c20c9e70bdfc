//! The clock, the timer and the randomness of the machine: nothing else here asks for them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::ClientError;

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the client's clock")]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the client's randomness")]
pub fn random<const N: usize>() -> Result<[u8; N], ClientError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ClientError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// Waits for a random time below `most` milliseconds.
pub(crate) async fn pause(most: u16) -> Result<(), ClientError> {
    let share = u64::from(u16::from_le_bytes(random()?));
    let millis = u64::from(most) * share / u64::from(u16::MAX);
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Ok(())
}
