//! Signing in by challenge and signature.

use reeeductio_proto::{ErrorCode, MemberId};

use crate::cast::{actors, owner, with_ids};
use crate::input::lines;
use crate::rig::Rig;

/// Three lines: an id, a challenge and a signature.
///
/// A challenge is issued to every id and to nothing else. Nobody signs in with a challenge that was not issued to
/// it, even signed, nor without the signature over the one that was, nor twice with the same.
pub fn check(data: &[u8]) {
    let Some([id, challenge, signature]) = lines(data) else {
        return;
    };
    let rig = Rig::start();
    let id = with_ids(id, &actors());
    let issued = rig.challenge(&id);
    assert_eq!(issued.is_ok(), MemberId::parse(&id).is_ok(), "{id}");
    assert!(rig.verify(&id, challenge, signature).is_err());

    let (keys, owner) = (owner(), owner().user_id().to_string());
    let sign = |text: &str| keys.sign(text.as_bytes()).to_string();
    let refused = |challenge: &str, signature: &str| {
        rig.verify(&owner, challenge, signature).unwrap_err().code()
    };
    assert_eq!(
        refused(challenge, &sign(challenge)),
        ErrorCode::ChallengeUnknown
    );
    if let Ok(issued) = issued
        && id != owner
    {
        assert_eq!(
            refused(&issued, &sign(&issued)),
            ErrorCode::ChallengeUnknown
        );
    }
    let issued = rig.challenge(&owner).unwrap();
    let right = sign(&issued);
    if signature != right {
        assert_eq!(
            refused(&issued, signature),
            ErrorCode::ChallengeBadSignature
        );
    }
    assert!(rig.verify(&owner, &issued, &right).is_ok());
    assert_eq!(refused(&issued, &right), ErrorCode::ChallengeUnknown);
}
