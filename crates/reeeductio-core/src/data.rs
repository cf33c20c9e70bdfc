//! Data entries: signing and verifying (wire.md 5).

use reeeductio_proto::{DataEntry, DataPath, SignatureError, SpaceId, encoding, signed_bytes};

use crate::identity::Identity;

/// Signs `data` at `path` as of `signed_at` (Unix milliseconds). Empty data is a tombstone.
pub fn sign_entry(
    space: &SpaceId,
    identity: &Identity,
    path: DataPath,
    data: &[u8],
    signed_at: i64,
) -> DataEntry {
    let data = encoding::encode(data);
    let signature = identity.sign(&signed_bytes(space, &path, &data, signed_at));
    DataEntry {
        path,
        data,
        signature,
        signed_by: identity.member_id(),
        signed_at,
    }
}

/// Checks that the entry was signed by the member it names, for this space and path. Whether that member
/// may write there is for [`StateChain::authorize_entry`](crate::StateChain::authorize_entry) to say.
pub fn verify_entry(space: &SpaceId, entry: &DataEntry) -> Result<(), SignatureError> {
    entry.verify_by_signer(space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    #[test]
    fn an_entry_is_refused_with_any_signed_field_altered() {
        let owner = Identity::user(SigningKey::from_seed(&[1; 32]));
        let space = owner.signing_key().space_id();
        let entry = |path| sign_entry(&space, &owner, DataPath::parse(path).unwrap(), b"on", 77);
        let good = entry("presence/alice");
        assert!(verify_entry(&space, &good).is_ok());

        let other = SigningKey::from_seed(&[2; 32]);
        assert!(verify_entry(&other.space_id(), &good).is_err());
        let mut moved = good.clone();
        moved.path = DataPath::parse("presence/bob").unwrap();
        let mut changed = good.clone();
        changed.data = encoding::encode(b"off");
        let mut later = good.clone();
        later.signed_at += 1;
        let mut forged = good;
        forged.signed_by = other.user_id();
        for altered in [moved, changed, later, forged] {
            assert!(verify_entry(&space, &altered).is_err(), "{altered:?}");
        }
    }
}
