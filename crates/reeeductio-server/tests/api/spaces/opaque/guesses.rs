//! How often passwords may be tried, and that nobody's tries keep others out (docs/adr/0011).

use axum::http::{HeaderValue, Method};
use reeeductio_engine::OpaqueLimits;
use serde_json::json;

use super::logins::{Begun, begin, finish};
use super::{enable, init, register};
use crate::rig::{Answer, Member, Rig};

const HOME: &str = "192.0.2.1";

/// A server that allows 6 attempts a minute, and the owner of a space in which `al` has the password `right`.
async fn space() -> (Rig, Member) {
    let rig = Rig::with(|plan| {
        plan.engine.opaque = OpaqueLimits::per_minute(6.0);
        plan.config.server.trusted_proxies = vec!["10.0.0.1".parse().unwrap()];
    });
    let owner = rig.owner(1).await;
    enable(&rig, &owner).await;
    register(&rig, &owner, "al", "right").await;
    (rig, owner)
}

/// How many of `tries` at once are allowed.
async fn allowed(rig: &Rig, owner: &Member, from: &str, name: &str, tries: usize) -> usize {
    let mut allowed = 0;
    for _ in 0..tries {
        match begin(rig, from, owner, name, "guess").await {
            Ok(_) => allowed += 1,
            Err(answer) => drop(answer.refused(429, "rate.limited")),
        }
    }
    allowed
}

async fn logs_in(rig: &Rig, owner: &Member, from: &str) {
    let begun = begin(rig, from, owner, "al", "right").await;
    let begun: Begun = begun.unwrap_or_else(|refused: Answer| panic!("{refused:?}"));
    let (finalization, _) = begun.finalize().unwrap();
    finish(rig, from, owner, "al", &finalization, None)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_strangers_attempts_stop_nobody_at_another_address() {
    let (rig, owner) = space().await;
    assert_eq!(allowed(&rig, &owner, "203.0.113.9", "al", 50).await, 6);
    logs_in(&rig, &owner, HOME).await;
}

#[tokio::test]
async fn strangers_at_many_addresses_are_slowed_and_stop_nobody_at_yet_another() {
    let (rig, owner) = space().await;
    let mut tried = 0;
    for host in 1..=20 {
        tried += allowed(&rig, &owner, &format!("203.0.113.{host}"), "al", 10).await;
    }
    // 60 over all, and one of each address that came after.
    assert_eq!(tried, 60 + 10);
    logs_in(&rig, &owner, HOME).await;
}

#[tokio::test]
async fn an_address_tries_many_names_only_so_often() {
    let (rig, owner) = space().await;
    let mut tried = 0;
    for number in 0..70 {
        let name = format!("user{number}");
        tried += allowed(&rig, &owner, "203.0.113.9", &name, 1).await;
    }
    assert_eq!(tried, 60);
    logs_in(&rig, &owner, HOME).await;
}

#[tokio::test]
async fn the_addresses_of_an_ipv6_network_count_as_one() {
    let (rig, owner) = space().await;
    let mut tried = 0;
    for host in 1..=10 {
        tried += allowed(&rig, &owner, &format!("2001:db8:0:1::{host}"), "al", 1).await;
    }
    assert_eq!(tried, 6);
    assert_eq!(allowed(&rig, &owner, "2001:db8:0:2::1", "al", 10).await, 6);
}

#[tokio::test]
async fn an_ipv4_address_in_ipv6_is_that_address() {
    let (rig, owner) = space().await;
    assert_eq!(
        allowed(&rig, &owner, "::ffff:203.0.113.9", "al", 10).await,
        6
    );
    assert_eq!(allowed(&rig, &owner, "203.0.113.9", "al", 1).await, 0);
    logs_in(&rig, &owner, HOME).await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_address_that_it_names_counts() {
    let (rig, owner) = space().await;
    let through = async |proxy: &str, client: &str| {
        let mut request = super::logins::request(proxy, &owner, "al");
        let client = HeaderValue::from_str(client).unwrap();
        request.headers_mut().insert("x-forwarded-for", client);
        rig.send(request).await.status
    };
    for _ in 0..6 {
        assert_eq!(through("10.0.0.1", "203.0.113.9").await, 200);
    }
    assert_eq!(through("10.0.0.1", "203.0.113.9").await, 429);
    assert_eq!(through("10.0.0.1", HOME).await, 200);
    // From elsewhere the header says nothing.
    for client in 1..=6 {
        let client = format!("198.51.100.{client}");
        assert_eq!(through("203.0.113.8", &client).await, 200);
    }
    assert_eq!(through("203.0.113.8", HOME).await, 429);
}

#[tokio::test]
async fn a_clock_that_is_set_gives_and_takes_no_attempts() {
    let (rig, owner) = space().await;
    assert_eq!(allowed(&rig, &owner, HOME, "al", 10).await, 6);
    let now = rig.now();
    for set in [now + 3_600_000, now - 3_600_000] {
        rig.clock.set(set);
        assert_eq!(allowed(&rig, &owner, HOME, "al", 1).await, 0);
    }
    rig.clock.advance(10_000);
    assert_eq!(allowed(&rig, &owner, HOME, "al", 2).await, 1);
}

#[tokio::test]
async fn a_member_begins_only_so_many_registrations_and_the_owner_as_many_as_it_likes() {
    let (rig, owner) = space().await;
    let member = rig.user(&owner, 2).await;
    for _ in 0..6 {
        let (begun, _) = init(&rig, &member, "bo", "guess").await;
        begun.expect(200);
    }
    let (refused, _) = init(&rig, &member, "another", "guess").await;
    let body = refused.refused(429, "rate.limited");
    assert_eq!(body["details"], json!({"retry_after": 10}));
    for _ in 0..20 {
        let (begun, _) = init(&rig, &owner, "bo", "guess").await;
        begun.expect(200);
    }
    let setup = owner.call(&rig, Method::POST, "opaque/setup", None).await;
    setup.expect(200);
}
