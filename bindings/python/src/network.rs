//! The network of handles: how long it waits for servers, how it reaches them, and whom it trusts.

use std::mem;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use reeeductio_client::transport::Timeouts;
use reeeductio_client::{ClientError, Native, Transport};

use crate::failure::Failure;

/// A network. The handles that use it share its connections.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Network {
    /// The process whose threads serve it.
    process: u32,
    native: Arc<Native>,
}

impl Network {
    pub(crate) fn transport(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.native) as Arc<dyn Transport>
    }
}

#[pymethods]
impl Network {
    /// Timeouts are in seconds. Without `proxy` the environment's are used, with an empty one none. `roots` are PEM files.
    #[new]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 gives it so")]
    fn new(
        connect: f64,
        idle: f64,
        proxy: Option<&str>,
        roots: Vec<PyBackedBytes>,
        only_these_roots: bool,
    ) -> Result<Self, Failure> {
        let mut builder = Native::builder().timeouts(Timeouts {
            connect: duration("connect", connect)?,
            idle: duration("idle", idle)?,
        });
        builder = match proxy {
            None => builder.proxy_from_environment(),
            Some("") => builder,
            Some(url) => builder.proxy(url),
        };
        for pem in &roots {
            builder = builder.root_certificate_pem(pem);
        }
        if only_these_roots {
            builder = builder.only_these_roots();
        }
        let native = builder.build().map_err(ClientError::from)?;
        Ok(Self {
            process: process::id(),
            native: Arc::new(native),
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The threads of the process that this one was forked from are not here.
        if self.process != process::id() {
            mem::forget(Arc::clone(&self.native));
        }
    }
}

/// The seconds of a field.
pub(crate) fn duration(field: &'static str, seconds: f64) -> Result<Duration, Failure> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(Failure::argument(
            field,
            "must be a number of seconds above 0",
        )),
    }
}
