//! The network that all handles of the process share, and how long it waits for servers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use reeeductio_client::transport::Timeouts;
use reeeductio_client::{ClientError, LiveOptions, Native, Transport};

use crate::failure::Failure;

/// What handles that are made now are given.
#[derive(Clone)]
struct Network {
    /// One pool of connections.
    native: Arc<Native>,
    silence: Duration,
}

static SHARED: Mutex<Option<Network>> = Mutex::new(None);

/// The network of the process.
pub(crate) fn transport() -> Result<Arc<dyn Transport>, ClientError> {
    Ok(network()?.native as Arc<dyn Transport>)
}

/// How streams behave that are opened now.
pub(crate) fn live_options() -> Result<LiveOptions, ClientError> {
    Ok(LiveOptions {
        silence: network()?.silence,
        ..LiveOptions::default()
    })
}

/// Sets how long handles and streams that are made from now on wait, in seconds.
#[pyfunction]
pub(crate) fn set_timeouts(connect: f64, idle: f64, silence: f64) -> Result<(), Failure> {
    let timeouts = Timeouts {
        connect: duration("connect", connect)?,
        idle: duration("idle", idle)?,
    };
    let network = Network::new(timeouts, duration("silence", silence)?)?;
    *SHARED.lock().unwrap_or_else(PoisonError::into_inner) = Some(network);
    Ok(())
}

fn network() -> Result<Network, ClientError> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(network) = shared.as_ref() {
        return Ok(network.clone());
    }
    let network = Network::new(Timeouts::default(), LiveOptions::default().silence)?;
    Ok(shared.insert(network).clone())
}

impl Network {
    fn new(timeouts: Timeouts, silence: Duration) -> Result<Self, ClientError> {
        let native = Arc::new(Native::new(timeouts)?);
        Ok(Self { native, silence })
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
