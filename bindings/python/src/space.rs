//! `reeeductio._native.Space`: the client's handle, one method per operation.

mod blobs;
mod data;
mod members;
mod messages;
mod passwords;
mod state;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use reeeductio_client::{ClientError, argument};

use crate::failure::Failure;
use crate::network::{live_options, transport};
use crate::pending::Pending;
use crate::store::Store;
use crate::stream::Stream;

/// A member's handle on a space. Its methods give operations that have not begun.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Space(reeeductio_client::Space);

#[pymethods]
impl Space {
    #[new]
    #[pyo3(signature = (space_id, member_id, private_key, symmetric_root, base_url, user_key, store, sign_in_by_hand))]
    #[expect(clippy::too_many_arguments, reason = "the Python half names them")]
    fn new(
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
            .transport(transport()?)
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
        Ok(Self(space))
    }

    fn message_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.keys().message().expose())
    }

    fn state_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.keys().state().expose())
    }

    fn data_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.keys().data().expose())
    }

    fn topic_key<'py>(&self, py: Python<'py>, topic: &str) -> Result<Bound<'py, PyBytes>, Failure> {
        let key = self.0.keys().topic(&argument::topic(topic)?);
        Ok(PyBytes::new(py, key.expose()))
    }

    fn authenticate(&self) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let bearer = space.session().sign_in().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    fn token(&self) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let bearer = space.session().token().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    fn held_token(&self) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let held = space.session().held_token();
            Ok::<_, ClientError>(held.map(|bearer| bearer.expose().to_owned()))
        })
    }

    fn open_stream(&self) -> Pending {
        let space = self.0.clone();
        let options = live_options();
        Pending::new(async move {
            let live = space.live_with(options?).await?;
            Ok::<_, ClientError>(Stream::new(live))
        })
    }
}
