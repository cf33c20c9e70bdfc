//! How many connections this process may open.

use anyhow::Result;

/// Descriptors that everything but the connections needs.
const SPARE: u64 = 100;

/// As many of the wanted connections as this process may open, having asked for what it may get.
#[cfg(unix)]
pub(crate) fn affordable(wanted: usize) -> Result<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let needed = wanted as u64 + SPARE;
    if limit.current.is_some_and(|current| current < needed) {
        let raised = Rlimit {
            current: Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed))),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = getrlimit(Resource::Nofile);
        }
    }
    let room = limit.current.unwrap_or(needed).saturating_sub(SPARE);
    Ok(wanted.min(usize::try_from(room)?))
}

/// As many of the wanted connections as this process may open: it is not known here.
#[cfg(not(unix))]
pub(crate) fn affordable(wanted: usize) -> Result<usize> {
    Ok(wanted)
}
