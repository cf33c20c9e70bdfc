use std::net::{IpAddr, Ipv4Addr};

use opaque_ke::{ClientLogin, ServerLogin, ServerLoginParameters, ServerSetup};
use rand::rngs::OsRng;

use super::*;
use crate::opaque::Suite;

const LIFETIME: i64 = 1000;

fn pending(capacity: usize, per_source: usize) -> PendingLogins {
    PendingLogins::new(&OpaqueLimits {
        pending_lifetime: LIFETIME,
        pending: capacity,
        pending_per_source: per_source,
        ..OpaqueLimits::default()
    })
}

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn source(number: u32) -> Source {
    IpAddr::V4(Ipv4Addr::from(number)).into()
}

/// A login that is known again by its number.
fn login(username: &str, number: u8, at: i64) -> PendingLogin {
    let client = ClientLogin::<Suite>::start(&mut OsRng, b"password").unwrap();
    let server = ServerLogin::start(
        &mut OsRng,
        &ServerSetup::new(&mut OsRng),
        None,
        client.message,
        username.as_bytes(),
        ServerLoginParameters::default(),
    );
    PendingLogin {
        id: [number; 16],
        space: space(),
        username: username.to_owned(),
        started_at: at,
        state: LoginState {
            server: server.unwrap().state,
            record: [number; 32],
        },
    }
}

/// Returns whether the login with this number is in progress.
fn is_pending(pending: &PendingLogins, from: u32, number: u8, now: i64) -> bool {
    let accepts = |state: &LoginState| (state.record == [number; 32]).then_some(());
    let taken = pending.take((space(), "al"), source(from), now, accepts);
    taken == Some(Some(()))
}

#[test]
fn a_login_is_taken_once_also_from_another_address() {
    let pending = pending(10, 10);
    pending.start(source(1), login("al", 1, 0));
    pending.start(source(1), login("al", 2, 0));
    assert!(is_pending(&pending, 2, 1, 0));
    assert!(!is_pending(&pending, 1, 1, 0));
    assert!(is_pending(&pending, 1, 2, 0));
    let none = pending.take((space(), "al"), source(1), 0, |_| Some(()));
    assert_eq!(none, None);
}

#[test]
fn a_login_ends_after_its_time() {
    let pending = pending(10, 10);
    pending.start(source(1), login("al", 1, 0));
    assert!(!is_pending(&pending, 1, 1, LIFETIME + 1));
    assert!(is_pending(&pending, 1, 1, LIFETIME));
}

#[test]
fn the_logins_of_a_source_push_out_only_its_own() {
    let pending = pending(100, 3);
    pending.start(source(1), login("al", 1, 0));
    for number in 2..=9 {
        pending.start(source(2), login("al", number, 0));
    }
    assert!(is_pending(&pending, 1, 1, 0));
    let left: Vec<u8> = (2..=9)
        .filter(|number| is_pending(&pending, 2, *number, 0))
        .collect();
    assert_eq!(left, [7, 8, 9]);
}

#[test]
fn when_all_is_full_the_source_with_the_most_gives_way() {
    let pending = pending(6, 4);
    pending.start(source(1), login("al", 1, 0));
    for number in 2..=5 {
        pending.start(source(2), login("al", number, 0));
    }
    for number in 6..=9 {
        pending.start(source(3), login("al", number, 0));
    }
    assert_eq!(pending.logins.lock().count, 6);
    assert!(is_pending(&pending, 1, 1, 0));
}

#[test]
fn what_has_ended_makes_room_and_leaves_nothing_behind() {
    let pending = pending(4, 4);
    for from in 1..=4 {
        pending.start(source(from), login("al", 1, 0));
    }
    pending.start(source(5), login("al", 2, LIFETIME + 1));
    let logins = pending.logins.lock();
    assert_eq!((logins.count, logins.by_source.len()), (1, 1));
    drop(logins);
    pending.forget(&[2; 16]);
    let logins = pending.logins.lock();
    assert_eq!((logins.count, logins.by_source.len()), (0, 0));
}
