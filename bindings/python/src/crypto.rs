//! Keys, ids, hashes, signatures and sealing, without a network.

use std::borrow::Cow;

use pyo3::prelude::*;
use reeeductio_client::{Key, argument, random};
use reeeductio_core::{NONCE_LENGTH, open_in, seal_in};
use reeeductio_proto::{
    BlobId, DataPath, MemberId, MessageId, PublicKey, Signature, SpaceId, TopicId, encoding,
    message_hash,
};

use crate::failure::Failure;

type Bytes = Cow<'static, [u8]>;

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(generate, module)?)?;
    module.add_function(wrap_pyfunction!(public_key, module)?)?;
    module.add_function(wrap_pyfunction!(sign, module)?)?;
    module.add_function(wrap_pyfunction!(verify, module)?)?;
    module.add_function(wrap_pyfunction!(seal, module)?)?;
    module.add_function(wrap_pyfunction!(unseal, module)?)?;
    module.add_function(wrap_pyfunction!(hash_message, module)?)?;
    module.add_function(wrap_pyfunction!(blob_id, module)?)?;
    module.add_function(wrap_pyfunction!(signed_data, module)?)
}

/// A fresh private key.
#[pyfunction]
fn generate() -> Result<Bytes, Failure> {
    Ok(random::<32>()?.to_vec().into())
}

#[pyfunction]
fn public_key(private_key: &[u8]) -> Result<Bytes, Failure> {
    let identity = argument::identity("private_key", private_key)?;
    Ok(identity.public_key().to_vec().into())
}

#[pyfunction]
fn sign(data: &[u8], private_key: &[u8]) -> Result<Bytes, Failure> {
    let identity = argument::identity("private_key", private_key)?;
    Ok(identity.sign(data).to_bytes().to_vec().into())
}

/// Returns whether a signature is right. A key or signature of the wrong length is never.
#[pyfunction]
fn verify(data: &[u8], signature: &[u8], public_key: &[u8]) -> bool {
    let (Ok(signature), Ok(key)) = (signature.try_into(), public_key.try_into()) else {
        return false;
    };
    let signature = Signature::from_bytes(signature);
    PublicKey::parse(key).is_ok_and(|key| key.verify(data, &signature).is_ok())
}

/// AES-256-GCM: nonce, ciphertext, tag.
#[pyfunction]
fn seal(plain: &[u8], key: &[u8], context: &[u8]) -> Result<Bytes, Failure> {
    let key: Key = argument::key("key", key)?;
    seal_in(context, &key, random::<NONCE_LENGTH>()?, plain)
        .map(Into::into)
        .map_err(|error| Failure::argument("plaintext", error))
}

/// Opens what `seal` made; `None` if it does not open.
#[pyfunction]
fn unseal(sealed: &[u8], key: &[u8], context: &[u8]) -> Result<Option<Bytes>, Failure> {
    let key: Key = argument::key("key", key)?;
    Ok(open_in(context, &key, sealed).ok().map(Into::into))
}

/// The id of a message; `data` is base64.
#[pyfunction]
fn hash_message(
    space: &str,
    topic: &str,
    kind: &str,
    prev_hash: Option<&str>,
    data: &str,
    sender: &str,
) -> Result<String, Failure> {
    let prev_hash = prev_hash.map(argument::prev_hash).transpose()?;
    let space: SpaceId = argument::space(space)?;
    let topic: TopicId = argument::topic(topic)?;
    let sender: MemberId = argument::member("sender", sender)?;
    let hash: MessageId = message_hash(&space, &topic, kind, prev_hash.as_ref(), data, &sender);
    Ok(hash.to_string())
}

#[pyfunction]
fn blob_id(py: Python<'_>, data: &[u8]) -> String {
    py.detach(|| BlobId::of(data)).to_string()
}

/// Bytes that the signature of a data entry covers.
#[pyfunction]
fn signed_data(space: &str, path: &str, data: &[u8], signed_at: i64) -> Result<Bytes, Failure> {
    let space = argument::space(space)?;
    let path: DataPath = argument::data_path(path)?;
    let data = encoding::encode(data);
    Ok(reeeductio_proto::signed_bytes(&space, &path, &data, signed_at).into())
}
