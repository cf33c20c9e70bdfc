//! Signing data entries.

use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataPath, MemberId, SpaceId, encoding, signed_bytes};

use crate::identity::Identity;

/// Signs an entry as `signer` at `signed_at` (Unix milliseconds).
pub fn sign_entry(
    space: &SpaceId,
    path: &DataPath,
    data: &[u8],
    signed_at: i64,
    signer: &MemberId,
    identity: &Identity,
) -> DataBody {
    let data = encoding::encode(data);
    let signature = identity.sign(&signed_bytes(space, path, &data, signed_at));
    DataBody {
        data,
        signature: signature.to_string(),
        signed_by: signer.to_string(),
        signed_at,
    }
}
