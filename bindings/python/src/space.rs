//! `reeeductio._native.Space`: the client's handle.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use reeeductio_client::argument;
use reeeductio_operations::{Answer, Entrance, Operation, dispatch, enter as enter_space};

use crate::answer::Shown;
use crate::arguments::Arguments;
use crate::closing::{Closer, Closing};
use crate::failure::Failure;
use crate::network::{Network, duration};
use crate::pending::Pending;
use crate::store::Store;

/// A member's handle on a space.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Space {
    space: reeeductio_client::Space,
    closer: Closer,
}

/// The operations that open a stream. To open one may take as long as a server is silent.
const STREAMS: [&str; 5] = [
    "History",
    "Live",
    "OpenStream",
    "WatchStatus",
    "WatchValues",
];
/// The operation that is given up only when the handle is closed, or by an error.
const ENDLESS: &str = "KeepSending";

#[pymethods]
impl Space {
    #[new]
    #[pyo3(signature = (network, silence, space_id, member_id, private_key, symmetric_root, base_url, user_key, store, sign_in_by_hand))]
    #[expect(clippy::too_many_arguments, reason = "the Python half names them")]
    fn new(
        network: &Network,
        silence: f64,
        space_id: &str,
        member_id: &str,
        private_key: &[u8],
        symmetric_root: &[u8],
        base_url: &str,
        user_key: Option<&[u8]>,
        store: Option<&Store>,
        sign_in_by_hand: bool,
    ) -> Result<Self, Failure> {
        let mut builder = reeeductio_client::Space::builder(base_url)
            .transport(network.transport())
            .silence(duration("silence", silence)?)
            .sign_in_by_hand(sign_in_by_hand);
        if let Some(bytes) = user_key {
            builder = builder.user_key(argument::key("user_symmetric_key", bytes)?);
        }
        if let Some(store) = store {
            builder = builder.store(Store::shared(store));
        }
        let space = builder.open(
            argument::space(space_id)?,
            argument::member("member_id", member_id)?,
            argument::identity("private_key", private_key)?,
            &argument::key("symmetric_root", symmetric_root)?,
        )?;
        Ok(Self {
            space,
            closer: Closer::new(),
        })
    }

    fn message_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.space.keys().message().expose())
    }

    fn state_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.space.keys().state().expose())
    }

    fn data_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.space.keys().data().expose())
    }

    fn topic_key<'py>(&self, py: Python<'py>, topic: &str) -> Result<Bound<'py, PyBytes>, Failure> {
        let key = self.space.keys().topic(&argument::topic(topic)?);
        Ok(PyBytes::new(py, key.expose()))
    }

    /// Gives an operation of the table of `reeeductio-operations`, which has not begun.
    fn run(&self, name: &str, arguments: &Bound<'_, PyDict>) -> Result<Pending, Failure> {
        let mut arguments = Arguments::new(arguments);
        let operation = Operation::parse(name, &mut arguments)?;
        let space = self.space.clone();
        let closing = self.closer.next();
        let is_stream = STREAMS.contains(&name);
        let until = if is_stream || name == ENDLESS {
            closing.clone()
        } else {
            Closing::default()
        };
        let raised = arguments.raised;
        Ok(Pending::with_calls(arguments.calls, async move {
            let shown = tokio::select! {
                biased;
                () = until.wait() => if is_stream { Shown::Ended } else { Answer::None.into() },
                answer = dispatch(&space, operation) => Shown::Answer(answer?, closing),
            };
            raised.map_or(Ok(()), |raised| raised.check())?;
            Ok::<_, Failure>(shown)
        }))
    }

    /// Ends the streams that are open or about to be, and the sending of the outbox.
    fn close(&self) {
        self.closer.close();
    }
}

/// Gives an operation of somebody who has no handle on a space yet.
#[pyfunction]
pub(crate) fn enter(
    network: &Network,
    name: &str,
    arguments: &Bound<'_, PyDict>,
) -> Result<Pending, Failure> {
    let operation = Entrance::parse(name, &mut Arguments::new(arguments))?;
    let transport = network.transport();
    Ok(Pending::new(async move {
        enter_space(transport, operation).await.map(Shown::from)
    }))
}
