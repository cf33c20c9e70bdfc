//! The entries of the admin space.

use reeeductio_core::register_space;
use reeeductio_core::state_entry::registration;
use reeeductio_proto::{
    PublicKey, SpaceRegistration, StatePath, encoding, judge_admin_write, registration_bytes,
};

use crate::cast::{actors, with_ids};
use crate::input::lines;

/// Two lines, a path and a value, in which `@a` stands for a member's id and `@s` for that of a space.
///
/// An entry that registers a space is accepted only with the space's own signature and from the member it names.
/// An entry that a client makes is accepted, and nothing that differs from it.
pub fn check(data: &[u8]) {
    let actors = actors();
    let Some([path, value]) = lines(data) else {
        return;
    };
    let (path, value) = (with_ids(path, &actors), with_ids(value, &actors));
    let Ok(path) = StatePath::parse(&path) else {
        return;
    };
    let sender = actors[2].id;
    let accepted = judge_admin_write(&path, &encoding::encode(value.as_bytes()), &sender).is_ok();
    assert_eq!(
        judge_admin_write(&path, "", &sender),
        Ok(()),
        "tombstones pass"
    );
    if let ["spaces", space] = path.segments().collect::<Vec<_>>().as_slice()
        && accepted
        && !value.is_empty()
    {
        let entry: SpaceRegistration = serde_json::from_str(&value).unwrap();
        assert!(entry.space_id.is_text(space));
        assert_eq!(entry.created_by, sender);
        let bytes = registration_bytes(&entry.space_id, &entry.created_by, entry.created_at);
        PublicKey::parse(entry.space_id.public_key())
            .and_then(|key| key.verify(&bytes, &entry.space_signature))
            .expect("the consent of the space");
    }

    let created_at = data
        .iter()
        .fold(0_i64, |sum, byte| sum.wrapping_mul(31) + i64::from(*byte));
    let honest = register_space(&actors[3].keys, sender, created_at);
    let entries = registration(&honest).unwrap();
    for entry in &entries {
        let data = encoding::encode(entry.value.as_bytes());
        assert_eq!(judge_admin_write(&entry.path, &data, &sender), Ok(()));
    }
    let changed = [
        SpaceRegistration {
            created_at: created_at.wrapping_add(1),
            ..honest.clone()
        },
        SpaceRegistration {
            created_by: actors[4].id,
            ..honest.clone()
        },
        SpaceRegistration {
            space_id: actors[4].keys.space_id(),
            ..honest
        },
    ];
    for changed in changed {
        let data = encoding::encode(serde_json::to_string(&changed).unwrap().as_bytes());
        assert!(judge_admin_write(&entries[0].path, &data, &sender).is_err());
    }
}
