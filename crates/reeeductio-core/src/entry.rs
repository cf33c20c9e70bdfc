//! Signing data entries.

use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataEntry, DataPath, MemberId, SpaceId, encoding, signed_bytes};

use crate::identity::Identity;

/// Signs an entry as `signer` at `signed_at` (Unix milliseconds), as the body of a request.
pub fn sign_entry(
    space: &SpaceId,
    path: &DataPath,
    data: &[u8],
    signed_at: i64,
    signer: &MemberId,
    identity: &Identity,
) -> DataBody {
    DataBody::from(&signed_entry(
        space, path, data, signed_at, signer, identity,
    ))
}

/// Signs an entry as `signer` at `signed_at` (Unix milliseconds).
pub fn signed_entry(
    space: &SpaceId,
    path: &DataPath,
    data: &[u8],
    signed_at: i64,
    signer: &MemberId,
    identity: &Identity,
) -> DataEntry {
    let data = encoding::encode(data);
    let signature = identity.sign(&signed_bytes(space, path, &data, signed_at));
    DataEntry {
        path: path.clone(),
        data,
        signature,
        signed_by: *signer,
        signed_at,
    }
}
