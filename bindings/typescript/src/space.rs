//! The client's handle.

use js_sys::Uint8Array;
use reeeductio_client::{ClientError, argument};
use reeeductio_core::OpenError;
use reeeductio_operations::{Entrance, Operation, dispatch, enter as enter_space};
use reeeductio_proto::encoding;
use wasm_bindgen::prelude::*;

use crate::answer::shown;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::network::{Network, carried_by};
use crate::pending::Pending;
use crate::record;
use crate::store::LocalStore;

/// A member's handle on a space.
#[wasm_bindgen]
pub struct Space(reeeductio_client::Space);

#[wasm_bindgen]
impl Space {
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "the TypeScript files name them")]
    pub fn new(
        space_id: &str,
        member_id: &str,
        private_key: &[u8],
        symmetric_root: &[u8],
        base_url: &str,
        user_key: Option<Vec<u8>>,
        sign_in_by_hand: bool,
        network: Network,
        store: Option<LocalStore>,
    ) -> Result<Space, Failure> {
        let mut builder = reeeductio_client::Space::builder(base_url)
            .transport(carried_by(network))
            .sign_in_by_hand(sign_in_by_hand);
        if let Some(bytes) = user_key {
            builder = builder.user_key(argument::key("user_symmetric_key", &bytes)?);
        }
        if let Some(store) = store {
            builder = builder.store(LocalStore::shared(store));
        }
        let space = builder.open(
            argument::space(space_id)?,
            argument::member("member_id", member_id)?,
            argument::identity("private_key", private_key)?,
            &argument::key("symmetric_root", symmetric_root)?,
        )?;
        Ok(Self(space))
    }

    #[wasm_bindgen(js_name = messageKey)]
    pub fn message_key(&self) -> Uint8Array {
        record::bytes(self.0.keys().message().expose())
    }

    #[wasm_bindgen(js_name = stateKey)]
    pub fn state_key(&self) -> Uint8Array {
        record::bytes(self.0.keys().state().expose())
    }

    #[wasm_bindgen(js_name = dataKey)]
    pub fn data_key(&self) -> Uint8Array {
        record::bytes(self.0.keys().data().expose())
    }

    #[wasm_bindgen(js_name = topicKey)]
    pub fn topic_key(&self, topic: &str) -> Result<Uint8Array, Failure> {
        let key = self.0.keys().topic(&argument::topic(topic)?);
        Ok(record::bytes(key.expose()))
    }

    /// Opens a sealed message's base64 with the topic's key.
    #[wasm_bindgen(js_name = openData)]
    pub fn open_data(&self, topic: &str, data: &str) -> Result<Uint8Array, Failure> {
        let key = self.0.keys().topic(&argument::topic(topic)?);
        let sealed = encoding::decode(data).map_err(|_| ClientError::from(OpenError::Encoding))?;
        let plain = reeeductio_core::open(&key, &sealed).map_err(ClientError::from)?;
        Ok(record::bytes(&plain))
    }

    /// Gives an operation of the table of `reeeductio-operations`, which has not begun.
    pub fn run(&self, name: &str, given: JsValue) -> Result<Pending, Failure> {
        let mut arguments = Arguments::new(given);
        let operation = Operation::parse(name, &mut arguments)?;
        let space = self.0.clone();
        Ok(Pending::new(async move {
            let answer = dispatch(&space, operation);
            let answer = match arguments.progress {
                Some(progress) => progress.watch(answer).await?,
                None => answer.await?,
            };
            arguments.thrown.map_or(Ok(()), |thrown| thrown.check())?;
            Ok::<_, Failure>(shown(answer))
        }))
    }

    /// Gives an operation of somebody who has no handle on a space yet.
    pub fn enter(name: &str, given: JsValue, network: Network) -> Result<Pending, Failure> {
        let operation = Entrance::parse(name, &mut Arguments::new(given))?;
        Ok(Pending::new(async move {
            enter_space(carried_by(network), operation).await.map(shown)
        }))
    }
}
