//! The client's handle, one method per operation.

mod blobs;
mod data;
mod members;
mod messages;
mod passwords;
mod state;

use std::time::Duration;

use js_sys::Uint8Array;
use reeeductio_client::{ClientError, LiveOptions, Position, argument};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::network::{Network, carried_by};
use crate::pending::Pending;
use crate::record;
use crate::store::LocalStore;
use crate::stream::Stream;

/// A member's handle on a space. Its methods give operations that have not begun.
#[wasm_bindgen]
pub struct Space(reeeductio_client::Space);

type Client = reeeductio_client::Space;

impl Space {
    fn begin<T: Into<JsValue>>(
        &self,
        work: impl AsyncFnOnce(Client) -> Result<T, ClientError> + 'static,
    ) -> Pending {
        let space = self.0.clone();
        Pending::new(async move { work(space).await })
    }

    fn begin_silent(
        &self,
        work: impl AsyncFnOnce(Client) -> Result<(), ClientError> + 'static,
    ) -> Pending {
        let space = self.0.clone();
        Pending::silent(async move { work(space).await })
    }

    fn begin_post(
        &self,
        work: impl AsyncFnOnce(Client) -> Result<Position, ClientError> + 'static,
    ) -> Pending {
        self.begin(async move |space| Ok(record::posted(&work(space).await?)))
    }
}

#[wasm_bindgen]
impl Space {
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "the TypeScript half names them")]
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
        let mut builder = Client::builder(base_url)
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

    pub fn authenticate(&self) -> Pending {
        self.begin(async |space| Ok(space.session().sign_in().await?.expose().to_owned()))
    }

    pub fn token(&self) -> Pending {
        self.begin(async |space| Ok(space.session().token().await?.expose().to_owned()))
    }

    #[wasm_bindgen(js_name = heldToken)]
    pub fn held_token(&self) -> Pending {
        self.begin(async |space| {
            let held = space.session().held_token();
            Ok(held.map(|bearer| bearer.expose().to_owned()))
        })
    }

    /// `topics` are followed from behind the message of the same place in `hashes` and `times` on; from the
    /// first where the hash is empty. Pauses and silence are in milliseconds.
    #[wasm_bindgen(js_name = openStream)]
    pub fn open_stream(
        &self,
        topics: Vec<String>,
        hashes: Vec<String>,
        times: Vec<f64>,
        first_pause: Option<u32>,
        longest_pause: Option<u32>,
        silence: Option<u32>,
    ) -> Result<Pending, Failure> {
        let mut options = LiveOptions::default();
        for ((topic, hash), time) in topics.iter().zip(&hashes).zip(times) {
            let after = match hash.as_str() {
                "" => None,
                hash => Some(Position {
                    hash: argument::message_hash(hash)?,
                    timestamp: record::millis(time),
                }),
            };
            options.follow.push((argument::topic(topic)?, after));
        }
        let given = |place: &mut Duration, millis: Option<u32>| {
            if let Some(millis) = millis {
                *place = Duration::from_millis(millis.into());
            }
        };
        given(&mut options.first_pause, first_pause);
        given(&mut options.longest_pause, longest_pause);
        given(&mut options.silence, silence);
        Ok(self.begin(async |space| Ok(Stream::new(space.live_with(options).await?))))
    }
}
