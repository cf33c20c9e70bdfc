//! Data entries as they are put.

use reeeductio_core::sign_entry;
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{DataPath, ErrorCode, Signature};

use crate::cast::{actors, owner, space, with_ids};
use crate::input::lines;
use crate::rig::{Rig, SignedIn, now};
use crate::script::START;

/// Two lines: a path, and the JSON of an entry, in which `@o` stands for the owner's id.
///
/// A stored entry is signed for that path, and is read back as it was put. An entry that its owner signs
/// is stored unless its time or content is refused, and never under another path or with another field.
pub fn check(data: &[u8]) {
    let Some([path, json]) = lines(data) else {
        return;
    };
    let rig = Rig::start();
    let signed_in = rig.owner();
    let Ok(body) = serde_json::from_str::<DataBody>(&with_ids(json, &actors())) else {
        return;
    };
    if put(&rig, &signed_in, path, body.clone()).is_ok() {
        is_stored(&rig, &signed_in, path, &body);
    }

    let Ok(path) = DataPath::parse(path) else {
        return;
    };
    let keys = owner();
    let at = START.saturating_add(body.signed_at % 120_000);
    let signed = sign_entry(
        &space(),
        &path,
        body.data.as_bytes(),
        at,
        &keys.user_id(),
        &keys,
    );
    for change in CHANGES {
        let mut changed = signed.clone();
        change(&mut changed);
        assert!(put(&rig, &signed_in, path.as_str(), changed).is_err());
    }
    assert!(put(&rig, &signed_in, &format!("{path}x"), signed.clone()).is_err());
    match put(&rig, &signed_in, path.as_str(), signed.clone()) {
        Ok(()) => is_stored(&rig, &signed_in, path.as_str(), &signed),
        Err(ErrorCode::DataClockSkew) => assert!((at - START).abs() > 60_000),
        Err(ErrorCode::DataStale) => assert!(body.signed_at >= at),
        Err(code) => assert!(
            matches!(code, ErrorCode::DataTooLarge | ErrorCode::OpaqueMalformed),
            "{code}"
        ),
    }
}

const CHANGES: [fn(&mut DataBody); 4] = [
    |body| body.data.push_str("AAAA"),
    |body| body.signed_at += 1,
    |body| body.signed_by = actors()[2].id.to_string(),
    |body| body.signature = Signature::from_bytes([7; 64]).to_string(),
];

fn put(rig: &Rig, by: &SignedIn, path: &str, body: DataBody) -> Result<(), ErrorCode> {
    now(rig.engine.put_data(&by.member, path, body))
        .map(drop)
        .map_err(|refusal| refusal.code())
}

fn is_stored(rig: &Rig, by: &SignedIn, path: &str, body: &DataBody) {
    let entry = now(rig.engine.data(&by.member, path)).unwrap();
    assert_eq!(entry.path.as_str(), path);
    assert_eq!(entry.verify_by_signer(&space()), Ok(()));
    let stored = DataBody::from(&*entry);
    assert_eq!(
        serde_json::to_value(&stored).unwrap(),
        serde_json::to_value(body).unwrap()
    );
}
