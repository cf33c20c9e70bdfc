//! Keys, ids, hashes, signatures and sealing, without a network.

use js_sys::Uint8Array;
use reeeductio_client::{ClientError, argument, random};
use reeeductio_core::{NONCE_LENGTH, SpaceKeys, open_in, seal_in, user_data_key, user_message_key};
use reeeductio_proto::{
    BlobId, MemberId, PublicKey, Signature, SpaceId, encoding, message_hash, signed_bytes,
};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::record;

/// The version of this package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// A fresh private key.
#[wasm_bindgen]
pub fn generate() -> Result<Uint8Array, Failure> {
    Ok(record::bytes(&random::<32>()?))
}

#[wasm_bindgen(js_name = publicKey)]
pub fn public_key(private_key: &[u8]) -> Result<Uint8Array, Failure> {
    let identity = argument::identity("private_key", private_key)?;
    Ok(record::bytes(&identity.public_key()))
}

/// The id of whoever has this public key: `kind` is `S` for the space, `U` for the user, `T` for the tool.
#[wasm_bindgen(js_name = idOf)]
pub fn id_of(kind: &str, public_key: &[u8]) -> Result<String, Failure> {
    let key: [u8; 32] = public_key.try_into().map_err(|_| ClientError::Argument {
        field: "public_key",
        message: format!("{} bytes, 32 are needed", public_key.len()),
    })?;
    Ok(match kind {
        "S" => SpaceId::from_public_key(key).to_string(),
        "T" => MemberId::tool(key).to_string(),
        _ => MemberId::user(key).to_string(),
    })
}

#[wasm_bindgen]
pub fn sign(data: &[u8], private_key: &[u8]) -> Result<Uint8Array, Failure> {
    let identity = argument::identity("private_key", private_key)?;
    Ok(record::bytes(&identity.sign(data).to_bytes()))
}

/// Returns whether a signature is right. A key or signature of the wrong length is never.
#[wasm_bindgen]
pub fn verify(data: &[u8], signature: &[u8], public_key: &[u8]) -> bool {
    let (Ok(signature), Ok(key)) = (signature.try_into(), public_key.try_into()) else {
        return false;
    };
    let signature = Signature::from_bytes(signature);
    PublicKey::parse(key).is_ok_and(|key| key.verify(data, &signature).is_ok())
}

/// AES-256-GCM: nonce, ciphertext, tag.
#[wasm_bindgen]
pub fn seal(plain: &[u8], key: &[u8], context: &[u8]) -> Result<Uint8Array, Failure> {
    let key = argument::key("key", key)?;
    let sealed =
        seal_in(context, &key, random::<NONCE_LENGTH>()?, plain).map_err(ClientError::from)?;
    Ok(record::bytes(&sealed))
}

/// Opens what `seal` made.
#[wasm_bindgen]
pub fn unseal(sealed: &[u8], key: &[u8], context: &[u8]) -> Result<Uint8Array, Failure> {
    let key = argument::key("key", key)?;
    let plain = open_in(context, &key, sealed).map_err(ClientError::from)?;
    Ok(record::bytes(&plain))
}

/// The id of a message; `data` is base64.
#[wasm_bindgen(js_name = hashMessage)]
pub fn hash_message(
    space: &str,
    topic: &str,
    kind: &str,
    prev_hash: Option<String>,
    data: &str,
    sender: &str,
) -> Result<String, Failure> {
    let prev_hash = prev_hash.as_deref().map(argument::prev_hash).transpose()?;
    let (space, topic) = (argument::space(space)?, argument::topic(topic)?);
    let sender = argument::member("sender", sender)?;
    Ok(message_hash(&space, &topic, kind, prev_hash.as_ref(), data, &sender).to_string())
}

#[wasm_bindgen(js_name = blobId)]
pub fn blob_id(data: &[u8]) -> String {
    BlobId::of(data).to_string()
}

/// Bytes that the signature of a data entry covers.
#[wasm_bindgen(js_name = signedData)]
pub fn signed_data(
    space: &str,
    path: &str,
    data: &[u8],
    signed_at: f64,
) -> Result<Uint8Array, Failure> {
    let (space, path) = (argument::space(space)?, argument::data_path(path)?);
    let data = encoding::encode(data);
    Ok(record::bytes(&signed_bytes(
        &space,
        &path,
        &data,
        record::millis(signed_at),
    )))
}

/// A key that is derived from a space's root, or from a user's own key: for `message`, `data`, `state`, `topic`,
/// `user_data` or `user_message`.
#[wasm_bindgen(js_name = deriveKey)]
pub fn derive_key(
    root: &[u8],
    space: &str,
    purpose: &str,
    topic: Option<String>,
) -> Result<Uint8Array, Failure> {
    let (root, space) = (argument::key("root", root)?, argument::space(space)?);
    let keys = SpaceKeys::derive(&root, &space);
    let key = match purpose {
        "message" => keys.message().clone(),
        "data" => keys.data().clone(),
        "state" => keys.state(),
        "topic" => keys.topic(&argument::topic(&topic.unwrap_or_default())?),
        "user_data" => user_data_key(&root, &space),
        "user_message" => user_message_key(&root, &space),
        _ => {
            return Err(ClientError::Argument {
                field: "purpose",
                message: "must be message, data, state, topic, user_data or user_message"
                    .to_owned(),
            }
            .into());
        }
    };
    Ok(record::bytes(key.expose()))
}
