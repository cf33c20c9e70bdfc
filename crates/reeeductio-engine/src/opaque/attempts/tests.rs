use std::net::{IpAddr, Ipv4Addr};

use super::*;

const MINUTE: i64 = 60_000;

/// 6 attempts a minute of a source, 60 of a name, one in ten minutes that nobody takes away.
fn attempts() -> Attempts {
    Attempts::new(&OpaqueLimits::per_minute(6.0))
}

fn space() -> SpaceId {
    SpaceId::from_public_key([1; 32])
}

fn source(number: u32) -> Source {
    IpAddr::V4(Ipv4Addr::from(number)).into()
}

/// How many of `tries` at once are allowed.
fn allowed(attempts: &Attempts, name: &str, from: u32, tries: usize, now: i64) -> usize {
    (0..tries)
        .filter(|_| attempts.log_in(space(), name, source(from), now).is_ok())
        .count()
}

#[test]
fn a_source_has_its_attempts_at_a_name_at_once_and_then_one_after_another() {
    let attempts = attempts();
    assert_eq!(allowed(&attempts, "al", 1, 100, 0), 6);
    assert_eq!(attempts.log_in(space(), "al", source(1), 0), Err(10));
    assert_eq!(allowed(&attempts, "al", 1, 100, 10_000), 1);
    assert_eq!(allowed(&attempts, "al", 1, 100, 10_000 + MINUTE), 6);
}

#[test]
fn one_source_does_not_use_up_what_another_has() {
    let attempts = attempts();
    allowed(&attempts, "al", 1, 1000, 0);
    assert_eq!(allowed(&attempts, "al", 2, 100, 0), 6);
}

#[test]
fn one_source_tries_ten_names_in_full_and_no_more() {
    let attempts = attempts();
    let tried: usize = (0..100)
        .map(|name| allowed(&attempts, &format!("user{name}"), 1, 100, 0))
        .sum();
    assert_eq!(tried, 60);
    // Another at the same names is not concerned.
    assert_eq!(allowed(&attempts, "user0", 2, 100, 0), 6);
}

#[test]
fn many_sources_together_stay_below_a_bound_and_leave_each_its_reserved_part() {
    let attempts = attempts();
    let mut guessed = 0;
    for minute in 0..60 {
        for from in 0..50 {
            guessed += allowed(&attempts, "al", from, 100, minute * MINUTE);
        }
    }
    // 60 a minute over all, and one in ten minutes of each. By their own bounds alone it would be 300 a minute.
    let (shared, reserved) = (60 * 60, 50 * 6);
    assert!(
        (shared..=shared + reserved + 60).contains(&guessed),
        "{guessed}"
    );
    assert_eq!(
        allowed(&attempts, "al", 1000, 100, 59 * MINUTE),
        1,
        "the owner, from elsewhere"
    );
}

#[test]
fn who_fills_the_tables_keeps_nobody_out() {
    let attempts = attempts();
    for from in 0..u32::try_from(COUNTED).unwrap() * 2 {
        allowed(&attempts, &format!("user{from}"), from, 1, 0);
    }
    assert_eq!(allowed(&attempts, "al", u32::MAX, 100, 0), 6);
    let counted = attempts.counted.lock();
    let own = counted.own.current.len() + counted.own.previous.len();
    let sources = counted.sources.current.len() + counted.sources.previous.len();
    let names = counted.names.current.len() + counted.names.previous.len();
    assert!([own, sources, names].iter().all(|size| *size <= COUNTED));
}

#[test]
fn a_rate_of_zero_allows_everything() {
    let attempts = Attempts::new(&OpaqueLimits::per_minute(0.0));
    assert_eq!(allowed(&attempts, "al", 1, 10_000, 0), 10_000);
}

#[test]
fn a_member_registers_only_so_often_and_another_is_not_concerned() {
    let attempts = attempts();
    let (ann, bob) = (MemberId::user([2; 32]), MemberId::user([3; 32]));
    for _ in 0..6 {
        assert_eq!(attempts.register(space(), &ann, 0), Ok(()));
    }
    assert_eq!(attempts.register(space(), &ann, 0), Err(10));
    assert_eq!(attempts.register(space(), &bob, 0), Ok(()));
}
