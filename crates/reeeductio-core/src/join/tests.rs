use super::*;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn space() -> SpaceId {
    identity(1).space_id()
}

fn request() -> JoinRequest {
    JoinRequest::new(space(), &identity(2), 1, 1_800_000_000_000, [4; 16]).unwrap()
}

#[test]
fn a_request_is_read_back_as_it_was_made() {
    let request = request();
    let (ada, bytes) = (identity(2).user_id(), request.to_bytes());
    let read = JoinRequest::parse(space(), &ada, &bytes).unwrap();
    assert_eq!(read, request);
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.hash(), request.hash());
    assert_eq!((read.space(), read.member()), (space(), ada));
    assert_eq!(read.time(), 1_800_000_000_000);
    let key = identity(2).decryption_key(1).encryption_key().unwrap();
    assert_eq!(read.encryption_key(), &key);
    let signed = identity(2).sign_encryption_key(&space(), &ada, &key);
    assert_eq!(read.key_signature(), &signed);
    let other = JoinRequest::new(space(), &identity(2), 1, 1_800_000_000_000, [5; 16]);
    assert_ne!(other.unwrap().hash(), request.hash());
}

#[test]
fn a_request_that_is_changed_cut_off_or_longer_is_refused() {
    let (ada, bytes) = (identity(2).user_id(), request().to_bytes());
    for index in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[index] ^= 0x40;
        let refused = JoinRequest::parse(space(), &ada, &changed);
        assert!(refused.is_err(), "{index}");
    }
    for length in (0..bytes.len()).step_by(11) {
        let refused = JoinRequest::parse(space(), &ada, &bytes[..length]);
        assert!(matches!(refused, Err(JoinError::Format(_))), "{length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let refused = JoinRequest::parse(space(), &ada, &longer);
    assert!(matches!(refused, Err(JoinError::Format(_))));
    let mut later = bytes;
    later[4 + 33 + 4] = 2;
    let refused = JoinRequest::parse(space(), &ada, &later).unwrap_err();
    assert_eq!(refused.to_string(), "suite 2 is not known to this release");
}

#[test]
fn a_request_is_taken_from_its_own_member_and_for_its_own_space_alone() {
    let bytes = request().to_bytes();
    let (ada, ben) = (identity(2).user_id(), identity(3).user_id());
    let forwarded = JoinRequest::parse(space(), &ben, &bytes).unwrap_err();
    assert_eq!(
        forwarded.to_string(),
        "the join request is not its sender's"
    );
    let elsewhere = JoinRequest::parse(identity(9).space_id(), &ada, &bytes);
    assert!(matches!(elsewhere, Err(JoinError::Key(_))));

    // The space's key under its own id is no member that joins.
    let owner = MemberId::owner_of(space());
    let mut named = bytes.clone();
    named[4..4 + 33].copy_from_slice(&owner.to_bytes());
    let refused = JoinRequest::parse(space(), &owner, &named).unwrap_err();
    assert_eq!(refused.to_string(), "the join request names no member");

    // Both signatures count: the one of the key is right here.
    let mut other_time = bytes;
    let at = other_time.len() - (4 + 64) - (4 + 16) - 1;
    other_time[at] ^= 1;
    let refused = JoinRequest::parse(space(), &ada, &other_time).unwrap_err();
    assert_eq!(refused, JoinError::Signature(SignatureError::Mismatch));
}

#[test]
fn a_request_shows_its_member_and_time() {
    let ada = identity(2).user_id();
    assert_eq!(
        format!("{:?}", request()),
        format!("JoinRequest {{ member: {ada}, time: 1800000000000, .. }}")
    );
}
