//! The network that all handles of the process share, and how long it waits for servers.

use std::mem;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use reeeductio_client::transport::Timeouts;
use reeeductio_client::{ClientError, Native, Transport};

use crate::failure::Failure;

/// Network and timeouts of new handles.
#[derive(Clone)]
struct Network {
    /// The process whose threads serve it.
    process: u32,
    /// One pool of connections.
    native: Arc<Native>,
    timeouts: Timeouts,
}

static SHARED: Mutex<Option<Network>> = Mutex::new(None);

/// The network of the process.
pub(crate) fn transport() -> Result<Arc<dyn Transport>, ClientError> {
    Ok(network()?.native as Arc<dyn Transport>)
}

/// Sets how long handles that are made from now on wait, in seconds.
#[pyfunction]
pub(crate) fn set_timeouts(connect: f64, idle: f64) -> Result<(), Failure> {
    let timeouts = Timeouts {
        connect: duration("connect", connect)?,
        idle: duration("idle", idle)?,
    };
    let network = Network::new(timeouts)?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    leave(shared.replace(network));
    Ok(())
}

fn network() -> Result<Network, ClientError> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let timeouts = match shared.as_ref() {
        Some(network) if network.process == process::id() => return Ok(network.clone()),
        Some(network) => network.timeouts,
        None => Timeouts::default(),
    };
    let network = Network::new(timeouts)?;
    leave(shared.replace(network.clone()));
    Ok(network)
}

/// Drops a network, unless it is of the process that this one was forked from: its threads are not here.
fn leave(network: Option<Network>) {
    if let Some(network) = network
        && network.process != process::id()
    {
        mem::forget(network);
    }
}

impl Network {
    fn new(timeouts: Timeouts) -> Result<Self, ClientError> {
        let native = Arc::new(Native::new(timeouts)?);
        Ok(Self {
            process: process::id(),
            native,
            timeouts,
        })
    }
}

fn duration(field: &'static str, seconds: f64) -> Result<Duration, Failure> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(Failure::argument(
            field,
            "must be a number of seconds above 0",
        )),
    }
}
